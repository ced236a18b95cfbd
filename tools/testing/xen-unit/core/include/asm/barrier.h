/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Barriers for one process. Tests put the hostile peer behind them: unit_peer() runs wherever the
 * real peer could run between two accesses of ours.
 */
#ifndef UNIT_BARRIER_H
#define UNIT_BARRIER_H

extern void (*unit_peer)(void);

#define unit_barrier() do {				\
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	\
	if (unit_peer)					\
		unit_peer();				\
} while (0)
#define virt_mb()	unit_barrier()
#define virt_rmb()	unit_barrier()
#define virt_wmb()	unit_barrier()
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)

#endif
