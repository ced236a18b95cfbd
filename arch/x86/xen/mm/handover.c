// SPDX-License-Identifier: GPL-2.0
/* What other rooms hand to the hypervisor by its machine frame. */
#include <asm/desc.h>
#include <xen/frame.h>
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
 * xen_gdt_take_back() - undo xen_gdt_give() for a table that the hypervisor did not take
 * @gdt: the table
 */
void xen_gdt_take_back(struct desc_struct *gdt)
{
	make_lowmem_page_readwrite(mfn_to_virt(arbitrary_virt_to_mfn(gdt)));
	make_lowmem_page_readwrite(gdt);
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
