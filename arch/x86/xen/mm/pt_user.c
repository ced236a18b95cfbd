// SPDX-License-Identifier: GPL-2.0
/*
 * User mode's top level: a copy of the kernel's without the kernel's half.
 *
 * It is made when the page tables are pinned, so while these are built or torn down it has nothing
 * to say. Checking a top level is most of what it costs: a used one is therefore emptied, which
 * takes an update for each of its few entries, and stays pinned for the next process. Some of these
 * wait on each CPU.
 *
 * page_private() of the kernel's top level points to it.
 */
#include <linux/gfp.h>
#include <linux/percpu.h>

#include "mm.h"

#define WAITING		8

/* With interrupts off. */
static DEFINE_PER_CPU(struct {
	unsigned int n;
	pgd_t *pgd[WAITING];
}, waiting);

static pgd_t *take_waiting(void)
{
	guard(irqsave)();
	if (!this_cpu_read(waiting.n))
		return NULL;
	return this_cpu_read(waiting.pgd[this_cpu_dec_return(waiting.n)]);
}

static bool let_wait(pgd_t *user)
{
	unsigned int n;

	guard(irqsave)();
	n = this_cpu_read(waiting.n);
	if (n == WAITING)
		return false;
	this_cpu_write(waiting.pgd[n], user);
	this_cpu_write(waiting.n, n + 1);
	return true;
}

static void queue_protection(pgd_t *user, pgprot_t prot)
{
	xen_batch_va_mapping((unsigned long)user, pfn_pte(virt_to_pfn(user), prot), 0);
}

int xen_pt_pgd_alloc(struct mm_struct *mm)
{
	pgd_t *user = take_waiting();

	if (!user) {
		user = (pgd_t *)__get_free_page(GFP_KERNEL | __GFP_ZERO);
		if (!user)
			return -ENOMEM;
#ifdef CONFIG_X86_VSYSCALL_EMULATION
		user[pgd_index(VSYSCALL_ADDR)] = __pgd(__pa(xen_vsyscall_pud) | _PAGE_TABLE);
#endif
	}
	set_page_private(virt_to_page(mm->pgd), (unsigned long)user);
	return 0;
}

void xen_pt_pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	pgd_t *user = xen_pt_user_pgd(pgd);

	if (!user)
		return;
	set_page_private(virt_to_page(pgd), 0);
	if (xen_pt_pinned(user)) {
		if (let_wait(user))
			return;
		guard(xen_batch)(XEN_NOW);
		xen_pt_queue_pin(MMUEXT_UNPIN_TABLE, virt_to_pfn(user));
		queue_protection(user, PAGE_KERNEL);
		ClearPagePinned(virt_to_page(user));
	}
	free_page((unsigned long)user);
}

/**
 * xen_pt_user_fill() - queue what makes user mode's top level say what the kernel's says
 * @pgd: the kernel's, whose tables are all read-only
 *
 * Context: in a scope of the batch, mm->page_table_lock held.
 */
void xen_pt_user_fill(pgd_t *pgd)
{
	pgd_t *user = xen_pt_user_pgd(pgd);
	u64 *from = (u64 *)pgd, *to = (u64 *)user;
	unsigned int i;
	bool pinned;

	if (!user)
		return;
	pinned = TestSetPagePinned(virt_to_page(user));
	for (i = 0; (i = xen_pt_next_present(from, i, XEN_USER_PGDS)) < XEN_USER_PGDS; i++) {
		if (pinned)
			xen_batch_mmu_update(xen_pt_maddr(to + i), from[i]);
		else
			to[i] = from[i];
	}
	if (!pinned) {
		queue_protection(user, PAGE_KERNEL_RO);
		xen_pt_queue_pin(MMUEXT_PIN_L4_TABLE, virt_to_pfn(user));
	}
}

/**
 * xen_pt_user_empty() - queue what takes all tables out of user mode's top level
 * @pgd: the kernel's
 *
 * Context: in a scope of the batch, mm->page_table_lock held; no CPU has the page tables loaded.
 */
void xen_pt_user_empty(pgd_t *pgd)
{
	u64 *user = (u64 *)xen_pt_user_pgd(pgd);
	unsigned int i;

	if (!user)
		return;
	for (i = 0; (i = xen_pt_next_present(user, i, XEN_USER_PGDS)) < XEN_USER_PGDS; i++)
		xen_batch_mmu_update(xen_pt_maddr(user + i), 0);
}
