/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Typed calls for physical interrupts, from xen/interface/physdev.h. All return 0 or a negative
 * errno. A PIRQ is the hypervisor's number for a physical interrupt of a domain.
 */
#ifndef _XEN_HV_PHYSDEV_H
#define _XEN_HV_PHYSDEV_H

#include <xen/frame.h>
#include <xen/hv.h>
#include <xen/interface/xen.h>
#include <xen/interface/physdev.h>

/**
 * xen_hv_physdev_eoi() - a physical interrupt was served
 * @pirq: which
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_physdev_eoi(u32 pirq)
{
	struct physdev_eoi op = { .irq = pirq };

	return xen_hv_call(XEN_HV_PHYSDEV_EOI, &op, 1);
}

/**
 * xen_hv_physdev_irq_status() - ask what a physical interrupt needs
 * @pirq: which
 * @flags: set to XENIRQSTAT_* on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_physdev_irq_status(u32 pirq, u32 *flags)
{
	struct physdev_irq_status_query op = { .irq = pirq };
	int err = xen_hv_call(XEN_HV_PHYSDEV_IRQ_STATUS, &op, 1);

	if (!err)
		*flags = op.flags;
	return err;
}

/**
 * xen_hv_physdev_pirq_eoi_gfn() - share a page of bits that say which PIRQs need an EOI
 * @gfn: the page, zeroed; the hypervisor writes it from now on
 *
 * Return: 0; a negative errno if the hypervisor or this kind of domain has no such page.
 */
static inline int xen_hv_physdev_pirq_eoi_gfn(xgfn_t gfn)
{
	struct physdev_pirq_eoi_gmfn op = { .gmfn = xgfn_n(gfn) };

	return xen_hv_call(XEN_HV_PHYSDEV_PIRQ_EOI_GFN, &op, 1);
}

/**
 * xen_hv_physdev_alloc_vector() - have the hypervisor route a GSI
 * @irq: our interrupt number for it
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_physdev_alloc_vector(u32 irq)
{
	struct physdev_irq op = { .irq = irq };

	return xen_hv_call(XEN_HV_PHYSDEV_ALLOC_VECTOR, &op, 1);
}

/**
 * xen_hv_physdev_get_free_pirq() - reserve a PIRQ for an MSI
 * @pirq: set on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_physdev_get_free_pirq(u32 *pirq)
{
	struct physdev_get_free_pirq op = { .type = MAP_PIRQ_TYPE_MSI };
	int err = xen_hv_call(XEN_HV_PHYSDEV_GET_FREE_PIRQ, &op, 1);

	if (!err)
		*pirq = op.pirq;
	return err;
}

/**
 * xen_hv_physdev_map_gsi() - connect a PIRQ of this domain to a GSI
 * @gsi: the GSI
 * @pirq: the PIRQ
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_physdev_map_gsi(int gsi, int pirq)
{
	struct physdev_map_pirq op = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_GSI,
		.index = gsi,
		.pirq = pirq,
	};

	return xen_hv_call(XEN_HV_PHYSDEV_MAP_PIRQ, &op, 1);
}

/**
 * xen_hv_physdev_map_gsi_at() - connect a GSI to a PIRQ that the hypervisor may choose
 * @gsi: the GSI
 * @pirq: the PIRQ; a negative one is replaced on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_physdev_map_gsi_at(int gsi, int *pirq)
{
	struct physdev_map_pirq op = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_GSI,
		.index = gsi,
		.pirq = *pirq,
	};
	int err = xen_hv_call(XEN_HV_PHYSDEV_MAP_PIRQ, &op, 1);

	if (!err)
		*pirq = op.pirq;
	return err;
}

/**
 * xen_hv_physdev_map_msi() - have an MSI of the machine programmed, and connect it to a PIRQ
 * @op: what is to be mapped, for which domain; the PIRQ is in it on success
 *
 * Return: 0 or a negative errno; -EINVAL also for a type that the hypervisor does not know.
 */
static inline int xen_hv_physdev_map_msi(struct physdev_map_pirq *op)
{
	return xen_hv_call(XEN_HV_PHYSDEV_MAP_PIRQ, op, 1);
}

/**
 * xen_hv_physdev_setup_gsi() - tell how a pin of the machine's interrupt controllers works
 * @gsi: which
 * @level: by level, not by edge
 * @low: active when low
 *
 * Return: 0; -EEXIST if that is known; or a negative errno.
 */
static inline int xen_hv_physdev_setup_gsi(int gsi, bool level, bool low)
{
	struct physdev_setup_gsi op = { .gsi = gsi, .triggering = level, .polarity = low };

	return xen_hv_call(XEN_HV_PHYSDEV_SETUP_GSI, &op, 1);
}

/**
 * xen_hv_physdev_restore_msi_ext() - have a device's MSIs programmed again
 * @segment: of the device
 * @bus: of the device
 * @devfn: of the device
 *
 * Return: 0 or a negative errno, also if the hypervisor knows no segments.
 */
static inline int xen_hv_physdev_restore_msi_ext(u16 segment, u8 bus, u8 devfn)
{
	struct physdev_pci_device op = { .seg = segment, .bus = bus, .devfn = devfn };

	return xen_hv_call(XEN_HV_PHYSDEV_RESTORE_MSI_EXT, &op, 1);
}

/**
 * xen_hv_physdev_restore_msi() - the same where there are no segments
 * @bus: of the device
 * @devfn: of the device
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_physdev_restore_msi(u8 bus, u8 devfn)
{
	struct physdev_restore_msi op = { .bus = bus, .devfn = devfn };

	return xen_hv_call(XEN_HV_PHYSDEV_RESTORE_MSI, &op, 1);
}

/**
 * xen_hv_physdev_unmap_pirq() - disconnect a PIRQ
 * @domid: whose
 * @pirq: which
 *
 * Return: 0; -ESRCH if that domain is gone.
 */
static inline int xen_hv_physdev_unmap_pirq(domid_t domid, int pirq)
{
	struct physdev_unmap_pirq op = { .domid = domid, .pirq = pirq };

	return xen_hv_call(XEN_HV_PHYSDEV_UNMAP_PIRQ, &op, 1);
}

#endif /* _XEN_HV_PHYSDEV_H */
