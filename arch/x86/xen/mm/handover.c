// SPDX-License-Identifier: GPL-2.0
/* What other rooms hand to the hypervisor by its machine frame. */
#include <linux/preempt.h>
#include <linux/uaccess.h>
#include <asm/desc.h>
#include <xen/frame.h>
#include "../hv/mmu_calls.h"
#include "mm.h"

/**
 * xen_gdt_give() - make a CPU's descriptor table read-only at both of its addresses
 * @gdt: the table, a page of the per-CPU area
 *
 * Return: its machine frame.
 */
xmfn_t xen_gdt_give(struct desc_struct *gdt)
{
	unsigned long mfn = arbitrary_virt_to_mfn(gdt);

	make_lowmem_page_readonly(gdt);
	make_lowmem_page_readonly(mfn_to_virt(mfn));
	return xmfn(mfn);
}

/**
 * xen_gdt_give_early() - make the boot CPU's first descriptor table read-only
 * @gdt: the table, in the kernel's image
 *
 * Context: early boot, before any other page tables than those that the domain was started with.
 * Return: its machine frame.
 */
xmfn_t __init xen_gdt_give_early(struct desc_struct *gdt)
{
	unsigned long pfn = virt_to_pfn(gdt);

	if (xen_hv_va_mapping((unsigned long)gdt, pfn_pte(pfn, PAGE_KERNEL_RO), 0))
		panic("xen: the first descriptor table stays writable");
	return xmfn(pfn_to_mfn(pfn));
}

/**
 * xen_gdt_early_place() - where the boot CPU's first descriptor table is
 * @desc: a descriptor of it
 *
 * Context: as for xen_gdt_give_early().
 * Return: its machine address.
 */
u64 __init xen_gdt_early_place(struct desc_struct *desc)
{
	return virt_to_machine(desc).maddr;
}

/**
 * xen_gdt_take_back() - undo xen_gdt_give() for a table that the hypervisor did not take
 * @gdt: the table
 */
void xen_gdt_take_back(struct desc_struct *gdt)
{
	make_lowmem_page_readwrite(mfn_to_virt(arbitrary_virt_to_mfn(gdt)));
	make_lowmem_page_readwrite(gdt);
}

/**
 * xen_ldt_page() - make a page of a local descriptor table read-only or writable
 * @page: the page; where it is in vmalloc's space, its place in the direct map follows
 * @prot: PAGE_KERNEL_RO or PAGE_KERNEL
 *
 * Context: process context.
 */
void xen_ldt_page(void *page, pgprot_t prot)
{
	unsigned long va = (unsigned long)page, direct;
	unsigned int level;
	pte_t pte;
	u8 byte;

	pte = pfn_pte(pte_pfn(*lookup_address(va, &level)), prot);
	direct = (unsigned long)__va(PFN_PHYS(pte_pfn(pte)));

	/* The hypercall is about the page tables that are loaded. */
	guard(preempt)();
	/* They may not have this part of vmalloc's space yet: have it filled in. */
	copy_from_kernel_nofault(&byte, page, 1);
	if (xen_hv_va_mapping(va, pte, 0) ||
	    (direct != va && xen_hv_va_mapping(direct, pte, 0)))
		panic("xen: a page of a local descriptor table keeps its protection");
}

/**
 * xen_kernel_cr3() - the kernel's own page tables, for a vCPU that has not run yet
 *
 * Return: the base as the hypervisor's ABI has it.
 */
unsigned long xen_kernel_cr3(void)
{
	return xen_pfn_to_cr3(virt_to_gfn(swapper_pg_dir));
}

/**
 * xen_start_info_to_pfns() - name the rings of the start info by frames of this domain
 *
 * Before a save: the toolstack turns these into machine frames of the next host.
 */
void xen_start_info_to_pfns(void)
{
	struct start_info *start = xen_start_info;

	start->store_mfn = mfn_to_pfn(start->store_mfn);
	start->console.domU.mfn = mfn_to_pfn(start->console.domU.mfn);
}

/**
 * xen_start_info_to_mfns() - undo xen_start_info_to_pfns() if nobody has
 */
void xen_start_info_to_mfns(void)
{
	struct start_info *start = xen_start_info;

	start->store_mfn = pfn_to_mfn(start->store_mfn);
	start->console.domU.mfn = pfn_to_mfn(start->console.domU.mfn);
}
