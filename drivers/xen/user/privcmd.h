/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/privcmd and /dev/xen/hypercall, inside.
 *
 * A request is parsed (copied from user space, with no lock), planned (privcmd_plan.c, which has no
 * side effects) and acted on. What has no bound of its own is worked on in blocks: a block is
 * copied, acted on with mmap_lock, and its results are copied back without. Between blocks the
 * process may do what it likes with its areas, so each block looks its area up again.
 *
 * Who owns what: an area of addresses shows frames, which a privcmd_area stands for once a request
 * was made for it. It belongs to the areas that show it, to the request that works on it, and to
 * the ioeventfds whose requests are in its pages. The last one to let go takes the frames away.
 *
 * Order of locks: mmap_lock, then the ioeventfds' lock, then a server's.
 */
#ifndef _XEN_USER_PRIVCMD_H
#define _XEN_USER_PRIVCMD_H

#include <linux/compiler.h>
#include <linux/kref.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/page.h>
#include <uapi/xen/privcmd.h>

struct file;
struct mm_struct;
struct page;
struct vm_area_struct;

/* Frames that are worked on at once. */
#define PRIVCMD_BLOCK	256

/**
 * struct privcmd_file - an open file
 * @only: the one domain that it may name; DOMID_INVALID for any. Set once
 */
struct privcmd_file {
	domid_t only;
};

/**
 * privcmd_restricted() - whether a file is for one domain
 * @file: the file
 *
 * Return: whether.
 */
static inline bool privcmd_restricted(const struct privcmd_file *file)
{
	return READ_ONCE(file->only) != DOMID_INVALID;
}

/**
 * privcmd_may_name() - whether a file may do something to a domain
 * @file: the file
 * @dom: the domain
 *
 * Return: whether.
 */
static inline bool privcmd_may_name(const struct privcmd_file *file, domid_t dom)
{
	domid_t only = READ_ONCE(file->only);

	return only == DOMID_INVALID || only == dom;
}

/*
 * A guest's files: privcmd_target.c
 */

void privcmd_target_init(void);
void privcmd_target_exit(void);
int privcmd_target_wait(domid_t *only);

/*
 * Areas: privcmd_area.c
 */

/**
 * struct privcmd_area - what areas of a process show
 * @users: who needs this
 * @shown: areas that show it; none once it is 0
 * @dom: whose frames they are
 * @first: page of the area at which @pages begin
 * @count: of pages
 * @pages: those without memory at which a translated domain's frames are put; NULL in a PV domain
 */
struct privcmd_area {
	struct kref users;
	refcount_t shown;
	domid_t dom;
	unsigned long first;
	unsigned long count;
	struct page **pages;
};

int privcmd_mmap(struct file *filp, struct vm_area_struct *vma);
struct vm_area_struct *privcmd_vma(struct mm_struct *mm, u64 addr);
struct privcmd_area *privcmd_area_of(const struct vm_area_struct *vma);
struct privcmd_area *privcmd_area_new(struct vm_area_struct *vma, domid_t dom,
				      unsigned long first, unsigned long count);
void privcmd_area_undo(struct vm_area_struct *vma);
void privcmd_area_put(struct privcmd_area *area);
bool privcmd_area_empty(struct vm_area_struct *vma, unsigned long addr, unsigned long size);

/**
 * struct privcmd_block - some frames
 * @frames: their numbers
 * @errors: what became of each
 */
struct privcmd_block {
	xen_pfn_t frames[PRIVCMD_BLOCK];
	int errors[PRIVCMD_BLOCK];
};

/*
 * Requests
 */

long privcmd_ioctl_mmap(struct privcmd_file *file, const struct privcmd_mmap __user *arg);
long privcmd_ioctl_batch(struct privcmd_file *file, const void __user *arg, bool errors_apart);
long privcmd_ioctl_resource(struct privcmd_file *file, struct privcmd_mmap_resource __user *arg);
long privcmd_ioctl_dm_op(struct privcmd_file *file, const struct privcmd_dm_op __user *arg);

/* How large a buffer of a device model's operation may be. */
unsigned int privcmd_dm_buf_limit(void);

#ifdef CONFIG_XEN_PRIVCMD_EVENTFD
int privcmd_irqfd_init(void);
void privcmd_irqfd_exit(void);
long privcmd_ioctl_irqfd(struct privcmd_file *file, const struct privcmd_irqfd __user *arg);
long privcmd_ioctl_ioeventfd(struct privcmd_file *file,
			     const struct privcmd_ioeventfd __user *arg);
void privcmd_ioeventfd_area_ends(struct privcmd_area *area);
void privcmd_ioeventfd_exit(void);
#else
static inline int privcmd_irqfd_init(void)
{
	return 0;
}

static inline void privcmd_irqfd_exit(void) { }

static inline long privcmd_ioctl_irqfd(struct privcmd_file *file,
				       const struct privcmd_irqfd __user *arg)
{
	return -EOPNOTSUPP;
}

static inline long privcmd_ioctl_ioeventfd(struct privcmd_file *file,
					   const struct privcmd_ioeventfd __user *arg)
{
	return -EOPNOTSUPP;
}

static inline void privcmd_ioeventfd_area_ends(struct privcmd_area *area) { }
static inline void privcmd_ioeventfd_exit(void) { }
#endif

/* /dev/xen/hypercall: privcmd_buf.c */
int privcmd_buf_init(void);
void privcmd_buf_exit(void);

#endif /* _XEN_USER_PRIVCMD_H */
