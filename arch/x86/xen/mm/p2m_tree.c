// SPDX-License-Identifier: GPL-2.0
/*
 * The toolstack's way to the p2m: which machine frames hold it.
 *
 * Newer toolstacks walk the kernel's page tables to the p2m's virtual address. For the others
 * there is a tree of machine frame numbers: the shared page names the top page, whose entries
 * name middle pages, whose entries name the pages of the p2m. A stretch that is missing
 * altogether shares one middle page. Machine frames change when the domain is restored, so the
 * tree is filled anew then, without allocating.
 */
#include <linux/err.h>

#include "mm.h"

#define PER_PAGE	(PAGE_SIZE / sizeof(unsigned long))
#define MAX_PFN		(PER_PAGE * PER_PAGE * P2M_PER_PAGE)

static unsigned long *top;		/* machine frames of the middle pages */
static unsigned long **mids;		/* the same as addresses */
static unsigned long *no_mid;		/* a middle page that names the missing leaf only */

static unsigned int top_index(unsigned long pfn)
{
	return pfn / (PER_PAGE * P2M_PER_PAGE);
}

static unsigned int mid_index(unsigned long pfn)
{
	return pfn / P2M_PER_PAGE % PER_PAGE;
}

static void name_everywhere(unsigned long *page, const void *named)
{
	unsigned long mfn = virt_to_mfn(named);
	unsigned int i;

	for (i = 0; i < PER_PAGE; i++)
		page[i] = mfn;
}

static void first_time(void)
{
	unsigned int i;

	no_mid = xen_p2m_alloc_page();
	mids = xen_p2m_alloc_page();
	top = xen_p2m_alloc_page();
	for (i = 0; i < PER_PAGE; i++)
		mids[i] = no_mid;
}

/* Enters the stretch of one top entry, or marks it as missing; returns whether it is there. */
static bool fill_stretch(unsigned long first, unsigned long end)
{
	unsigned int t = top_index(first), level;
	unsigned long pfn;

	for (pfn = first; pfn < end; pfn += P2M_PER_PAGE) {
		pte_t *ptep = lookup_address((unsigned long)&xen_p2m_addr[pfn], &level);
		pte_t *table;

		BUG_ON(!ptep || level != PG_LEVEL_4K);
		table = (pte_t *)((unsigned long)ptep & PAGE_MASK);
		if (table == xen_p2m_missing.table || table == xen_p2m_identity.table)
			return false;
		if (mids[t] == no_mid) {
			/* While booting, or it would have been there when the domain was saved. */
			mids[t] = xen_p2m_alloc_page();
			name_everywhere(mids[t], xen_p2m_missing.leaf);
		}
		mids[t][mid_index(pfn)] = pte_mfn(*ptep);
	}
	return true;
}

/**
 * xen_build_mfn_list_list() - fill the tree
 *
 * Context: while booting, and with all other CPUs stopped when the domain has been restored.
 */
void __ref xen_build_mfn_list_list(void)
{
	unsigned long pfn, end = min(xen_max_p2m_pfn, MAX_PFN);
	const unsigned long stretch = PER_PAGE * P2M_PER_PAGE;

	if (xen_start_info->flags & SIF_VIRT_P2M_4TOOLS)
		return;
	if (!top)
		first_time();
	name_everywhere(no_mid, xen_p2m_missing.leaf);
	name_everywhere(top, no_mid);
	for (pfn = 0; pfn < end; pfn += stretch)
		if (fill_stretch(pfn, min(pfn + stretch, end)))
			top[top_index(pfn)] = virt_to_mfn(mids[top_index(pfn)]);
}

/**
 * xen_setup_mfn_list_list() - tell the toolstack where the p2m is
 */
void xen_setup_mfn_list_list(void)
{
	struct arch_shared_info *arch = &HYPERVISOR_shared_info->arch;

	BUG_ON(HYPERVISOR_shared_info == &xen_dummy_shared_info);
	arch->pfn_to_mfn_frame_list_list = xen_p2m_tree_present() ? virt_to_mfn(top) : ~0UL;
	arch->max_pfn = xen_p2m_last_pfn;
	arch->p2m_generation = 0;
	arch->p2m_vaddr = (unsigned long)xen_p2m_addr;
	arch->p2m_cr3 = xen_pfn_to_cr3(virt_to_mfn(swapper_pg_dir));
}

bool xen_p2m_tree_present(void)
{
	return top;
}

/**
 * xen_p2m_tree_mid() - the middle page for a frame, made if there is none
 * @pfn: the frame
 *
 * Return: the page, NULL for a frame that the tree cannot name, or ERR_PTR(-ENOMEM).
 */
unsigned long *xen_p2m_tree_mid(unsigned long pfn)
{
	unsigned int t = top_index(pfn);
	unsigned long *mid, missing;

	if (pfn >= MAX_PFN)
		return NULL;
	mid = READ_ONCE(mids[t]);
	if (mid != no_mid)
		return mid;

	mid = xen_p2m_alloc_page();
	if (!mid)
		return ERR_PTR(-ENOMEM);
	name_everywhere(mid, xen_p2m_missing.leaf);
	missing = virt_to_mfn(no_mid);
	/* Whoever comes first sets the top's entry; the address follows it. */
	if (cmpxchg(&top[t], missing, virt_to_mfn(mid)) == missing) {
		WRITE_ONCE(mids[t], mid);
		return mid;
	}
	xen_p2m_free_page(mid);
	return mfn_to_virt(READ_ONCE(top[t]));
}

/**
 * xen_p2m_tree_set() - name a new page of the p2m
 * @mid: what xen_p2m_tree_mid() returned; NULL does nothing
 * @pfn: a frame with its entry in the page
 * @leaf: the page
 */
void xen_p2m_tree_set(unsigned long *mid, unsigned long pfn, const void *leaf)
{
	if (mid)
		mid[mid_index(pfn)] = virt_to_mfn(leaf);
}
