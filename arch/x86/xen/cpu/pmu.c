// SPDX-License-Identifier: GPL-2.0
/*
 * Counting events of the machine in a PV domain.
 *
 * A counter's interrupt is the hypervisor's. It stops the vCPU's counters, puts what they hold into
 * a page that it shares with the vCPU, and raises a virtual interrupt. From then until the page is
 * flushed, the registers are in the page (they are cached), and the kernel's accesses to the MSRs
 * go there; at all other times they are the machine's, by the hypervisor's leave.
 */
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/percpu.h>
#include <linux/perf_event.h>
#include <linux/printk.h>

#include <asm/msr.h>
#include <asm/xen/page.h>

#include <xen/xen.h>

#include "../hv/pmu_calls.h"
#include "../xen_arch.h"
#include "../../events/perf_event.h"
#include "pmu.h"

#include "../port_cpu.h"

/* RDPMC's name for a counter of Intel's that counts one event. */
#define FIXED_COUNTER		BIT(30)
#define AMD_OLD_COUNTERS	4
#define AMD_PAIRS		6

struct xen_pmu {
	struct xen_pmu_data *data;
	/* Inside of the handler: the registers are cached. */
	bool cached;
};

static DEFINE_PER_CPU(struct xen_pmu, xen_pmus);

static struct xen_pmu_kind kind __read_mostly;

bool is_xen_pmu;

static_assert(sizeof(struct xen_pmu_data) <= PAGE_SIZE);

static u64 *amd_register(const struct xen_pmu_kind *k, struct xen_pmu_arch *arch, u32 msr)
{
	bool counter;
	unsigned int i;

	if (msr - MSR_K7_EVNTSEL0 < 2 * AMD_OLD_COUNTERS) {
		counter = msr >= MSR_K7_PERFCTR0;
		i = msr - (counter ? MSR_K7_PERFCTR0 : MSR_K7_EVNTSEL0);
	} else if (k->pairs && msr - MSR_F15H_PERF_CTL < 2 * k->counters) {
		counter = (msr - MSR_F15H_PERF_CTL) & 1;
		i = (msr - MSR_F15H_PERF_CTL) / 2;
	} else {
		return NULL;
	}
	if (i >= k->counters)
		return NULL;
	return (void *)&arch->c.amd + (counter ? arch->c.amd.counters : arch->c.amd.ctrls) +
	       i * sizeof(u64);
}

static u64 *intel_register(const struct xen_pmu_kind *k, struct xen_pmu_arch *arch, u32 msr)
{
	struct xen_pmu_intel_ctxt *intel = &arch->c.intel;
	struct xen_pmu_cntr_pair *pairs = (void *)intel + intel->arch_counters;
	u64 *fixed = (void *)intel + intel->fixed_counters;

	switch (msr) {
	case MSR_CORE_PERF_FIXED_CTR_CTRL:
		return &intel->fixed_ctrl;
	case MSR_CORE_PERF_GLOBAL_CTRL:
		return &intel->global_ctrl;
	case MSR_CORE_PERF_GLOBAL_STATUS:
		return &intel->global_status;
	case MSR_CORE_PERF_GLOBAL_OVF_CTRL:
		return &intel->global_ovf_ctrl;
	}
	if (msr - MSR_CORE_PERF_FIXED_CTR0 < k->fixed)
		return &fixed[msr - MSR_CORE_PERF_FIXED_CTR0];
	if (msr - MSR_P6_EVNTSEL0 < k->counters)
		return &pairs[msr - MSR_P6_EVNTSEL0].control;
	if (msr - MSR_IA32_PERFCTR0 < k->counters)
		return &pairs[msr - MSR_IA32_PERFCTR0].counter;
	/* The same in full width. */
	if (msr - MSR_IA32_PMC0 < k->counters)
		return &pairs[msr - MSR_IA32_PMC0].counter;
	return NULL;
}

/**
 * xen_pmu_cached() - where the shared page has a register
 * @k: what registers there are
 * @arch: in the shared page
 * @msr: the register's number
 *
 * Return: its place; NULL if it is none of those that are cached.
 */
u64 *xen_pmu_cached(const struct xen_pmu_kind *k, struct xen_pmu_arch *arch, u32 msr)
{
	return k->amd ? amd_register(k, arch, msr) : intel_register(k, arch, msr);
}

/**
 * xen_pmu_counter_msr() - which register a counter is
 * @k: what registers there are
 * @counter: its number for RDPMC
 *
 * Return: the MSR.
 */
u32 xen_pmu_counter_msr(const struct xen_pmu_kind *k, int counter)
{
	if (k->amd)
		return k->pairs ? MSR_F15H_PERF_CTR + 2 * counter : MSR_K7_PERFCTR0 + counter;
	if (counter & FIXED_COUNTER)
		return MSR_CORE_PERF_FIXED_CTR0 + (counter & 0xffff);
	return MSR_IA32_PERFCTR0 + counter;
}

/**
 * xen_pmu_msr() - access a register if it is cached
 * @msr: its number
 * @val: its value
 * @write: to be written, else to be read
 *
 * Context: not preemptible if @msr is a counter's; like all accesses to those.
 * Return: false if the register is not cached; then nothing was done.
 */
bool xen_pmu_msr(u32 msr, u64 *val, bool write)
{
	struct xen_pmu *pmu = raw_cpu_ptr(&xen_pmus);
	u64 *reg;

	if (likely(!pmu->cached))
		return false;
	reg = xen_pmu_cached(&kind, &pmu->data->pmu, msr);
	if (!reg)
		return false;
	if (!write) {
		*val = *reg;
		return true;
	}
	*reg = *val;
	if (!kind.amd && msr == MSR_CORE_PERF_GLOBAL_OVF_CTRL)
		pmu->data->pmu.c.intel.global_status &= ~*val;
	return true;
}

/* What RDPMC reads, or 0 for a counter that the hypervisor denies. */
u64 xen_read_pmc(int counter)
{
	u32 msr = xen_pmu_counter_msr(&kind, counter);
	u64 val = 0;

	if (!xen_pmu_msr(msr, &val, false) && xen_port_rdmsr(msr, &val))
		return 0;
	return val;
}

/**
 * xen_pmu_set_lvtpc() - set the local APIC's entry for counters
 * @val: of which the hypervisor takes whether it is masked
 *
 * Context: not preemptible.
 */
void xen_pmu_set_lvtpc(u32 val)
{
	struct xen_pmu *pmu = this_cpu_ptr(&xen_pmus);

	if (!pmu->data)
		return;
	pmu->data->pmu.l.lapic_lvtpc = val;
	/* Flushing takes it over as well. */
	if (!pmu->cached)
		xen_hv_pmu_lvtpc();
}

static bool sample_of_user(const struct xen_pmu_arch *arch)
{
	if (arch->pmu_flags & PMU_SAMPLE_PV)
		return arch->pmu_flags & PMU_SAMPLE_USER;
	return arch->r.regs.cpl;
}

/* Dom0 may sample other domains and the hypervisor itself. */
static unsigned int guest_state(void)
{
	const struct xen_pmu_data *data = this_cpu_ptr(&xen_pmus)->data;

	if (!data || !xen_initial_domain() || data->domain_id >= DOMID_SELF)
		return 0;
	return PERF_GUEST_ACTIVE | (sample_of_user(&data->pmu) ? PERF_GUEST_USER : 0);
}

static unsigned long guest_ip(void)
{
	const struct xen_pmu_data *data = this_cpu_ptr(&xen_pmus)->data;

	return data ? data->pmu.r.regs.ip : 0;
}

static struct perf_guest_info_callbacks guest_callbacks = {
	.state	= guest_state,
	.get_ip	= guest_ip,
};

static void sampled_regs(struct pt_regs *regs, const struct xen_pmu_arch *arch)
{
	regs->ip = arch->r.regs.ip;
	regs->sp = arch->r.regs.sp;
	regs->cs = (arch->r.regs.cs & ~3) | (sample_of_user(arch) ? 3 : 0);
}

/**
 * xen_pmu_irq_handler() - a counter has overflown
 * @irq: unused
 * @dev_id: unused
 *
 * Return: IRQ_HANDLED if a counter of perf's had.
 */
irqreturn_t xen_pmu_irq_handler(int irq, void *dev_id)
{
	struct xen_pmu *pmu = this_cpu_ptr(&xen_pmus);
	struct pt_regs regs = { };
	bool ours;
	int err;

	if (!pmu->data)
		return IRQ_NONE;
	sampled_regs(&regs, &pmu->data->pmu);
	pmu->cached = true;
	ours = x86_pmu.handle_irq(&regs);
	err = xen_hv_pmu_flush();
	pmu->cached = false;
	if (err)
		pr_warn_once("xen: counters do not go on: %d\n", err);
	return ours && !err ? IRQ_HANDLED : IRQ_NONE;
}

static void learn_kind(void)
{
	u32 eax, ebx, ecx, edx;

	if (boot_cpu_data.x86_vendor == X86_VENDOR_AMD ||
	    boot_cpu_data.x86_vendor == X86_VENDOR_HYGON) {
		kind.amd = true;
		kind.pairs = boot_cpu_data.x86_vendor == X86_VENDOR_AMD &&
			     boot_cpu_data.x86 == 0x15;
		kind.counters = kind.pairs ? AMD_PAIRS : AMD_OLD_COUNTERS;
		return;
	}
	cpuid(0xa, &eax, &ebx, &ecx, &edx);
	kind.counters = eax >> 8 & 0xff;
	kind.fixed = edx & 0x1f;
}

/**
 * xen_pmu_init() - have a CPU count, if the hypervisor lets this domain
 * @cpu: which; not up, or the boot CPU, which comes first
 *
 * Without it perf has software events only.
 *
 * Context: process context.
 */
void xen_pmu_init(int cpu)
{
	struct xen_pmu_data *data;
	int err = -ENOMEM;

	if (xen_hvm_domain() || (cpu && !is_xen_pmu))
		return;
	data = (void *)get_zeroed_page(GFP_KERNEL);
	if (data)
		err = xen_hv_pmu_begin(cpu, xmfn(arbitrary_virt_to_mfn(data)));
	if (err) {
		free_page((unsigned long)data);
		pr_info_once("xen: CPU %d counts no events of the machine: %d\n", cpu, err);
		return;
	}
	per_cpu(xen_pmus, cpu).data = data;
	if (is_xen_pmu)
		return;
	learn_kind();
	is_xen_pmu = true;
	perf_register_guest_info_callbacks(&guest_callbacks);
}

/**
 * xen_pmu_finish() - undo xen_pmu_init()
 * @cpu: which; gone, or on its way
 */
void xen_pmu_finish(int cpu)
{
	struct xen_pmu *pmu = per_cpu_ptr(&xen_pmus, cpu);

	if (xen_hvm_domain() || !pmu->data)
		return;
	xen_hv_pmu_end(cpu);
	free_page((unsigned long)pmu->data);
	pmu->data = NULL;
}
