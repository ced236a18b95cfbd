/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What requests mean: numbers that user space chose are judged here. Pure: no side effects, no
 * memory but the arguments'.
 */
#ifndef _XEN_USER_PRIVCMD_PLAN_H
#define _XEN_USER_PRIVCMD_PLAN_H

#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/ioreq.h>
#include <uapi/xen/privcmd.h>

/* A result that nothing has written yet. */
#define PRIVCMD_UNTRIED		1

/**
 * struct privcmd_span - addresses
 * @start: the first
 * @end: the first behind them
 */
struct privcmd_span {
	u64 start, end;
};

int privcmd_plan_batch(const struct privcmd_span *area, bool fresh, u64 addr, u64 frames);
int privcmd_plan_run(const struct privcmd_span *left, const struct privcmd_mmap_entry *run);
int privcmd_plan_resource(const struct privcmd_span *area, const struct privcmd_mmap_resource *op);
int privcmd_plan_dm_op(const struct privcmd_dm_op_buf *bufs, unsigned int n, size_t limit,
		       size_t *pages);
int privcmd_plan_irqfd(const void *op, size_t size);
int privcmd_plan_ioeventfd(const struct privcmd_ioeventfd *op);

int privcmd_settle(int *errors, unsigned int n, int ret);
int privcmd_worst(const int *errors, unsigned int n);
bool privcmd_mark_frames(xen_pfn_t *frames, const int *errors, unsigned int n);

bool privcmd_kick_matches(const struct ioreq *req, u64 addr, u32 len, u32 queue);

#endif /* _XEN_USER_PRIVCMD_PLAN_H */
