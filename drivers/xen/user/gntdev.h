/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/gntdev, inside.
 *
 * A file has requests, each for a number of grants, and each may be mapped to a process once. The
 * grants themselves are mapped behind pages of the kernel in every role; a process sees these
 * pages, or, in a PV domain, has table entries that the hypervisor wrote.
 *
 * Who owns what: a request is its file's and its mapping's; it owns its grants until the mapping
 * ends, and then they own themselves until nobody uses their pages. A dma-buf owns its grants.
 *
 * Order of locks: mmap_lock, then the file's lock, in which nothing is copied to or from user
 * space and nothing is mapped. A PV mapping's lock is taken when the kernel invalidates a range of
 * addresses, so nothing is allocated with it, and no other lock is taken inside of it.
 */
#ifndef _XEN_USER_GNTDEV_H
#define _XEN_USER_GNTDEV_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>
#include <uapi/xen/gntdev.h>

struct device;
struct file;
struct gntdev_pv;
struct vm_area_struct;

/* Slots in one call to the hypervisor: it flushes once for as many. */
#define GNTDEV_BATCH		32
/* A status that the hypervisor never writes. */
#define GNTDEV_NO_STATUS	1

/*
 * Grants behind pages: gntdev_grants.c
 */

/**
 * struct gntdev_slot - one grant
 * @ref: its reference
 * @domid: who granted it
 * @handle: the hypervisor's while it is mapped, otherwise INVALID_GRANT_HANDLE
 * @bus: its address for devices, if it was mapped for them
 */
struct gntdev_slot {
	grant_ref_t ref;
	domid_t domid;
	grant_handle_t handle;
	u64 bus;
};

/**
 * struct gntdev_grants - grants of other domains and the pages that they are mapped behind
 * @count: of @slots and @pages
 * @flags: GNTMAP_*, how they are mapped
 * @slots: the grants; @ref and @domid are the caller's to fill
 * @pages: the pages
 * @dma: whom to ask for the pages, if a device shall reach them
 * @later: unmaps them when they are used no more
 * @tries: how often that was tried
 */
struct gntdev_grants {
	unsigned int count;
	unsigned int flags;
	struct gntdev_slot *slots;
	struct page **pages;
	struct gnttab_dma_alloc_args *dma;
	struct delayed_work later;
	unsigned int tries;
};

bool gntdev_count_ok(unsigned int count);
struct gntdev_grants *gntdev_grants_new(unsigned int count);
struct gntdev_grants *gntdev_grants_new_dma(unsigned int count, struct device *dev, bool coherent);
int gntdev_grants_map(struct gntdev_grants *grants, unsigned int flags);
void gntdev_grants_end(struct gntdev_grants *grants);

/*
 * Entries in the tables of a process of a PV domain: gntdev_pv.c
 */

struct gntdev_pv *gntdev_pv_show(struct vm_area_struct *vma, const struct gntdev_grants *grants);
void gntdev_pv_end(struct gntdev_pv *pv);
struct page *gntdev_pv_page(const struct gntdev_pv *pv, unsigned long addr);

/*
 * Requests: gntdev_map.c
 */

/**
 * struct gntdev_file - an open file
 * @lock: protects all below, and of each request what says so
 * @maps: requests by their first number
 * @exports: dma-bufs made of grants, which keep the file open
 * @imports: dma-bufs that were granted
 */
struct gntdev_file {
	struct mutex lock;	/* see above */
	struct rb_root maps;
	struct list_head exports;
	struct list_head imports;
};

/**
 * struct gntdev_map - a request
 * @users: the file if it still has it, and the mapping
 * @node: in the file's requests, under its lock
 * @first: the number of the first page: an offset for mmap()
 * @count: how many
 * @taken: it is or was mapped, under the file's lock
 * @readonly: so it was mapped, under the file's lock
 * @ending: UNMAP_NOTIFY_*, under the file's lock, as what belongs to it:
 * @byte: the byte to clear, from the first page on
 * @irq: whom to notify: held, for its channel may be lost in a restore
 * @grants: the grants, until the mapping ends
 * @areas: of the mapping, which may be split and inherited
 * @pv: the mapping, in a PV domain
 */
struct gntdev_map {
	struct kref users;
	struct rb_node node;
	unsigned long first;
	unsigned int count;
	bool taken;
	bool readonly;
	u32 ending;
	u64 byte;
	unsigned int irq;
	struct gntdev_grants *grants;
	refcount_t areas;
	struct gntdev_pv *pv;
};

struct gntdev_map *gntdev_map_new(unsigned int count);
void gntdev_map_put(struct gntdev_map *map);
int gntdev_add(struct gntdev_file *file, struct gntdev_map *map, u64 *offset);
int gntdev_forget(struct gntdev_file *file, u64 first, unsigned int count);
void gntdev_forget_all(struct gntdev_file *file);
struct gntdev_map *gntdev_take(struct gntdev_file *file, unsigned long first, unsigned long count,
			       bool readonly);
int gntdev_set_ending(struct gntdev_file *file, const struct ioctl_gntdev_unmap_notify *op);
int gntdev_mmap(struct file *filp, struct vm_area_struct *vma);
long gntdev_ioctl_offset(struct gntdev_file *file, void __user *arg);

/*
 * The other ioctls: gntdev_copy.c, gntdev_export.c, gntdev_import.c
 */

long gntdev_ioctl_copy(const void __user *arg);

#ifdef CONFIG_XEN_GNTDEV_DMABUF
struct device *gntdev_dma_device(void);
long gntdev_ioctl_export(struct file *filp, void __user *arg);
long gntdev_ioctl_wait(struct gntdev_file *file, const void __user *arg);
long gntdev_ioctl_import(struct gntdev_file *file, void __user *arg);
long gntdev_ioctl_import_end(struct gntdev_file *file, const void __user *arg);
void gntdev_imports_end(struct gntdev_file *file);
#else
static inline void gntdev_imports_end(struct gntdev_file *file) { }
#endif

/* gntdev.c: what waits for others to let go; who waits here holds a reference to the module. */
void gntdev_later(struct delayed_work *work, unsigned int tries);

#endif /* _XEN_USER_GNTDEV_H */
