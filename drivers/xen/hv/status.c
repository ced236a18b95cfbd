// SPDX-License-Identifier: GPL-2.0
/* The status of grant operations: one row per value of the ABI. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <xen/hv_status.h>
#include <xen/interface/grant_table.h>

static const struct {
	int err;
	const char *name;
} rows[] = {
	[-GNTST_okay]			= { 0,		"okay" },
	[-GNTST_general_error]		= { -EIO,	"failed for an unnamed reason" },
	[-GNTST_bad_domain]		= { -ESRCH,	"no such domain" },
	[-GNTST_bad_gntref]		= { -EINVAL,	"no such grant" },
	[-GNTST_bad_handle]		= { -EINVAL,	"no such mapping" },
	[-GNTST_bad_virt_addr]		= { -EINVAL,	"unfit virtual address" },
	[-GNTST_bad_dev_addr]		= { -EINVAL,	"unfit bus address" },
	[-GNTST_no_device_space]	= { -ENOSPC,	"no room in the IOMMU or maptrack" },
	[-GNTST_permission_denied]	= { -EACCES,	"not granted to us" },
	[-GNTST_bad_page]		= { -EFAULT,	"granted frame is gone" },
	[-GNTST_bad_copy_arg]		= { -EINVAL,	"copy crosses a page" },
	[-GNTST_address_too_big]	= { -ERANGE,	"frame beyond the grantee's reach" },
	[-GNTST_eagain]			= { -EAGAIN,	"paged out, try again" },
	[-GNTST_no_space]		= { -ENOSPC,	"out of handles" },
};

static bool defined(s16 status)
{
	return status <= 0 && -status < (int)ARRAY_SIZE(rows);
}

/* Documented in xen/hv_status.h. */
int xen_hv_gnt_errno(s16 status)
{
	return defined(status) ? rows[-status].err : -EIO;
}
EXPORT_SYMBOL_GPL(xen_hv_gnt_errno);

const char *xen_hv_gnt_name(s16 status)
{
	return defined(status) ? rows[-status].name : "status beyond the ABI";
}
EXPORT_SYMBOL_GPL(xen_hv_gnt_name);
