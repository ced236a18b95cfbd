/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of drivers/xen/memory. */
#ifndef _XEN_MEMORY_INTERNAL_H
#define _XEN_MEMORY_INTERNAL_H

#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <xen/balloon.h>
#include "plan.h"

struct page;
struct resource;

/* floor.c */
unsigned long xen_memory_floor(void);
unsigned long xen_memory_spare(void);
bool xen_memory_is_above_floor(unsigned long pages);
unsigned long xen_added_pages_cost(unsigned long pages);

/* balloon.c */
extern struct mutex balloon_lock;
extern wait_queue_head_t balloon_grown;
void balloon_put(struct page *page);
void balloon_kick(void);

/* hotplug.c: with balloon_lock, which is dropped meanwhile */
#ifdef CONFIG_XEN_BALLOON_MEMORY_HOTPLUG
int balloon_add_memory(unsigned long pages);
bool balloon_may_lend_new(void);
void balloon_hotplug_init(void);
#else
static inline int balloon_add_memory(unsigned long pages) { return -EOPNOTSUPP; }
static inline bool balloon_may_lend_new(void) { return false; }
static inline void balloon_hotplug_init(void) { }
#endif

/* balloon_sysfs.c, balloon_target.c */
#ifdef CONFIG_XEN_BALLOON
void balloon_sysfs_init(void);
void balloon_target_init(void);
#else
static inline void balloon_sysfs_init(void) { }
static inline void balloon_target_init(void) { }
#endif

#endif
