// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of other domains in user space, by list or by run.
 *
 * The hypervisor checks each entry against the right to map the frame, so each may fail on its
 * own. By list, failures are noted page by page and the others are mapped; by run, the first one
 * ends it.
 *
 * The hypercall is made without the table's lock. It finds a table there since those of the
 * process stay linked from before the entries' addresses are looked up, with the lock.
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include <xen/xen-ops.h>

#include <asm/xen/hypercall.h>

#include "mm.h"

/* Entries that one hypercall changes: 1 KiB of stack. */
#define AT_ONCE		64

struct remap {
	xen_pfn_t *frame;		/* the next one; the run's is counted up in place */
	bool by_run;
	pgprot_t prot;
	unsigned int kind;		/* of update */
	struct mmu_update *next;
};

static int queue_entry(pte_t *ptep, unsigned long addr, void *data)
{
	struct remap *r = data;
	pte_t pte = pte_mkspecial(mfn_pte(r->by_run ? (*r->frame)++ : *r->frame++, r->prot));

	r->next->ptr = virt_to_machine(ptep).maddr | r->kind;
	r->next->val = pte_val_ma(pte);
	r->next++;
	return 0;
}

/*
 * Maps @n queued entries and adds to @mapped. @err, unless NULL, gets a result for each and may be
 * where the frames' numbers were: it is written only after these have been used.
 * Returns what became of the last entry, or, without @err, of the first one that failed.
 */
static int map_queued(struct mmu_update *u, int n, int *err, unsigned int domid, int *mapped)
{
	int at = 0, done, ret = 0;

	while (at < n) {
		done = 0;
		ret = xen_hv_mmu_update(u + at, n - at, &done, domid);
		*mapped += done;
		if (err)
			memset(err + at, 0, done * sizeof(*err));
		at += done;
		if (ret >= 0)
			continue;
		if (!err)
			break;
		err[at++] = ret;	/* the one that stopped it */
	}
	return ret;
}

/**
 * xen_remap_pfn() - map frames of another domain into a process
 * @vma: the area, with VM_PFNMAP and VM_IO
 * @addr: where in it; nothing is mapped there, so that no TLB has to be flushed
 * @pfn: the frames, or the first of a run if @err_ptr is NULL; changed
 * @nr: number of frames
 * @err_ptr: result per frame, 0 or a negative errno; may be the same memory as @pfn; or NULL
 * @prot: protection
 * @domid: whose frames
 * @no_translate: the frames are machine frames even if that domain is translated
 *
 * Context: the process's, mmap lock held; sleeps.
 * Return: number of frames mapped, or a negative errno. By list it is the last frame's, if that
 *	   failed; the others are in @err_ptr.
 */
int xen_remap_pfn(struct vm_area_struct *vma, unsigned long addr, xen_pfn_t *pfn, int nr,
		  int *err_ptr, pgprot_t prot, unsigned int domid, bool no_translate)
{
	struct mmu_update updates[AT_ONCE];
	struct remap r = {
		.frame = pfn,
		.by_run = !err_ptr,
		.prot = prot,
		.kind = no_translate ? MMU_PT_UPDATE_NO_TRANSLATE : MMU_NORMAL_PT_UPDATE,
	};
	int mapped = 0, err = 0, n;

	if (WARN_ON_ONCE((vma->vm_flags & (VM_PFNMAP | VM_IO)) != (VM_PFNMAP | VM_IO)))
		return -EINVAL;

	xen_pt_stay_linked();
	for (; nr; nr -= n, addr += n * PAGE_SIZE) {
		n = min(AT_ONCE, nr);
		r.next = updates;
		err = apply_to_page_range(vma->vm_mm, addr, n * PAGE_SIZE, queue_entry, &r);
		if (err)
			break;
		err = map_queued(updates, n, err_ptr, domid, &mapped);
		if (err_ptr)
			err_ptr += n;
		else if (err < 0)
			break;
		cond_resched();
	}
	return err < 0 ? err : mapped;
}
EXPORT_SYMBOL_GPL(xen_remap_pfn);
