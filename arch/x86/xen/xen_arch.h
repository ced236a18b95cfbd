/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls between the rooms of arch/x86/xen, by owner. Nobody outside this folder includes it.
 */
#ifndef _XEN_ARCH_H
#define _XEN_ARCH_H

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/irqreturn.h>
#include <linux/percpu.h>

#include <asm/page.h>
#include <asm/pgtable_types.h>

#include <xen/frame.h>
#include <xen/interface/xen.h>
#include <xen/xen-ops.h>

struct boot_params;
struct desc_struct;
struct dom0_vga_console_info;
struct pt_regs;
struct screen_info;
struct start_info;
struct trap_info;

/*
 * boot/
 */
extern struct start_info *xen_start_info;
extern struct shared_info xen_dummy_shared_info;
extern struct shared_info *HYPERVISOR_shared_info;
DECLARE_PER_CPU_ALIGNED(struct vcpu_info, xen_vcpu_info);

/* domain.c, shared_info.c and extra_memory.c */
void xen_banner(void);
void xen_add_preferred_consoles(void);
void xen_vcpu_info_reset(int cpu);
void xen_vcpu_setup(int cpu);
void xen_vcpu_restore(void);
/* A domain may have so many times the memory that it begins with: each page needs a struct. */
#define EXTRA_MEM_RATIO		10
void xen_add_extra_mem(unsigned long start_pfn, unsigned long n_pfns);
void xen_del_extra_mem(unsigned long start_pfn, unsigned long n_pfns);

/* pv_start.c, pv_steps.c, pv_setup.c and pv_memory.c */
extern void *xen_initial_gdt;
void xen_start_kernel(struct start_info *start);
void xen_pv_init_platform(void);
void xen_pv_guest_late_init(void);
void xen_arch_setup(void);
void xen_enable_syscall(void);
char *xen_memory_setup(void);
phys_addr_t xen_find_free_area(phys_addr_t size);

/* remap_holes.c */
void xen_remap_memory(void);

/* hvm_start.c */
void xen_hvm_init_shared_info(void);

/* dom0_screen.c and dom0_efi.c */
#ifdef CONFIG_XEN_DOM0
void xen_init_vga(const struct dom0_vga_console_info *info, size_t size, struct screen_info *si);
#else
static inline void xen_init_vga(const struct dom0_vga_console_info *info, size_t size,
				struct screen_info *si)
{
}
#endif
#ifdef CONFIG_XEN_EFI
void xen_efi_init(struct boot_params *bp);
#else
static inline void xen_efi_init(struct boot_params *bp) { }
#endif

/*
 * hv/, the entry in xen-head.S and irq/pv_asm.S
 */
#include "hv/batch.h"
#include "hv/entry.h"

void asm_cpu_bringup_and_idle(void);
void __noreturn xen_cpu_bringup_again(unsigned long stack);

/*
 * irq/
 */
#ifdef CONFIG_XEN_PV
/* pv_asm.S; the last three are no functions. */
__visible void xen_irq_enable_direct(void);
__visible void xen_irq_disable_direct(void);
__visible unsigned long xen_save_fl_direct(void);
__visible unsigned long xen_read_cr2(void);
__visible unsigned long xen_read_cr2_direct(void);
void xen_entry_SYSCALL_64(void);
void xen_entry_SYSCALL_compat(void);
void xen_entry_SYSENTER_compat(void);
__visible void xen_iret(void);
/* In the kernel's entry code, no function either. */
extern const char xen_failsafe_callback[];

void xen_setup_vcpu_info_placement(void);
void xen_copy_trap_info(struct trap_info *traps);
void xen_init_apic(void);

/* traps.c: where this CPU's last page fault was, except for those of write_fault in pv_asm.S */
DECLARE_PER_CPU(unsigned long, xen_last_fault);
#endif

/*
 * mm/
 */
/* ops.c, pt_*.c and tlb.c */
DECLARE_PER_CPU(unsigned long, xen_cr3);
void xen_init_mmu_ops(void);
void xen_hvm_init_mmu_ops(void);
void xen_setup_machphys_mapping(void);
void xen_setup_kernel_pagetable(pgd_t *pgd, unsigned long max_pfn);
void xen_reserve_special_pages(void);
void xen_pt_initial(phys_addr_t *base, phys_addr_t *size);
bool xen_pt_write_fault(struct pt_regs *regs, unsigned long addr);
void xen_mm_pin_all(void);
void xen_mm_unpin_all(void);

/* p2m*.c and nonram.c */
void xen_build_dynamic_phys_to_machine(void);
void xen_vmalloc_p2m_tree(void);
void xen_relocate_p2m(void);
void xen_build_mfn_list_list(void);
void xen_setup_mfn_list_list(void);
void xen_frames_place(xpfn_t first, const xmfn_t *mfns, unsigned long n);
unsigned long xen_chk_extra_mem(unsigned long pfn);
void xen_add_remap_nonram(phys_addr_t maddr, phys_addr_t paddr, unsigned long size);
void xen_do_remap_nonram(void);

/* handover.c */
xmfn_t xen_gdt_give(struct desc_struct *gdt);
xmfn_t xen_gdt_give_early(struct desc_struct *gdt);
u64 xen_gdt_early_place(struct desc_struct *desc);
void xen_gdt_take_back(struct desc_struct *gdt);
void xen_ldt_page(void *page, pgprot_t prot);
unsigned long xen_kernel_cr3(void);
void xen_start_info_to_pfns(void);
void xen_start_info_to_mfns(void);

/*
 * cpu/
 */
void xen_cpu_unbind(unsigned int cpu);
int xen_cpuhp_setup(int (*prepare)(unsigned int cpu), int (*dead)(unsigned int cpu));
void xen_pin_vcpu(int cpu);
int xen_hvm_init_hotplug(void);

#ifdef CONFIG_SMP
int xen_smp_intr_init(unsigned int cpu);
void xen_smp_intr_free(unsigned int cpu);
void xen_smp_send_by_events(void);
void xen_send_IPI_mask(const struct cpumask *mask, int vector);
void xen_send_IPI_mask_allbutself(const struct cpumask *mask, int vector);
void xen_send_IPI_allbutself(int vector);
void xen_send_IPI_all(int vector);
void xen_send_IPI_self(int vector);
void xen_smp_send_reschedule(int cpu);
void xen_smp_send_call_function_ipi(const struct cpumask *mask);
void xen_smp_send_call_function_single_ipi(int cpu);
void xen_hvm_smp_init(void);
#else
static inline int xen_smp_intr_init(unsigned int cpu)
{
	return 0;
}

static inline void xen_smp_intr_free(unsigned int cpu) { }
static inline void xen_hvm_smp_init(void) { }
#endif

#ifdef CONFIG_XEN_PV_SMP
extern cpumask_var_t xen_cpu_initialized_map;
int xen_smp_intr_init_pv(unsigned int cpu);
void xen_smp_intr_free_pv(unsigned int cpu);
int xen_cpu_prepare_pv_init(void);
void xen_smp_init(void);
void xen_smp_count_cpus(void);
asmlinkage void cpu_bringup_and_idle(void);
#else
static inline int xen_cpu_prepare_pv_init(void)
{
	return 0;
}

static inline void xen_smp_init(void) { }
static inline void xen_smp_count_cpus(void) { }
#endif

#ifdef CONFIG_PARAVIRT_SPINLOCKS
void xen_init_spinlocks(void);
void xen_init_lock_cpu(int cpu);
void xen_uninit_lock_cpu(int cpu);
#else
static inline void xen_init_spinlocks(void) { }
static inline void xen_init_lock_cpu(int cpu) { }
static inline void xen_uninit_lock_cpu(int cpu) { }
#endif

#ifdef CONFIG_XEN_HAVE_VPMU
extern bool is_xen_pmu;
irqreturn_t xen_pmu_irq_handler(int irq, void *dev_id);
void xen_pmu_init(int cpu);
void xen_pmu_finish(int cpu);
#else
static inline void xen_pmu_init(int cpu) { }
static inline void xen_pmu_finish(int cpu) { }
#endif

/*
 * time/, and drivers/xen/guest for where a vCPU's time went
 */
void xen_init_time_ops(void);
void xen_hvm_init_time_ops(void);
void xen_setup_timer(int cpu);
void xen_teardown_timer(int cpu);
void xen_setup_cpu_clockevents(void);
void xen_save_time_memory_area(void);
void xen_restore_time_memory_area(void);
void xen_setup_runstate_info(int cpu);
bool xen_vcpu_stolen(int vcpu);

/*
 * power/
 */
int xen_panic_handler_init(void);
void xen_emergency_restart(void);
void xen_pv_init_machine_ops(void);
void xen_hvm_init_shutdown(void);
void xen_unplug_emulated_devices(void);

#ifdef CONFIG_XEN_PV
void xen_pv_pre_suspend(void);
void xen_pv_post_suspend(int cancelled);
#else
static inline void xen_pv_pre_suspend(void) { }
static inline void xen_pv_post_suspend(int cancelled) { }
#endif

#ifdef CONFIG_XEN_PVHVM
void xen_hvm_post_suspend(int cancelled);
#else
static inline void xen_hvm_post_suspend(int cancelled) { }
#endif

#endif /* _XEN_ARCH_H */
