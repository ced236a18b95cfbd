// SPDX-License-Identifier: GPL-2.0
/*
 * Which references are free.
 *
 * All free references that no CPU has claimed are in the pool, a bitmap in which a set bit is a
 * reference that the pool does not have. Each CPU has a shard, a chain of free references that it
 * fills from the pool and empties into it in batches, so that CPUs meet at the pool's lock once
 * in a batch. When the pool is empty the table grows; when it cannot grow, the shards are emptied
 * into the pool, so that no reference is out of reach when the last ones are asked for.
 *
 * Chains run through an array of one word per reference. It also serves the callers' private
 * chains and the chain of deferred revokes: a reference is in at most one of them.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "internal.h"

#define BATCH		64
#define SHARD_MAX	(2 * BATCH)
#define ROW_REFS	(PAGE_SIZE / sizeof(grant_ref_t))

struct shard {
	spinlock_t lock;	/* protects this shard */
	grant_ref_t head;
	unsigned int count;
};

static DEFINE_PER_CPU(struct shard, xen_grant_shard) = {
	.lock = __SPIN_LOCK_UNLOCKED(xen_grant_shard.lock),
	.head = REF_END,
};

/* @taken: the bitmap; @size: references that the table has; @free: clear bits below @size. */
static struct {
	spinlock_t lock;	/* protects the pool and the table's size */
	unsigned long *taken;
	unsigned int size;
	unsigned int free;
	unsigned int hint;
} pool = {
	.lock = __SPIN_LOCK_UNLOCKED(pool.lock),
};

/* Rows of chain words, as many as references exist; a row is never freed while there are any. */
static grant_ref_t **rows;
static unsigned int max_rows;

/**
 * xen_refs_next() - the chain word of a reference
 * @ref: the reference
 *
 * Return: its address.
 */
grant_ref_t *xen_refs_next(grant_ref_t ref)
{
	return &rows[ref / ROW_REFS][ref % ROW_REFS];
}

/* The table has new slots: more rows for their chain words. The pool's lock is held, or boot. */
static int add_rows(unsigned int end, gfp_t gfp)
{
	unsigned int row;

	for (row = 0; row < DIV_ROUND_UP(end, ROW_REFS); row++) {
		if (row >= max_rows)
			return -ENOSPC;
		if (!rows[row])
			rows[row] = (grant_ref_t *)__get_free_page(gfp);
		if (!rows[row])
			return -ENOMEM;
	}
	return 0;
}

/**
 * xen_refs_init() - start with the first references
 * @max_refs: how many there can ever be
 * @first: the first free one
 * @end: behind the last one that the table has now
 *
 * Return: 0 or -ENOMEM.
 */
int xen_refs_init(unsigned int max_refs, unsigned int first, unsigned int end)
{
	max_rows = DIV_ROUND_UP(max_refs, ROW_REFS);
	rows = kcalloc(max_rows, sizeof(*rows), GFP_KERNEL);
	pool.taken = bitmap_alloc(max_refs, GFP_KERNEL);
	if (!rows || !pool.taken || add_rows(end, GFP_KERNEL)) {
		xen_refs_exit();
		return -ENOMEM;
	}
	bitmap_fill(pool.taken, max_refs);
	bitmap_clear(pool.taken, first, end - first);
	pool.size = end;
	pool.free = end - first;
	pool.hint = 0;
	return 0;
}

/**
 * xen_refs_exit() - undo xen_refs_init(); nobody has a reference
 */
void xen_refs_exit(void)
{
	unsigned int row;

	for (row = 0; rows && row < max_rows; row++)
		free_page((unsigned long)rows[row]);
	kfree(rows);
	rows = NULL;
	max_rows = 0;
	bitmap_free(pool.taken);
	pool.taken = NULL;
	pool.size = 0;
	pool.free = 0;
}

/**
 * xen_refs_add() - the table got larger
 * @first: its size before, in references
 * @count: how many were added
 *
 * Context: called by xen_grant_grow(), the pool's lock is held.
 * Return: 0 or -ENOMEM, then the pool is as before.
 */
int xen_refs_add(unsigned int first, unsigned int count)
{
	int err = add_rows(first + count, GFP_ATOMIC | __GFP_NOWARN);

	if (err)
		return err;
	bitmap_clear(pool.taken, first, count);
	pool.size = first + count;
	pool.free += count;
	return 0;
}

/* Move up to @want references from the pool to a chain; both locks are held. */
static void pool_to_shard(struct shard *shard, unsigned int want)
{
	unsigned int bit = pool.hint, moved = 0;

	want = min(want, pool.free);
	while (moved < want) {
		bit = find_next_zero_bit(pool.taken, pool.size, bit);
		if (bit >= pool.size) {
			/* The rest is before the hint. */
			bit = 0;
			continue;
		}
		__set_bit(bit, pool.taken);
		*xen_refs_next(bit) = shard->head;
		shard->head = bit;
		moved++;
	}
	pool.hint = bit;
	pool.free -= moved;
	shard->count += moved;
}

/* Move references from a shard to the pool until @keep are left; both locks are held. */
static void shard_to_pool(struct shard *shard, unsigned int keep)
{
	while (shard->count > keep) {
		grant_ref_t ref = shard->head;

		shard->head = *xen_refs_next(ref);
		shard->count--;
		__clear_bit(ref, pool.taken);
		pool.free++;
		pool.hint = min(pool.hint, ref);
	}
}

static void empty_shards(void)
{
	unsigned long flags;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct shard *shard = per_cpu_ptr(&xen_grant_shard, cpu);

		spin_lock_irqsave(&shard->lock, flags);
		spin_lock(&pool.lock);
		shard_to_pool(shard, 0);
		spin_unlock(&pool.lock);
		spin_unlock_irqrestore(&shard->lock, flags);
	}
}

/* The pool has too few: grow. The pool's lock is held. */
static int grow_pool(unsigned int missing)
{
	/* An HVM domain's table comes with its platform device, which may be missing. */
	if (!xen_grant_table.frames)
		return -ENODEV;
	return xen_grant_grow(DIV_ROUND_UP(missing, xen_grant_table.layout->per_frame));
}

/* Make a shard hold @count references. Its lock is held. */
static int fill(struct shard *shard, unsigned int count)
{
	unsigned int want = count - shard->count + BATCH;
	int err = 0;

	spin_lock(&pool.lock);
	if (pool.free < count - shard->count)
		err = grow_pool(count - shard->count - pool.free);
	pool_to_shard(shard, want);
	spin_unlock(&pool.lock);
	return shard->count >= count ? 0 : err ?: -ENOSPC;
}

static void cut(struct shard *shard, unsigned int count, grant_ref_t *head)
{
	grant_ref_t *last = &shard->head;
	unsigned int i;

	*head = shard->head;
	for (i = 0; i < count; i++)
		last = xen_refs_next(*last);
	shard->head = *last;
	*last = REF_END;
	shard->count -= count;
}

/**
 * xen_refs_get() - take references
 * @count: how many, at least one
 * @head: set to the first of a chain that REF_END ends
 *
 * Context: any.
 * Return: 0; -ENOSPC if the domain has no more, now; -ENOMEM.
 */
int xen_refs_get(unsigned int count, grant_ref_t *head)
{
	struct shard *shard;
	unsigned long flags;
	int err = 0, tries;

	for (tries = 0; tries < 2; tries++) {
		local_irq_save(flags);
		shard = this_cpu_ptr(&xen_grant_shard);
		spin_lock(&shard->lock);
		if (unlikely(shard->count < count))
			err = fill(shard, count);
		if (likely(shard->count >= count)) {
			cut(shard, count, head);
			err = 0;
		}
		spin_unlock(&shard->lock);
		local_irq_restore(flags);
		if (likely(!err))
			return 0;
		/* What is missing may lie in the shards of others. */
		empty_shards();
	}
	return err;
}

static int find_row(unsigned int count)
{
	unsigned long at;

	at = bitmap_find_next_zero_area(pool.taken, pool.size, 0, count, 0);
	if (at >= pool.size)
		return -ENOSPC;
	bitmap_set(pool.taken, at, count);
	pool.free -= count;
	return at;
}

/**
 * xen_refs_get_row() - take references with consecutive numbers
 * @count: how many, at least one
 * @first: set to the first
 *
 * Context: any.
 * Return: 0; -ENOSPC if there are not so many in a row; -ENOMEM.
 */
int xen_refs_get_row(unsigned int count, grant_ref_t *first)
{
	unsigned long flags;
	int at, tries;

	if (count == 1)
		return xen_refs_get(1, first);
	for (tries = 0; tries < 2; tries++) {
		spin_lock_irqsave(&pool.lock, flags);
		at = find_row(count);
		if (at < 0 && tries && !grow_pool(count))
			at = find_row(count);
		spin_unlock_irqrestore(&pool.lock, flags);
		if (at >= 0) {
			*first = at;
			return 0;
		}
		empty_shards();
	}
	return at;
}

/* Put a chain of @count references in front of this CPU's. */
static void put(grant_ref_t head, grant_ref_t last, unsigned int count)
{
	struct shard *shard;
	unsigned long flags;

	local_irq_save(flags);
	shard = this_cpu_ptr(&xen_grant_shard);
	spin_lock(&shard->lock);
	*xen_refs_next(last) = shard->head;
	shard->head = head;
	shard->count += count;
	if (unlikely(shard->count > SHARD_MAX)) {
		spin_lock(&pool.lock);
		shard_to_pool(shard, BATCH);
		spin_unlock(&pool.lock);
	}
	spin_unlock(&shard->lock);
	local_irq_restore(flags);
}

/**
 * xen_refs_put() - give a reference back
 * @ref: the reference; nothing happens with one that is reserved
 *
 * Context: any.
 */
void xen_refs_put(grant_ref_t ref)
{
	if (likely(ref >= GNTTAB_NR_RESERVED_ENTRIES))
		put(ref, ref, 1);
}

/**
 * xen_refs_put_chain() - give a chain of references back
 * @head: its first, or REF_END
 *
 * Context: any.
 */
void xen_refs_put_chain(grant_ref_t head)
{
	grant_ref_t last = head;
	unsigned int count = 1;

	if (head == REF_END)
		return;
	while (*xen_refs_next(last) != REF_END) {
		last = *xen_refs_next(last);
		count++;
	}
	put(head, last, count);
}

/**
 * xen_refs_put_row() - give consecutive references back
 * @first: the first
 * @count: how many
 *
 * Context: any. They go to the pool, where they are in a row again.
 */
void xen_refs_put_row(grant_ref_t first, unsigned int count)
{
	unsigned long flags;

	spin_lock_irqsave(&pool.lock, flags);
	bitmap_clear(pool.taken, first, count);
	pool.free += count;
	pool.hint = min(pool.hint, first);
	spin_unlock_irqrestore(&pool.lock, flags);
}

/**
 * xen_refs_free() - how many references are free
 *
 * Without a lock: a figure for people, and for who waits for more.
 *
 * Return: the number.
 */
unsigned int xen_refs_free(void)
{
	unsigned int cpu, count = READ_ONCE(pool.free);

	for_each_possible_cpu(cpu)
		count += READ_ONCE(per_cpu_ptr(&xen_grant_shard, cpu)->count);
	return count;
}

/**
 * xen_refs_total() - how many references the table has
 *
 * Return: the number.
 */
unsigned int xen_refs_total(void)
{
	return READ_ONCE(pool.size);
}
