// SPDX-License-Identifier: GPL-2.0
/*
 * The frames of the table: which version, how many, where, and again after resume.
 *
 * A PV domain learns the machine frames of its table and maps them (arch_gnttab_*). A translated
 * domain has a range of frames of its own in which the hypervisor lets the table appear; for
 * version 2 it gives up some of its pages to let the status appear there.
 */
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <xen/frame_page.h>
#include <xen/xen.h>
#ifdef CONFIG_X86
#include <asm/xen/cpuid.h>
#include <asm/xen/hypervisor.h>
#endif
#include "internal.h"

#define SLOTS_PER_STATUS_FRAME	(XEN_PAGE_SIZE / sizeof(grant_status_t))
/* Of the ABI: this index is one of status frames. */
#define STATUS_FRAME		BIT(31)
/* What a hypervisor allows that cannot be asked. */
#define LEGACY_MAX_FRAMES	4

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"grant_table."

static unsigned int wanted_version;
module_param_named(version, wanted_version, uint, 0);

struct xen_grant_table xen_grant_table;
struct grant_frames xen_auto_xlat_grant_frames;

/* For version 2 of a translated domain: pages behind which the status is. */
static struct page **status_pages;

static unsigned int status_frames(unsigned int frames)
{
	return DIV_ROUND_UP(frames * xen_grant_table.layout->per_frame, SLOTS_PER_STATUS_FRAME);
}

/**
 * xen_grant_max_frames() - how many frames the table can have
 *
 * A domain that moved to a host which allows more keeps to what it prepared for at boot.
 *
 * Return: the number.
 */
unsigned int xen_grant_max_frames(void)
{
	static unsigned int at_boot;
	unsigned int now;

	if (xen_hv_grant_max_frames(&now))
		now = LEGACY_MAX_FRAMES;
	if (!at_boot)
		at_boot = now;
	return min(now, at_boot);
}

/* Whether a frame of this host may have a number of more than 32 bits. */
static bool need_v2(void)
{
#ifdef CONFIG_X86
	if (xen_pv_domain()) {
		u32 base = xen_cpuid_base();

		if (cpuid_eax(base) < base + 5)
			return false;
		return (cpuid_ebx(base + 5) & XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK) >
		       32 + PAGE_SHIFT;
	}
#endif
	return max_possible_pfn >> 32;
}

static void choose_version(void)
{
	u32 version = need_v2() ? 2 : 1;

	if (wanted_version == 1 || wanted_version == 2)
		version = wanted_version;
	if (version == 2 && xen_hv_grant_set_version(2))
		version = 1;
	else if (version == 1)
		xen_hv_grant_set_version(1);
	xen_grant_table.layout = version == 2 ? &xen_grant_layout_v2 : &xen_grant_layout_v1;
	pr_info("xen/grants: table of version %u, at most %u frames\n", version,
		xen_grant_max_frames());
}

static int map_status_pv(unsigned int frames)
{
	unsigned int n = status_frames(frames);
	u64 *gfns = kmalloc_array(n, sizeof(*gfns), GFP_ATOMIC | __GFP_NOWARN);
	int err;

	if (!gfns)
		return -ENOMEM;
	err = xen_hv_grant_status_frames(gfns, n);
	if (!err)
		err = arch_gnttab_map_status(gfns, n, status_frames(xen_grant_max_frames()),
					     &xen_grant_table.status);
	kfree(gfns);
	return err;
}

static int map_pv(unsigned int frames)
{
	xen_pfn_t *gfns = kmalloc_array(frames, sizeof(*gfns), GFP_ATOMIC | __GFP_NOWARN);
	int err;

	if (!gfns)
		return -ENOMEM;
	err = xen_hv_grant_setup_table(gfns, frames);
	if (!err && xen_grant_table.layout->version == 2)
		err = map_status_pv(frames);
	if (!err)
		err = arch_gnttab_map_shared(gfns, frames, xen_grant_max_frames(),
					     &xen_grant_table.slots.any);
	kfree(gfns);
	return err;
}

/* Reserve what the status of the largest table needs, as one area of addresses. */
static int make_status_area(void)
{
	unsigned int i, n = status_frames(xen_grant_max_frames());

	status_pages = kcalloc(n, sizeof(*status_pages), GFP_KERNEL);
	for (i = 0; status_pages && i < n; i++) {
		status_pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!status_pages[i])
			goto fail;
	}
	if (status_pages)
		xen_grant_table.status = vmap(status_pages, n, VM_MAP, PAGE_KERNEL);
	if (xen_grant_table.status)
		return 0;
fail:
	while (status_pages && i--)
		__free_page(status_pages[i]);
	kfree(status_pages);
	status_pages = NULL;
	return -ENOMEM;
}

/* The highest index first: so the hypervisor makes its table larger only once. */
static int place(unsigned int first, unsigned int end)
{
	unsigned int i;
	int err = 0;

	if (end > xen_auto_xlat_grant_frames.count)
		return -ENOSPC;
	for (i = end; !err && i > first; i--)
		err = xen_hv_grant_place_frame(i - 1,
					       xgfn(xen_auto_xlat_grant_frames.pfn[i - 1]));
	if (err || xen_grant_table.layout->version == 1)
		return err;
	for (i = status_frames(end); !err && i > status_frames(first); i--)
		err = xen_hv_grant_place_frame((i - 1) | STATUS_FRAME,
					       xgfn_of_page(status_pages[i - 1]));
	return err;
}

/* Make the frames from @first to before @end usable; those before @first are. */
static int map_frames(unsigned int first, unsigned int end)
{
	return xen_pv_domain() ? map_pv(end) : place(first, end);
}

/**
 * xen_grant_grow() - make the table larger
 * @more: by how many frames
 *
 * Context: refs.c holds the pool's lock.
 * Return: 0; -ENOSPC at the limit that the host sets, -ENOMEM, or the hypervisor's error. Then
 * the table is as before.
 */
int xen_grant_grow(unsigned int more)
{
	struct xen_grant_table *t = &xen_grant_table;
	unsigned int limit = xen_grant_max_frames();
	int err;

	if (t->frames + more > limit) {
		pr_warn_ratelimited("xen/grants: %u frames of %u in use, %u more wanted\n",
				    t->frames, limit, more);
		return -ENOSPC;
	}
	err = map_frames(t->frames, t->frames + more);
	if (!err)
		err = xen_refs_add(t->frames * t->layout->per_frame, more * t->layout->per_frame);
	if (!err)
		t->frames += more;
	return err;
}

/**
 * gnttab_max_grant_frames() - how many frames this domain's table can have
 *
 * Return: the number.
 */
unsigned int gnttab_max_grant_frames(void)
{
	return xen_grant_max_frames();
}
EXPORT_SYMBOL_GPL(gnttab_max_grant_frames);

/**
 * gnttab_setup_auto_xlat_frames() - where a translated domain's table shall appear
 * @addr: the start of a range that is large enough and has no memory
 *
 * Return: 0; -EINVAL if it was told before, -ENOMEM.
 */
int gnttab_setup_auto_xlat_frames(phys_addr_t addr)
{
	unsigned int i, n = xen_grant_max_frames();
	xen_pfn_t *pfns;
	void *va;

	if (xen_auto_xlat_grant_frames.count)
		return -EINVAL;
	va = memremap(addr, XEN_PAGE_SIZE * n, MEMREMAP_WB);
	pfns = kcalloc(n, sizeof(*pfns), GFP_KERNEL);
	if (!va || !pfns) {
		pr_warn("xen/grants: no room for %u frames at %pa\n", n, &addr);
		if (va)
			memunmap(va);
		kfree(pfns);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		pfns[i] = XEN_PFN_DOWN(addr) + i;
	xen_auto_xlat_grant_frames.vaddr = va;
	xen_auto_xlat_grant_frames.pfn = pfns;
	xen_auto_xlat_grant_frames.count = n;
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_setup_auto_xlat_frames);

/**
 * gnttab_free_auto_xlat_frames() - undo gnttab_setup_auto_xlat_frames(); the table is not in use
 */
void gnttab_free_auto_xlat_frames(void)
{
	if (!xen_auto_xlat_grant_frames.count)
		return;
	memunmap(xen_auto_xlat_grant_frames.vaddr);
	kfree(xen_auto_xlat_grant_frames.pfn);
	memset(&xen_auto_xlat_grant_frames, 0, sizeof(xen_auto_xlat_grant_frames));
}
EXPORT_SYMBOL_GPL(gnttab_free_auto_xlat_frames);

static int first_frame(void)
{
	struct xen_grant_table *t = &xen_grant_table;
	int err;

	if (xen_pv_domain()) {
		err = arch_gnttab_init(xen_grant_max_frames(),
				       status_frames(xen_grant_max_frames()));
		if (err)
			return err;
	} else {
		t->slots.any = xen_auto_xlat_grant_frames.vaddr;
		if (!t->slots.any) {
			pr_warn("xen/grants: nobody said where the table shall be\n");
			return -ENODEV;
		}
		if (t->layout->version == 2 && make_status_area())
			return -ENOMEM;
	}
	return map_frames(0, 1);
}

/**
 * gnttab_init() - make grants work
 *
 * Context: boot, once; for an HVM domain when its platform device was found.
 * Return: 0 or a negative errno.
 */
int gnttab_init(void)
{
	struct xen_grant_table *t = &xen_grant_table;
	int err;

	choose_version();
	err = xen_refs_init(xen_grant_max_frames() * t->layout->per_frame,
			    GNTTAB_NR_RESERVED_ENTRIES, t->layout->per_frame);
	if (err)
		return err;
	err = first_frame();
	if (err) {
		pr_err("xen/grants: no table: %d\n", err);
		xen_refs_exit();
		return err;
	}
	t->frames = 1;
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_init);

/* An HVM domain's range comes with a PCI device, later. */
static int __init init_early(void)
{
	if (!xen_domain())
		return -ENODEV;
	return xen_hvm_domain() && !xen_pvh_domain() ? 0 : gnttab_init();
}

/* PVH domains choose their range in a core_initcall. */
core_initcall_sync(init_early);

#ifdef CONFIG_HIBERNATE_CALLBACKS
/**
 * gnttab_suspend() - the table is about to go
 *
 * Context: stop_machine.
 * Return: 0.
 */
int gnttab_suspend(void)
{
	struct xen_grant_table *t = &xen_grant_table;

	if (!xen_pv_domain())
		return 0;
	arch_gnttab_unmap(t->slots.any, t->frames);
	if (t->layout->version == 2)
		arch_gnttab_unmap(t->status, status_frames(t->frames));
	return 0;
}

/**
 * gnttab_resume() - as many frames as before, empty
 *
 * Everything that depends on the size of a slot stays valid only with the same version.
 *
 * Context: stop_machine.
 * Return: 0, or a negative errno if this host cannot give what the last one did.
 */
int gnttab_resume(void)
{
	struct xen_grant_table *t = &xen_grant_table;
	int err = xen_hv_grant_set_version(t->layout->version);

	if (err && t->layout->version == 1)
		err = 0;
	if (!err && xen_grant_max_frames() < t->frames)
		err = -ENOSPC;
	if (!err)
		err = map_frames(0, t->frames);
	if (err)
		pr_err("xen/grants: table lost on resume: %d\n", err);
	return err;
}
#endif

/* What a person wants to know when grants run out; one line, for scripts as well. */
static int usage_get(char *buffer, const struct kernel_param *kp)
{
	struct xen_grant_table *t = &xen_grant_table;

	if (!t->frames)
		return sysfs_emit(buffer, "none\n");
	return sysfs_emit(buffer,
			  "version %u frames %u max_frames %u refs %u free %u deferred %u\n",
			  t->layout->version, t->frames, xen_grant_max_frames(), xen_refs_total(),
			  xen_refs_free(), xen_grant_deferred());
}

static const struct kernel_param_ops usage_ops = { .get = usage_get };

module_param_cb(usage, &usage_ops, NULL, 0444);
