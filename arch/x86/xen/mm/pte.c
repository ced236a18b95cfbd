// SPDX-License-Identifier: GPL-2.0
/*
 * Entries of page tables: from machine frames, which they hold, to pseudo-physical ones, which the
 * kernel speaks of, and back.
 *
 * These run several times per page fault. The generic code calls them with only %rax to spare;
 * the attribute makes the compiler save what it uses and nothing else, and keeps the unusual
 * cases, which call C, out of the straight path.
 */
#include "mm.h"

#define NO_FRAME	(~0UL)
#define EX_TYPE_NO_FRAME	(EX_TYPE_IMM_REG | EX_DATA_IMM(-1))

/* The m2p has holes where the machine has no memory: reading there gives NO_FRAME. */
static __always_inline unsigned long m2p_entry(unsigned long mfn)
{
	unsigned long pfn;

	asm("1:	mov %[slot], %[pfn]\n"
	    "2:\n"
	    _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_NO_FRAME, %[pfn])
	    : [pfn] "=r" (pfn) : [slot] "m" (machine_to_phys_mapping[mfn]));
	return pfn;
}

static __always_inline unsigned long frame_of(u64 entry)
{
	return (entry & XEN_PTE_MFN_MASK) >> PAGE_SHIFT;
}

static __always_inline u64 entry_of(unsigned long frame, u64 flags)
{
	return ((u64)frame << PAGE_SHIFT) | flags;
}

/* The same entry with another frame: nothing to mask. Bits of @to above any frame get lost. */
static __always_inline u64 exchange(u64 entry, unsigned long from, unsigned long to)
{
	return entry + ((u64)(to - from) << PAGE_SHIFT);
}

/*
 * A frame that is not memory of ours: identity, or nothing that has a pseudo-physical address.
 * The latter reads as not present, which keeps the core from looking for its struct page.
 */
static noinline notrace __no_caller_saved_registers u64 odd_to_pfn(u64 entry)
{
	unsigned long pfn = mfn_to_pfn(frame_of(entry));
	u64 flags = entry & PTE_FLAGS_MASK;

	return pfn == NO_FRAME ? flags & ~_PAGE_PRESENT : entry_of(pfn, flags);
}

/* Beyond the table, or an entry that says missing: identity stretches do so as well. */
static noinline notrace __no_caller_saved_registers u64 odd_to_mfn(u64 entry)
{
	xp2m_t e = xp2m(__pfn_to_mfn((entry & PTE_PFN_MASK) >> PAGE_SHIFT));

	if (xp2m_kind(e) == XP2M_MISSING)
		return 0;
	return entry_of(xmfn_n(xp2m_mfn(e)), entry & PTE_FLAGS_MASK);
}

/* Leaf entries may map anything: memory of ours is what both tables agree on. */
static __always_inline u64 leaf_to_pfn(u64 entry)
{
	unsigned long mfn = frame_of(entry), pfn;

	if (!(entry & _PAGE_PRESENT))
		return entry;
	if (likely(mfn < machine_to_phys_nr)) {
		pfn = m2p_entry(mfn);
		if (likely(pfn < xen_p2m_size && xen_p2m_addr[pfn] == mfn))
			return exchange(entry, mfn, pfn);
	}
	return odd_to_pfn(entry);
}

/*
 * Upper levels point to page tables, which are memory of ours: the hypervisor sees to that. These
 * run more than all others, and need no register but the result's: the mask comes from memory, and
 * the frame's address, shifted a bit less than to its number, is the offset of its slot in the m2p.
 */
static __always_inline u64 table_to_pfn(u64 entry)
{
	static const u64 frame = XEN_PTE_MFN_MASK;
	u64 out = entry;

	if (!(out & _PAGE_PRESENT))
		return out;
	asm("	and %[frame], %[out]\n"
	    "	shr %[page_to_slot], %[out]\n"
	    "	add %[m2p], %[out]\n"
	    "1:	mov (%[out]), %[out]\n"
	    "2:	shl %[page_shift], %[out]\n"
	    "	xor %[entry], %[out]\n"
	    "	and %[frame], %[out]\n"
	    "	xor %[entry], %[out]\n"
	    _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_NO_FRAME, %[out])
	    : [out] "+&a" (out)
	    : [entry] "r" (entry), [frame] "m" (frame), [m2p] "m" (machine_to_phys_mapping),
	      [page_to_slot] "i" (PAGE_SHIFT - ilog2(sizeof(*machine_to_phys_mapping))),
	      [page_shift] "i" (PAGE_SHIFT)
	    : "cc");
	return out;
}

static __always_inline u64 to_mfn(u64 entry)
{
	unsigned long pfn = (entry & PTE_PFN_MASK) >> PAGE_SHIFT, e;

	if (!(entry & _PAGE_PRESENT))
		return entry;
	if (likely(pfn < xen_p2m_size)) {
		e = xen_p2m_addr[pfn];
		if (likely(e != INVALID_P2M_ENTRY))
			return exchange(entry, pfn, e);
	}
	return odd_to_mfn(entry);
}

/**
 * xen_pt_table_pfn() - the page table that an entry of an upper level points to
 * @entry: a present entry, in machine frames
 *
 * Return: its pseudo-physical frame.
 */
unsigned long xen_pt_table_pfn(u64 entry)
{
	return m2p_entry(frame_of(entry));
}

/**
 * xen_pt_to_machine() - an entry in machine frames
 * @entry: the entry in pseudo-physical frames
 *
 * Return: 0 for a present entry whose frame has no memory.
 */
u64 xen_pt_to_machine(u64 entry)
{
	return to_mfn(entry);
}

__visible notrace __no_caller_saved_registers pteval_t xen_pte_val(pte_t pte)
{
	return leaf_to_pfn(pte.pte);
}

__visible notrace __no_caller_saved_registers pmdval_t xen_pmd_val(pmd_t pmd)
{
	return table_to_pfn(pmd.pmd);
}

__visible notrace __no_caller_saved_registers pudval_t xen_pud_val(pud_t pud)
{
	return table_to_pfn(native_pud_val(pud));
}

__visible notrace __no_caller_saved_registers p4dval_t xen_p4d_val(p4d_t p4d)
{
	return table_to_pfn(native_p4d_val(p4d));
}

__visible notrace __no_caller_saved_registers pgdval_t xen_pgd_val(pgd_t pgd)
{
	return table_to_pfn(pgd.pgd);
}

__visible notrace __no_caller_saved_registers pte_t xen_make_pte(pteval_t val)
{
	return native_make_pte(to_mfn(val));
}

__visible notrace __no_caller_saved_registers pmd_t xen_make_pmd(pmdval_t val)
{
	return native_make_pmd(to_mfn(val));
}

__visible notrace __no_caller_saved_registers pud_t xen_make_pud(pudval_t val)
{
	return native_make_pud(to_mfn(val));
}

__visible notrace __no_caller_saved_registers p4d_t xen_make_p4d(p4dval_t val)
{
	return native_make_p4d(to_mfn(val));
}

__visible notrace __no_caller_saved_registers pgd_t xen_make_pgd(pgdval_t val)
{
	return native_make_pgd(to_mfn(val));
}
