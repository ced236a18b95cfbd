// SPDX-License-Identifier: GPL-2.0
/*
 * The memory map of a PV domain, from the hypervisor's to the kernel's: what cannot move is checked
 * against it, what can is moved out of its way, and holes are opened in the initial memory.
 */
#include <linux/init.h>
#include <linux/iscsi_ibft.h>
#include <linux/kstrtox.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include <asm/cmdline.h>
#include <asm/e820/api.h>
#include <asm/early_ioremap.h>
#include <asm/fixmap.h>
#include <asm/sections.h>
#include <asm/setup.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>

#include <xen/hvc-console.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "../hv/boot_calls.h"
#include "../xen_arch.h"
#include "e820.h"
#include "pv_memory.h"
#include "steps.h"

/* The map has more than a few reserved places: it may be the machine's, with its devices. */
bool xen_pv_pci_possible;

static struct e820_table map __initdata, scratch __initdata;
static struct xen_map_run runs[512] __initdata;
static unsigned int nr_runs __initdata;

/* Length of the initial memory, as far as it is used. */
static unsigned long pages __initdata;

/* Old tools cannot save more; "xen_512gb_limit" alone means yes. */
static bool __init limited_to_512gb(void)
{
	const char *line = (const char *)xen_start_info->cmd_line;
	bool limit = IS_ENABLED(CONFIG_XEN_512GB);
	char value[8];

	/* Parameters are not parsed yet. */
	if (cmdline_find_option_bool(line, "xen_512gb_limit"))
		limit = true;
	else if (cmdline_find_option(line, "xen_512gb_limit", value, sizeof(value)) > 0 &&
		 kstrtobool(value, &limit))
		pr_warn("xen_512gb_limit=%s is no yes or no\n", value);
	return limit;
}

static unsigned long __init most_pages(void)
{
	if (!xen_initial_domain() && limited_to_512gb())
		return PFN_DOWN(512UL * SZ_1G);
	return PFN_DOWN(MAXMEM);
}

static int __init ask_for_map(void)
{
	/* One entry may follow. */
	unsigned int n = ARRAY_SIZE(map.entries) - 1;
	int err = xen_hv_memory_map(xen_initial_domain(), map.entries, &n);

	map.nr_entries = n;
	if (!err || xen_initial_domain())
		return err ?: n ? 0 : -ENODATA;
	/* An old toolstack: all memory, and what back ends may need of it for a while. */
	return xen_map_add(&map, 0, PFN_PHYS(pages) + SZ_8M, E820_TYPE_RAM);
}

/* What the machine's map says that is not so for dom0. */
static int __init adapt_machine_map(void)
{
	unsigned int i;

	/* The hypervisor does not let dom0 have it as it is, and so it is no hole. */
	for (i = 0; i < map.nr_entries; i++)
		if (map.entries[i].type == E820_TYPE_UNUSABLE)
			map.entries[i].type = E820_TYPE_RAM;
#ifdef CONFIG_ISCSI_IBFT_FIND
	/* Where the kernel searches for the table of a network boot. */
	return xen_map_add(&map, IBFT_START, IBFT_END - IBFT_START, E820_TYPE_RESERVED);
#else
	return 0;
#endif
}

static int __init read_map(struct boot_params *bp)
{
	int err;

	pages = min(most_pages(), xen_start_info->nr_pages);
	err = ask_for_map();
	if (!err && xen_initial_domain())
		err = adapt_machine_map();
	return err ?: xen_map_tidy(&map, &scratch);
}

static int __init keep(const char *what, phys_addr_t start, phys_addr_t size)
{
	struct xen_map_move move;
	int moved;

	while ((moved = xen_map_move_nvs(&map, &scratch, start, size, PFN_PHYS(pages),
					 &move)) > 0)
		xen_add_remap_nonram(move.from, move.to, move.size);
	if (moved < 0)
		xen_raw_printk("xen: firmware's memory in the place of %s has nowhere to go\n",
			       what);
	else if (!xen_map_is_ram(&map, start, size))
		moved = -EADDRINUSE;
	if (moved == -EADDRINUSE)
		xen_raw_printk("xen: the memory map has no memory at %#llx to %#llx for %s\n",
			       (u64)start, (u64)(start + size), what);
	return moved;
}

static int __init keep_fixed(struct boot_params *bp)
{
	phys_addr_t tables, size;
	int err;

	xen_pt_initial(&tables, &size);
	err = keep("the kernel", __pa_symbol(_text), __pa_symbol(_end) - __pa_symbol(_text));
	if (!err)
		err = keep("the start info", __pa(xen_start_info), sizeof(*xen_start_info));
	if (!err)
		err = keep("page tables", tables, size);
	return err;
}

static void __init add_entry(u64 start, u64 size, u32 type)
{
	if (type == E820_TYPE_RESERVED)
		xen_pv_pci_possible = true;
#ifdef CONFIG_MEMORY_HOTPLUG
	/* Nothing is added behind before the balloon asks for it. */
	if (type == E820_TYPE_RAM)
		max_mem_size = start + size;
#endif
	e820__range_add(start, size, type);
}

static void __init add_extra(unsigned long first, unsigned long n)
{
	xen_add_extra_mem(first, n);
	xen_max_p2m_pfn = first + n;
}

/* How many frames without memory there are to be, those included that memory out of holes gets. */
static unsigned long __init extra_wanted(void)
{
	unsigned long most = most_pages();
	long allowed = xen_initial_domain() ? xen_hv_max_reservation() : 0;

	/* Another domain's map has all that it may ever have. */
	if (allowed > 0)
		most = min(most, allowed);
	most += xen_map_pages_in_holes(&map, pages);
	if (most <= pages)
		return 0;
	/* Each costs a struct page of the initial memory. */
	return min(most - pages, EXTRA_MEM_RATIO * pages);
}

static int __init lay_out(struct boot_params *bp)
{
	unsigned long wanted = extra_wanted();
	struct xen_map_view view = {
		.pages = pages, .extra = wanted, .add = add_entry, .add_extra = add_extra,
	};
	u64 end;
	int n;

#if defined(CONFIG_MEMORY_HOTPLUG) && defined(CONFIG_XEN_BALLOON)
	xen_saved_max_mem_size = max_mem_size;
#endif
	end = xen_map_show(&map, &view);
	/* Devices may be behind it. */
	set_phys_range_identity(PFN_DOWN(end), ~0UL);
	/* Memory in a domain, but too many drivers look there. */
	e820__range_add(ISA_START_ADDRESS, ISA_END_ADDRESS - ISA_START_ADDRESS,
			E820_TYPE_RESERVED);
	e820__update_table(e820_table);

	n = xen_map_plan_runs(&map, pages, wanted - view.extra, runs, ARRAY_SIZE(runs));
	nr_runs = max(n, 0);
	return min(n, 0);
}

/**
 * xen_find_free_area() - find and reserve initial memory that nothing uses
 * @size: in bytes
 *
 * Context: start-up, for what is in the way of the map.
 * Return: its first address; 0 if there is none.
 */
phys_addr_t __init xen_find_free_area(phys_addr_t size)
{
	unsigned int i;

	size = PAGE_ALIGN(size);
	for (i = 0; i < map.nr_entries; i++) {
		const struct e820_entry *e = &map.entries[i];
		phys_addr_t start = max_t(u64, PAGE_ALIGN(e->addr), SZ_1M), at;
		phys_addr_t end = min(e->addr + e->size, PFN_PHYS(pages));

		if (e->type != E820_TYPE_RAM)
			continue;
		for (at = start; at + PAGE_SIZE <= end; at += PAGE_SIZE) {
			if (memblock_is_reserved(at)) {
				start = at + PAGE_SIZE;
			} else if (at + PAGE_SIZE - start >= size) {
				memblock_reserve(start, size);
				return start;
			}
		}
	}
	return 0;
}

/* A list in the kernel's own area may share page tables with the kernel; another has its own. */
static phys_addr_t __init p2m_list(phys_addr_t *size)
{
	const struct start_info *start = xen_start_info;
	bool own_tables = start->mfn_list < __START_KERNEL_map;

	*size = own_tables ? PFN_PHYS(start->nr_p2m_frames) :
			     PAGE_ALIGN(start->nr_pages * sizeof(*xen_p2m_addr));
	return own_tables ? PFN_PHYS(start->first_p2m_pfn) : __pa(start->mfn_list);
}

static int __init move_p2m_list(struct boot_params *bp)
{
	phys_addr_t size, list = p2m_list(&size);

	memblock_reserve(list, size);
	if (!xen_map_is_ram(&map, list, size)) {
		xen_relocate_p2m();
		memblock_phys_free(list, size);
	}
	return 0;
}

/* As much at once as an early mapping can have. */
static void __init copy_phys(phys_addr_t to, phys_addr_t from, phys_addr_t size)
{
	const phys_addr_t window = NR_FIX_BTMAPS << PAGE_SHIFT;

	while (size) {
		phys_addr_t n = min3(size, window - offset_in_page(to),
				     window - offset_in_page(from));
		void *dst = early_memremap(to, n), *src = early_memremap(from, n);

		memcpy(dst, src, n);
		early_memunmap(src, n);
		early_memunmap(dst, n);
		to += n;
		from += n;
		size -= n;
	}
}

static int __init move_initrd(struct boot_params *bp)
{
	phys_addr_t from = bp->hdr.ramdisk_image | (u64)bp->ext_ramdisk_image << 32;
	phys_addr_t size = bp->hdr.ramdisk_size | (u64)bp->ext_ramdisk_size << 32, to;

	if (xen_map_is_ram(&map, from, size))
		return 0;
	to = xen_find_free_area(size);
	if (!to)
		return -ENOMEM;
	copy_phys(to, from, size);
	memblock_phys_free(from, size);
	bp->hdr.ramdisk_image = to;
	bp->ext_ramdisk_image = to >> 32;
	pr_info("xen: initrd moved from %pa to %pa, out of the memory map's way\n", &from, &to);
	return 0;
}

static int __init open_holes(struct boot_params *bp)
{
	xen_open_holes(&map, runs, nr_runs);
	if (xen_released_pages)
		pr_info("xen: %lu frames in holes given back\n", xen_released_pages);
	return 0;
}

static const struct xen_boot_step steps[] __initconst = {
	{ "reading the memory map",		read_map },
	{ "keeping what cannot move",		keep_fixed },
	{ "laying out memory",			lay_out },
	{ "moving the list of frames",		move_p2m_list },
	{ "moving the initrd",			move_initrd },
	{ "opening holes",			open_holes },
};

/**
 * xen_memory_setup() - the kernel's hook for its memory map
 *
 * Return: who made the map, for the kernel's message.
 */
char * __init xen_memory_setup(void)
{
	if (xen_boot_steps("PV memory", steps, ARRAY_SIZE(steps), &boot_params))
		xen_boot_give_up(NULL);
	return "Xen";
}
