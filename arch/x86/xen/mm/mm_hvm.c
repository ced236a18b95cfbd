// SPDX-License-Identifier: GPL-2.0
/* What page tables of an HVM domain want from the hypervisor: a hint, and an answer in a crash. */
#include <linux/crash_dump.h>
#include <linux/mm.h>

#include <asm/paravirt.h>

#include "../xen_arch.h"
#include "../hv/mmu_calls.h"

static long page_tables_die(phys_addr_t top_level)
{
	struct xen_hvm_pagetable_dying hint = { .domid = DOMID_SELF, .gpa = top_level };

	return xen_hv_pagetable_dying(&hint);
}

/* With shadow paging, this lets the hypervisor drop its copies instead of following the end. */
static void hint_exit_mmap(struct mm_struct *mm)
{
	WARN_ON_ONCE(page_tables_die(__pa(mm->pgd)) < 0);
}

#ifdef CONFIG_PROC_VMCORE
/* In the kernel that dumps: was this frame of the crashed one memory, or ballooned out? */
static bool frame_was_ram(struct vmcore_cb *cb, unsigned long pfn)
{
	struct xen_hvm_get_mem_type type = { .domid = DOMID_SELF, .pfn = pfn };

	if (xen_hv_mem_type(&type)) {
		pr_warn_once("Xen: type of frame %lx unknown, taken for memory\n", pfn);
		return true;
	}
	return type.mem_type != HVMMEM_mmio_dm;
}

static struct vmcore_cb vmcore_frames = {
	.pfn_is_ram = frame_was_ram,
};
#endif

void __init xen_hvm_init_mmu_ops(void)
{
	if (page_tables_die(0) >= 0)
		pv_ops.mmu.exit_mmap = hint_exit_mmap;
#ifdef CONFIG_PROC_VMCORE
	register_vmcore_cb(&vmcore_frames);
#endif
}
