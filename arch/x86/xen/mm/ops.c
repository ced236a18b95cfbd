// SPDX-License-Identifier: GPL-2.0
/*
 * Which page-table operations are in force when, and the steps from one stage to the next.
 *
 * Early ones are for the time with one pinned page table and no struct pages. The late ones
 * come with paging_init(), before the calls are patched into the code. In between, while
 * paging_init() fills the kernel's tables, entries are set by hypercall without a look at the page.
 */
#include <linux/init.h>

#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/setup.h>
#include <asm/x86_init.h>

#include "mm.h"

#include "../port_mmu.h"

#if CONFIG_PGTABLE_LEVELS >= 5 || defined(XEN_PORT_P4D_OPS)
#define OP_SAVE_P4D(member, early, late)	OP_SAVE(member, early, late)
#else
#define OP_SAVE_P4D(member, early, late)
#endif

#define OP(member, early, late)		(pv_ops.mmu.member = is_late ? (late) : (early))
#define OP_SAVE(member, early, late) \
	(pv_ops.mmu.member.func = is_late ? (late) : (void *)(early))

static void __init set_ops(bool is_late)
{
#include "ops_list.h"
}

/* In place of paging_init(). */
static void __init pagetable_init(void)
{
	/* Most entries belong to pinned tables from here on: no more emulation. */
	pv_ops.mmu.set_pte = xen_pt_set_pte;
	paging_init();
	set_ops(true);

	xen_vmalloc_p2m_tree();
	xen_p2m_drop_initial();
	/* The initial tables, at the kernel's address; their end is aligned to 4 MiB. */
	xen_pt_drop_high_map(xen_start_info->pt_base,
			     roundup(xen_start_info->pt_base +
				     xen_start_info->nr_pt_frames * PAGE_SIZE, 2 * PMD_SIZE));
	xen_start_info->pt_base = (unsigned long)__va(__pa(xen_start_info->pt_base));

	xen_build_mfn_list_list();
	xen_remap_memory();		/* frames that lay where the machine has none */
	xen_setup_mfn_list_list();
}

static void __init init_after_bootmem(void)
{
	xen_pt_mark_kernel();
	xen_contiguous_init();
}

/**
 * xen_init_mmu_ops() - put the page-table operations of a PV domain in force
 */
void __init xen_init_mmu_ops(void)
{
	x86_init.paging.pagetable_init = pagetable_init;
	x86_init.hyper.init_after_bootmem = init_after_bootmem;
	set_ops(false);
	xen_port_mmu_ops();
	xen_fixmap_init();
}
