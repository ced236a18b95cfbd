/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The block backend's private header.
 *
 * A request's way: the queue's worker takes the slot, parses the private copy, finds or makes
 * pages for its segments (grants.c) and stages it; at the end of the turn all staged requests are
 * submitted under one plug (execute.c). When the last bio of a request ends it goes on the done
 * list; a tasklet empties the list (complete.c): copies out, lets go of pages, responds, and
 * sends at most one event for all of them. Only the worker takes slots and only the tasklet puts
 * responses, so neither needs a lock.
 */
#ifndef _XENBLK_BLKBACK_H
#define _XENBLK_BLKBACK_H

#include <linux/blkdev.h>
#include <linux/interrupt.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include <xen/backend.h>
#include "parse.h"

/* Grant copies per hypercall; both collections and the rest of a queue fit 8 KiB. */
#define XENBLK_COPY_OPS		56
/* The block layer takes tags from one word of its map at a go; with 64 tags that is 16. */
#define XENBLK_TAG_BATCH	16U

struct xenblk_queue;

/**
 * struct xenblk_slot - the memory behind one segment
 * @page: where the block layer reads or writes
 * @kept: the persistent grant it belongs to, or NULL
 * @ref: the frontend's grant
 * @off: offset in the page, of both ours and the frontend's
 * @len: bytes
 * @bounce: @page is ours and its contents are copied
 */
struct xenblk_slot {
	struct page *page;
	struct xen_gkept *kept;
	u32 ref;
	u16 off;
	u16 len : 15;
	u16 bounce : 1;
};

/**
 * enum xenblk_phase - what the tasklet does with a request on the done list
 * @XENBLK_ENDED: its bios ended: copy out, let go of pages, respond
 * @XENBLK_COPIED: its data were copied out: let go of pages, respond
 * @XENBLK_RESPOND: holds nothing any more: respond
 */
enum xenblk_phase { XENBLK_ENDED, XENBLK_COPIED, XENBLK_RESPOND };

/**
 * struct xenblk_big - room for a request with more segments than a slot holds
 * @slots: see struct xenblk_slot
 * @maps: see &xenblk_io.maps
 * @vecs: of &xenblk_io.bio
 */
struct xenblk_big {
	struct xenblk_slot slots[XENBLK_MAX_SEGS];
	struct xen_gmap maps[XENBLK_MAX_SEGS];
	struct bio_vec vecs[XENBLK_MAX_SEGS];
};

/**
 * struct xenblk_io - a request between its slot and its response
 * @node: on the free list, the done list or the retry list
 * @staged: on the worker's list of requests to submit
 * @xq: the queue
 * @req: the checked request
 * @id: the frontend's
 * @wire_op: echoed in the response
 * @phase: see enum xenblk_phase
 * @status: of the response
 * @retry: a copy met a paged-out grant; the worker repeats it
 * @bounces: number of slots with @bounce
 * @nr_maps: mappings in @maps
 * @bio: what the block layer works on; in use between xenblk_submit() and its end
 * @slots: @small_slots, or those of @big
 * @maps: mappings that end with the request
 * @big: allocated for requests of more than XENBLK_DIRECT_SEGS segments
 * @unmap: ends the mappings
 * @work: discards
 * @small_slots: room for the common case
 * @small_maps: room for the common case
 * @small_vecs: room for the common case
 */
struct xenblk_io {
	struct llist_node node;
	struct list_head staged;
	struct xenblk_queue *xq;
	struct xenblk_req req;
	u64 id;
	u8 wire_op;
	u8 phase;
	s16 status;
	bool retry;
	u16 bounces;
	u16 nr_maps;
	struct bio bio;
	struct xenblk_slot *slots;
	struct xen_gmap *maps;
	struct xenblk_big *big;
	union {
		struct xen_gunmap unmap;
		struct work_struct work;
	};
	struct xenblk_slot small_slots[XENBLK_DIRECT_SEGS];
	struct xen_gmap small_maps[XENBLK_DIRECT_SEGS];
	struct bio_vec small_vecs[XENBLK_DIRECT_SEGS];
};

/**
 * struct xenblk_copies - grant copies collected for one hypercall
 * @nr: how many
 * @ops: the operations
 * @owners: the request of each
 */
struct xenblk_copies {
	unsigned int nr;
	struct gnttab_copy ops[XENBLK_COPY_OPS];
	struct xenblk_io *owners[XENBLK_COPY_OPS];
};

/**
 * struct xenblk_stats - what sysfs shows; written by the worker only
 * @oo_req: turns that found no free request
 * @rd_req: reads
 * @wr_req: writes
 * @f_req: flushes and barriers
 * @ds_req: discards
 * @rd_sect: sectors read
 * @wr_sect: sectors written
 */
struct xenblk_stats {
	u64 oo_req, rd_req, wr_req, f_req, ds_req, rd_sect, wr_sect;
};

/**
 * struct xenblk_queue - the driver's part of a queue
 * @q: the framework's part
 * @dev: the device
 * @abi: the dialect
 * @persistent: persistent grants were negotiated
 * @cache: persistent grants
 * @stats: see struct xenblk_stats
 * @next_evict: when a full cache may next be trimmed
 * @last_used: jiffies when the worker last took a request
 * @next_log: when statistics are next logged
 * @staged: requests to submit at the end of the turn
 * @nr_staged: how many
 * @collect: what ends in the worker's context now is answered at the end of its turn (worker)
 * @turn_first: requests that ended within this turn, the last one first (worker)
 * @turn_last: the other end of that list
 * @in: copies from the frontend (worker)
 * @big_pool: requests of many segments
 * @spare: free requests that the worker holds
 * @freed: free requests that the tasklet gave back
 * @retry: requests whose copies the worker repeats
 * @held: a barrier that waits for the requests before it
 * @barrier: a barrier is in flight: nothing may pass it
 * @starved: the worker found no free request
 * @stopped: the worker is gone
 * @inflight: requests taken and not answered
 * @done: requests for the tasklet
 * @tasklet: see complete.c
 * @out: copies to the frontend (tasklet)
 * @bounce_lock: protects the two below; taken by worker and tasklet
 * @bounce_pages: pages of ours for copies
 * @nr_bounce: how many
 * @ios: all requests
 * @nr_ios: how many
 */
struct xenblk_queue {
	struct xen_queue *q;
	struct xenblk_dev *dev;
	const struct xenblk_abi *abi;
	bool persistent;
	struct xen_gcache cache;
	struct xenblk_stats stats;
	unsigned long next_evict;
	unsigned long last_used;
	unsigned long next_log;
	struct list_head staged;
	unsigned int nr_staged;
	bool collect;
	struct llist_node *turn_first;
	struct llist_node *turn_last;
	struct xenblk_copies in;
	mempool_t *big_pool;
	struct llist_node *spare;
	struct llist_head freed;
	struct llist_head retry;
	struct xenblk_io *held;
	bool barrier;
	bool starved;
	bool stopped;
	atomic_t inflight;

	struct llist_head done ____cacheline_aligned_in_smp;
	struct tasklet_struct tasklet;
	struct xenblk_copies out;
	spinlock_t bounce_lock;	/* bounce_pages, nr_bounce */
	struct list_head bounce_pages;
	unsigned int nr_bounce;
	struct xenblk_io *ios;
	unsigned int nr_ios;
};

/**
 * struct xenblk_wants - what the frontend asks for
 * @queues: number of queues
 * @order: log2 of ring pages, XENBLK_NO_ORDER if it did not say
 * @persistent: persistent grants
 */
struct xenblk_wants {
	u32 queues;
	u32 order;
	u32 persistent;
};

#define XENBLK_NO_ORDER	(~0U)

/**
 * struct xenblk_dev - one virtual disk
 * @be: the framework's device
 * @file: the opened block device, NULL until the gate opened
 * @bdev: the same
 * @devt: the same
 * @mode: contents of the "mode" node
 * @readonly: no "w" in @mode
 * @info: VDISK_* bits
 * @flush: the device has a volatile cache
 * @discard: discard is offered
 * @secure: secure discard is offered
 * @wants: see struct xenblk_wants
 * @abi: the dialect
 * @sectors: capacity as last announced
 * @offered: capacity as last written in a transaction, which may have failed
 * @resize_work: notices a change of capacity
 * @squeeze_end: jiffies until which pools stay empty
 * @past: statistics of former connections
 * @past_lock: protects @past
 * @thread_name: stem of the workers' names
 * @sysfs: attributes exist
 */
struct xenblk_dev {
	struct xen_backend *be;
	struct file *file;
	struct block_device *bdev;
	dev_t devt;
	char *mode;
	bool readonly;
	u32 info;
	bool flush;
	bool discard;
	bool secure;
	struct xenblk_wants wants;
	const struct xenblk_abi *abi;
	u64 sectors;
	u64 offered;
	struct delayed_work resize_work;
	unsigned long squeeze_end;
	struct xenblk_stats past;
	spinlock_t past_lock;	/* past */
	char thread_name[TASK_COMM_LEN];
	bool sysfs;
};

/* main.c: parameters, by the names that mainline gave them */
extern unsigned int xenblk_max_queues;
extern unsigned int xenblk_max_order;
extern int xenblk_max_buffer_pages;
extern int xenblk_max_pgrants;
extern unsigned int xenblk_pgrant_timeout;
extern unsigned int xenblk_copy_max;
extern bool xenblk_persistent;
extern unsigned int xenblk_log_stats;
extern struct workqueue_struct *xenblk_wq;

/* features.c */
extern const struct xen_offer xenblk_early_offers[];
extern const struct xen_offer xenblk_live_offers[];
int xenblk_open(struct xenblk_dev *dev, dev_t devt);
void xenblk_close(struct xenblk_dev *dev);
int xenblk_read_wants(struct xenblk_dev *dev);
void xenblk_size_written(struct xenblk_dev *dev);
void xenblk_size_look(struct xenblk_dev *dev);
void xenblk_resize_work(struct work_struct *work);

/* main.c */
void xenblk_queue_empty(struct xenblk_queue *xq);

/* execute.c */
int xenblk_work(struct xen_worker *w, struct xen_budget *b);
void xenblk_submit(struct xenblk_io *io);
int xenblk_ios_init(struct xenblk_queue *xq, unsigned int nr);
void xenblk_ios_free(struct xenblk_queue *xq);

/* grants.c */
int xenblk_get_pages(struct xenblk_io *io);
void xenblk_flush_copies(struct xenblk_queue *xq);
bool xenblk_let_go(struct xenblk_io *io);
int xenblk_read_descriptors(struct xenblk_queue *xq, const struct xenblk_raw *raw,
			    unsigned int nr_segs, struct xenblk_seg *segs);
void xenblk_trim(struct xenblk_queue *xq);
void xenblk_trim_later(struct xenblk_queue *xq);
void xenblk_bounce_shrink(struct xenblk_queue *xq, unsigned int keep);
bool xenblk_copy_add(struct xenblk_copies *c, struct xenblk_io *io, struct xenblk_slot *s,
		     bool out);

/* complete.c */
void xenblk_tasklet(struct tasklet_struct *t);
void xenblk_finish(struct xenblk_io *io, enum xenblk_phase phase);
void xenblk_end_turn(struct xenblk_queue *xq);
void xenblk_fail_retries(struct xenblk_queue *xq);

/* discard.c */
void xenblk_discard(struct xenblk_io *io);

/* sysfs.c */
int xenblk_sysfs_add(struct xenblk_dev *dev);
void xenblk_sysfs_del(struct xenblk_dev *dev);
void xenblk_stats_add(struct xenblk_stats *sum, const struct xenblk_stats *one);

#endif /* _XENBLK_BLKBACK_H */
