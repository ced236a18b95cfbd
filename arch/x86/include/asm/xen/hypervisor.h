/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rest of arch/x86, and drivers on x86, ask of Xen.
 */
#ifndef _ASM_X86_XEN_HYPERVISOR_H
#define _ASM_X86_XEN_HYPERVISOR_H

#include <linux/processor.h>

/* The vendor string of Xen's CPUID leaves; asm/xen/cpuid.h says what they hold. */
#define XEN_SIGNATURE "XenVMMXenVMM"

#include <asm/xen/port_hypervisor.h>

struct boot_params;
struct pci_dev;
struct shared_info;
struct start_info;

/* What every domain shares with the hypervisor; a dummy on a machine without one. */
extern struct shared_info *HYPERVISOR_shared_info;
/* What the domain builder left for a PV domain; NULL in others but for PVH's few values. */
extern struct start_info *xen_start_info;

/**
 * xen_cpuid_base() - Xen's first CPUID leaf
 *
 * Context: any.
 * Return: the leaf; 0 if no hypervisor calls itself Xen and has the two leaves after it.
 */
static inline uint32_t xen_cpuid_base(void)
{
	return xen_port_cpuid_base();
}

#ifdef CONFIG_PVH
void __init xen_pvh_init(struct boot_params *boot_params);
void __init mem_map_via_hcall(struct boot_params *boot_params_p);
#endif

#ifdef CONFIG_HOTPLUG_CPU
void xen_arch_register_cpu(int num);
void xen_arch_unregister_cpu(int num);
#endif

#ifdef CONFIG_XEN_PV_DOM0
bool xen_initdom_restore_msi(struct pci_dev *dev);
#else
static inline bool xen_initdom_restore_msi(struct pci_dev *dev)
{
	return true;
}
#endif

#if defined(CONFIG_XEN_DOM0) && defined(CONFIG_ACPI)
void xen_sanitize_proc_cap_bits(uint32_t *buf);
#else
/* Only for an initial domain, which such a kernel never is. */
static inline void xen_sanitize_proc_cap_bits(uint32_t *buf)
{
}
#endif

#endif /* _ASM_X86_XEN_HYPERVISOR_H */
