// SPDX-License-Identifier: GPL-2.0
/*
 * The p2m: which machine frame is behind each pseudo-physical frame.
 *
 * It is one array at xen_p2m_addr with an entry per frame, in virtual memory so that stretches
 * without memory cost nothing: they are mapped to one of two read-only pages, which stand for
 * "all missing" and for "all identity". Both hold invalid entries; which one is meant decides
 * the page, since the toolstack, which reads the same pages, knows no identity entries. A stretch
 * gets a page of its own when an entry in it has to say something else.
 *
 * Readers take no lock: entries are words, and a page is replaced by one that says the same.
 * p2m_lock serializes replacing; p2m_generation in the shared page is odd meanwhile, which tells
 * the toolstack to look again. An entry has one writer at a time by what it stands for: whoever
 * owns the frame.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/memblock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "mm.h"

/* The array; NULL before the start of a PV domain, and in all others. */
unsigned long *xen_p2m_addr __read_mostly;
EXPORT_SYMBOL_GPL(xen_p2m_addr);
/* Frames that have an entry: each of them can be read. */
unsigned long xen_p2m_size __read_mostly;
EXPORT_SYMBOL_GPL(xen_p2m_size);
/* Frames from here on are identity; at boot, extra memory below has no entries yet. */
unsigned long xen_max_p2m_pfn __read_mostly;
EXPORT_SYMBOL_GPL(xen_max_p2m_pfn);

struct xen_p2m_spare xen_p2m_missing, xen_p2m_identity;

/* No frame from here on has an entry that the toolstack needs to look at. */
unsigned long xen_p2m_last_pfn;

static DEFINE_SPINLOCK(p2m_lock);

void * __ref xen_p2m_alloc_page(void)
{
	void *page;

	if (likely(slab_is_available()))
		return (void *)__get_free_page(GFP_KERNEL);
	page = memblock_alloc(PAGE_SIZE, PAGE_SIZE);
	if (!page)
		panic("Xen: no memory for the p2m\n");
	return page;
}

void __ref xen_p2m_free_page(void *page)
{
	if (likely(slab_is_available()))
		free_page((unsigned long)page);
	else
		memblock_free(page, PAGE_SIZE);
}

static pte_t *leaf_entry(unsigned long pfn)
{
	unsigned int level;
	pte_t *ptep = lookup_address((unsigned long)&xen_p2m_addr[pfn], &level);

	/* Every address of the array is mapped, by small pages. */
	BUG_ON(!ptep || level != PG_LEVEL_4K);
	return ptep;
}

static bool maps_leaf(pte_t pte, const struct xen_p2m_spare *spare)
{
	return pte_pfn(pte) == PFN_DOWN(__pa(spare->leaf));
}

static pte_t *table_of(pte_t *ptep)
{
	return (pte_t *)((unsigned long)ptep & PAGE_MASK);
}

static bool spare_table(const pte_t *table)
{
	return table == xen_p2m_missing.table || table == xen_p2m_identity.table;
}

/**
 * get_phys_to_machine() - the p2m entry of a frame, with its kind
 * @pfn: any frame
 *
 * The slow way, for entries that read as invalid; callers use __pfn_to_mfn().
 *
 * Return: the entry, INVALID_P2M_ENTRY if nothing is there.
 */
unsigned long get_phys_to_machine(unsigned long pfn)
{
	if (unlikely(pfn >= xen_p2m_size)) {
		if (pfn < xen_max_p2m_pfn)
			return xen_chk_extra_mem(pfn);
		return IDENTITY_FRAME(pfn);
	}
	if (maps_leaf(*leaf_entry(pfn), &xen_p2m_identity))
		return IDENTITY_FRAME(pfn);
	return xen_p2m_addr[pfn];
}
EXPORT_SYMBOL_GPL(get_phys_to_machine);

/* Tells the toolstack that mappings of the p2m change; in pairs, under p2m_lock. */
static void step_generation(void)
{
	wmb();		/* pairs with the toolstack's reads around its copy of the p2m */
	HYPERVISOR_shared_info->arch.p2m_generation++;
	wmb();		/* as above */
}

/*
 * Replaces a table that only maps a read-only leaf by one that may differ from it.
 * Returns 0, also if somebody else was faster, or -ENOMEM.
 */
static int own_table(unsigned long pfn, pte_t *spare)
{
	unsigned long va = (unsigned long)&xen_p2m_addr[pfn] & PMD_MASK, flags;
	pte_t *table = xen_p2m_alloc_page();
	pmd_t *pmdp = lookup_pmd_address(va);
	bool used = false;

	if (!table)
		return -ENOMEM;
	BUG_ON(!pmdp);
	copy_page(table, spare);
	paravirt_alloc_pte(&init_mm, PFN_DOWN(__pa(table)));

	spin_lock_irqsave(&p2m_lock, flags);
	if (table_of(leaf_entry(pfn)) == spare) {
		step_generation();
		set_pmd(pmdp, __pmd(__pa(table) | _KERNPG_TABLE));
		step_generation();
		used = true;
	}
	spin_unlock_irqrestore(&p2m_lock, flags);

	if (!used) {
		paravirt_release_pte(PFN_DOWN(__pa(table)));
		xen_p2m_free_page(table);
	}
	return 0;
}

/* Fills a page with what the read-only one that it replaces stands for. */
static void fill_leaf(unsigned long *leaf, unsigned long pfn, bool identity)
{
	unsigned int i;

	pfn &= ~(P2M_PER_PAGE - 1);
	for (i = 0; i < P2M_PER_PAGE; i++)
		leaf[i] = identity ? IDENTITY_FRAME(pfn + i) : INVALID_P2M_ENTRY;
}

static int own_leaf(unsigned long pfn, unsigned long *mid)
{
	pte_t *ptep = leaf_entry(pfn), old = READ_ONCE(*ptep);
	bool identity = maps_leaf(old, &xen_p2m_identity);
	unsigned long *leaf, flags;

	if (!identity && !maps_leaf(old, &xen_p2m_missing))
		return 0;
	leaf = xen_p2m_alloc_page();
	if (!leaf)
		return -ENOMEM;
	fill_leaf(leaf, pfn, identity);

	spin_lock_irqsave(&p2m_lock, flags);
	if (pte_same(*ptep, old)) {
		step_generation();
		set_pte(ptep, pfn_pte(PFN_DOWN(__pa(leaf)), PAGE_KERNEL));
		step_generation();
		xen_p2m_tree_set(mid, pfn, leaf);
		leaf = NULL;
	}
	spin_unlock_irqrestore(&p2m_lock, flags);

	if (leaf)
		xen_p2m_free_page(leaf);
	return 0;
}

/**
 * xen_alloc_p2m_entry() - make the entry of a frame writable
 * @pfn: below xen_p2m_size
 *
 * Context: may sleep once the page allocator runs.
 * Return: 0 or -ENOMEM, after which nothing has changed for readers.
 */
int xen_alloc_p2m_entry(unsigned long pfn)
{
	pte_t *table = table_of(leaf_entry(pfn));
	unsigned long *mid = NULL;
	int err;

	if (spare_table(table)) {
		err = own_table(pfn, table);
		if (err)
			return err;
	}
	if (xen_p2m_tree_present()) {
		mid = xen_p2m_tree_mid(pfn);
		if (IS_ERR(mid))
			return PTR_ERR(mid);
	}
	err = own_leaf(pfn, mid);
	if (err)
		return err;

	if (pfn >= xen_p2m_last_pfn) {
		xen_p2m_last_pfn = ALIGN(pfn + 1, P2M_PER_PAGE);
		HYPERVISOR_shared_info->arch.max_pfn = xen_p2m_last_pfn;
	}
	return 0;
}
EXPORT_SYMBOL(xen_alloc_p2m_entry);

/**
 * __set_phys_to_machine() - change the entry of a frame if it is writable
 * @pfn: the frame
 * @mfn: the entry, with its kind
 *
 * Return: whether the entry says @mfn now. If not, xen_alloc_p2m_entry() helps, except above the
 * table, where nothing but INVALID_P2M_ENTRY is accepted.
 */
bool __set_phys_to_machine(unsigned long pfn, unsigned long mfn)
{
	pte_t pte;

	if (unlikely(pfn >= xen_p2m_size))
		return mfn == INVALID_P2M_ENTRY;
	/* One store, and a fault if the page is one of the read-only ones. */
	if (likely(!xen_safe_write_ulong(&xen_p2m_addr[pfn], mfn)))
		return true;

	pte = *leaf_entry(pfn);
	if (maps_leaf(pte, &xen_p2m_missing))
		return mfn == INVALID_P2M_ENTRY;
	if (maps_leaf(pte, &xen_p2m_identity))
		return mfn == IDENTITY_FRAME(pfn);
	return false;
}

/**
 * set_phys_to_machine() - change the entry of a frame
 * @pfn: the frame
 * @mfn: the entry, with its kind
 *
 * Return: false if there was no memory for it, or @pfn is above the table.
 */
bool set_phys_to_machine(unsigned long pfn, unsigned long mfn)
{
	if (likely(__set_phys_to_machine(pfn, mfn)))
		return true;
	return pfn < xen_p2m_size && !xen_alloc_p2m_entry(pfn) && __set_phys_to_machine(pfn, mfn);
}

/**
 * set_phys_range_identity() - mark frames as identity, while booting
 * @pfn_s: first frame
 * @pfn_e: first frame behind
 *
 * Return: how many of them have an entry.
 */
unsigned long __init set_phys_range_identity(unsigned long pfn_s, unsigned long pfn_e)
{
	unsigned long pfn;

	pfn_e = min(pfn_e, xen_p2m_size);
	if (pfn_s >= pfn_e)
		return 0;
	for (pfn = pfn_s; pfn < pfn_e; pfn++)
		xen_p2m_addr[pfn] = IDENTITY_FRAME(pfn);
	return pfn_e - pfn_s;
}
