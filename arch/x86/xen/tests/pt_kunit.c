// SPDX-License-Identifier: GPL-2.0
/*
 * Contract of page-table entries and of the p2m, in a PV domain: conversion there and back, frames
 * that are no memory of ours, setters on tables that nobody has pinned, the scan for entries.
 */
#include <kunit/test.h>
#include <linux/gfp.h>

#include <xen/grant_table.h>

#include "../mm/mm.h"

static int pv_only(struct kunit *test)
{
	if (!xen_pv_domain())
		kunit_skip(test, "not a PV domain");
	return 0;
}

static unsigned long new_page(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return (unsigned long)page_address(page);
}

static void entry_there_and_back(struct kunit *test)
{
	unsigned long page = new_page(test), pfn = virt_to_pfn((void *)page);
	pte_t pte = pfn_pte(pfn, PAGE_KERNEL);
	pmd_t pmd = __pmd(PFN_PHYS(pfn) | _PAGE_TABLE);
	pud_t pud = __pud(PFN_PHYS(pfn) | _PAGE_TABLE);
	pgd_t pgd = __pgd(PFN_PHYS(pfn) | _PAGE_TABLE);

	KUNIT_EXPECT_EQ(test, pte_mfn(pte), pfn_to_mfn(pfn));
	KUNIT_EXPECT_EQ(test, pte_pfn(pte), pfn);
	KUNIT_EXPECT_EQ(test, pte_val(pte) & PTE_FLAGS_MASK, pte.pte & PTE_FLAGS_MASK);
	KUNIT_EXPECT_EQ(test, pmd_val(pmd), PFN_PHYS(pfn) | _PAGE_TABLE);
	KUNIT_EXPECT_EQ(test, pud_val(pud), PFN_PHYS(pfn) | _PAGE_TABLE);
	KUNIT_EXPECT_EQ(test, pgd_val(pgd), PFN_PHYS(pfn) | _PAGE_TABLE);
	KUNIT_EXPECT_EQ(test, pmd.pmd >> PAGE_SHIFT, pfn_to_mfn(pfn));
	free_page(page);
}

static void entry_not_present(struct kunit *test)
{
	pteval_t val = 0x123456000UL | _PAGE_PROTNONE;

	KUNIT_EXPECT_EQ(test, __pte(val).pte, val);
	KUNIT_EXPECT_EQ(test, pte_val(native_make_pte(val)), val);
	KUNIT_EXPECT_EQ(test, pte_val(__pte(0)), 0);
}

/* Above all memory, frames are their own machine frames: devices. */
static void entry_of_identity(struct kunit *test)
{
	unsigned long pfn = max(xen_p2m_size, machine_to_phys_nr) + 5;
	pte_t pte = pfn_pte(pfn, PAGE_KERNEL);

	KUNIT_EXPECT_EQ(test, pte_mfn(pte), pfn);
	KUNIT_EXPECT_EQ(test, pte_pfn(pte), pfn);
}

static void entry_of_foreign(struct kunit *test)
{
	unsigned long page = new_page(test), pfn, mfn = virt_to_mfn((void *)page);
	struct page *hole;
	pte_t pte;

	KUNIT_ASSERT_EQ(test, 0, xen_alloc_unpopulated_pages(1, &hole));
	pfn = page_to_pfn(hole);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, pfn_pte(pfn, PAGE_KERNEL).pte, 0);

	/* Somebody else's frame, as far as this entry is concerned. */
	KUNIT_EXPECT_TRUE(test, set_phys_to_machine(pfn, FOREIGN_FRAME(mfn)));
	KUNIT_EXPECT_EQ(test, xp2m_kind(xp2m(__pfn_to_mfn(pfn))), XP2M_FOREIGN);
	pte = pfn_pte(pfn, PAGE_KERNEL);
	KUNIT_EXPECT_EQ(test, pte_mfn(pte), mfn);
	/* It reads as the frame that the machine knows by that number. */
	KUNIT_EXPECT_EQ(test, pte_pfn(pte), virt_to_pfn((void *)page));

	KUNIT_EXPECT_TRUE(test, set_phys_to_machine(pfn, INVALID_P2M_ENTRY));
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), INVALID_P2M_ENTRY);
	xen_free_unpopulated_pages(1, &hole);
	free_page(page);
}

static void p2m_above_its_end(struct kunit *test)
{
	unsigned long pfn = xen_max_p2m_pfn + 1;

	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), IDENTITY_FRAME(pfn));
	KUNIT_EXPECT_FALSE(test, set_phys_to_machine(pfn, 1));
	KUNIT_EXPECT_TRUE(test, set_phys_to_machine(pfn, INVALID_P2M_ENTRY));
}

static void setter_on_plain_memory(struct kunit *test)
{
	unsigned long page = new_page(test), pfn = virt_to_pfn((void *)page);
	pte_t *table = (pte_t *)page, pte = pfn_pte(pfn, PAGE_KERNEL);

	KUNIT_EXPECT_FALSE(test, xen_pt_pinned(table));
	set_pte(table + 7, pte);
	KUNIT_EXPECT_EQ(test, table[7].pte, pte.pte);
	set_pmd((pmd_t *)table + 8, __pmd(PFN_PHYS(pfn) | _PAGE_TABLE));
	KUNIT_EXPECT_EQ(test, table[8].pte >> PAGE_SHIFT, pfn_to_mfn(pfn));
	free_page(page);
}

static void kernel_tables_are_pinned(struct kunit *test)
{
	unsigned long page = new_page(test);
	unsigned int level;

	KUNIT_EXPECT_TRUE(test, xen_pt_pinned(lookup_address(page, &level)));
	KUNIT_EXPECT_TRUE(test, xen_pt_pinned(init_mm.pgd));
	free_page(page);
}

static void scan_finds_all(struct kunit *test)
{
	static const unsigned int at[] = { 0, 1, 7, 8, 63, 64, 255, 256, 510, 511 };
	unsigned long page = new_page(test);
	u64 *table = (u64 *)page;
	unsigned int i, n;

	KUNIT_EXPECT_EQ(test, 512, xen_pt_next_present(table, 0, 512));
	for (n = 0; n < ARRAY_SIZE(at); n++)
		table[at[n]] = _PAGE_PRESENT;
	table[100] = _PAGE_PROTNONE;		/* in use, but leads nowhere */
	for (i = xen_pt_next_present(table, 0, 512), n = 0; i < 512;
	     i = xen_pt_next_present(table, i + 1, 512), n++)
		KUNIT_EXPECT_EQ(test, at[n], i);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(at), n);
	/* The end of a half is where the hypervisor's entries begin. */
	KUNIT_EXPECT_EQ(test, 256, xen_pt_next_present(table, 256 - 3, 256) + 1);
	free_page(page);
}

static struct kunit_case pt_cases[] = {
	KUNIT_CASE(entry_there_and_back),
	KUNIT_CASE(entry_not_present),
	KUNIT_CASE(entry_of_identity),
	KUNIT_CASE(entry_of_foreign),
	KUNIT_CASE(p2m_above_its_end),
	KUNIT_CASE(setter_on_plain_memory),
	KUNIT_CASE(kernel_tables_are_pinned),
	KUNIT_CASE(scan_finds_all),
	{ }
};

static struct kunit_suite pt_suite = {
	.name = "xen_pt",
	.init = pv_only,
	.test_cases = pt_cases,
};

kunit_test_suite(pt_suite);
