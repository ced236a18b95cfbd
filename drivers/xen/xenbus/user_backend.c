// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/xenbus_backend: for those who run the store or start the domain that does.
 *
 * A process maps the ring's page and asks for the port. For a domain, the ring is granted to it by
 * the reserved reference and a new port is made.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <xen/frame_page.h>
#include <xen/grant_table.h>
#include <xen/hv_evtchn.h>
#include <xen/xen.h>
#include <xen/xenbus_dev.h>
#include "internal.h"

static int backend_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? nonseekable_open(inode, file) : -EPERM;
}

/* Hand the ring over; the caller has stopped it. */
static int hand_over(domid_t domain)
{
	evtchn_port_t port;
	int err;

	/*
	 * Once there is a store, our watches are set there. To set them again at the new one would
	 * need its answers, before our caller can even tell it the port.
	 */
	if (xenstored_ready)
		return -EEXIST;
	if (!xen_store_interface)
		return -ENODEV;
	err = xen_hv_evtchn_alloc_unbound(domain, &port);
	if (err)
		return err;
	gnttab_grant_foreign_access_ref(GNTTAB_RESERVED_XENSTORE, domain,
					xgfn_n(xgfn_of_virt(xen_store_interface)), 0);
	xs_comms_unbind();
	xen_store_evtchn = port;
	return 0;
}

static long setup_domain(unsigned long domain)
{
	int err;

	if (domain >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	xs_suspend();
	err = hand_over(domain);
	if (err) {
		xs_suspend_cancel();
		return err;
	}
	xs_resume();
	return xen_store_evtchn;
}

static long backend_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (command) {
	case IOCTL_XENBUS_BACKEND_EVTCHN:
		return xen_store_evtchn > 0 ? xen_store_evtchn : -ENODEV;
	case IOCTL_XENBUS_BACKEND_SETUP:
		return setup_domain(argument);
	}
	return -ENOTTY;
}

/* The one page, whole, from the start. */
static int backend_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long pfn;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!xen_store_interface || vma->vm_pgoff || vma_pages(vma) > 1)
		return -EINVAL;
	pfn = virt_to_pfn(xen_store_interface);
	return remap_pfn_range(vma, vma->vm_start, pfn, PAGE_SIZE, vma->vm_page_prot) ? -EAGAIN : 0;
}

static const struct file_operations backend_fops = {
	.owner = THIS_MODULE,
	.open = backend_open,
	.mmap = backend_mmap,
	.unlocked_ioctl = backend_ioctl,
};

static struct miscdevice backend_device = {
	.name = "xen/xenbus_backend",
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &backend_fops,
};

static int __init xenbus_user_backend_init(void)
{
	return xen_initial_domain() ? misc_register(&backend_device) : -ENODEV;
}
device_initcall(xenbus_user_backend_init);
