// SPDX-License-Identifier: GPL-2.0
/*
 * Physical interrupts: GSIs and MSIs that the hypervisor owns and hands on as events.
 *
 * A PIRQ has an event from the time it is bound, and a port from when the interrupt is started
 * until it is shut down. The hypervisor may want an EOI for it; whether it does is told by a page
 * that it shares with a PV dom0, or by a flag asked for when the PIRQ is bound and started.
 */
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/rculist.h>
#include <xen/frame_page.h>
#include <xen/hv_physdev.h>
#include <xen/xen.h>
#include "internal.h"

/* One bit per PIRQ, written by the hypervisor; NULL if it has no such page. */
static unsigned long *eoi_map;

/**
 * xen_pirq_use_eoi_map() - share the page of EOI bits with the hypervisor, if it can
 *
 * Context: boot, before a PIRQ is bound.
 */
void xen_pirq_use_eoi_map(void)
{
	unsigned long page = get_zeroed_page(GFP_KERNEL);

	if (!page)
		return;
	if (xen_hv_physdev_pirq_eoi_gfn(xgfn_of_virt((void *)page)))
		free_page(page);
	else
		eoi_map = (unsigned long *)page;
}

static bool needs_eoi(const struct xen_event *event)
{
	if (eoi_map && event->pirq.nr < PAGE_SIZE * BITS_PER_BYTE)
		return test_bit(event->pirq.nr, eoi_map);
	return event->pirq.flags & XEN_PIRQ_NEEDS_EOI;
}

static void ask_needs_eoi(struct xen_event *event)
{
	u32 flags = 0;

	xen_hv_physdev_irq_status(event->pirq.nr, &flags);
	event->pirq.flags &= ~XEN_PIRQ_NEEDS_EOI;
	if (flags & XENIRQSTAT_needs_eoi)
		event->pirq.flags |= XEN_PIRQ_NEEDS_EOI;
}

static void send_eoi(struct xen_event *event)
{
	if (!event->port)
		return;
	xen_event_done(event);
	if (needs_eoi(event))
		xen_hv_physdev_eoi(event->pirq.nr);
}

static void pirq_eoi(struct irq_data *data)
{
	struct xen_event *event = xen_event_of_irq(data->irq);

	if (event)
		send_eoi(event);
}

static void pirq_mask_ack(struct irq_data *data)
{
	xen_chip_mask(data);
	pirq_eoi(data);
}

/**
 * xen_pirq_start() - give a PIRQ a port and let it come
 * @event: the PIRQ's event
 *
 * An error is logged: the interrupt core cannot be told.
 *
 * Context: the interrupt core starts the interrupt, or resume does; does not sleep.
 */
void xen_pirq_start(struct xen_event *event)
{
	evtchn_port_t port;
	int err;

	if (!event->port) {
		err = xen_hv_evtchn_bind_pirq(event->pirq.nr,
					      event->pirq.flags & XEN_PIRQ_SHAREABLE, &port);
		if (err) {
			pr_warn("xen/events: irq %u: pirq %u not bound: %d\n", event->irq,
				event->pirq.nr, err);
			return;
		}
		ask_needs_eoi(event);
		err = xen_event_attach(event, port, GFP_ATOMIC);
		if (err) {
			pr_warn("xen/events: irq %u: no room for port %u: %d\n", event->irq, port,
				err);
			xen_hv_evtchn_close(port);
			return;
		}
		xen_event_place(event, 0, false);
	}
	xen_event_unmask(event, XEN_MASK_EXPLICIT);
	send_eoi(event);
}

static unsigned int pirq_startup(struct irq_data *data)
{
	struct xen_event *event = xen_event_of_irq(data->irq);

	if (event)
		xen_pirq_start(event);
	return 0;
}

static void pirq_shutdown(struct irq_data *data)
{
	struct xen_event *event = xen_event_of_irq(data->irq);
	evtchn_port_t port = event ? event->port : 0;

	if (!port)
		return;
	xen_event_mask(event, XEN_MASK_EXPLICIT);
	xen_event_detach(event);
	xen_hv_evtchn_close(port);
}

static struct irq_chip xen_chip_pirq __read_mostly = {
	.name			= "xen-pirq",
	.irq_startup		= pirq_startup,
	.irq_shutdown		= pirq_shutdown,
	.irq_enable		= xen_chip_unmask,
	.irq_disable		= xen_chip_mask,
	.irq_mask		= xen_chip_mask,
	.irq_unmask		= xen_chip_unmask,
	.irq_ack		= pirq_eoi,
	.irq_eoi		= pirq_eoi,
	.irq_mask_ack		= pirq_mask_ack,
	.irq_set_affinity	= xen_event_set_affinity,
	.irq_retrigger		= xen_chip_retrigger,
};

static int set_up(struct xen_event *event, unsigned int pirq, unsigned int gsi, domid_t domid,
		  u8 flags)
{
	event->kind = XEN_EVENT_PIRQ;
	event->pirq.nr = pirq;
	event->pirq.gsi = gsi;
	event->pirq.domid = domid;
	event->pirq.flags = flags;
	return xen_event_attach(event, 0, GFP_KERNEL);
}

/**
 * xen_irq_from_gsi() - the interrupt bound to a GSI
 * @gsi: the GSI
 *
 * Return: the interrupt number or -1.
 */
int xen_irq_from_gsi(unsigned int gsi)
{
	struct xen_event *event;
	int irq = -1;

	rcu_read_lock();
	list_for_each_entry_rcu(event, &xen_events, all) {
		if (event->kind == XEN_EVENT_PIRQ && event->pirq.gsi == gsi) {
			irq = event->irq;
			break;
		}
	}
	rcu_read_unlock();
	return irq;
}
EXPORT_SYMBOL_GPL(xen_irq_from_gsi);

/**
 * xen_bind_pirq_gsi_to_irq() - bind the PIRQ of a GSI
 * @gsi: the GSI; one that is bound already keeps its interrupt
 * @pirq: Xen's number for it
 * @shareable: it is level triggered and other domains may have it as well
 * @name: of the flow, in /proc/interrupts
 *
 * Level interrupts need an EOI at the end of the handler. Edge ones may need one too, by the
 * hypervisor's choice; that is then sent with the acknowledgment, and the hypervisor raises no
 * other before it came.
 *
 * Return: the interrupt number; -ENOSPC if the hypervisor has no vector, or another negative
 * errno.
 */
int xen_bind_pirq_gsi_to_irq(unsigned int gsi, unsigned int pirq, int shareable, char *name)
{
	struct xen_event *event;
	int ret;

	mutex_lock(&xen_event_lock);
	ret = xen_irq_from_gsi(gsi);
	if (ret >= 0) {
		pr_info("xen/events: GSI %u is bound already, to irq %d\n", gsi, ret);
		goto out;
	}
	ret = -ENOMEM;
	event = xen_event_new_gsi(gsi);
	if (!event)
		goto out;
	/* In other domains pcifront has the initial one do this. */
	if (xen_initial_domain() && xen_hv_physdev_alloc_vector(event->irq)) {
		ret = -ENOSPC;
		goto free;
	}
	ret = set_up(event, pirq, gsi, DOMID_SELF, shareable ? XEN_PIRQ_SHAREABLE : 0);
	if (ret)
		goto free;
	ask_needs_eoi(event);
	irq_set_chip_and_handler_name(event->irq, &xen_chip_pirq,
				      shareable ? handle_fasteoi_irq : handle_edge_irq, name);
	ret = event->irq;
	goto out;
free:
	xen_event_free(event);
out:
	mutex_unlock(&xen_event_lock);
	return ret;
}

#ifdef CONFIG_PCI_MSI
/**
 * xen_allocate_pirq_msi() - get a PIRQ for an MSI of an emulated device
 * @dev: not used
 * @desc: not used
 *
 * Return: the PIRQ or -1.
 */
int xen_allocate_pirq_msi(struct pci_dev *dev, struct msi_desc *desc)
{
	u32 pirq;
	int err = xen_hv_physdev_get_free_pirq(&pirq);

	if (err)
		pr_warn_once("xen/events: the hypervisor hands out no PIRQ for an MSI: %d\n", err);
	return err ? -1 : (int)pirq;
}

/**
 * xen_bind_pirq_msi_to_irq() - bind the PIRQs of an MSI or MSI-X
 * @dev: not used
 * @desc: the MSI
 * @pirq: the first PIRQ
 * @nvec: how many in a row
 * @name: of the flow, in /proc/interrupts
 * @domid: whose they are
 *
 * Return: the first of @nvec interrupt numbers in a row, or a negative errno; then none is bound.
 */
int xen_bind_pirq_msi_to_irq(struct pci_dev *dev, struct msi_desc *desc, int pirq, int nvec,
			     const char *name, domid_t domid)
{
	struct xen_event *event;
	int i, irq, ret;

	mutex_lock(&xen_event_lock);
	irq = irq_alloc_descs(-1, 0, nvec, -1);
	if (irq < 0) {
		ret = irq;
		goto out;
	}
	for (i = 0; i < nvec; i++) {
		event = xen_event_new_at(irq + i);
		ret = event ? set_up(event, pirq + i, 0, domid, i ? XEN_PIRQ_MSI_GROUP : 0)
			    : -ENOMEM;
		if (ret)
			goto undo;
		irq_set_chip_and_handler_name(irq + i, &xen_chip_pirq, handle_edge_irq, name);
	}
	ret = irq_set_msi_desc(irq, desc);
	if (!ret) {
		ret = irq;
		goto out;
	}
undo:
	for (i = 0; i < nvec; i++) {
		event = xen_event_of_irq(irq + i);
		if (event)
			xen_event_free(event);
		else
			xen_event_free_irq(irq + i);
	}
out:
	mutex_unlock(&xen_event_lock);
	return ret;
}
#endif

/**
 * xen_destroy_irq() - the opposite of binding a PIRQ
 * @irq: its interrupt, without a handler
 *
 * A group of MSIs is one PIRQ mapping to the hypervisor: it goes with the first of them.
 *
 * Return: 0; -ENOENT if the PIRQ was left to the hypervisor, which other domains ignore, or if
 * @irq is not bound; the hypervisor's error, then nothing changed.
 */
int xen_destroy_irq(int irq)
{
	struct xen_event *event;
	int err = -ENOENT;

	mutex_lock(&xen_event_lock);
	event = xen_event_of_irq(irq);
	if (!event || event->kind != XEN_EVENT_PIRQ)
		goto out;
	if (xen_initial_domain() && !(event->pirq.flags & XEN_PIRQ_MSI_GROUP)) {
		err = xen_hv_physdev_unmap_pirq(event->pirq.domid, event->pirq.nr);
		/* A domain that died has taken its PIRQs along. */
		if (err == -ESRCH && event->pirq.domid != DOMID_SELF) {
			pr_info("xen/events: domain %u has no pirq %u any more\n",
				event->pirq.domid, event->pirq.nr);
		} else if (err) {
			pr_warn("xen/events: pirq %u not unmapped: %d\n", event->pirq.nr, err);
			goto out;
		}
	}
	xen_event_free(event);
out:
	mutex_unlock(&xen_event_lock);
	return err;
}

/**
 * xen_pirq_from_irq() - Xen's number of a physical interrupt
 * @irq: its interrupt
 *
 * Return: the PIRQ, or 0 if @irq is not bound to one.
 */
int xen_pirq_from_irq(unsigned int irq)
{
	struct xen_event *event;
	int pirq = 0;

	rcu_read_lock();
	event = xen_event_of_irq(irq);
	if (event && event->kind == XEN_EVENT_PIRQ)
		pirq = event->pirq.nr;
	rcu_read_unlock();
	return pirq;
}
EXPORT_SYMBOL_GPL(xen_pirq_from_irq);

/**
 * xen_test_irq_shared() - whether a physical interrupt belongs to this domain alone
 * @irq: its interrupt
 *
 * Return: 1 if the hypervisor says that no other domain has it, 0 if one has or it does not say;
 * -ENOENT if @irq is not bound to a PIRQ.
 */
int xen_test_irq_shared(int irq)
{
	struct xen_event *event;
	int ret = -ENOENT;
	u32 flags;

	rcu_read_lock();
	event = xen_event_of_irq(irq);
	if (event && event->kind == XEN_EVENT_PIRQ)
		ret = !xen_hv_physdev_irq_status(event->pirq.nr, &flags) &&
		      !(flags & XENIRQSTAT_shared);
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(xen_test_irq_shared);
