/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of mm/ share, and nobody else sees. */
#ifndef _XEN_MM_H
#define _XEN_MM_H

#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/pgalloc.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>

#include <xen/frame.h>
#include <xen/xen.h>

#include "../xen_arch.h"
#include "../hv/mmu_calls.h"

/* Levels as the trace events number them. */
enum pt_level_no {
	XEN_PT_PGD,
	XEN_PT_P4D,
	XEN_PT_PUD,
	XEN_PT_PMD,
	XEN_PT_PTE,
};

/* Top-level entries of a process; the next ones are the hypervisor's, then come the kernel's. */
#define XEN_USER_PGDS	(PTRS_PER_PGD / 2)

/* Off until there is a struct page to note in which table page is pinned. */
DECLARE_STATIC_KEY_FALSE(xen_pt_pages_ready);

/*
 * Is the page table that holds @entry known to the hypervisor? Then it is mapped read-only and
 * only hypercalls change it. The answer holds as long as the table's lock is held; until there
 * are struct pages, all tables are pinned. Of a process's top level, which is never known, it tells
 * whether the process's tables are.
 */
static __always_inline bool xen_pt_pinned(const void *entry)
{
	return !static_branch_likely(&xen_pt_pages_ready) || PagePinned(virt_to_page(entry));
}

/* pte.c: conversion; callee-save, so C code calls them through the generic accessors only. */
pteval_t xen_pte_val(pte_t pte);
pmdval_t xen_pmd_val(pmd_t pmd);
pudval_t xen_pud_val(pud_t pud);
p4dval_t xen_p4d_val(p4d_t p4d);
pgdval_t xen_pgd_val(pgd_t pgd);
unsigned long xen_pt_table_pfn(u64 entry);
u64 xen_pt_to_machine(u64 entry);
pte_t xen_make_pte(pteval_t val);
pmd_t xen_make_pmd(pmdval_t val);
pud_t xen_make_pud(pudval_t val);
p4d_t xen_make_p4d(p4dval_t val);
pgd_t xen_make_pgd(pgdval_t val);

/* pt_set.c */
u64 xen_pt_maddr(const void *entry);
bool xen_pt_update_by_address(const pte_t *ptep, pte_t pte);
void xen_pt_set_pte(pte_t *ptep, pte_t pte);
void xen_pt_set_pmd(pmd_t *pmdp, pmd_t pmd);
void xen_pt_set_pud(pud_t *pudp, pud_t pud);
void xen_pt_set_p4d(p4d_t *p4dp, p4d_t p4d);
pte_t xen_pt_prot_start(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep);
void xen_pt_prot_commit(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pte_t pte);

/* pt_pin.c */
unsigned int xen_pt_next_present(const u64 *table, unsigned int i, unsigned int end);
void xen_pt_queue_pin(unsigned int cmd, unsigned long pfn);
void xen_pt_queue_protection(struct page *page, pgprot_t prot, unsigned long flags);
void xen_pt_pin_last(struct mm_struct *mm, pmd_t *pmdp);
void xen_pt_unpin_last(struct mm_struct *mm, struct page *page);
void xen_pt_enter_mmap(struct mm_struct *mm);
void xen_pt_exit_mmap(struct mm_struct *mm);

/* pt_save.c */
void xen_pt_mark_kernel(void);

/* pt_top.c */
/**
 * struct xen_pt_top - the top levels that the hypervisor walks for a process
 * @kernel: in kernel mode
 * @user: in user mode; without the kernel's half
 * @ready: a table for each of the levels below that will need one, or NULL
 * @kernel_changes: how many changes of the kernel's half @kernel has seen
 * @stays_linked: the hypervisor accesses memory of the process at any time
 */
struct xen_pt_top {
	u64 *kernel;
	u64 *user;
	u64 *ready[XEN_PT_PTE - XEN_PT_PUD];
	unsigned int kernel_changes;
	bool stays_linked;
};

/* NULL for page tables without user mode; @pgd: any entry of the core's top level. */
static __always_inline struct xen_pt_top *xen_pt_top(const void *pgd)
{
	return (struct xen_pt_top *)page_private(virt_to_page(pgd));
}

int xen_pt_pgd_alloc(struct mm_struct *mm);
void xen_pt_pgd_free(struct mm_struct *mm, pgd_t *pgd);
bool xen_pt_top_refill(struct xen_pt_top *top, gfp_t gfp);
void xen_pt_top_kernel_changed(void);
void xen_pt_top_queue_kernel(struct xen_pt_top *top, const pgd_t *pgd);

/* pt_twin.c */
extern bool xen_pt_no_twins;	/* for tests: as if there were no memory for them */

/* What the hypervisor walks in place of @table, of a level between top and last; or NULL. */
static __always_inline u64 *xen_pt_twin(const struct page *table)
{
	return (u64 *)table->mapping;
}

static __always_inline void xen_pt_set_twin(struct page *table, u64 *twin)
{
	table->mapping = (struct address_space *)twin;
}

/* Where the core's tree of a running process leads to @table, of the last level; else NULL. */
static __always_inline pmd_t *xen_pt_linked_at(const struct page *table)
{
	return (pmd_t *)table->mapping;
}

static __always_inline void xen_pt_set_linked_at(struct page *table, pmd_t *pmdp)
{
	table->mapping = (struct address_space *)pmdp;
}

/* Whose twin it is; not of one that waits. */
static __always_inline struct xen_pt_top *xen_pt_twin_owner(const void *twin)
{
	return (struct xen_pt_top *)page_private(virt_to_page(twin));
}

u64 *xen_pt_twin_new(enum pt_level_no level, gfp_t gfp);
void xen_pt_twins_free(struct list_head *pages);
u64 xen_pt_twin_entry(u64 entry, enum pt_level_no level, struct xen_pt_top *top);
u64 xen_pt_twin_fill(struct mm_struct *mm, u64 entry, enum pt_level_no level);
void xen_pt_twin_empty(struct mm_struct *mm, u64 entry, enum pt_level_no level,
		       struct list_head *surplus);
void xen_pt_twin_release(struct page *page);

/* pt_life.c */
void xen_pt_alloc_pte(struct mm_struct *mm, unsigned long pfn);
void xen_pt_alloc_pmd(struct mm_struct *mm, unsigned long pfn);
void xen_pt_alloc_pud(struct mm_struct *mm, unsigned long pfn);
void xen_pt_release_pte(unsigned long pfn);
void xen_pt_release_pmd(unsigned long pfn);
void xen_pt_release_pud(unsigned long pfn);

/* pt_open.c */
void xen_pt_row(pte_t *ptep, pte_t *end);
bool xen_pt_row_faulted(pte_t *ptep);
bool xen_pt_row_takes(const pte_t *ptep, pte_t pte);
void xen_pt_row_ends(void);

/* pt_write.c */
enum xen_pt_insn_kind {
	XEN_PT_STORE,
	XEN_PT_XCHG,
	XEN_PT_CMPXCHG,
	XEN_PT_CLEAR_BIT,
};

/**
 * struct xen_pt_insn - an instruction that writes an entry
 * @kind: what it does
 * @reg: the register that it takes, as the processor numbers them
 * @bit: the bit that XEN_PT_CLEAR_BIT clears and tells
 * @len: its length in bytes
 */
struct xen_pt_insn {
	enum xen_pt_insn_kind kind;
	u8 reg;
	u8 bit;
	u8 len;
};

extern bool xen_pt_emulated;

bool xen_pt_insn_decode(const u8 *code, struct xen_pt_insn *insn);
bool xen_pt_write_by_call(struct pt_regs *regs, pte_t *ptep);

/* pt_fork.c */
void xen_pt_fork_grows(struct mm_struct *mm);
void xen_pt_fork_linked(pmd_t *pmdp);

/* pt_early.c: the same before there are struct pages */
void xen_pt_early_set_pte(pte_t *ptep, pte_t pte);
void xen_pt_early_set_pmd(pmd_t *pmdp, pmd_t pmd);
void xen_pt_early_set_pud(pud_t *pudp, pud_t pud);
void xen_pt_early_set_p4d(p4d_t *p4dp, p4d_t p4d);
pte_t xen_pt_early_make_pte(pteval_t val);
void xen_pt_early_alloc_pte(struct mm_struct *mm, unsigned long pfn);
void xen_pt_early_alloc_table(struct mm_struct *mm, unsigned long pfn);
void xen_pt_early_release_pte(unsigned long pfn);
void xen_pt_early_release_table(unsigned long pfn);
void xen_pt_early_pin(unsigned int cmd, unsigned long pfn);

void xen_pt_writable(phys_addr_t phys, unsigned long size);

/* pt_boot.c */
#ifdef CONFIG_X86_VSYSCALL_EMULATION
extern pud_t xen_vsyscall_pud[PTRS_PER_PUD];
#endif
void xen_pt_drop_high_map(unsigned long from, unsigned long to);

/* tlb.c */
DECLARE_PER_CPU(unsigned long, xen_cr3_loaded);
unsigned long xen_tlb_read_cr3(void);
void xen_tlb_write_cr3(unsigned long cr3);
void xen_tlb_early_write_cr3(unsigned long cr3);
void xen_tlb_write_cr2(unsigned long cr2);
void xen_tlb_flush_local(void);
void xen_tlb_flush_all(void);
void xen_tlb_flush_one_user(unsigned long addr);
void xen_tlb_flush_multi(const struct cpumask *cpus, const struct flush_tlb_info *info);

/* fixmap.c */
void xen_fixmap_set(unsigned int idx, phys_addr_t phys, pgprot_t prot);
void xen_fixmap_init(void);

/* contiguous.c */
void xen_contiguous_init(void);

/* p2m_tree.c: frames of the p2m for the toolstack */
unsigned long *xen_p2m_tree_mid(unsigned long pfn);
void xen_p2m_tree_set(unsigned long *mid, unsigned long pfn, const void *leaf);
bool xen_p2m_tree_present(void);

/* p2m.c */
struct xen_p2m_spare {
	unsigned long *leaf;	/* a page of invalid entries */
	pte_t *table;		/* a page table that maps nothing but @leaf */
};

/* Read-only stand-ins for stretches of the p2m that are all missing or all identity. */
extern struct xen_p2m_spare xen_p2m_missing, xen_p2m_identity;
extern unsigned long xen_p2m_last_pfn;
void *xen_p2m_alloc_page(void);
void xen_p2m_free_page(void *page);

/* p2m_boot.c */
void xen_p2m_drop_initial(void);

#endif /* _XEN_MM_H */
