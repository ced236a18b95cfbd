// SPDX-License-Identifier: GPL-2.0
/*
 * The top levels that the hypervisor walks for a process: one for kernel mode, one for user mode,
 * which runs without the kernel's half. Both are twins, see pt_twin.c, of the top level that the
 * core builds, and lead to the same tables.
 *
 * Checking a top level takes the hypervisor longer than anything else about it. Used ones have
 * their few entries of user space taken out and stay pinned for the next process; some of these
 * wait on each CPU.
 *
 * page_private() of the core's top level points to what belongs to it here.
 */
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "mm.h"

#define WAITING		8

/* With interrupts off. */
static DEFINE_PER_CPU(struct {
	unsigned int n;
	struct xen_pt_top *top[WAITING];
}, waiting);

/* Counts changes to the kernel's half, which all processes share. */
static unsigned int kernel_changes;

static struct xen_pt_top *take_waiting(void)
{
	guard(irqsave)();
	if (!this_cpu_read(waiting.n))
		return NULL;
	return this_cpu_read(waiting.top[this_cpu_dec_return(waiting.n)]);
}

static bool let_wait(struct xen_pt_top *top)
{
	unsigned int n;

	guard(irqsave)();
	n = this_cpu_read(waiting.n);
	if (n == WAITING)
		return false;
	this_cpu_write(waiting.top[n], top);
	this_cpu_write(waiting.n, n + 1);
	return true;
}

static struct xen_pt_top *new_top(void)
{
	struct xen_pt_top *top = kzalloc(sizeof(*top), GFP_KERNEL);

	if (!top)
		return NULL;
	top->kernel = (u64 *)get_zeroed_page(GFP_KERNEL);
	top->user = (u64 *)get_zeroed_page(GFP_KERNEL);
	if (!top->kernel || !top->user) {
		free_page((unsigned long)top->kernel);
		free_page((unsigned long)top->user);
		kfree(top);
		return NULL;
	}
	return top;
}

static void free_top(struct xen_pt_top *top)
{
	LIST_HEAD(surplus);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(top->ready); i++)
		if (top->ready[i])
			list_add(&virt_to_page(top->ready[i])->lru, &surplus);
	list_add(&virt_to_page(top->kernel)->lru, &surplus);
	list_add(&virt_to_page(top->user)->lru, &surplus);
	xen_pt_twins_free(&surplus);
	kfree(top);
}

/**
 * xen_pt_top_refill() - have one twin for each level ready
 * @top: what the hypervisor walks for a process
 * @gfp: how to get memory
 *
 * Return: false if there is none.
 */
bool xen_pt_top_refill(struct xen_pt_top *top, gfp_t gfp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(top->ready); i++) {
		if (!top->ready[i])
			top->ready[i] = xen_pt_twin_new(XEN_PT_PUD + i, gfp);
		if (!top->ready[i])
			return false;
	}
	return true;
}

int xen_pt_pgd_alloc(struct mm_struct *mm)
{
	struct xen_pt_top *top = take_waiting();

	if (!top)
		top = new_top();
	if (!top)
		return -ENOMEM;
	if (!xen_pt_top_refill(top, GFP_KERNEL)) {
		free_top(top);
		return -ENOMEM;
	}
	set_page_private(virt_to_page(mm->pgd), (unsigned long)top);
	return 0;
}

void xen_pt_pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	struct xen_pt_top *top = xen_pt_top(pgd);

	if (!top)
		return;
	/* Nobody runs in it any more, so that only another process can be written here now. */
	if (READ_ONCE(xen_pt_last_linked) == mm)
		cmpxchg(&xen_pt_last_linked, mm, NULL);
	top->stays_linked = false;
	set_page_private(virt_to_page(pgd), 0);
	if (!let_wait(top))
		free_top(top);
}

/* The kernel's half has changed; every process's top level gets the change by a setter. */
void xen_pt_top_kernel_changed(void)
{
	WRITE_ONCE(kernel_changes, kernel_changes + 1);
}

static void queue_known(u64 *table)
{
	SetPagePinned(virt_to_page(table));
	xen_pt_queue_protection(virt_to_page(table), PAGE_KERNEL_RO, 0);
	xen_pt_queue_pin(MMUEXT_PIN_L4_TABLE, virt_to_pfn(table));
}

/**
 * xen_pt_top_queue_kernel() - queue what makes the hypervisor know the kernel's half
 * @top: what the hypervisor walks for a process
 * @pgd: the core's top level of that process
 *
 * Nothing unless @top is new, or has waited for so long that the kernel's half has changed.
 *
 * Context: in a scope of the batch, mm->page_table_lock held.
 */
void xen_pt_top_queue_kernel(struct xen_pt_top *top, const pgd_t *pgd)
{
	bool known = PagePinned(virt_to_page(top->kernel));
	const u64 *from = (const u64 *)pgd;
	unsigned int i;

	if (known && top->kernel_changes == READ_ONCE(kernel_changes))
		return;
	top->kernel_changes = READ_ONCE(kernel_changes);
	/* The gap between the halves is the hypervisor's. */
	for (i = pgd_index(GUARD_HOLE_END_ADDR); i < PTRS_PER_PGD; i++) {
		if (!((top->kernel[i] ^ from[i]) & ~_PAGE_ACCESSED))
			continue;
		if (known)
			xen_batch_mmu_update(xen_pt_maddr(top->kernel + i), from[i]);
		else
			top->kernel[i] = from[i];
	}
	if (!known) {
		/* Not before: in a page that is no table yet, a save would not find the frame. */
#ifdef CONFIG_X86_VSYSCALL_EMULATION
		top->user[pgd_index(VSYSCALL_ADDR)] =
			native_pgd_val(__pgd(__pa(xen_vsyscall_pud) | _PAGE_TABLE));
#endif
		queue_known(top->kernel);
		queue_known(top->user);
	}
}
