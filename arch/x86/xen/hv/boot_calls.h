/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls of start-up, before the door of drivers/xen may be used. Each returns 0 or a negative
 * errno, unless it says otherwise.
 */
#ifndef _XEN_HV_BOOT_CALLS_H
#define _XEN_HV_BOOT_CALLS_H

#include <asm/xen/hypercall.h>

#include <xen/frame.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>
#include <xen/interface/platform.h>
#include <xen/interface/sched.h>

/* End this domain for having crashed. Returns only if the hypervisor does not know the call. */
static inline void xen_hv_crash(void)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_crash };

	HYPERVISOR_sched_op(SCHEDOP_shutdown, &op);
}

/* Have the shared info page appear in a frame of a translated domain; what was there is gone. */
static inline int xen_hv_map_shared_info(xgfn_t at)
{
	struct xen_add_to_physmap op = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_shared_info,
		.gpfn = xgfn_n(at),
	};

	return HYPERVISOR_memory_op(XENMEM_add_to_physmap, &op);
}

/**
 * xen_hv_memory_map() - ask for a map of memory
 * @machine: the machine's, for the first domain only; otherwise the one made for this domain
 * @entries: in the ABI's layout, which is that of struct e820_entry
 * @n: length of @entries; set to how many there are
 *
 * Return: 0 or a negative errno, also if there is none for this domain.
 */
static inline int xen_hv_memory_map(bool machine, void *entries, unsigned int *n)
{
	struct xen_memory_map op = { .nr_entries = *n };
	int err;

	set_xen_guest_handle(op.buffer, entries);
	err = HYPERVISOR_memory_op(machine ? XENMEM_machine_memory_map : XENMEM_memory_map, &op);
	*n = err ? 0 : op.nr_entries;
	return err;
}

/* Frames that this domain may have at most, or a negative errno. */
static inline long xen_hv_max_reservation(void)
{
	domid_t self = DOMID_SELF;

	return HYPERVISOR_memory_op(XENMEM_maximum_reservation, &self);
}

/* The screen that the hypervisor has set up: how many bytes of @op->u.dom0_console it knows. */
static inline int xen_hv_screen(struct xen_platform_op *op)
{
	op->cmd = XENPF_get_dom0_console;
	return HYPERVISOR_platform_op(op);
}

/* A fact about the firmware: XEN_FW_EFI_*. What it is goes to @op->u.firmware_info.u. */
static inline int xen_hv_firmware_efi(struct xen_platform_op *op, u32 index)
{
	op->cmd = XENPF_firmware_info;
	op->u.firmware_info.type = XEN_FW_EFI_INFO;
	op->u.firmware_info.index = index;
	return HYPERVISOR_platform_op(op);
}

#endif /* _XEN_HV_BOOT_CALLS_H */
