// SPDX-License-Identifier: GPL-2.0
/*
 * The batch: queueing, merging and issuing hypercalls.
 *
 * Calls that take an array (mmu_update, mmuext_op) grow in place as long as the next element
 * lands right behind the last one. A batch of one call goes to the hypervisor directly: the
 * multicall around it would cost more than it saves.
 *
 * A call that fails means that this kernel and the hypervisor disagree about a page table. The
 * report says which call it was and who queued it; the calls after it were issued all the same.
 */
#include <linux/init.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>

#include "../xen_arch.h"

/* Calls whose first two arguments are an array and its length. */
#define WORDS_PER_MMU_UPDATE	(sizeof(struct mmu_update) / sizeof(u64))
#define WORDS_PER_MMUEXT	(sizeof(struct mmuext_op) / sizeof(u64))

static DEFINE_PER_CPU(struct xen_batch, xen_batch_of);

static bool report_all;

static int __init parse_mc_debug(char *arg)
{
	report_all = true;
	return 0;
}
early_param("xen_mc_debug", parse_mc_debug);

static noinline void hypervisor(struct multicall_entry *call, unsigned int nr)
{
	if (nr == 1) {
		call->result = xen_single_call(call->op, call->args[0], call->args[1],
					       call->args[2], call->args[3], call->args[4]);
		return;
	}
	/* Fails only for a list that the hypervisor cannot read. */
	if (HYPERVISOR_multicall(call, nr))
		panic("Xen: multicall refused\n");
}

/* Words of one array element, 0 for a call that does not take an array. */
static unsigned int element_words(unsigned long op)
{
	switch (op) {
	case __HYPERVISOR_mmu_update:
		return WORDS_PER_MMU_UPDATE;
	case __HYPERVISOR_mmuext_op:
		return WORDS_PER_MMUEXT;
	default:
		return 0;
	}
}

static void report_call(const struct xen_batch *b, unsigned int i)
{
	const struct multicall_entry *call = &b->call[i];
	const u64 *element = (const u64 *)call->args[0];
	unsigned int words = element_words(call->op), n;

	pr_err("  call %2u: op=%lu result=%ld caller=%pS args=%lx %lx %lx %lx\n", i + 1, call->op,
	       call->result, (void *)b->caller[i], call->args[0], call->args[1], call->args[2],
	       call->args[3]);
	for (n = 0; words && n < call->args[1]; n++, element += words)
		pr_err("    [%u] %llx %llx %llx\n", n, element[0], element[1],
		       words > 2 ? element[2] : 0);
}

static noinline void report(const struct xen_batch *b, unsigned int failed)
{
	unsigned int i;

	WARN(1, "%u of %u batched hypercalls failed: cpu %d\n", failed, b->nr, smp_processor_id());
	for (i = 0; i < b->nr; i++)
		if (report_all || (long)b->call[i].result < 0)
			report_call(b, i);
}

/**
 * xen_batch_issue() - hand all queued calls over and run the callbacks
 * @b: the batch
 * @door: takes the calls
 *
 * Return: how many calls failed; they have been reported.
 */
unsigned int xen_batch_issue(struct xen_batch *b, xen_batch_door_t door)
{
	unsigned int i, failed = 0;

	trace_xen_mc_flush(b->nr, b->words * sizeof(u64), b->nr_after);
	if (b->nr) {
		door(b->call, b->nr);
		for (i = 0; i < b->nr; i++)
			failed += (long)b->call[i].result < 0;
		if (unlikely(failed))
			report(b, failed);
		b->nr = 0;
		b->words = 0;
	}
	for (i = 0; i < b->nr_after; i++)
		b->after[i].fn(b->after[i].data);
	b->nr_after = 0;
	return failed;
}

/**
 * xen_batch_take() - append a call
 * @b: the batch; issued first if there is no room
 * @op: number of the hypercall
 * @words: words that the call points to, at most XEN_BATCH_WORDS
 * @door: takes the calls
 *
 * The call is the last of @b on return, its arguments to be filled in.
 *
 * Return: room for @words words, which stays where it is until the issue.
 */
u64 *xen_batch_take(struct xen_batch *b, unsigned long op, unsigned int words,
		    xen_batch_door_t door)
{
	u64 *room;

	trace_xen_mc_entry_alloc(words * sizeof(u64));
	if (unlikely(b->nr == XEN_BATCH_CALLS || b->words + words > XEN_BATCH_WORDS)) {
		trace_xen_mc_flush_reason(b->nr == XEN_BATCH_CALLS ? XEN_MC_FL_BATCH :
								     XEN_MC_FL_ARGS);
		xen_batch_issue(b, door);
	}
	b->call[b->nr].op = op;
	b->caller[b->nr] = _RET_IP_;
	b->nr++;
	room = &b->arg[b->words];
	b->words += words;
	return room;
}

/**
 * xen_batch_more() - append one element to the array of a call
 * @b: the batch
 * @op: number of a hypercall that takes an array and its length
 * @words: words of the element
 * @door: takes the calls
 *
 * Begins a new call if the last one is another, or its array cannot grow.
 *
 * Return: where the element belongs.
 */
u64 *xen_batch_more(struct xen_batch *b, unsigned long op, unsigned int words,
		    xen_batch_door_t door)
{
	struct multicall_entry *last = b->nr ? &b->call[b->nr - 1] : NULL;
	u64 *room = &b->arg[b->words];

	if (likely(last && last->op == op && b->words + words <= XEN_BATCH_WORDS &&
		   (u64 *)last->args[0] + last->args[1] * words == room)) {
		trace_xen_mc_extend_args(op, words * sizeof(u64), XEN_MC_XE_OK);
		last->args[1]++;
		b->words += words;
		return room;
	}
	trace_xen_mc_extend_args(op, words * sizeof(u64), last && last->op == op ?
				 XEN_MC_XE_NO_SPACE : XEN_MC_XE_BAD_OP);
	room = xen_batch_take(b, op, words, door);
	last = &b->call[b->nr - 1];
	b->caller[b->nr - 1] = _RET_IP_;
	last->args[0] = (unsigned long)room;
	last->args[1] = 1;
	last->args[2] = 0;
	last->args[3] = DOMID_SELF;
	trace_xen_mc_entry(last, 4);
	return room;
}

/**
 * xen_batch_defer() - have a function called once all queued calls were issued
 * @b: the batch; issued first if it has no room for another callback
 * @fn: runs with interrupts off, and must not queue anything
 * @data: its argument
 * @door: takes the calls
 */
void xen_batch_defer(struct xen_batch *b, void (*fn)(void *data), void *data,
		     xen_batch_door_t door)
{
	if (b->nr_after == ARRAY_SIZE(b->after)) {
		trace_xen_mc_flush_reason(XEN_MC_FL_CALLBACK);
		xen_batch_issue(b, door);
	}
	trace_xen_mc_callback(fn, data);
	b->after[b->nr_after].fn = fn;
	b->after[b->nr_after].data = data;
	b->nr_after++;
}

/**
 * xen_batch_mmu_update() - queue one update of a page table
 * @ptr: machine address of the entry, with the kind of update in its low bits
 * @val: the new entry, in machine frames
 */
void xen_batch_mmu_update(u64 ptr, u64 val)
{
	u64 *u = xen_batch_more(this_cpu_ptr(&xen_batch_of), __HYPERVISOR_mmu_update,
				WORDS_PER_MMU_UPDATE, hypervisor);

	u[0] = ptr;
	u[1] = val;
}

/**
 * xen_batch_mmuext() - queue one extended MMU operation
 * @op: copied
 */
void xen_batch_mmuext(const struct mmuext_op *op)
{
	u64 *to = xen_batch_more(this_cpu_ptr(&xen_batch_of), __HYPERVISOR_mmuext_op,
				 WORDS_PER_MMUEXT, hypervisor);

	memcpy(to, op, sizeof(*op));
}

/**
 * xen_batch_mmuext_with() - queue an extended MMU operation that points to something
 * @words: size of that, in words
 * @extra: room for it
 *
 * Return: the operation, to be filled in.
 */
struct mmuext_op *xen_batch_mmuext_with(unsigned int words, u64 **extra)
{
	struct xen_batch *b = this_cpu_ptr(&xen_batch_of);
	struct multicall_entry *call;

	*extra = xen_batch_take(b, __HYPERVISOR_mmuext_op, words + WORDS_PER_MMUEXT, hypervisor);
	call = &b->call[b->nr - 1];
	call->args[0] = (unsigned long)(*extra + words);
	call->args[1] = 1;
	call->args[2] = 0;
	call->args[3] = DOMID_SELF;
	trace_xen_mc_entry(call, 4);
	return (struct mmuext_op *)(*extra + words);
}

/**
 * xen_batch_va_mapping() - queue a new entry for an address of the current page tables
 * @va: the address
 * @pte: the entry, in machine frames
 * @flags: UVMF_*
 */
void xen_batch_va_mapping(unsigned long va, pte_t pte, unsigned long flags)
{
	struct xen_batch *b = this_cpu_ptr(&xen_batch_of);
	struct multicall_entry *call;

	xen_batch_take(b, __HYPERVISOR_update_va_mapping, 0, hypervisor);
	call = &b->call[b->nr - 1];
	call->args[0] = va;
	call->args[1] = pte.pte;
	call->args[2] = flags;
	trace_xen_mc_entry(call, 3);
}

/**
 * xen_batch_call2() - queue a call with two arguments
 * @op: number of the hypercall
 * @arg0: first argument
 * @arg1: second argument
 */
void xen_batch_call2(unsigned long op, unsigned long arg0, unsigned long arg1)
{
	struct xen_batch *b = this_cpu_ptr(&xen_batch_of);
	struct multicall_entry *call;

	xen_batch_take(b, op, 0, hypervisor);
	call = &b->call[b->nr - 1];
	call->args[0] = arg0;
	call->args[1] = arg1;
	trace_xen_mc_entry(call, 2);
}

/**
 * xen_batch_hold() - keep the end of a lazy mode from issuing what is queued
 * @hold: from now on, or no longer
 */
void xen_batch_hold(bool hold)
{
	this_cpu_write(xen_batch_of.held, hold);
}

bool xen_batch_held(void)
{
	return this_cpu_read(xen_batch_of.held);
}

/**
 * xen_batch_after() - have a function called once all that this CPU has queued was issued
 * @fn: runs with interrupts off, and must not queue anything
 * @data: its argument
 */
void xen_batch_after(void (*fn)(void *data), void *data)
{
	xen_batch_defer(this_cpu_ptr(&xen_batch_of), fn, data, hypervisor);
}

/**
 * xen_mc_flush() - issue all that this CPU has queued
 *
 * Context: not preemptible.
 */
void xen_mc_flush(void)
{
	struct xen_batch *b = this_cpu_ptr(&xen_batch_of);
	unsigned long flags;

	if ((!b->nr && !b->nr_after) || b->held)
		return;
	local_irq_save(flags);
	xen_batch_issue(b, hypervisor);
	local_irq_restore(flags);
}
