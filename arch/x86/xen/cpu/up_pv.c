// SPDX-License-Identifier: GPL-2.0
/*
 * Bringing up the CPUs of a PV domain.
 *
 * There is no real mode and no start-up IPI: the hypervisor is given a vCPU's first registers,
 * descriptor table and page tables, and lets it run from there, in the kernel's own code.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/nmi.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/idtentry.h>
#include <asm/io_apic.h>
#include <asm/msr.h>
#include <asm/segment.h>
#include <asm/smp.h>
#include <asm/spec-ctrl.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>
#include <xen/features.h>
#include <xen/hvc-console.h>
#include <xen/xen.h>
#include "../hv/cpu_calls.h"
#include "../port_smp.h"
#include "../xen_arch.h"
#include "smp_pv.h"
#include "switch.h"

/* The CPUs that the hypervisor knows the first registers of; it takes them only once. */
cpumask_var_t xen_cpu_initialized_map;

static unsigned long cpu_and_node(unsigned int cpu)
{
	return vdso_encode_cpunode(cpu, early_cpu_to_node(cpu));
}

/* User space asks one of two places for its CPU's number: this register, or a segment's limit. */
static void set_cpu_number_register(unsigned int cpu)
{
	if (boot_cpu_has(X86_FEATURE_RDTSCP) || boot_cpu_has(X86_FEATURE_RDPID))
		wrmsr_safe(MSR_TSC_AUX, cpu_and_node(cpu), 0);
}

static void come_up(void)
{
	unsigned int cpu = smp_processor_id();

	cr4_init();
	cpuhp_ap_sync_alive();
	cpu_init();
	fpu__init_cpu();
	touch_softlockup_watchdog();
	set_cpu_number_register(cpu);
	xen_enable_syscall();
	xen_port_identify_cpu(cpu);
	set_cpu_sibling_map(cpu);
	speculative_store_bypass_ht_init();
	xen_setup_cpu_clockevents();
	notify_cpu_starting(cpu);
	set_cpu_online(cpu, true);
	/* Whoever sees our first interrupt sees that we are online. */
	smp_mb();
	local_irq_enable();
}

/**
 * cpu_bringup_and_idle() - where a vCPU begins, the first time and after it was taken down
 *
 * Called by the assembler entry.
 */
asmlinkage __visible void cpu_bringup_and_idle(void)
{
	come_up();
	cpu_startup_entry(CPUHP_AP_ONLINE_IDLE);
}

/*
 * The descriptor table is read-only from here on, at both of its addresses. Its CPU number is
 * written before that, once: a vCPU that was down while its domain was saved has its table still.
 */
static xmfn_t give_gdt(unsigned int cpu)
{
	struct desc_struct *gdt = get_cpu_gdt_rw(cpu);
	unsigned long number = cpu_and_node(cpu);
	struct desc_struct desc = {
		.limit0 = number, .limit1 = number >> 16,
		.type = 5, .s = 1, .dpl = 3, .p = 1, .d = 1,
	};

	if (memcmp(&gdt[GDT_ENTRY_CPUNODE], &desc, sizeof(desc)))
		gdt[GDT_ENTRY_CPUNODE] = desc;
	return xen_gdt_give(gdt);
}

static void fill_context(struct vcpu_guest_context *context, unsigned int cpu,
			 struct task_struct *idle)
{
	struct cpu_user_regs *regs = &context->user_regs;

	context->flags = VGCF_IN_KERNEL;
	regs->eip = (unsigned long)asm_cpu_bringup_and_idle;
	/* The stack as after an entry from user space. */
	regs->esp = (unsigned long)task_pt_regs(idle);
	/* What PV kernels see as IOPL. */
	regs->eflags = BIT(X86_EFLAGS_IOPL_BIT);
	regs->cs = __KERNEL_CS;
	regs->ss = __KERNEL_DS;
	regs->ds = __USER_DS;
	regs->es = __USER_DS;
	context->gs_base_kernel = per_cpu_offset(cpu);
	/* Entries from user space; the scheduler changes it with the task. */
	context->kernel_ss = __KERNEL_DS;
	context->kernel_sp = task_top_of_stack(idle);
	context->event_callback_eip = (unsigned long)xen_asm_exc_xen_hypervisor_callback;
	context->failsafe_callback_eip = (unsigned long)xen_failsafe_callback;
	xen_copy_trap_info(context->trap_ctxt);
	context->ctrlreg[3] = xen_kernel_cr3();
}

static int initialise(unsigned int cpu, struct task_struct *idle)
{
	struct vcpu_guest_context *context;
	int err;

	if (cpumask_test_cpu(cpu, xen_cpu_initialized_map))
		return 0;
	context = kzalloc(sizeof(*context), GFP_KERNEL);
	if (!context)
		return -ENOMEM;
	fill_context(context, cpu, idle);
	context->gdt_frames[0] = xmfn_n(give_gdt(cpu));
	context->gdt_ents = GDT_ENTRIES;
	per_cpu(xen_cr3, cpu) = __pa(swapper_pg_dir);
	xen_switch_reset(cpu, context->kernel_sp);
	err = xen_hv_vcpu_initialise(xen_vcpu_nr(cpu), context);
	if (err) {
		pr_err("xen: the hypervisor refuses CPU %u: %d\n", cpu, err);
		xen_gdt_take_back(get_cpu_gdt_rw(cpu));
	} else {
		cpumask_set_cpu(cpu, xen_cpu_initialized_map);
	}
	kfree(context);
	return err;
}

static int kick_ap(unsigned int cpu, struct task_struct *idle)
{
	int err = common_cpu_up(cpu, idle);

	if (err)
		return err;
	xen_setup_runstate_info(cpu);
	/* It begins with events off. */
	per_cpu(xen_vcpu, cpu)->evtchn_upcall_mask = 1;
	err = initialise(cpu, idle);
	if (err)
		return err;
	xen_pmu_init(cpu);
	err = xen_hv_vcpu_up(xen_vcpu_nr(cpu));
	if (err)
		xen_pmu_finish(cpu);
	return err;
}

static void __init prepare_boot_cpu(void)
{
	native_smp_prepare_boot_cpu();
	/* This CPU has its own table now; the first one is memory like any other. */
	if (!xen_feature(XENFEAT_writable_page_tables))
		make_lowmem_page_readwrite(xen_initial_gdt);
	xen_setup_vcpu_info_placement();
	/* Before the kernel's calls of lock operations are patched. */
	xen_init_spinlocks();
}

/* The hypervisor has IO-APICs and CPUs; a kernel that is told not to use them cannot run. */
static void __init refuse_parameters(unsigned int max_cpus)
{
	const char *why = "xen: a PV kernel cannot run with noapic";

	if (!ioapic_is_disabled)
		return;
	if (!max_cpus)
		why = "xen: a PV kernel cannot run with nosmp; give the domain one vCPU";
	xen_raw_console_write(why);
	panic("%s", why);
}

static void __init limit_cpus(unsigned int max_cpus)
{
	unsigned int cpu;

	for (cpu = nr_cpu_ids - 1; cpu && num_possible_cpus() > max_cpus; cpu--)
		set_cpu_possible(cpu, false);
	for_each_possible_cpu(cpu)
		set_cpu_present(cpu, true);
}

static void __init prepare_cpus(unsigned int max_cpus)
{
	refuse_parameters(max_cpus);
	xen_init_lock_cpu(0);
	smp_prepare_cpus_common();
	speculative_store_bypass_ht_init();
	xen_pmu_init(0);
	if (xen_smp_intr_init(0) || xen_smp_intr_init_pv(0))
		panic("xen: no event channels for the boot CPU");
	if (!alloc_cpumask_var(&xen_cpu_initialized_map, GFP_KERNEL))
		panic("xen: no memory for a CPU mask");
	cpumask_copy(xen_cpu_initialized_map, cpumask_of(0));
	limit_cpus(max_cpus);
}

/* A guest has no tables of its CPUs: all that it can have are there, numbered from 0. */
static void __init count_as_apics(void)
{
	unsigned int cpu;

	topology_register_boot_apic(0);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		topology_register_apic(cpu, CPU_ACPIID_INVALID, true);
	smp_found_config = 1;
}

/**
 * xen_smp_count_cpus() - learn how many CPUs there can be
 *
 * Context: early boot.
 */
void __init xen_smp_count_cpus(void)
{
	unsigned int cpus = 0;

	while (cpus < nr_cpu_ids && xen_hv_vcpu_is_up(cpus) >= 0)
		cpus++;
	pr_info("xen: %u vCPUs\n", cpus);
	if (cpus < nr_cpu_ids)
		set_nr_cpu_ids(cpus);
}

static void __init cpus_done(unsigned int max_cpus)
{
}

static const struct smp_ops smp_ops_pv __initconst = {
	.smp_prepare_boot_cpu		= prepare_boot_cpu,
	.smp_prepare_cpus		= prepare_cpus,
	.smp_cpus_done			= cpus_done,
	.kick_ap_alive			= kick_ap,
	.poll_sync_state		= xen_hv_yield,
	.cpu_disable			= xen_cpu_disable_pv,
	.cpu_die			= xen_cpu_die_pv,
	.cleanup_dead_cpu		= xen_cpu_cleanup_pv,
	.play_dead			= xen_cpu_play_dead_pv,
	.stop_other_cpus		= xen_stop_others_pv,
};

/**
 * xen_smp_init() - take over SMP in a PV domain
 *
 * Context: early boot.
 */
void __init xen_smp_init(void)
{
	smp_ops = smp_ops_pv;
	xen_smp_send_by_events();
	x86_init.mpparse.find_mptable = x86_init_noop;
	x86_init.mpparse.early_parse_smp_cfg = x86_init_noop;
	/* Dom0 has the machine's ACPI tables. */
	x86_init.mpparse.parse_smp_cfg = xen_initial_domain() ? x86_init_noop : count_as_apics;
}

static int prepare(unsigned int cpu)
{
	int err;

	/* The hypervisor shares nothing with a vCPU beyond those that fit into one page. */
	if (!per_cpu(xen_vcpu, cpu))
		return -ENODEV;
	xen_setup_timer(cpu);
	err = xen_smp_intr_init(cpu);
	if (!err) {
		err = xen_smp_intr_init_pv(cpu);
		if (err)
			xen_smp_intr_free(cpu);
	}
	if (err) {
		pr_err("xen: CPU %u has no interrupts: %d\n", cpu, err);
		xen_teardown_timer(cpu);
	}
	return err;
}

static int dead(unsigned int cpu)
{
	xen_smp_intr_free(cpu);
	xen_smp_intr_free_pv(cpu);
	xen_teardown_timer(cpu);
	return 0;
}

/**
 * xen_cpu_prepare_pv_init() - have event channels bound before a CPU comes up
 *
 * Context: early boot.
 * Return: 0 or a negative errno.
 */
int __init xen_cpu_prepare_pv_init(void)
{
	return xen_cpuhp_setup(prepare, dead);
}
