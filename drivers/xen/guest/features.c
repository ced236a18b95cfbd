// SPDX-License-Identifier: GPL-2.0
/* What this hypervisor can do. Asked once, before anything else is asked of it. */
#include <linux/cache.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <xen/features.h>
#include <xen/hv_domain.h>
#include <xen/xen.h>

/* XENFEAT_* of the ABI: 1 or 0 for each; read by xen_feature(). */
u8 xen_features[XENFEAT_NR_SUBMAPS * 32] __read_mostly;
EXPORT_SYMBOL_GPL(xen_features);

/* All since 4.0 have these; a PV kernel is built on them. */
static void require(unsigned int feature, const char *what)
{
	if (!xen_features[feature])
		panic("the hypervisor cannot %s", what);
}

/**
 * xen_setup_features() - fill xen_features
 *
 * Context: start-up of the first CPU, PV: before the kernel's own page tables.
 */
void xen_setup_features(void)
{
	unsigned int map, bit;
	u32 bits;

	for (map = 0; map < XENFEAT_NR_SUBMAPS; map++) {
		if (xen_hv_features(map, &bits))
			break;
		for (bit = 0; bit < 32; bit++)
			xen_features[map * 32 + bit] = bits >> bit & 1;
	}
	if (!xen_pv_domain())
		return;
	require(XENFEAT_mmu_pt_update_preserve_ad, "keep accessed and dirty bits");
	require(XENFEAT_gnttab_map_avail_bits, "keep available bits of grant mappings");
}
