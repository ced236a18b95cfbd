// SPDX-License-Identifier: GPL-2.0
/*
 * The balloon: pages whose memory the hypervisor has.
 *
 * The thread "xen-balloon" moves pages until the domain has its target, then sleeps until somebody
 * kicks it: there is a new target, pages came back, or memory was onlined. If a step moves nothing
 * it waits, longer each time, and at last gives the target up for an hour.
 *
 * balloon_lock guards the list and the figures. It is dropped while memory is added, for onlining
 * takes it.
 */
#define pr_fmt(fmt) "xen-balloon: " fmt

#include <linux/freezer.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <asm/tlbflush.h>
#include <xen/frame_page.h>
#include <xen/hv_memory.h>
#include <xen/mem-reservation.h>
#include <xen/memory_port.h>
#include <xen/page.h>
#include <xen/pv_frames.h>
#include <xen/xen.h>
#include <asm/xen/hypervisor.h>
#include "internal.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen."

static unsigned int balloon_boot_timeout __read_mostly = 180;
module_param(balloon_boot_timeout, uint, 0444);
MODULE_PARM_DESC(balloon_boot_timeout, "Seconds to wait at boot for memory to be given away");

/* One step moves at most what fits into a page of frame numbers. */
#define BATCH		(PAGE_SIZE / sizeof(xen_pfn_t))

/* Things may have changed without anybody telling us. */
#define GIVEN_UP_REST	(3600L * HZ)

/* Fail rather than push others out. */
#define GFP_GIVE_AWAY	(GFP_HIGHUSER | __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC)

/* Guards the list and the figures. */
DEFINE_MUTEX(balloon_lock);
DECLARE_WAIT_QUEUE_HEAD(balloon_grown);

struct balloon_stats balloon_stats;
EXPORT_SYMBOL_GPL(balloon_stats);

static LIST_HEAD(balloon_pages);
static xen_pfn_t balloon_frames[BATCH];
static struct page *balloon_batch[BATCH];

static DECLARE_WAIT_QUEUE_HEAD(balloon_wait);
static bool balloon_kicked, balloon_given_up;

/*
 * The list
 */

static unsigned long balloon_held(void)
{
	return balloon_stats.balloon_low + balloon_stats.balloon_high;
}

/* Put a page in that nobody uses and that has no memory. Under the lock. */
void balloon_put(struct page *page)
{
	if (!PageOffline(page))
		__SetPageOffline(page);
	/* Low memory is wanted back first. */
	if (PageHighMem(page)) {
		list_add_tail(&page->lru, &balloon_pages);
		balloon_stats.balloon_high++;
	} else {
		list_add(&page->lru, &balloon_pages);
		balloon_stats.balloon_low++;
	}
	xen_port_count_balloon_page(page, 1);
	wake_up(&balloon_grown);
}

static struct page *balloon_take(bool low_only)
{
	struct page *page = list_first_entry_or_null(&balloon_pages, struct page, lru);

	if (!page || (low_only && PageHighMem(page)))
		return NULL;
	list_del(&page->lru);
	if (PageHighMem(page))
		balloon_stats.balloon_high--;
	else
		balloon_stats.balloon_low--;
	__ClearPageOffline(page);
	xen_port_count_balloon_page(page, -1);
	return page;
}

/*
 * Steps
 */

/* Get memory for pages of the balloon; the number of pages, or negative. */
static int grow(unsigned long count)
{
	struct page *page;
	unsigned long n = 0, i;
	int got;

	list_for_each_entry(page, &balloon_pages, lru) {
		if (n == count)
			break;
		balloon_frames[n++] = page_to_xen_pfn(page);
	}
	got = xenmem_reservation_increase(n, balloon_frames);
	if (got <= 0)
		return got;
	for (i = 0; i < got; i++)
		balloon_batch[i] = balloon_take(false);
	xenmem_reservation_va_mapping_update(got, balloon_batch, balloon_frames);
	for (i = 0; i < got; i++)
		free_reserved_page(balloon_batch[i]);
	balloon_stats.current_pages += got;
	return got;
}

static void take_back(struct page *page, xen_pfn_t frame)
{
	xenmem_reservation_va_mapping_update(1, &page, &frame);
	adjust_managed_page_count(page, 1);
	__free_page(page);
}

static unsigned long collect(unsigned long count, gfp_t gfp)
{
	struct page *page;
	unsigned long n;

	for (n = 0; n < count; n++) {
		page = alloc_page(gfp);
		if (!page)
			break;
		adjust_managed_page_count(page, -1);
		xenmem_reservation_scrub_page(page);
		balloon_batch[n] = page;
	}
	return n;
}

/* Give memory of free pages away; the number of pages, or negative if none went. */
static int shrink(unsigned long count, gfp_t gfp)
{
	unsigned long n = collect(count, gfp), i;
	int gone;

	if (!n)
		return -ENOMEM;
	/* Reads page table entries, so while these still say where the pages are. */
	kmap_flush_unused();
	for (i = 0; i < n; i++)
		balloon_frames[i] = xgfn_n(xgfn_of_page(balloon_batch[i]));
	xenmem_reservation_va_mapping_reset(n, balloon_batch);
	flush_tlb_all();
	gone = xenmem_reservation_decrease(n, balloon_frames);
	for (i = 0; i < n; i++) {
		if ((int)i < gone)
			balloon_put(balloon_batch[i]);
		else
			take_back(balloon_batch[i], balloon_frames[i]);
	}
	if (gone > 0)
		balloon_stats.current_pages -= gone;
	return gone;
}

static enum balloon_step next_step(unsigned long *pages)
{
	struct balloon_view view = {
		.current_pages = balloon_stats.current_pages,
		.target = READ_ONCE(balloon_stats.target_pages),
		.held = balloon_held(),
		.lent = balloon_stats.target_unpopulated,
		.total = balloon_stats.total_pages,
		.available = max(si_mem_available(), 0L),
		/* What is missing at boot is not ours; later somebody is there to suffer. */
		.floor = system_state < SYSTEM_RUNNING ? 0 : xen_memory_floor(),
	};

	return balloon_plan(&view, BATCH, pages);
}

/* One step. 1 if it moved something, 0 if there is nothing to do now, negative if it failed. */
static int step(void)
{
	unsigned long pages;
	int moved;

	switch (next_step(&pages)) {
	case BALLOON_GROW:
		moved = grow(pages);
		return moved > 0 ? 1 : moved ?: -ENOMEM;
	case BALLOON_SHRINK:
		moved = shrink(pages, GFP_GIVE_AWAY);
		return moved > 0 ? 1 : moved ?: -EBUSY;
	case BALLOON_ADD:
		return balloon_add_memory(pages) ?: 1;
	case BALLOON_SHORT:
		return -ENOMEM;
	case BALLOON_WAIT:
	case BALLOON_REST:
		break;
	}
	return 0;
}

/*
 * The thread
 */

/* Something has changed that may let the target come closer. */
void balloon_kick(void)
{
	WRITE_ONCE(balloon_kicked, true);
	wake_up(&balloon_wait);
}

static void show_retry(const struct balloon_retry *retry)
{
	balloon_stats.schedule_delay = retry->delay;
	balloon_stats.retry_count = retry->count;
}

static long give_up(void)
{
	WRITE_ONCE(balloon_given_up, true);
	return GIVEN_UP_REST;
}

/* Steps until nothing moves; how long to wait then, in jiffies. */
static long balloon_turn(struct balloon_retry *retry)
{
	long rest = MAX_SCHEDULE_TIMEOUT;
	int ret = 1;

	while (ret > 0 && !kthread_should_stop()) {
		mutex_lock(&balloon_lock);
		ret = step();
		if (ret >= 0)
			balloon_retry_reset(retry);
		else if (balloon_retry_next(retry, READ_ONCE(balloon_stats.max_schedule_delay),
					    READ_ONCE(balloon_stats.max_retry_count)))
			rest = min(retry->delay, (unsigned long)LONG_MAX / HZ / 2) * HZ;
		else
			rest = give_up();
		show_retry(retry);
		mutex_unlock(&balloon_lock);
		cond_resched();
		try_to_freeze();
	}
	return rest;
}

static int balloon_thread(void *unused)
{
	struct balloon_retry retry;
	long rest = 0;

	set_freezable();
	balloon_retry_reset(&retry);
	while (!kthread_should_stop()) {
		wait_event_freezable_timeout(balloon_wait,
					     READ_ONCE(balloon_kicked) || kthread_should_stop(),
					     rest);
		if (xchg(&balloon_kicked, false)) {
			balloon_retry_reset(&retry);
			WRITE_ONCE(balloon_given_up, false);
		}
		rest = balloon_turn(&retry);
	}
	return 0;
}

/**
 * balloon_set_new_target() - how much memory the domain shall have
 * @pages: as counted in balloon_stats
 *
 * Context: any. Returns at once.
 */
void balloon_set_new_target(unsigned long pages)
{
	WRITE_ONCE(balloon_stats.target_pages, pages);
	balloon_kick();
}
EXPORT_SYMBOL_GPL(balloon_set_new_target);

/*
 * Lending pages without memory, where there is no address space to spare for such
 */

static int make_one_to_lend(unsigned long count)
{
	int ret;

	if (balloon_may_lend_new()) {
		unsigned long lack = balloon_stats.target_pages + balloon_stats.target_unpopulated;

		ret = lack > balloon_stats.total_pages ?
		      balloon_add_memory(lack - balloon_stats.total_pages) : 0;
		if (!ret) {
			mutex_unlock(&balloon_lock);
			ret = wait_event_interruptible(balloon_grown,
						       READ_ONCE(balloon_stats.balloon_low));
			mutex_lock(&balloon_lock);
			return ret ? -ENOMEM : 0;
		}
	}
	if (!xen_memory_is_above_floor(count))
		return -ENOMEM;
	return shrink(min(count, BATCH), GFP_USER) > 0 ? 0 : -ENOMEM;
}

static void return_pages(unsigned int count, struct page **pages)
{
	while (count--)
		balloon_put(pages[count]);
}

/**
 * xen_alloc_ballooned_pages() - borrow pages without memory
 * @count: of @pages
 * @pages: set on success
 *
 * Return: 0; -ENOMEM if that would leave the domain short of memory.
 */
int xen_alloc_ballooned_pages(unsigned int count, struct page **pages)
{
	unsigned int n = 0;
	int err = 0;

	mutex_lock(&balloon_lock);
	balloon_stats.target_unpopulated += count;
	while (n < count && !err) {
		pages[n] = balloon_take(true);
		if (!pages[n])
			err = make_one_to_lend(count - n);
		else if (xen_pv_domain() && xen_frame_writable(xpfn_of_page(pages[n++])))
			err = -ENOMEM;
		else if (!xen_pv_domain())
			n++;
	}
	if (err) {
		balloon_stats.target_unpopulated -= count;
		return_pages(n, pages);
	}
	mutex_unlock(&balloon_lock);
	if (err)
		balloon_kick();
	return err;
}
EXPORT_SYMBOL(xen_alloc_ballooned_pages);

/**
 * xen_free_ballooned_pages() - give borrowed pages back
 * @count: of @pages
 * @pages: from xen_alloc_ballooned_pages(), again without memory
 */
void xen_free_ballooned_pages(unsigned int count, struct page **pages)
{
	mutex_lock(&balloon_lock);
	balloon_stats.target_unpopulated -= count;
	return_pages(count, pages);
	mutex_unlock(&balloon_lock);
	/* The balloon may hold more than it should now. */
	balloon_kick();
}
EXPORT_SYMBOL(xen_free_ballooned_pages);

/*
 * Start
 */

/*
 * How much memory we have. The hypervisor tells a control domain. Others know what they were given:
 * PV from the start info, less what start-up gave back; the rest from the memory map, less what
 * has no memory behind it.
 */
static unsigned long __init memory_at_start(bool *map_counts_all)
{
	long pages = 0;

	*map_counts_all = false;
	if (xen_initial_domain())
		pages = xen_hv_memory_size();
	if (pages > 0)
		return pages;
	if (xen_pv_domain()) {
		pages = xen_start_info->nr_pages - xen_released_pages;
		return pages > 0 ? min_t(unsigned long, pages, max_pfn) : 0;
	}
	*map_counts_all = true;
	pages = get_num_physpages() - xen_unpopulated_pages;
	return max(pages, 0L);
}

static unsigned long __init put_region(unsigned long start, unsigned long count)
{
	/* The command line may say that memory ends earlier. */
	unsigned long end = min(max_pfn, start + count), pfn;

	for (pfn = start; pfn < end; pfn++)
		balloon_put(pfn_to_page(pfn));
	return end > start ? end - start : 0;
}

/* Holes that start-up made, or the toolstack: address space with pages and no memory. */
static int __init put_regions(bool map_counts_all)
{
	struct balloon_stats *s = &balloon_stats;
	unsigned long pages = 0;
	unsigned int i;

	mutex_lock(&balloon_lock);
	for (i = 0; i < XEN_EXTRA_MEM_MAX_REGIONS; i++)
		pages += put_region(xen_extra_mem[i].start_pfn, xen_extra_mem[i].n_pfns);
	if (!map_counts_all) {
		s->total_pages += pages;
	} else if (pages < s->current_pages) {
		s->current_pages -= pages;
		s->target_pages -= pages;
	} else {
		pages = 0;
		pr_err("more holes than memory: ballooning is off\n");
		s->total_pages = 0;
	}
	mutex_unlock(&balloon_lock);
	return s->total_pages ? 0 : -ERANGE;
}

static int __init balloon_init(void)
{
	struct balloon_stats *s = &balloon_stats;
	struct task_struct *task;
	bool map_counts_all;

	if (!xen_domain())
		return -ENODEV;
	s->current_pages = memory_at_start(&map_counts_all);
	if (!s->current_pages) {
		pr_err("the domain's memory is unknown: ballooning is off\n");
		return -ERANGE;
	}
	s->target_pages = s->current_pages;
	s->total_pages = s->current_pages;
	s->schedule_delay = 1;
	s->retry_count = 1;
	s->max_schedule_delay = 32;
	s->max_retry_count = 4;
	balloon_hotplug_init();
	if (put_regions(map_counts_all))
		return -ERANGE;
	task = kthread_run(balloon_thread, NULL, "xen-balloon");
	if (IS_ERR(task)) {
		pr_err("no thread: ballooning is off: %pe\n", task);
		return PTR_ERR(task);
	}
	balloon_sysfs_init();
	balloon_target_init();
	return 0;
}
subsys_initcall(balloon_init);

static long excess(void)
{
	return balloon_stats.current_pages - READ_ONCE(balloon_stats.target_pages);
}

/*
 * A domain that is started with less memory than its map shows must have given the rest away before
 * user space touches it, else the hypervisor finds no memory for it and ends the domain.
 */
static int __init balloon_wait_at_boot(void)
{
	long left = excess(), last = 0;
	unsigned long progress = jiffies;

	if (!xen_domain() || xen_pv_domain() || left <= 0)
		return 0;
	pr_notice("waiting for %ld pages to be given away\n", left);
	for (; left > 0; left = excess()) {
		if (left != last)
			progress = jiffies;
		last = left;
		if (READ_ONCE(balloon_given_up)) {
			pr_warn_once("%ld pages cannot be given away\n", left);
			if (time_after_eq(jiffies, progress + balloon_boot_timeout * HZ))
				panic("%ld pages of memory are not this domain's\n", left);
			balloon_kick();
		}
		schedule_timeout_interruptible(HZ / 10);
	}
	pr_notice("done\n");
	return 0;
}
late_initcall_sync(balloon_wait_at_boot);
