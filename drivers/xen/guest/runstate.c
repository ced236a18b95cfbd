// SPDX-License-Identifier: GPL-2.0
/*
 * Where the time of virtual CPUs goes, and the part of it that was stolen.
 *
 * For each CPU the hypervisor keeps a record in our memory and may change it at any time, also
 * while the CPU runs here: it sets a mark in the entry time, changes the record, and removes the
 * mark. A save and restore starts the records anew; what they held is carried over.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/static_call.h>
#include <asm/xen/hypervisor.h>
#include <xen/guest_port.h>
#include <xen/hv_domain.h>
#include <xen/xen-ops.h>

#define STATES	ARRAY_SIZE(((struct vcpu_runstate_info *)NULL)->time)

/* The hypervisor's. */
static DEFINE_PER_CPU(struct vcpu_runstate_info, xen_runstate);

/* From before the last restore. */
static DEFINE_PER_CPU(u64[STATES], carried_time);

/* On a 32-bit CPU the halves are read one by one; the high one must not change meanwhile. */
static u64 read_entry_time(const struct vcpu_runstate_info *record)
{
	const u32 *half = (const u32 *)&record->state_entry_time;
	u32 high, low;

	if (IS_ENABLED(CONFIG_64BIT))
		return READ_ONCE(record->state_entry_time);
	do {
		high = READ_ONCE(half[1]);
		low = READ_ONCE(half[0]);
	} while (READ_ONCE(half[1]) != high);
	return (u64)high << 32 | low;
}

/* A record as it was at one moment. The hypervisor's changes are short. */
static void read_record(struct vcpu_runstate_info *to, unsigned int cpu)
{
	const struct vcpu_runstate_info *record = per_cpu_ptr(&xen_runstate, cpu);
	u64 entry;

	do {
		entry = read_entry_time(record);
		/* The mark before the record. */
		rmb();
		*to = __READ_ONCE(*record);
		/* And the record before the mark. */
		rmb();
	} while ((entry & XEN_RUNSTATE_UPDATE) || read_entry_time(record) != entry);
}

/**
 * xen_steal_clock() - time in which a CPU wanted to run here and did not
 * @cpu: which; another than this one if the hypervisor marks its updates
 *
 * Return: nanoseconds since the CPU was started, over all restores.
 */
u64 xen_steal_clock(int cpu)
{
	const u64 *carried = per_cpu(carried_time, cpu);
	struct vcpu_runstate_info now;

	read_record(&now, cpu);
	return now.time[RUNSTATE_runnable] + carried[RUNSTATE_runnable] +
	       now.time[RUNSTATE_offline] + carried[RUNSTATE_offline];
}

/**
 * xen_vcpu_stolen() - is a CPU waiting for the hypervisor to run it
 * @vcpu: which
 *
 * Return: true if so, as far as can be told.
 */
bool xen_vcpu_stolen(int vcpu)
{
	return READ_ONCE(per_cpu(xen_runstate, vcpu).state) == RUNSTATE_runnable;
}

/**
 * xen_manage_runstate_time() - carry times over a save and restore
 * @action: -1 before; 0 after a restore; 1 if it was only a checkpoint
 *
 * Context: one CPU, all others stopped, interrupts off.
 */
void xen_manage_runstate_time(int action)
{
	static u64 (*saved)[STATES];
	struct vcpu_runstate_info record;
	unsigned int i;
	int cpu;

	/* Without memory stolen time starts anew. */
	if (action < 0)
		saved = kmalloc_array(nr_cpu_ids, sizeof(*saved), GFP_ATOMIC);
	for_each_possible_cpu(cpu) {
		if (!saved || action > 0)
			break;
		if (action < 0) {
			read_record(&record, cpu);
			memcpy(saved[cpu], record.time, sizeof(record.time));
			continue;
		}
		for (i = 0; i < STATES; i++)
			per_cpu(carried_time, cpu)[i] += saved[cpu][i];
	}
	if (action >= 0) {
		kfree(saved);
		saved = NULL;
	}
}

/**
 * xen_setup_runstate_info() - tell the hypervisor where a CPU's record is
 * @cpu: which
 */
void xen_setup_runstate_info(int cpu)
{
	/* Each version has this, for each CPU that it has; else the door complains. */
	xen_hv_set_runstate_area(xen_vcpu_nr(cpu), per_cpu_ptr(&xen_runstate, cpu));
}

/**
 * xen_time_setup_guest() - have the scheduler account for stolen time
 *
 * Context: start-up.
 */
void __init xen_time_setup_guest(void)
{
	/* Without marks a CPU can only read its own record. */
	bool marks = !xen_hv_mark_runstate_updates();

	static_call_update(pv_steal_clock, xen_steal_clock);
	static_key_slow_inc(&paravirt_steal_enabled);
	if (marks)
		static_key_slow_inc(&paravirt_steal_rq_enabled);
}
