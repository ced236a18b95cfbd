// SPDX-License-Identifier: GPL-2.0
/* How the upcall reaches us, which ABI is used, and what happens at boot and with CPUs. */
#include <linux/bitops.h>
#include <linux/cpuhotplug.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <xen/events.h>
#include <xen/hvm.h>
#include <xen/interface/hvm/params.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "internal.h"
#ifdef CONFIG_X86
#include <asm/desc.h>
#include <asm/hw_irq.h>
#include <asm/idtentry.h>
#include <asm/irq.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/pci.h>
#endif

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"xen."

bool xen_fifo_events = true;
module_param_named(fifo_events, xen_fifo_events, bool, 0);

const struct xen_event_abi *xen_event_abi __read_mostly = &xen_event_abi_2l;

DEFINE_STATIC_CALL_NULL(xen_event_clear, *((struct xen_event_abi *)0)->clear);
DEFINE_STATIC_CALL_NULL(xen_event_hw_mask, *((struct xen_event_abi *)0)->mask);
DEFINE_STATIC_CALL_NULL(xen_event_hw_unmask, *((struct xen_event_abi *)0)->unmask);
DEFINE_STATIC_CALL_NULL(xen_event_turn, *((struct xen_event_abi *)0)->turn);

/**
 * xen_event_use_abi() - choose the ABI
 * @abi: which
 *
 * Context: nothing is bound.
 */
void xen_event_use_abi(const struct xen_event_abi *abi)
{
	xen_event_abi = abi;
	static_call_update(xen_event_clear, abi->clear);
	static_call_update(xen_event_hw_mask, abi->mask);
	static_call_update(xen_event_hw_unmask, abi->unmask);
	static_call_update(xen_event_turn, abi->turn);
}

/**
 * xen_evtchn_nr_channels() - how many ports can be used now
 *
 * Grows with the ports that are bound.
 *
 * Return: the number.
 */
unsigned int xen_evtchn_nr_channels(void)
{
	return xen_event_abi->nr_ports();
}
EXPORT_SYMBOL_GPL(xen_evtchn_nr_channels);

#ifdef CONFIG_X86
#ifdef CONFIG_XEN_PVHVM
/**
 * xen_setup_callback_vector() - have all upcalls of an HVM or PVH domain come with one vector
 *
 * At boot, and after resume: the hypervisor forgot.
 */
void xen_setup_callback_vector(void)
{
	if (!xen_have_vector_callback)
		return;
	if (xen_set_callback_via(HVM_CALLBACK_VECTOR(HYPERVISOR_CALLBACK_VECTOR))) {
		pr_err("xen/events: the hypervisor refused the upcall's vector\n");
		xen_have_vector_callback = false;
	}
}

/**
 * xen_set_upcall_vector() - have a vCPU's upcall come as an interrupt of its own
 * @cpu: the CPU
 *
 * Return: 0 or a negative errno.
 */
int xen_set_upcall_vector(unsigned int cpu)
{
	int err = xen_hv_set_upcall_vector(xen_vcpu_nr(cpu), HYPERVISOR_CALLBACK_VECTOR);

	/* The toolstack takes a domain without any callback for one that knows nothing of Xen. */
	if (!err && !cpu)
		err = xen_set_callback_via(1);
	return err;
}

static bool __init use_vector_per_vcpu(void)
{
	u32 features = cpuid_eax(xen_cpuid_base() + 4);

	return (features & XEN_HVM_CPUID_UPCALL_VECTOR) && !xen_set_upcall_vector(0);
}

static void __init choose_upcall(void)
{
	if (!xen_have_vector_callback)
		return;
	xen_percpu_upcall = use_vector_per_vcpu();
	if (!xen_percpu_upcall) {
		if (!xen_feature(XENFEAT_hvm_callback_vector))
			xen_have_vector_callback = false;
		xen_setup_callback_vector();
	}
	if (!xen_have_vector_callback)
		return;
	pr_info("xen/events: upcall by vector%s\n", xen_percpu_upcall ? ", one per vCPU" : "");
	sysvec_install(HYPERVISOR_CALLBACK_VECTOR, sysvec_xen_hvm_callback);
}
#else
void xen_setup_callback_vector(void) { }

int xen_set_upcall_vector(unsigned int cpu)
{
	return -EOPNOTSUPP;
}

static void __init choose_upcall(void) { }
#endif /* CONFIG_XEN_PVHVM */

static void __init init_arch(void)
{
	if (xen_pv_domain() && xen_initial_domain())
		pci_xen_initial_domain();
	choose_upcall();
	if (xen_hvm_domain()) {
		native_init_IRQ();
		/* Behind it: both decide how a GSI is registered. */
		pci_xen_hvm_init();
	} else {
		xen_pirq_use_eoi_map();
	}
}
#else
static void __init init_arch(void) { }
#endif /* CONFIG_X86 */

static int cpu_prepare(unsigned int cpu)
{
	xen_lateeoi_cpu_init(cpu);
	return xen_event_abi->cpu_up ? xen_event_abi->cpu_up(cpu) : 0;
}

static int cpu_dead(unsigned int cpu)
{
	if (xen_event_abi->cpu_dead)
		xen_event_abi->cpu_dead(cpu);
	return 0;
}

/**
 * xen_init_IRQ() - make events work on the boot CPU
 *
 * Context: boot, interrupts off, before any event is bound.
 */
void __init xen_init_IRQ(void)
{
	unsigned int cpu = smp_processor_id();
	evtchn_port_t port;

	if (xen_fifo_events && xen_event_abi_fifo.cpu_up(cpu))
		xen_fifo_events = false;
	xen_event_use_abi(xen_fifo_events ? &xen_event_abi_fifo : &xen_event_abi_2l);
	pr_info("xen/events: using the %s ABI\n", xen_event_abi->name);

	xen_lateeoi_cpu_init(cpu);
	cpuhp_setup_state_nocalls(CPUHP_XEN_EVTCHN_PREPARE, "xen/evtchn:prepare", cpu_prepare,
				  cpu_dead);
	for (port = 0; port < xen_evtchn_nr_channels(); port++)
		xen_event_abi->mask(port);
	init_arch();
}
