// SPDX-License-Identifier: GPL-2.0
/* Addresses of any kind in machine memory, and foreign mappings undone, in all roles. */
#include <linux/export.h>
#include <linux/mm.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include <xen/xen-ops.h>
#include <xen/xen.h>

/**
 * arbitrary_virt_to_machine() - machine address of a kernel address
 * @vaddr: mapped; in the direct map or anywhere else
 *
 * Return: the address, in bytes.
 */
xmaddr_t arbitrary_virt_to_machine(void *vaddr)
{
	unsigned int level;
	pte_t *ptep;

	if (virt_addr_valid(vaddr))
		return virt_to_machine(vaddr);
	ptep = lookup_address((unsigned long)vaddr, &level);
	BUG_ON(!ptep);		/* the caller uses memory that is not there */
	return XMADDR(PFN_PHYS(pte_mfn(*ptep)) | offset_in_page(vaddr));
}
EXPORT_SYMBOL_GPL(arbitrary_virt_to_machine);

/**
 * arbitrary_virt_to_mfn() - machine frame of a kernel address
 * @vaddr: mapped; in the direct map or anywhere else
 *
 * Return: the frame's number.
 */
unsigned long arbitrary_virt_to_mfn(void *vaddr)
{
	return PFN_DOWN(arbitrary_virt_to_machine(vaddr).maddr);
}

/**
 * xen_unmap_domain_gfn_range() - undo a mapping of another domain's frames
 * @vma: the area
 * @nr: number of frames
 * @pages: what the frames were mapped onto; NULL in a PV domain, where that is nothing and
 *	   unmapping the area does it all
 *
 * Return: 0 or a negative errno.
 */
int xen_unmap_domain_gfn_range(struct vm_area_struct *vma, int nr, struct page **pages)
{
	if (xen_pv_domain())
		return pages ? -EINVAL : 0;
	return xen_xlate_unmap_gfn_range(vma, nr, pages);
}
EXPORT_SYMBOL_GPL(xen_unmap_domain_gfn_range);
