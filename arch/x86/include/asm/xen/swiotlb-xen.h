/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that devices can reach: contiguous on the machine, not only in the domain's eyes. */
#ifndef _ASM_X86_SWIOTLB_XEN_H
#define _ASM_X86_SWIOTLB_XEN_H

#include <linux/types.h>

/* Make @nslabs slots of the bounce buffer at @buf contiguous, low frames. Returns 0 or an error. */
int xen_swiotlb_fixup(void *buf, unsigned long nslabs);
/* Exchange 2^@order pages at @pstart for a run below 2^@address_bits, told in @dma_handle. */
int xen_create_contiguous_region(phys_addr_t pstart, unsigned int order, unsigned int address_bits,
				 dma_addr_t *dma_handle);
/* Give such a run back for any frames. */
void xen_destroy_contiguous_region(phys_addr_t pstart, unsigned int order);

#endif /* _ASM_X86_SWIOTLB_XEN_H */
