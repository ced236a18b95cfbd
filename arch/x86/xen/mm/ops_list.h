/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every page-table operation of a PV domain: what it is until there are struct pages, and what it
 * is from paging_init() on. OP(member, early, late); OP_SAVE for those that save all registers.
 * Included by ops.c for each of the two. read_cr2 is in boot/pv_ops_list.h.
 */
OP(write_cr2,		xen_tlb_write_cr2,		xen_tlb_write_cr2);
OP(read_cr3,		xen_tlb_read_cr3,		xen_tlb_read_cr3);
OP(write_cr3,		xen_tlb_early_write_cr3,	xen_tlb_write_cr3);

OP(flush_tlb_user,	xen_tlb_flush_local,		xen_tlb_flush_local);
OP(flush_tlb_kernel,	xen_tlb_flush_local,		xen_tlb_flush_local);
OP(flush_tlb_one_user,	xen_tlb_flush_one_user,		xen_tlb_flush_one_user);
OP(flush_tlb_multi,	xen_tlb_flush_multi,		xen_tlb_flush_multi);

OP_SAVE(pte_val,	xen_pte_val,			xen_pte_val);
OP_SAVE(pmd_val,	xen_pmd_val,			xen_pmd_val);
OP_SAVE(pud_val,	xen_pud_val,			xen_pud_val);
OP_SAVE_P4D(p4d_val,	xen_p4d_val,			xen_p4d_val);
OP_SAVE(pgd_val,	xen_pgd_val,			xen_pgd_val);
OP_SAVE(make_pte,	xen_pt_early_make_pte,		xen_make_pte);
OP_SAVE(make_pmd,	xen_make_pmd,			xen_make_pmd);
OP_SAVE(make_pud,	xen_make_pud,			xen_make_pud);
OP_SAVE_P4D(make_p4d,	xen_make_p4d,			xen_make_p4d);
OP_SAVE(make_pgd,	xen_make_pgd,			xen_make_pgd);

OP(set_pte,		xen_pt_early_set_pte,		xen_pt_set_pte);
OP(set_pmd,		xen_pt_early_set_pmd,		xen_pt_set_pmd);
OP(set_pud,		xen_pt_early_set_pud,		xen_pt_set_pud);
OP(set_p4d,		xen_pt_early_set_p4d,		xen_pt_set_p4d);
OP(ptep_modify_prot_start,  xen_pt_prot_start,		xen_pt_prot_start);
OP(ptep_modify_prot_commit, xen_pt_prot_commit,		xen_pt_prot_commit);

OP(pgd_alloc,		xen_pt_pgd_alloc,		xen_pt_pgd_alloc);
OP(pgd_free,		xen_pt_pgd_free,		xen_pt_pgd_free);
OP(alloc_pte,		xen_pt_early_alloc_pte,		xen_pt_alloc_pte);
OP(alloc_pmd,		xen_pt_early_alloc_table,	xen_pt_alloc_pmd);
OP(alloc_pud,		xen_pt_early_alloc_table,	xen_pt_alloc_pud);
OP(release_pte,		xen_pt_early_release_pte,	xen_pt_release_pte);
OP(release_pmd,		xen_pt_early_release_table,	xen_pt_release_pmd);
OP(release_pud,		xen_pt_early_release_table,	xen_pt_release_pud);

OP(enter_mmap,		xen_pt_enter_mmap,		xen_pt_enter_mmap);
OP(exit_mmap,		xen_pt_exit_mmap,		xen_pt_exit_mmap);
OP(set_fixmap,		xen_fixmap_set,			xen_fixmap_set);
