// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptor tables of a PV domain. They are its own memory, but only the hypervisor may write it:
 * it checks each descriptor, and corrects the level of privilege. A table's pages are read-only at
 * every address where they are mapped.
 */
#include <linux/mm.h>
#include <linux/preempt.h>

#include <asm/desc.h>
#include <asm/xen/page.h>

#include "../cpu/switch.h"
#include "../hv/desc_calls.h"
#include "../hv/mmu_calls.h"
#include "../xen_arch.h"
#include "descriptors.h"

#define ENTRIES(bytes)		((bytes) / sizeof(struct desc_struct))

/* The kernel's table is a page. The hypervisor could take more, and anything in them it refuses. */
static void take_gdt(xmfn_t frame, const struct desc_ptr *table)
{
	int err = xen_hv_set_gdt(frame, ENTRIES(table->size + 1));

	if (err || offset_in_page(table->address))
		panic("xen: the hypervisor refuses a descriptor table: %d", err);
}

/* The first one: only the start-up page tables map it, at one address. */
void __init xen_gdt_early_load(const struct desc_ptr *table)
{
	take_gdt(xen_gdt_give_early((void *)table->address), table);
}

void xen_gdt_load(const struct desc_ptr *table)
{
	take_gdt(xen_gdt_give((void *)table->address), table);
}

/* The hypervisor has its own task state, and is told of local descriptor tables by another call. */
static bool is_hypervisors(int type)
{
	return type == DESC_TSS || type == DESC_LDT;
}

/* Refused while the page is not a descriptor table yet; then it can be written. */
void __init xen_gdt_early_write(struct desc_struct *table, int entry, const void *desc, int type)
{
	trace_xen_cpu_write_gdt_entry(table, entry, desc, type);
	if (is_hypervisors(type))
		return;
	if (xen_hv_set_descriptor(xen_gdt_early_place(&table[entry]), desc))
		table[entry] = *(const struct desc_struct *)desc;
}

static void write_descriptor(struct desc_struct *at, const void *desc)
{
	int err;

	guard(preempt)();
	/* What is queued may be about the same memory. */
	xen_mc_flush();
	err = xen_hv_set_descriptor(arbitrary_virt_to_machine(at).maddr, desc);
	if (err)
		panic("xen: the hypervisor refuses a descriptor: %d", err);
}

void xen_gdt_write(struct desc_struct *table, int entry, const void *desc, int type)
{
	trace_xen_cpu_write_gdt_entry(table, entry, desc, type);
	if (!is_hypervisors(type))
		write_descriptor(&table[entry], desc);
}

void xen_ldt_write(struct desc_struct *table, int entry, const void *desc)
{
	trace_xen_cpu_write_ldt_entry(table, entry, *(const u64 *)desc);
	write_descriptor(&table[entry], desc);
}

/* The pages may be mapped twice; the table is checked only when a descriptor is first used. */
static void set_prot(struct desc_struct *table, unsigned int entries, pgprot_t prot)
{
	unsigned int i;

	for (i = 0; i < entries; i += ENTRIES(PAGE_SIZE))
		xen_ldt_page(&table[i], prot);
}

void xen_ldt_alloc(struct desc_struct *table, unsigned int entries)
{
	set_prot(table, entries, PAGE_KERNEL_RO);
}

void xen_ldt_free(struct desc_struct *table, unsigned int entries)
{
	set_prot(table, entries, PAGE_KERNEL);
}

void xen_ldt_load(const void *table, unsigned int entries)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_SET_LDT,
		.arg1.linear_addr = (unsigned long)table,
		.arg2.nr_ents = entries,
	};

	trace_xen_cpu_set_ldt(table, entries);
	guard(xen_batch)(XEN_UNLESS_LAZY_CPU);
	xen_switch_note_ldt(entries);
	xen_batch_mmuext(&op);
}
