// SPDX-License-Identifier: GPL-2.0
/*
 * Contract of twins: both trees of a process lead to the same pages while it runs, whatever it puts
 * into its page tables and takes out, with and without memory for twins.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/mmu_context.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include <asm/tlb.h>
#include <asm/tlbflush.h>

#include "../mm/mm.h"

#define FIRST		PUD_SIZE			/* the first address that is used */
#define SECOND		(FIRST + PUD_SIZE)		/* another table below the last but one */
#define FAR_AWAY	(FIRST + P4D_SIZE)		/* and another below the top */
#define MAGIC		0x1122334455667788UL

struct process {
	struct mm_struct *mm;
	struct page *data;
};

static u64 frame(u64 entry)
{
	return (entry & XEN_PTE_MFN_MASK) >> PAGE_SHIFT;
}

static struct page *below(u64 entry)
{
	return pfn_to_page(xen_pt_table_pfn(entry));
}

static pud_t *pud_at(struct process *p, unsigned long addr)
{
	return pud_offset(p4d_offset(pgd_offset(p->mm, addr), addr), addr);
}

/* The entry for @addr, whose tables come into being; it leads to the page, or nowhere. */
static void set_at(struct kunit *test, unsigned long addr, bool present)
{
	struct process *p = test->priv;
	p4d_t *p4dp = p4d_alloc(p->mm, pgd_offset(p->mm, addr), addr);
	pud_t *pudp = p4dp ? pud_alloc(p->mm, p4dp, addr) : NULL;
	pmd_t *pmdp = pudp ? pmd_alloc(p->mm, pudp, addr) : NULL;
	spinlock_t *ptl;		/* the table's */

	KUNIT_ASSERT_NOT_NULL(test, pmdp);
	KUNIT_ASSERT_EQ(test, 0, pte_alloc(p->mm, pmdp));
	ptl = pte_lockptr(p->mm, pmdp);
	spin_lock(ptl);
	set_pte(pte_offset_kernel(pmdp, addr),
		present ? mk_pte(p->data, PAGE_SHARED) : __pte(0));
	spin_unlock(ptl);
	if (!present)
		flush_tlb_mm(p->mm);
}

/* Compares all that is below one entry of the core's with what the hypervisor has for it. */
static unsigned int compare(struct kunit *test, u64 core, u64 hypervisor, enum pt_level_no level)
{
	struct page *page = below(core);
	u64 *twin = xen_pt_twin(page), *table = page_address(page);
	unsigned int i, n = 0;

	KUNIT_EXPECT_EQ(test, core & ~XEN_PTE_MFN_MASK & ~_PAGE_ACCESSED,
			hypervisor & ~XEN_PTE_MFN_MASK & ~_PAGE_ACCESSED);
	if (level == XEN_PT_PTE || PagePinned(page)) {
		KUNIT_EXPECT_TRUE(test, PagePinned(page));
		KUNIT_EXPECT_EQ(test, frame(core), frame(hypervisor));
		twin = table;
	}
	if (level == XEN_PT_PTE)
		return 1;
	KUNIT_ASSERT_NOT_NULL(test, twin);
	KUNIT_EXPECT_EQ(test, frame(hypervisor), pfn_to_mfn(virt_to_pfn(twin)));
	for (i = 0; i < PTRS_PER_PTE; i++) {
		KUNIT_EXPECT_EQ(test, table[i] & _PAGE_PRESENT, twin[i] & _PAGE_PRESENT);
		if (table[i] & _PAGE_PRESENT)
			n += compare(test, table[i], twin[i], level + 1);
	}
	return n;
}

/* Return: how many tables of the last level there are. */
static unsigned int compare_all(struct kunit *test)
{
	struct process *p = test->priv;
	struct xen_pt_top *top = xen_pt_top(p->mm->pgd);
	u64 *table = (u64 *)p->mm->pgd;
	unsigned int i, n = 0;

	for (i = 0; i < XEN_USER_PGDS; i++) {
		KUNIT_EXPECT_EQ(test, top->kernel[i] & ~_PAGE_ACCESSED,
				top->user[i] & ~_PAGE_ACCESSED);
		KUNIT_EXPECT_EQ(test, table[i] & _PAGE_PRESENT, top->kernel[i] & _PAGE_PRESENT);
		if (table[i] & _PAGE_PRESENT)
			n += compare(test, table[i], top->kernel[i], XEN_PT_PUD);
	}
	for (i = pgd_index(GUARD_HOLE_END_ADDR); i < PTRS_PER_PGD; i++)
		KUNIT_EXPECT_EQ(test, frame(table[i]), frame(top->kernel[i]));
	return n;
}

/* What the processor finds at @addr, by the hypervisor's tree. */
static u64 look(struct kunit *test, unsigned long addr)
{
	struct process *p = test->priv;
	u64 val = 0;
	int err;

	kthread_use_mm(p->mm);
	pagefault_disable();
	err = __get_user(val, (u64 __user *)addr);
	pagefault_enable();
	kthread_unuse_mm(p->mm);
	return err ? 0 : val;
}

static void free_tables(struct kunit *test)
{
	struct process *p = test->priv;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, p->mm);
	free_pgd_range(&tlb, FIRST, FAR_AWAY + P4D_SIZE, 0, 0);
	tlb_finish_mmu(&tlb);
}

static int process_init(struct kunit *test)
{
	struct process *p;

	if (!xen_pv_domain())
		kunit_skip(test, "not a PV domain");
	if (current->mm)
		kunit_skip(test, "the thread has page tables of its own");
	p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	test->priv = p;
	p->data = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p->data);
	*(u64 *)page_address(p->data) = MAGIC;
	p->mm = mm_alloc();
	KUNIT_ASSERT_NOT_NULL(test, p->mm);
	return 0;
}

static void process_exit(struct kunit *test)
{
	struct process *p = test->priv;

	WRITE_ONCE(xen_pt_no_twins, false);
	if (!p)
		return;
	if (p->mm) {
		xen_pt_exit_mmap(p->mm);
		free_tables(test);
		mmput(p->mm);
	}
	if (p->data)
		__free_page(p->data);
}

static void plain_until_pinned(struct kunit *test)
{
	struct process *p = test->priv;

	set_at(test, FIRST, true);
	set_at(test, FAR_AWAY, true);
	KUNIT_EXPECT_FALSE(test, xen_pt_pinned(p->mm->pgd));
	KUNIT_EXPECT_PTR_EQ(test, NULL, xen_pt_twin(virt_to_page(pud_at(p, FIRST))));

	xen_pt_enter_mmap(p->mm);
	KUNIT_EXPECT_EQ(test, 2, compare_all(test));
	KUNIT_EXPECT_EQ(test, MAGIC, look(test, FIRST));
	KUNIT_EXPECT_EQ(test, MAGIC, look(test, FAR_AWAY));
	KUNIT_EXPECT_EQ(test, 0, look(test, SECOND));

	xen_pt_exit_mmap(p->mm);
	KUNIT_EXPECT_FALSE(test, xen_pt_pinned(p->mm->pgd));
	KUNIT_EXPECT_PTR_EQ(test, NULL, xen_pt_twin(virt_to_page(pud_at(p, FIRST))));
	set_at(test, FIRST, false);
	set_at(test, FAR_AWAY, false);
}

static void grows_and_shrinks_running(struct kunit *test)
{
	static const unsigned long at[] = { FIRST, FIRST + PMD_SIZE, SECOND, FAR_AWAY };
	struct process *p = test->priv;
	unsigned int round, i;

	xen_pt_enter_mmap(p->mm);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < ARRAY_SIZE(at); i++) {
			set_at(test, at[i], true);
			KUNIT_EXPECT_EQ(test, i + 1, compare_all(test));
			KUNIT_EXPECT_EQ(test, MAGIC, look(test, at[i]));
		}
		for (i = 0; i < ARRAY_SIZE(at); i++) {
			set_at(test, at[i], false);
			KUNIT_EXPECT_EQ(test, 0, look(test, at[i]));
		}
		free_tables(test);
		KUNIT_EXPECT_EQ(test, 0, compare_all(test));
	}
}

static void own_for_want_of_memory(struct kunit *test)
{
	struct process *p = test->priv;
	pud_t val, *from, *to;

	set_at(test, FIRST, true);
	xen_pt_enter_mmap(p->mm);
	WRITE_ONCE(xen_pt_no_twins, true);
	set_at(test, SECOND, true);			/* own, below a twin */
	set_at(test, FAR_AWAY, true);			/* own, below its own */
	KUNIT_EXPECT_TRUE(test, PagePinned(below(native_pud_val(*pud_at(p, SECOND)))));
	KUNIT_EXPECT_TRUE(test, xen_pt_pinned(pud_at(p, FAR_AWAY)));
	WRITE_ONCE(xen_pt_no_twins, false);
	set_at(test, FAR_AWAY + PUD_SIZE, true);	/* no twin may be below its own */
	KUNIT_EXPECT_EQ(test, 4, compare_all(test));

	/* A table with a twin moves to where none may be, as mremap() does it. */
	from = pud_at(p, FIRST);
	to = pud_at(p, FAR_AWAY + 2 * PUD_SIZE);
	val = *from;
	pud_clear(from);
	set_pud(to, val);
	KUNIT_EXPECT_EQ(test, 4, compare_all(test));
	KUNIT_EXPECT_EQ(test, 0, look(test, FIRST));
	KUNIT_EXPECT_EQ(test, MAGIC, look(test, SECOND));
	KUNIT_EXPECT_EQ(test, MAGIC, look(test, FAR_AWAY + 2 * PUD_SIZE + FIRST % PUD_SIZE));

	set_at(test, SECOND, false);
	set_at(test, FAR_AWAY, false);
	set_at(test, FAR_AWAY + PUD_SIZE, false);
	set_at(test, FAR_AWAY + 2 * PUD_SIZE, false);
}

static pmd_t *pmd_at(struct process *p, unsigned long addr)
{
	return pmd_offset(pud_at(p, addr), addr);
}

/* As mremap() moves tables, to a place beside and then with all beside them. */
static void tables_move(struct kunit *test)
{
	struct process *p = test->priv;
	struct page *table;
	pmd_t pmd;
	pud_t pud;

	xen_pt_enter_mmap(p->mm);
	set_at(test, FIRST, true);
	set_at(test, SECOND + PMD_SIZE, true);
	pmd = *pmd_at(p, FIRST);
	table = below(native_pmd_val(pmd));
	KUNIT_EXPECT_PTR_EQ(test, pmd_at(p, FIRST), xen_pt_linked_at(table));

	pmd_clear(pmd_at(p, FIRST));
	set_pmd(pmd_at(p, SECOND), pmd);
	KUNIT_EXPECT_PTR_EQ(test, pmd_at(p, SECOND), xen_pt_linked_at(table));
	KUNIT_EXPECT_EQ(test, 2, compare_all(test));
	KUNIT_EXPECT_EQ(test, 0, look(test, FIRST));
	KUNIT_EXPECT_EQ(test, MAGIC, look(test, SECOND));

	pud = *pud_at(p, SECOND);
	pud_clear(pud_at(p, SECOND));
	set_pud(pud_at(p, SECOND + PUD_SIZE), pud);
	flush_tlb_mm(p->mm);
	KUNIT_EXPECT_PTR_EQ(test, pmd_at(p, SECOND + PUD_SIZE), xen_pt_linked_at(table));
	KUNIT_EXPECT_EQ(test, 2, compare_all(test));
	KUNIT_EXPECT_EQ(test, 0, look(test, SECOND));
	KUNIT_EXPECT_EQ(test, MAGIC, look(test, SECOND + PUD_SIZE));
	KUNIT_EXPECT_EQ(test, MAGIC, look(test, SECOND + PUD_SIZE + PMD_SIZE));

	set_at(test, SECOND + PUD_SIZE, false);
	set_at(test, SECOND + PUD_SIZE + PMD_SIZE, false);
}

#define ROW	400

/* @n instructions that take entries out have faulted. */
static bool fault(pte_t *ptep, unsigned int n)
{
	bool open = false;

	while (n-- && !open)
		open = xen_pt_row_faulted(ptep++);
	return open;
}

/* The table with a row of entries. */
static pte_t *fill_row(struct kunit *test)
{
	struct process *p = test->priv;
	unsigned int i;

	xen_pt_enter_mmap(p->mm);
	for (i = 0; i < ROW; i++)
		set_at(test, FIRST + i * PAGE_SIZE, true);
	return pte_offset_kernel(pmd_at(p, FIRST), FIRST);
}

static void clear_row(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ROW; i++)
		set_at(test, FIRST + i * PAGE_SIZE, false);
}

/* A row of instructions opens the table for as long as it takes. */
static void row_of_faults_opens(struct kunit *test)
{
	struct process *p = test->priv;
	pte_t *table = fill_row(test);
	unsigned int i;

	spin_lock(pte_lockptr(p->mm, pmd_at(p, FIRST)));
	KUNIT_EXPECT_FALSE(test, fault(table, 10));
	xen_pt_row_ends();
	KUNIT_EXPECT_FALSE(test, fault(table, 20));
	KUNIT_EXPECT_TRUE(test, xen_pt_pinned(table));
	KUNIT_EXPECT_TRUE(test, fault(table + 20, ROW - 20));
	KUNIT_EXPECT_FALSE(test, xen_pt_pinned(table));
	for (i = 0; i < ROW / 2; i++)
		KUNIT_EXPECT_EQ(test, frame(native_ptep_get_and_clear(table + i).pte),
				pfn_to_mfn(page_to_pfn(p->data)));
	xen_pt_row_ends();
	KUNIT_EXPECT_TRUE(test, xen_pt_pinned(table));
	/* Too few are left. */
	KUNIT_EXPECT_FALSE(test, fault(table + ROW - 40, 40));
	xen_pt_row_ends();
	spin_unlock(pte_lockptr(p->mm, pmd_at(p, FIRST)));
	KUNIT_EXPECT_EQ(test, 1, compare_all(test));
	KUNIT_EXPECT_EQ(test, 0, look(test, FIRST));
	KUNIT_EXPECT_EQ(test, MAGIC, look(test, FIRST + ROW / 2 * PAGE_SIZE));
	clear_row(test);
}

/* The beginning of a row that is as long as ROW; with the table's lock. */
static void set_in_row(pte_t *table, unsigned int set)
{
	unsigned int i;

	for (i = 0; i < set; i++)
		xen_pt_row(table + i, table + ROW);
}

/* Whether a row opens the table, of @set entries that are set or of instructions that fault. */
static bool row_opens(struct kunit *test, pte_t *table, unsigned int set)
{
	struct process *p = test->priv;
	spinlock_t *ptl = pte_lockptr(p->mm, pmd_at(p, FIRST));
	bool open;

	spin_lock(ptl);
	set_in_row(table, set);
	open = set ? !xen_pt_pinned(table) : fault(table, ROW);
	KUNIT_EXPECT_EQ(test, open, !xen_pt_pinned(table));
	xen_pt_row_ends();
	KUNIT_EXPECT_TRUE(test, xen_pt_pinned(table));
	spin_unlock(ptl);
	return open;
}

/* Not while the hypervisor may look for anything in the process's tables, whoever changes them. */
static void row_beside_hypercalls(struct kunit *test)
{
	struct process *p = test->priv;
	pte_t *table = fill_row(test);

	KUNIT_EXPECT_TRUE(test, row_opens(test, table, ROW));
	kthread_use_mm(p->mm);
	xen_pt_keep_linked();
	kthread_unuse_mm(p->mm);
	KUNIT_EXPECT_FALSE(test, row_opens(test, table, ROW));
	KUNIT_EXPECT_FALSE(test, row_opens(test, table, 0));

	/* That is nothing to another process. */
	process_init(test);
	table = fill_row(test);
	KUNIT_EXPECT_TRUE(test, row_opens(test, table, ROW));
	KUNIT_EXPECT_TRUE(test, row_opens(test, table, 0));
	clear_row(test);
	process_exit(test);

	test->priv = p;
	clear_row(test);
}

/* One on a CPU that has a table open would wait for itself. */
static void interrupt_does_not_wait(struct kunit *test)
{
	struct process *p = test->priv;
	pte_t *table = fill_row(test);
	spinlock_t *ptl = pte_lockptr(p->mm, pmd_at(p, FIRST));

	kthread_use_mm(p->mm);
	spin_lock(ptl);
	set_in_row(table, ROW);
	KUNIT_EXPECT_FALSE(test, xen_pt_pinned(table));
	preempt_count_add(HARDIRQ_OFFSET);
	xen_pt_keep_linked();
	preempt_count_sub(HARDIRQ_OFFSET);
	xen_pt_row_ends();
	spin_unlock(ptl);
	kthread_unuse_mm(p->mm);
	KUNIT_EXPECT_TRUE(test, row_opens(test, table, ROW));
	clear_row(test);
}

static struct kunit_case twin_cases[] = {
	KUNIT_CASE(plain_until_pinned),
	KUNIT_CASE(grows_and_shrinks_running),
	KUNIT_CASE(own_for_want_of_memory),
	KUNIT_CASE(tables_move),
	KUNIT_CASE(row_of_faults_opens),
	KUNIT_CASE(row_beside_hypercalls),
	KUNIT_CASE(interrupt_does_not_wait),
	{ }
};

static struct kunit_suite twin_suite = {
	.name = "xen_pt_twin",
	.init = process_init,
	.exit = process_exit,
	.test_cases = twin_cases,
};

kunit_test_suite(twin_suite);
