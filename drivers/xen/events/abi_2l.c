// SPDX-License-Identifier: GPL-2.0
/*
 * The 2-level ABI: one bit per port in shared_info, one bit per word of them in each vcpu_info.
 *
 * The pending and mask bits are the domain's; which of the ports a CPU looks at is ours to say,
 * in xen_cpu_ports. A turn goes on where the last one stopped, so that a busy port with a low
 * number does not starve the others; only the timer has precedence.
 */
#include <linux/bitops.h>
#include <linux/percpu.h>
#include <asm/sync_bitops.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "internal.h"
#include "abi_2l.h"

#define WORD_BITS	BITS_PER_TYPE(xen_ulong_t)
#define WORDS		(EVTCHN_2L_NR_CHANNELS / WORD_BITS)

/* xen_ulong_t may be wider than a long; the bit operations take both, word by word. */
#define BITS(p)		((unsigned long *)(p))

static DEFINE_PER_CPU(xen_ulong_t [WORDS], xen_cpu_ports);
static DEFINE_PER_CPU(evtchn_port_t, xen_next_port);

static unsigned int nr_ports_2l(void)
{
	return EVTCHN_2L_NR_CHANNELS;
}

static void remove_2l(const struct xen_event *event)
{
	clear_bit(event->port, BITS(per_cpu(xen_cpu_ports, event->cpu)));
}

static void bind_cpu_2l(const struct xen_event *event, unsigned int cpu)
{
	clear_bit(event->port, BITS(per_cpu(xen_cpu_ports, event->cpu)));
	set_bit(event->port, BITS(per_cpu(xen_cpu_ports, cpu)));
}

static void clear_2l(evtchn_port_t port)
{
	sync_clear_bit(port, BITS(HYPERVISOR_shared_info->evtchn_pending));
}

static void set_2l(evtchn_port_t port)
{
	sync_set_bit(port, BITS(HYPERVISOR_shared_info->evtchn_pending));
}

static bool pending_2l(evtchn_port_t port)
{
	return sync_test_bit(port, BITS(HYPERVISOR_shared_info->evtchn_pending));
}

static void mask_2l(evtchn_port_t port)
{
	sync_set_bit(port, BITS(HYPERVISOR_shared_info->evtchn_mask));
}

/*
 * The hypervisor delivers nothing by itself when a mask bit is cleared in memory. On the event's
 * own CPU a PV domain can do what the hypervisor would have done: its interrupts are off, and it
 * looks at its vcpu_info before they are on again. Everywhere else the hypervisor must be asked,
 * which it only obeys if the mask is set.
 */
static void unmask_2l(const struct xen_event *event)
{
	struct vcpu_info *vcpu = __this_cpu_read(xen_vcpu);
	evtchn_port_t port = event->port;

	/* What was written before is seen by whoever handles the event. */
	smp_wmb();
	if (event->cpu != smp_processor_id()) {
		xen_hv_evtchn_unmask(port);
		return;
	}
	/* In this order: an event that comes in between is either seen here or delivered. */
	sync_clear_bit(port, BITS(HYPERVISOR_shared_info->evtchn_mask));
	if (!pending_2l(port))
		return;
	if (xen_hvm_domain()) {
		mask_2l(port);
		xen_hv_evtchn_unmask(port);
	} else if (!sync_test_and_set_bit(port / WORD_BITS, BITS(&vcpu->evtchn_pending_sel))) {
		vcpu->evtchn_upcall_pending = 1;
	}
}

static xen_ulong_t deliverable(unsigned int cpu, unsigned int word)
{
	struct shared_info *s = HYPERVISOR_shared_info;

	return READ_ONCE(s->evtchn_pending[word]) & per_cpu(xen_cpu_ports, cpu)[word] &
	       ~READ_ONCE(s->evtchn_mask[word]);
}

/* Deliver the ports from @first to before @end of one word. */
static void scan_word(unsigned int cpu, unsigned int word, unsigned int first, unsigned int end,
		      struct xen_turn *turn)
{
	xen_ulong_t bits = deliverable(cpu, word);
	unsigned int bit;

	for (bit = find_next_bit(BITS(&bits), end, first); bit < end;
	     bit = find_next_bit(BITS(&bits), end, bit + 1)) {
		evtchn_port_t port = word * WORD_BITS + bit;

		__this_cpu_write(xen_next_port, (port + 1) % EVTCHN_2L_NR_CHANNELS);
		xen_event_deliver(port, turn);
	}
}

static void timer_first(unsigned int cpu, struct xen_turn *turn)
{
	struct xen_event *timer = __this_cpu_read(xen_virq_event[VIRQ_TIMER]);
	unsigned int word;

	if (!timer || !timer->port)
		return;
	word = timer->port / WORD_BITS;
	if (deliverable(cpu, word) >> (timer->port % WORD_BITS) & 1)
		xen_event_deliver(timer->port, turn);
}

static void turn_2l(unsigned int cpu, struct xen_turn *turn)
{
	struct vcpu_info *vcpu = __this_cpu_read(xen_vcpu);
	evtchn_port_t start = __this_cpu_read(xen_next_port);
	unsigned int first = start / WORD_BITS, bit = start % WORD_BITS;
	unsigned int i, word;
	xen_ulong_t words;

	timer_first(cpu, turn);
	/* A full barrier: a word that gets a bit after this is selected again. */
	words = xchg_xen_ulong(&vcpu->evtchn_pending_sel, 0);
	if (!words)
		return;
	for (i = 0; i < WORDS; i++) {
		word = (first + i) % WORDS;
		if (words >> word & 1)
			scan_word(cpu, word, i ? 0 : bit, WORD_BITS, turn);
	}
	if (words >> first & 1)
		scan_word(cpu, first, 0, bit, turn);
}

static void cpu_dead_2l(unsigned int cpu)
{
	memset(per_cpu(xen_cpu_ports, cpu), 0, sizeof(per_cpu(xen_cpu_ports, cpu)));
}

static void resume_2l(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		cpu_dead_2l(cpu);
}

/**
 * xen_2l_listens() - whether a CPU looks at a port
 * @cpu: the CPU
 * @port: the port
 *
 * For the debug interrupt.
 *
 * Return: true if it does.
 */
bool xen_2l_listens(unsigned int cpu, evtchn_port_t port)
{
	return test_bit(port, BITS(per_cpu(xen_cpu_ports, cpu)));
}

const struct xen_event_abi xen_event_abi_2l = {
	.name		= "2-level",
	.max_ports	= EVTCHN_2L_NR_CHANNELS,
	.nr_ports	= nr_ports_2l,
	.remove		= remove_2l,
	.bind_cpu	= bind_cpu_2l,
	.clear		= clear_2l,
	.set		= set_2l,
	.pending	= pending_2l,
	.mask		= mask_2l,
	.unmask		= unmask_2l,
	.turn		= turn_2l,
	.resume		= resume_2l,
	.cpu_dead	= cpu_dead_2l,
};
