/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames of this domain, by number.
 *
 * A PV domain maps machine frames and calls them by pseudo-physical numbers that it chose. Two
 * tables translate: the p2m, its own, and the m2p, the hypervisor's, which is one for the whole
 * machine. The m2p holds any value for a frame that is not the domain's, so that an answer of
 * the m2p counts only if the p2m says the same. In a translated domain, and on a machine without
 * Xen, all numbers of a frame are the same.
 *
 * New code takes frames with a type: xen/frame.h, xen/frame_page.h. The plain numbers here are
 * what drivers and include/xen/page.h know.
 */
#ifndef _ASM_X86_XEN_PAGE_H
#define _ASM_X86_XEN_PAGE_H

#include <linux/bits.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <asm/extable.h>
#include <asm/page.h>

#include <xen/features.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>
#include <xen/xen.h>

/* Entries of the p2m: a machine frame and what it is, or that nothing is there. See xp2m_t. */
#define INVALID_P2M_ENTRY	(~0UL)
#define FOREIGN_FRAME_BIT	BIT(BITS_PER_LONG - 1)
#define IDENTITY_FRAME_BIT	BIT(BITS_PER_LONG - 2)
#define FOREIGN_FRAME(m)	(FOREIGN_FRAME_BIT | (m))
#define IDENTITY_FRAME(m)	(IDENTITY_FRAME_BIT | (m))
#define P2M_PER_PAGE		(PAGE_SIZE / sizeof(unsigned long))

/* Where a page-table entry has its frame; the layout is the CPU's. */
#define XEN_PTE_MFN_MASK	((pteval_t)GENMASK_ULL(51, PAGE_SHIFT))

/* The p2m, as far as it is mapped, and the first frame that can have no place in it. */
extern unsigned long *xen_p2m_addr;
extern unsigned long xen_p2m_size, xen_max_p2m_pfn;

/* The m2p, mapped by the hypervisor. It has holes where the machine has no memory. */
extern unsigned long *machine_to_phys_mapping;
extern unsigned long machine_to_phys_nr;

unsigned long get_phys_to_machine(unsigned long pfn);
bool set_phys_to_machine(unsigned long pfn, unsigned long mfn);
bool __set_phys_to_machine(unsigned long pfn, unsigned long mfn);
int xen_alloc_p2m_entry(unsigned long pfn);
unsigned long __init set_phys_range_identity(unsigned long pfn_s, unsigned long pfn_e);

#ifdef CONFIG_XEN_PV
int set_foreign_p2m_mapping(struct gnttab_map_grant_ref *map_ops,
			    struct gnttab_map_grant_ref *kmap_ops,
			    struct page **pages, unsigned int count);
int clear_foreign_p2m_mapping(struct gnttab_unmap_grant_ref *unmap_ops,
			      struct gnttab_unmap_grant_ref *kunmap_ops,
			      struct page **pages, unsigned int count);

/**
 * __pfn_to_mfn() - the p2m's entry for a frame, with what it says of the frame's kind
 * @pfn: any number
 *
 * Context: any, in a PV domain.
 * Return: the entry; beyond the table, an identity one.
 */
static inline unsigned long __pfn_to_mfn(unsigned long pfn)
{
	unsigned long entry = INVALID_P2M_ENTRY;

	if (likely(pfn < xen_p2m_size))
		entry = xen_p2m_addr[pfn];
	else if (pfn >= xen_max_p2m_pfn)
		return IDENTITY_FRAME(pfn);
	/* Identity stretches share pages of the table that say missing. */
	return likely(entry != INVALID_P2M_ENTRY) ? entry : get_phys_to_machine(pfn);
}
#else
static inline int set_foreign_p2m_mapping(struct gnttab_map_grant_ref *map_ops,
					  struct gnttab_map_grant_ref *kmap_ops,
					  struct page **pages, unsigned int count)
{
	return 0;
}

static inline int clear_foreign_p2m_mapping(struct gnttab_unmap_grant_ref *unmap_ops,
					    struct gnttab_unmap_grant_ref *kunmap_ops,
					    struct page **pages, unsigned int count)
{
	return 0;
}

static inline unsigned long __pfn_to_mfn(unsigned long pfn)
{
	return pfn;
}
#endif

/**
 * xen_safe_write_ulong() - store a word where the page may be read-only or absent
 * @addr: where to
 * @val: the word
 *
 * Context: any.
 * Return: 0; -EFAULT, and nothing was stored.
 */
static inline int xen_safe_write_ulong(unsigned long *addr, unsigned long val)
{
	int err = 0;

	asm volatile("1:	mov %[val], %[word]\n"
		     "2:\n"
		     _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_EFAULT_REG, %[err])
		     : [err] "+r" (err), [word] "=m" (*addr) : [val] "r" (val));
	return err;
}

/**
 * pfn_to_mfn() - the machine frame behind a frame of this domain
 * @pfn: the frame
 *
 * Return: its number; INVALID_P2M_ENTRY if there is no memory.
 */
static inline unsigned long pfn_to_mfn(unsigned long pfn)
{
	unsigned long entry;

	if (!xen_pv_domain())
		return pfn;
	entry = __pfn_to_mfn(pfn);
	if (entry == INVALID_P2M_ENTRY)
		return entry;
	return entry & ~(FOREIGN_FRAME_BIT | IDENTITY_FRAME_BIT);
}

static inline int phys_to_machine_mapping_valid(unsigned long pfn)
{
	return !xen_pv_domain() || __pfn_to_mfn(pfn) != INVALID_P2M_ENTRY;
}

/**
 * mfn_to_pfn_no_overrides() - what the m2p says, right or wrong
 * @mfn: any number
 *
 * Return: the entry; ~0 where the table ends or has a hole.
 */
static inline unsigned long mfn_to_pfn_no_overrides(unsigned long mfn)
{
	unsigned long pfn = INVALID_P2M_ENTRY;

	if (mfn < machine_to_phys_nr)
		asm volatile("1:	mov %[entry], %[pfn]\n"
			     "2:\n"
			     _ASM_EXTABLE(1b, 2b)
			     : [pfn] "+r" (pfn) : [entry] "m" (machine_to_phys_mapping[mfn]));
	return pfn;
}

/**
 * mfn_to_pfn() - the frame of this domain that has a machine frame
 * @mfn: any number
 *
 * Return: memory of this domain, or a frame of the same number that is mapped as it is (a
 * device's, a firmware's); ~0 for all others.
 */
static inline unsigned long mfn_to_pfn(unsigned long mfn)
{
	unsigned long pfn;

	if (!xen_pv_domain())
		return mfn;
	pfn = mfn_to_pfn_no_overrides(mfn);
	if (pfn != INVALID_P2M_ENTRY && __pfn_to_mfn(pfn) == mfn)
		return pfn;
	return __pfn_to_mfn(mfn) == IDENTITY_FRAME(mfn) ? mfn : INVALID_P2M_ENTRY;
}

/**
 * bfn_to_local_pfn() - the frame of this domain that a device means
 * @mfn: what is on the bus
 *
 * Return: the frame; -1, which is no frame of a page, unless it is memory of this domain.
 */
static inline unsigned long bfn_to_local_pfn(unsigned long mfn)
{
	unsigned long pfn = mfn_to_pfn(mfn);

	return !xen_pv_domain() || __pfn_to_mfn(pfn) == mfn ? pfn : -1UL;
}

/* Guest frames are what hypercalls take: machine frames of a PV domain. So do devices. */
static inline unsigned long pfn_to_gfn(unsigned long pfn)
{
	return pfn_to_mfn(pfn);
}

static inline unsigned long gfn_to_pfn(unsigned long gfn)
{
	return mfn_to_pfn(gfn);
}

#define pfn_to_bfn(pfn)		pfn_to_gfn(pfn)
#define bfn_to_pfn(bfn)		gfn_to_pfn(bfn)

/**
 * typedef xmaddr_t - an address in the machine's memory
 * typedef xpaddr_t - an address in the memory that the domain sees
 */
typedef struct xmaddr {
	phys_addr_t maddr;
} xmaddr_t;

typedef struct xpaddr {
	phys_addr_t paddr;
} xpaddr_t;

#define XMADDR(x)	((xmaddr_t) { .maddr = (x) })
#define XPADDR(x)	((xpaddr_t) { .paddr = (x) })

static inline xmaddr_t phys_to_machine(xpaddr_t phys)
{
	unsigned long mfn = pfn_to_mfn(PFN_DOWN(phys.paddr));

	return XMADDR(PFN_PHYS(mfn) + offset_in_page(phys.paddr));
}

static inline xpaddr_t machine_to_phys(xmaddr_t machine)
{
	unsigned long pfn = mfn_to_pfn(PFN_DOWN(machine.maddr));

	return XPADDR(PFN_PHYS(pfn) + offset_in_page(machine.maddr));
}

/* From addresses in the linear map, and to them. */
static inline unsigned long virt_to_pfn(const void *v)
{
	return PFN_DOWN(__pa(v));
}

#define virt_to_machine(v)	phys_to_machine(XPADDR(__pa(v)))
#define virt_to_mfn(v)		pfn_to_mfn(virt_to_pfn(v))
#define mfn_to_virt(m)		__va(PFN_PHYS(mfn_to_pfn(m)))
#define virt_to_gfn(v)		pfn_to_gfn(virt_to_pfn(v))
#define gfn_to_virt(g)		__va(PFN_PHYS(gfn_to_pfn(g)))

/* From any mapped address of the kernel, by a walk of its page tables. */
xmaddr_t arbitrary_virt_to_machine(void *address);
unsigned long arbitrary_virt_to_mfn(void *vaddr);

/* A page-table page, or one that becomes one: neither side writes to it but by hypercall. */
void make_lowmem_page_readonly(void *vaddr);
void make_lowmem_page_readwrite(void *vaddr);

/* Entries with machine frames, as they are in the table: pte_val() and __pte() would translate. */
static inline pteval_t pte_val_ma(pte_t pte)
{
	return pte.pte;
}

static inline pte_t __pte_ma(pteval_t x)
{
	return (pte_t) { .pte = x };
}

static inline unsigned long pte_mfn(pte_t pte)
{
	return (pte_val_ma(pte) & XEN_PTE_MFN_MASK) >> PAGE_SHIFT;
}

static inline pte_t mfn_pte(unsigned long mfn, pgprot_t prot)
{
	return __pte_ma(PFN_PHYS(mfn) | massage_pgprot(prot));
}

#define __pmd_ma(x)		((pmd_t) { (x) })
#define pmd_val_ma(v)		((v).pmd)
#ifdef __PAGETABLE_PUD_FOLDED
#define pud_val_ma(v)		((v).p4d.pgd.pgd)
#else
#define pud_val_ma(v)		((v).pud)
#endif
#ifdef __PAGETABLE_P4D_FOLDED
#define p4d_val_ma(v)		((v).pgd.pgd)
#else
#define p4d_val_ma(v)		((v).p4d)
#endif

static inline bool xen_arch_need_swiotlb(struct device *dev, phys_addr_t phys, dma_addr_t dev_addr)
{
	return false;
}

#endif /* _ASM_X86_XEN_PAGE_H */
