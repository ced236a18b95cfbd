// SPDX-License-Identifier: GPL-2.0
/* The fixed addresses, and the one address that a crash dump needs. */
#include <linux/init.h>
#include <linux/vmcore_info.h>

#include <asm/fixmap.h>

#include "mm.h"

/* Behind local and I/O APIC, which a PV domain does not have: reads as all ones. */
static unsigned char no_device[PAGE_SIZE] __page_aligned_bss;

void __init xen_fixmap_init(void)
{
	memset(no_device, 0xff, PAGE_SIZE);
}

/* Most fixed addresses are for devices and firmware, and @phys is a machine address. */
static pte_t entry_for(unsigned int idx, unsigned long frame, pgprot_t prot)
{
	switch (idx) {
	case FIX_BTMAP_END ... FIX_BTMAP_BEGIN:
#ifdef CONFIG_X86_VSYSCALL_EMULATION
	case VSYSCALL_PAGE:
#endif
		return pfn_pte(frame, prot);	/* memory of ours */
#ifdef CONFIG_X86_LOCAL_APIC
	case FIX_APIC_BASE:
#endif
#ifdef CONFIG_X86_IO_APIC
	case FIX_IO_APIC_BASE_0 ... FIX_IO_APIC_BASE_END:
#endif
		return pfn_pte(PFN_DOWN(__pa(no_device)), PAGE_KERNEL);
	default:
		return mfn_pte(frame, prot);
	}
}

void xen_fixmap_set(unsigned int idx, phys_addr_t phys, pgprot_t prot)
{
	unsigned long va = __fix_to_virt(idx);
	pte_t pte = entry_for(idx, PFN_DOWN(phys), prot);

	if (xen_hv_va_mapping(va, pte, UVMF_INVLPG))
		BUG();
#ifdef CONFIG_X86_VSYSCALL_EMULATION
	if (idx == VSYSCALL_PAGE)
		set_pte_vaddr_pud(xen_vsyscall_pud, va, pte);
#endif
}

#ifdef CONFIG_VMCORE_INFO
/* Whoever reads the dump of a PV domain knows machine addresses. */
phys_addr_t paddr_vmcoreinfo_note(void)
{
	if (xen_pv_domain())
		return virt_to_machine(vmcoreinfo_note).maddr;
	return __pa(vmcoreinfo_note);
}
#endif
