// SPDX-License-Identifier: GPL-2.0
/*
 * What the firmware told the hypervisor, and dom0 asks the hypervisor for: keyboard, disks as the
 * BIOS numbers them, and which memory is cached. EFI and the screen are elsewhere.
 */
#include <linux/edd.h>
#include <linux/init.h>
#include <linux/kernel.h>

#include <asm/bootparam.h>
#include <asm/mtrr.h>
#include <asm/processor.h>
#include <asm/setup.h>

#include <xen/interface/platform.h>

#include "../hv/time_calls.h"
#include "pv_boot.h"

static int __init ask(struct xen_platform_op *op, unsigned int type, unsigned int index)
{
	op->cmd = XENPF_firmware_info;
	op->interface_version = XENPF_INTERFACE_VERSION;
	op->u.firmware_info.type = type;
	op->u.firmware_info.index = index;
	return xen_hv_platform(op);
}

#if IS_ENABLED(CONFIG_EDD)
static bool __init ask_disk(struct edd_info *disk, unsigned int i)
{
	struct xen_platform_op op = { };

	disk->params.length = sizeof(disk->params);
	set_xen_guest_handle(op.u.firmware_info.u.disk_info.edd_params, &disk->params);
	if (ask(&op, XEN_FW_DISK_INFO, i))
		return false;
	disk->device = op.u.firmware_info.u.disk_info.device;
	disk->version = op.u.firmware_info.u.disk_info.version;
	disk->interface_support = op.u.firmware_info.u.disk_info.interface_support;
	disk->legacy_max_cylinder = op.u.firmware_info.u.disk_info.legacy_max_cylinder;
	disk->legacy_max_head = op.u.firmware_info.u.disk_info.legacy_max_head;
	disk->legacy_sectors_per_track = op.u.firmware_info.u.disk_info.legacy_sectors_per_track;
	return true;
}

static void __init ask_disks(struct boot_params *bp)
{
	struct xen_platform_op op = { };
	unsigned int n = 0;

	while (n < EDDMAXNR && ask_disk(&bp->eddbuf[n], n))
		n++;
	bp->eddbuf_entries = n;

	for (n = 0; n < EDD_MBR_SIG_MAX && !ask(&op, XEN_FW_DISK_MBR_SIGNATURE, n); n++)
		bp->edd_mbr_sig_buffer[n] = op.u.firmware_info.u.disk_mbr_signature.mbr_signature;
	bp->edd_mbr_sig_buf_entries = n;
}
#else
static void __init ask_disks(struct boot_params *bp)
{
}
#endif

/**
 * xen_dom0_firmware() - ask for what a boot loader would have asked the BIOS
 * @bp: filled in as far as the hypervisor knows
 *
 * Context: early boot.
 */
void __init xen_dom0_firmware(struct boot_params *bp)
{
	struct xen_platform_op op = { };

	if (!ask(&op, XEN_FW_KBD_SHIFT_FLAGS, 0))
		bp->kbd_status = op.u.firmware_info.u.kbd_shift_flags;
	ask_disks(bp);
}

#ifdef CONFIG_MTRR
/* Registers that are not in use have no pages. */
static void __init as_range(struct mtrr_var_range *range, const struct xenpf_read_memtype *type)
{
	u64 base = type->mfn << PAGE_SHIFT | type->type;
	u64 mask = 0;

	if (type->nr_mfns) {
		mask = ~((type->nr_mfns << PAGE_SHIFT) - 1);
		mask &= BIT_ULL(boot_cpu_data.x86_phys_bits) - 1;
		mask |= MTRR_PHYSMASK_V;
	}
	range->base_lo = lower_32_bits(base);
	range->base_hi = upper_32_bits(base);
	range->mask_lo = lower_32_bits(mask);
	range->mask_hi = upper_32_bits(mask);
}

/**
 * xen_dom0_mtrr() - show the kernel the machine's memory types, which it cannot read
 *
 * They are by machine address. Where dom0 has anything but memory, addresses are the machine's;
 * and memory is cached, wherever it is.
 *
 * Context: early boot.
 */
void __init xen_dom0_mtrr(void)
{
	static struct mtrr_var_range ranges[MTRR_MAX_VAR_RANGES] __initdata;
	struct xen_platform_op op = {
		.cmd = XENPF_read_memtype,
		.interface_version = XENPF_INTERFACE_VERSION,
	};
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(ranges); n++) {
		op.u.read_memtype.reg = n;
		if (xen_hv_platform(&op))
			break;
		as_range(&ranges[n], &op.u.read_memtype);
	}
	if (n)
		guest_force_mtrr_state(ranges, n, MTRR_TYPE_UNCACHABLE);
}
#else
void __init xen_dom0_mtrr(void) { }
#endif
