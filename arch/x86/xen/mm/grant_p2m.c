// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of ours with a frame of another domain behind them: the p2m's part of mapping a grant.
 *
 * The p2m entry says "foreign" as long as the grant is mapped, so that nobody takes the frame for
 * memory of this domain. A mapping whose entry cannot be changed is undone at once and reported
 * as failed.
 */
#include <linux/printk.h>

#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>

#include "mm.h"

/* The frame that a successful mapping brought. */
static unsigned long mapped_mfn(const struct gnttab_map_grant_ref *op)
{
	pte_t *ptep;

	if (!(op->flags & GNTMAP_contains_pte))
		return PFN_DOWN(op->dev_bus_addr);
	/* The hypervisor wrote a page-table entry, whose machine address we gave. */
	ptep = mfn_to_virt(PFN_DOWN(op->host_addr)) + offset_in_page(op->host_addr);
	return pte_mfn(*ptep);
}

/* Turns a mapping into what undoes it, and marks it as failed. */
static void take_back(struct gnttab_map_grant_ref *op, struct gnttab_unmap_grant_ref *undo)
{
	undo->host_addr = op->host_addr;
	undo->dev_bus_addr = op->flags & GNTMAP_device_map ? op->dev_bus_addr : 0;
	undo->handle = op->handle;
	undo->status = 1;		/* what the hypervisor never answers */
	op->handle = INVALID_GRANT_HANDLE;
	op->status = GNTST_general_error;
}

static void undo_mapping(struct gnttab_map_grant_ref *op, struct gnttab_map_grant_ref *kop)
{
	struct gnttab_unmap_grant_ref undo[2];
	unsigned int n = 1;
	int err;

	take_back(op, &undo[0]);
	if (kop)
		take_back(kop, &undo[n++]);
	err = xen_hv_grant_unmap(undo, n);
	if (err || undo[0].status != GNTST_okay || undo[n - 1].status != GNTST_okay)
		pr_err_once("gnttab unmap failed: rc=%d st0=%d st1=%d\n", err, undo[0].status,
			    undo[n - 1].status);
}

/**
 * set_foreign_p2m_mapping() - note in the p2m what grants were mapped
 * @map_ops: done by the caller; one that fails here gets an error in its status
 * @kmap_ops: the same grants to be mapped for user space too, or NULL; done here
 * @pages: pages without a frame of their own
 * @count: length of the arrays
 *
 * Return: 0 or a negative errno of the hypercall; failures are in the status of each.
 */
int set_foreign_p2m_mapping(struct gnttab_map_grant_ref *map_ops,
			    struct gnttab_map_grant_ref *kmap_ops, struct page **pages,
			    unsigned int count)
{
	unsigned int i;
	int err;

	if (!xen_pv_domain())
		return 0;
	if (kmap_ops) {
		err = xen_hv_grant_map(kmap_ops, count);
		if (err)
			return err;
	}
	for (i = 0; i < count; i++) {
		struct gnttab_map_grant_ref *kop = kmap_ops ? &kmap_ops[i] : NULL;
		unsigned long pfn = page_to_pfn(pages[i]);

		if (map_ops[i].status != GNTST_okay || (kop && kop->status != GNTST_okay))
			continue;
		WARN(pfn_to_mfn(pfn) != INVALID_P2M_ENTRY, "page must be ballooned");
		if (!set_phys_to_machine(pfn, FOREIGN_FRAME(mapped_mfn(&map_ops[i]))))
			undo_mapping(&map_ops[i], kop);
	}
	return 0;
}

/**
 * clear_foreign_p2m_mapping() - forget in the p2m what grants were mapped
 * @unmap_ops: not looked at
 * @kunmap_ops: user space's mappings of the same grants, or NULL; undone here
 * @pages: the pages
 * @count: length of the arrays
 *
 * Return: 0, -EINVAL if a page was not foreign, or the hypercall's error.
 */
int clear_foreign_p2m_mapping(struct gnttab_unmap_grant_ref *unmap_ops,
			      struct gnttab_unmap_grant_ref *kunmap_ops, struct page **pages,
			      unsigned int count)
{
	unsigned int i;
	int err = 0, kerr = 0;

	if (!xen_pv_domain())
		return 0;
	for (i = 0; i < count; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);

		if (xp2m_kind(xp2m(__pfn_to_mfn(pfn))) == XP2M_FOREIGN)
			set_phys_to_machine(pfn, INVALID_P2M_ENTRY);
		else
			err = -EINVAL;
	}
	if (kunmap_ops)
		kerr = xen_hv_grant_unmap(kunmap_ops, count);
	return kerr ?: err;
}
