/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the backend framework share among themselves. */
#ifndef _XEN_BACKEND_INTERNAL_H
#define _XEN_BACKEND_INTERNAL_H

#include <xen/backend.h>

/* How long a connection's end waits for I/O in flight before its queues become an orphan. */
#define XEN_DRAIN_PATIENCE	(5 * HZ)

/* device.c */
void xen_backend_get(struct xen_backend *be);
void xen_backend_put(struct xen_backend *be);

/* queue.c */
void xen_queue_calm(struct xen_queue *q);
int xen_set_build(struct xen_backend *be, struct xen_queue_set **out);
void xen_set_publish(struct xen_backend *be, struct xen_queue_set *set);
void xen_set_end(struct xen_backend *be, struct xen_queue_set *set);

/* worker.c */
void xen_worker_setup(struct xen_worker *w, struct xen_queue *q);
void xen_worker_go(struct xen_worker *w);
void xen_worker_stop(struct xen_worker *w);
void xen_worker_free(struct xen_worker *w);
void xen_worker_begin(struct xen_worker *w);
int xen_worker_turn(struct xen_worker *w, struct xen_budget *b);
void xen_worker_settle(struct xen_worker *w);
void xen_channel_unbind(struct xen_queue_set *set);
void xen_channel_send(struct xen_channel *ch);

/* spin.c */
extern const unsigned int *const xen_worker_spin_us;
bool xen_worker_may_spin(const struct xen_worker *w);
bool xen_worker_spin(struct xen_worker *w);
void xen_worker_slept(struct xen_worker *w, u64 slept);

/* napi.c */
void xen_worker_napi_go(struct xen_worker *w);
void xen_worker_napi_stop(struct xen_worker *w);
void xen_worker_napi_free(struct xen_worker *w);
void xen_worker_napi_kick(struct xen_worker *w);

/* gmap.c */
void xen_gpool_empty(struct xen_gpool *pool);

/* account.c */
struct xen_account *xen_account_get(domid_t domid);
void xen_account_put(struct xen_account *acct);
void xen_account_show(struct seq_file *m);

/**
 * xen_account_charge() - xen_charge() with the limit given, for that and for its tests
 * @acct: the account
 * @kind: what
 * @amount: how much
 * @limit: the most that may be held
 *
 * Context: any.
 *
 * Return: false if the limit would be passed; nothing is charged then.
 */
bool xen_account_charge(struct xen_account *acct, enum xen_charge kind, long amount, long limit);

/* debugfs.c */
void xen_backend_debugfs_add(struct xen_backend *be);
void xen_backend_debugfs_del(struct xen_backend *be);

/* fault.c */
void xen_fault_debugfs(struct xen_backend *be, struct dentry *dir);

#ifdef CONFIG_XEN_BACKEND_FAULT
/* The event goes out later; none goes after xen_fault_late_end() for a channel that is hidden. */
void xen_fault_late_init(struct xen_channel *ch);
void xen_fault_late(struct xen_channel *ch);
void xen_fault_late_end(struct xen_channel *ch);
#else
static inline void xen_fault_late_init(struct xen_channel *ch) {}
static inline void xen_fault_late(struct xen_channel *ch) {}
static inline void xen_fault_late_end(struct xen_channel *ch) {}
#endif

#endif /* _XEN_BACKEND_INTERNAL_H */
