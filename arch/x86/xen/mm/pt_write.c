// SPDX-License-Identifier: GPL-2.0
/*
 * Entries that an instruction changes.
 *
 * The core takes entries out of page tables by an exchange, inline, which no operation of pv_ops
 * stands for. On a pinned table it faults. The hypervisor emulates it if it was asked to: it
 * decodes the instruction and checks what it would write. A guest asks for that only until it can
 * take these faults itself. Where they come in a row, the table is opened (pt_open.c), and the rest
 * of the row is plain memory writes. Else the entry is changed by one hypercall, which is the
 * instruction's effect, and the instruction is done.
 *
 * The instructions are those of xchg(), try_cmpxchg(), test_and_clear_bit() and WRITE_ONCE() on
 * 64 bits. When there is another one, the hypervisor emulates from then on. It always does for the
 * hardware domain.
 *
 * Who writes holds the table's lock, so only processors change the entry meanwhile: they set its
 * accessed bit, and its dirty bit if it is writable. Losing the first is harmless, and allowed for
 * on any machine; the second must not get lost.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/ptrace.h>

#include "../hv/cpu_calls.h"
#include "mm.h"

#define AD	(_PAGE_ACCESSED | _PAGE_DIRTY)

/* Does the hypervisor emulate writes to page tables? */
bool xen_pt_emulated = true;

/* The last instruction that was left to it. */
static DEFINE_PER_CPU(unsigned long, repeated);

/* Bytes of an address in memory that begin with @modrm; 0 for a register. */
static unsigned int address_len(const u8 *modrm)
{
	unsigned int mod = *modrm >> 6, base = *modrm & 7, len = 1;

	if (mod == 3)
		return 0;
	if (base == 4) {
		base = modrm[1] & 7;
		len = 2;
	}
	if (mod == 1)
		return len + 1;
	return mod == 2 || base == 5 ? len + 4 : len;
}

static bool decode_opcode(const u8 **code, struct xen_pt_insn *insn)
{
	switch (*(*code)++) {
	case 0x87:
		insn->kind = XEN_PT_XCHG;
		return true;
	case 0x89:
		insn->kind = XEN_PT_STORE;
		return true;
	case 0x0f:
		break;
	default:
		return false;
	}
	switch (*(*code)++) {
	case 0xb1:
		insn->kind = XEN_PT_CMPXCHG;
		return true;
	case 0xba:
		insn->kind = XEN_PT_CLEAR_BIT;
		return (**code >> 3 & 7) == 6;
	default:
		return false;
	}
}

/**
 * xen_pt_insn_decode() - what an instruction does to an entry
 * @code: the instruction, which writes to memory
 * @insn: filled in
 *
 * Return: false if it is none of those that change entries.
 */
bool xen_pt_insn_decode(const u8 *code, struct xen_pt_insn *insn)
{
	const u8 *begin = code;
	unsigned int len;
	u8 rex;

	/* The lock, or what it is patched to where there is one processor. */
	if (*code == 0xf0 || *code == 0x3e)
		code++;
	rex = *code++;
	if ((rex & 0xf8) != 0x48 || !decode_opcode(&code, insn))
		return false;
	insn->reg = (*code >> 3 & 7) | (rex & 4) << 1;
	len = address_len(code);
	if (!len)
		return false;
	code += len;
	if (insn->kind == XEN_PT_CLEAR_BIT)
		insn->bit = *code++ & 63;
	insn->len = code - begin;
	return true;
}

static unsigned long *reg_of(struct pt_regs *regs, unsigned int number)
{
	static const u8 place[16] = {
		offsetof(struct pt_regs, ax), offsetof(struct pt_regs, cx),
		offsetof(struct pt_regs, dx), offsetof(struct pt_regs, bx),
		offsetof(struct pt_regs, sp), offsetof(struct pt_regs, bp),
		offsetof(struct pt_regs, si), offsetof(struct pt_regs, di),
		offsetof(struct pt_regs, r8), offsetof(struct pt_regs, r9),
		offsetof(struct pt_regs, r10), offsetof(struct pt_regs, r11),
		offsetof(struct pt_regs, r12), offsetof(struct pt_regs, r13),
		offsetof(struct pt_regs, r14), offsetof(struct pt_regs, r15),
	};

	return (void *)regs + place[number];
}

static bool update(pte_t *ptep, unsigned int kind, u64 val)
{
	struct mmu_update u = { .ptr = xen_pt_maddr(ptep) | kind, .val = val };

	return !xen_hv_mmu_update(&u, 1, NULL, DOMID_SELF);
}

static bool write_entry(pte_t *ptep, u64 val)
{
	return xen_pt_update_by_address(ptep, native_make_pte(val)) ||
	       update(ptep, MMU_NORMAL_PT_UPDATE, val);
}

/* The hypervisor has accepted the entry before. */
static void put_in(pte_t *ptep, u64 val)
{
	if (!write_entry(ptep, val))
		pr_warn_ratelimited("Xen refused entry %llx\n", val);
}

/* May a processor make the entry dirty? */
static bool may_get_dirty(u64 entry)
{
	return (entry & (_PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY)) == (_PAGE_PRESENT | _PAGE_RW);
}

/*
 * Take the entry out, with all that processors have noted in it. What is left are these two bits,
 * and reads as an empty entry.
 */
static bool take_out(pte_t *ptep, u64 *old)
{
	if (!update(ptep, MMU_PT_UPDATE_PRESERVE_AD, 0))
		return false;
	*old |= READ_ONCE(ptep->pte) & AD;
	return true;
}

static void set_flag(struct pt_regs *regs, unsigned long flag, bool value)
{
	regs->flags = value ? regs->flags | flag : regs->flags & ~flag;
}

static bool do_xchg(pte_t *ptep, unsigned long *reg)
{
	u64 old = READ_ONCE(ptep->pte);

	if (!may_get_dirty(old)) {
		if (!write_entry(ptep, *reg))
			return false;
	} else {
		if (!take_out(ptep, &old))
			return false;
		put_in(ptep, *reg);
	}
	*reg = old;
	return true;
}

/* Of the flags that the instruction sets, code that tries has a use for one. */
static bool do_cmpxchg(struct pt_regs *regs, pte_t *ptep, u64 new)
{
	u64 old = READ_ONCE(ptep->pte);

	if (old == regs->ax && !(old & ~new & AD)) {
		/* If a processor comes in between, it is as if it had come after. */
		if (!update(ptep, MMU_PT_UPDATE_PRESERVE_AD, new))
			return false;
	} else if (old == regs->ax) {
		if (!take_out(ptep, &old))
			return false;
		put_in(ptep, old == regs->ax ? new : old);
	}
	set_flag(regs, X86_EFLAGS_ZF, old == regs->ax);
	regs->ax = old;
	return true;
}

static bool do_clear_bit(struct pt_regs *regs, pte_t *ptep, u64 bit)
{
	u64 old = READ_ONCE(ptep->pte);

	if (!may_get_dirty(old)) {
		if (!write_entry(ptep, old & ~bit))
			return false;
	} else {
		if (!take_out(ptep, &old))
			return false;
		put_in(ptep, old & ~bit);
	}
	set_flag(regs, X86_EFLAGS_CF, old & bit);
	return true;
}

/**
 * xen_pt_write_by_call() - do what an instruction would have done to an entry of a pinned table
 * @regs: the instruction is the next one
 * @ptep: what it writes to
 *
 * Return: false if that is not possible, and nothing has changed.
 */
bool xen_pt_write_by_call(struct pt_regs *regs, pte_t *ptep)
{
	struct xen_pt_insn insn;
	unsigned long *reg;
	bool done = false;

	if (!IS_ALIGNED((unsigned long)ptep, sizeof(*ptep)) || regs->flags & X86_EFLAGS_TF ||
	    !xen_pt_insn_decode((const u8 *)regs->ip, &insn))
		return false;
	reg = reg_of(regs, insn.reg);
	switch (insn.kind) {
	case XEN_PT_STORE:
		done = write_entry(ptep, *reg);
		break;
	case XEN_PT_XCHG:
		done = do_xchg(ptep, reg);
		break;
	case XEN_PT_CMPXCHG:
		done = do_cmpxchg(regs, ptep, *reg);
		break;
	case XEN_PT_CLEAR_BIT:
		done = do_clear_bit(regs, ptep, BIT_ULL(insn.bit));
		break;
	}
	if (done)
		regs->ip += insn.len;
	return done;
}

/*
 * The hypervisor emulates from now on. The instruction is repeated; if it faults again, right after
 * that on this CPU, it was in vain.
 */
static bool emulate(const struct pt_regs *regs)
{
	if (this_cpu_xchg(repeated, regs->ip) == regs->ip)
		return false;
	if (!xchg(&xen_pt_emulated, true))
		pr_warn("xen: page tables are written by %pS: the hypervisor emulates from now on\n",
			(void *)regs->ip);
	/* Also if another CPU is about to. */
	return !xen_hv_assist(VMASST_TYPE_writable_pagetables, true);
}

/**
 * xen_pt_write_fault() - the kernel wrote where it may only read
 * @regs: the instruction is the next one
 * @addr: where it wrote to, not in user space
 *
 * Return: true if the fault was about a page table, and @regs can go on.
 *
 * Context: the page fault, events masked.
 */
bool xen_pt_write_fault(struct pt_regs *regs, unsigned long addr)
{
	pte_t *ptep = (pte_t *)addr;

	if (!virt_addr_valid(addr) || !PagePinned(virt_to_page(addr)))
		return false;
	if (xen_lazy_mmu() && xen_pt_row_faulted(ptep))
		return true;
	return xen_pt_write_by_call(regs, ptep) || emulate(regs);
}

/* When faults have their handlers; before there are other CPUs. */
static int __init take_faults(void)
{
	if (!xen_pv_domain() || xen_initial_domain())
		return 0;
	xen_pt_emulated = false;
	if (xen_hv_assist(VMASST_TYPE_writable_pagetables, false))
		xen_pt_emulated = true;
	return 0;
}
early_initcall(take_faults);
