// SPDX-License-Identifier: GPL-2.0
/*
 * What the other half offers: its ring pages, mapped one behind the other.
 *
 * A PV domain gets an area of addresses whose page table entries the hypervisor writes. Others get
 * pages without memory behind them, into whose frames the hypervisor puts the other half's, and
 * map those. A mapping has one owner, found by its address; if undoing fails at any page, the whole
 * of it is kept for ever, for its frames are still the other half's.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hv_grant.h>
#include <xen/page.h>
#include <xen/xen.h>
#include "internal.h"

#define RING_PAGES(grants)	DIV_ROUND_UP(grants, XEN_PFN_PER_PAGE)
#define RING_PAGES_MAX		RING_PAGES(XENBUS_MAX_RING_GRANTS)

/**
 * struct ring_mapping - one ring of another domain
 * @list: all of them
 * @addr: where it is
 * @count: of grants
 * @area: PV: the addresses
 * @pages: others: the pages
 * @at: for each grant, what the hypervisor is told to change: the page table entry's machine
 *	address or the page's kernel address
 * @handles: for each grant, what the hypervisor knows the mapping by, or INVALID_GRANT_HANDLE
 */
struct ring_mapping {
	struct list_head list;
	void *addr;
	unsigned int count;
	struct vm_struct *area;
	struct page *pages[RING_PAGES_MAX];
	phys_addr_t at[XENBUS_MAX_RING_GRANTS];
	grant_handle_t handles[XENBUS_MAX_RING_GRANTS];
};

static DEFINE_SPINLOCK(mappings_lock);
static LIST_HEAD(mappings);

/*
 * Where
 */

#ifdef CONFIG_XEN_PV
static int note_entry(pte_t *pte, unsigned long addr, void *data)
{
	struct ring_mapping *m = data;
	unsigned int i = (addr - (unsigned long)m->area->addr) >> XEN_PAGE_SHIFT;

	m->at[i] = arbitrary_virt_to_machine(pte).maddr;
	return 0;
}

/* Find the entries of the area, or find them again. */
static int find_entries(struct ring_mapping *m)
{
	return apply_to_page_range(&init_mm, (unsigned long)m->area->addr,
				   (unsigned long)m->count << XEN_PAGE_SHIFT, note_entry, m);
}
#else
static int find_entries(struct ring_mapping *m)
{
	return -EOPNOTSUPP;
}
#endif

static int reserve_addresses(struct ring_mapping *m)
{
	int err;

	m->area = get_vm_area((unsigned long)m->count << XEN_PAGE_SHIFT, VM_IOREMAP);
	if (!m->area)
		return -ENOMEM;
	m->addr = m->area->addr;
	err = find_entries(m);
	if (err)
		free_vm_area(m->area);
	return err;
}

static int reserve_pages(struct ring_mapping *m)
{
	unsigned int i;
	int err = xen_alloc_unpopulated_pages(RING_PAGES(m->count), m->pages);

	if (err)
		return err;
	for (i = 0; i < m->count; i++)
		m->at[i] = (unsigned long)page_address(m->pages[i / XEN_PFN_PER_PAGE]) +
			   (i % XEN_PFN_PER_PAGE) * XEN_PAGE_SIZE;
	return 0;
}

static int reserve(struct ring_mapping *m)
{
	return xen_pv_domain() ? reserve_addresses(m) : reserve_pages(m);
}

static void unreserve(struct ring_mapping *m)
{
	if (m->area) {
		free_vm_area(m->area);
		return;
	}
	if (m->addr)
		vunmap(m->addr);
	xen_free_unpopulated_pages(RING_PAGES(m->count), m->pages);
}

static u32 map_flags(const struct ring_mapping *m)
{
	return GNTMAP_host_map | (m->area ? GNTMAP_contains_pte : 0);
}

/*
 * What
 */

/* Undo what is mapped. 0 only if nothing of the other half is left. */
static int unmap_grants(struct xenbus_device *dev, struct ring_mapping *m)
{
	struct gnttab_unmap_grant_ref ops[XENBUS_MAX_RING_GRANTS];
	unsigned int i, n = 0;
	int err = 0;

	for (i = 0; i < m->count; i++)
		if (m->handles[i] != INVALID_GRANT_HANDLE)
			gnttab_set_unmap_op(&ops[n++], m->at[i], map_flags(m), m->handles[i]);
	if (n)
		err = xen_hv_grant_unmap(ops, n);
	for (i = 0; i < n && !err; i++)
		if (ops[i].status != GNTST_okay)
			err = ops[i].status;
	if (err)
		xenbus_dev_error(dev, err, "unmapping a ring of %u pages", m->count);
	return err;
}

static int map_grants(struct xenbus_device *dev, struct ring_mapping *m, const grant_ref_t *refs,
		      struct gnttab_map_grant_ref *ops)
{
	int failed = -1;
	unsigned int i;

	for (i = 0; i < m->count; i++)
		gnttab_set_map_op(&ops[i], m->at[i], map_flags(m), refs[i], dev->otherend_id);
	gnttab_batch_map(ops, m->count);
	for (i = 0; i < m->count; i++) {
		m->handles[i] = INVALID_GRANT_HANDLE;
		if (ops[i].status == GNTST_okay)
			m->handles[i] = ops[i].handle;
		else if (failed < 0)
			failed = i;
	}
	if (failed < 0)
		return 0;
	xenbus_dev_fatal(dev, ops[failed].status, "mapping grant %u of domain %d", refs[failed],
			 dev->otherend_id);
	return -ENOENT;
}

/* Give everything back, or keep all of it. */
static int dissolve(struct xenbus_device *dev, struct ring_mapping *m)
{
	int err = unmap_grants(dev, m);

	if (err) {
		pr_warn_ratelimited("a ring of %u pages of domain %d is never freed\n", m->count,
				    dev->otherend_id);
		return err;
	}
	unreserve(m);
	kfree(m);
	return 0;
}

static int map_ring(struct xenbus_device *dev, struct ring_mapping *m, const grant_ref_t *refs,
		    struct gnttab_map_grant_ref *ops)
{
	int err = reserve(m);

	if (err) {
		kfree(m);
		return err;
	}
	err = map_grants(dev, m, refs, ops);
	if (!err && !m->area) {
		m->addr = vmap(m->pages, RING_PAGES(m->count), VM_MAP | VM_IOREMAP, PAGE_KERNEL);
		err = m->addr ? 0 : -ENOMEM;
	}
	if (err) {
		dissolve(dev, m);
		return err;
	}
	spin_lock(&mappings_lock);
	list_add(&m->list, &mappings);
	spin_unlock(&mappings_lock);
	return 0;
}

/**
 * xenbus_map_ring_valloc() - map the ring of the other half
 * @dev: device
 * @refs: its grant references, in order
 * @count: of them, at most XENBUS_MAX_RING_GRANTS
 * @ring: set to the address; NULL on error
 *
 * Return: 0; -EINVAL for a @count out of range; -ENOMEM; -ENOENT if a reference cannot be mapped,
 * which is fatal to the device.
 */
int xenbus_map_ring_valloc(struct xenbus_device *dev, grant_ref_t *refs, unsigned int count,
			   void **ring)
{
	struct gnttab_map_grant_ref *ops;
	struct ring_mapping *m;
	int err = -ENOMEM;

	*ring = NULL;
	if (!count || count > XENBUS_MAX_RING_GRANTS)
		return -EINVAL;
	ops = kcalloc(count, sizeof(*ops), GFP_KERNEL);
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (ops && m) {
		m->count = count;
		err = map_ring(dev, m, refs, ops);
		if (!err)
			*ring = m->addr;
	} else {
		kfree(m);
	}
	kfree(ops);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_map_ring_valloc);

/**
 * xenbus_unmap_ring_vfree() - give a ring of the other half back
 * @dev: device
 * @ring: from xenbus_map_ring_valloc()
 *
 * Return: 0; -ENOENT if it is no such ring; another negative value if the hypervisor refuses: then
 * the ring's addresses and pages are never used again.
 */
int xenbus_unmap_ring_vfree(struct xenbus_device *dev, void *ring)
{
	struct ring_mapping *m, *found = NULL;

	spin_lock(&mappings_lock);
	list_for_each_entry(m, &mappings, list) {
		if (m->addr != ring)
			continue;
		found = m;
		list_del(&m->list);
		break;
	}
	spin_unlock(&mappings_lock);
	if (!found) {
		xenbus_dev_error(dev, -ENOENT, "no ring of another domain at %p", ring);
		return -ENOENT;
	}
	return dissolve(dev, found);
}
EXPORT_SYMBOL_GPL(xenbus_unmap_ring_vfree);
