/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event channels for the rest of the kernel: a channel is bound to an interrupt number, and from
 * then on it is an interrupt.
 *
 * Channels to other domains belong to the ..._lateeoi functions: such an event stays masked
 * until xen_irq_lateeoi() says that its work is done, so a peer cannot flood this domain. The
 * design is described in Documentation/virt/xen/events.rst.
 *
 * What is not described here is described where it is defined, in drivers/xen/events.
 */
#ifndef _XEN_EVENTS_H
#define _XEN_EVENTS_H

#include <linux/interrupt.h>
#include <linux/irq.h>
#ifdef CONFIG_PCI_MSI
#include <linux/msi.h>
#endif

#include <asm/xen/events.h>
#include <asm/xen/hypercall.h>
#include <xen/hv_evtchn.h>
#include <xen/interface/event_channel.h>

struct xenbus_device;

/*
 * Interdomain channels
 */

/**
 * bind_interdomain_evtchn_to_irqhandler_lateeoi() - connect to a peer's port, and request_irq()
 * @dev: the device; its statistics and its threshold are used
 * @remote: the other end's port
 * @handler: as for request_irq()
 * @flags: as for request_irq()
 * @name: as for request_irq()
 * @dev_id: as for request_irq()
 *
 * Return: the interrupt number or a negative errno; then no channel is left open.
 */
int bind_interdomain_evtchn_to_irqhandler_lateeoi(struct xenbus_device *dev, evtchn_port_t remote,
						  irq_handler_t handler, unsigned long flags,
						  const char *name, void *dev_id);

/**
 * bind_interdomain_evtchn_to_irq_lateeoi() - the same without a handler
 * @dev: the device; its statistics and its threshold are used
 * @remote: the other end's port
 *
 * Return: the interrupt number or a negative errno; then no channel is left open.
 */
int bind_interdomain_evtchn_to_irq_lateeoi(struct xenbus_device *dev, evtchn_port_t remote);

/**
 * bind_evtchn_to_irqhandler_lateeoi() - bind_evtchn_to_irq_lateeoi() and request_irq()
 * @port: as for bind_evtchn_to_irqhandler()
 * @handler: as for request_irq()
 * @flags: as for request_irq()
 * @name: as for request_irq()
 * @dev_id: as for request_irq()
 *
 * Return: as bind_evtchn_to_irqhandler().
 */
int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t port, irq_handler_t handler,
				      unsigned long flags, const char *name, void *dev_id);

/**
 * bind_evtchn_to_irq_lateeoi() - bind a port of ours that waits for xen_irq_lateeoi()
 * @port: the port
 *
 * Return: as bind_evtchn_to_irq().
 */
int bind_evtchn_to_irq_lateeoi(evtchn_port_t port);

/* The event brought no work. */
#define XEN_EOI_FLAG_SPURIOUS	0x00000001

void xen_irq_lateeoi(unsigned int irq, unsigned int eoi_flags);

/**
 * xen_irq_follow() - deliver an event to this CPU from now on
 * @irq: its interrupt
 *
 * For whoever does the work of an event elsewhere than it is delivered. The interrupt's affinity
 * stays as it is: this is a choice among the CPUs that it allows.
 *
 * Context: any, but cheapest while the event waits for its late EOI.
 * Return: 0, also if nothing had to be changed; -EINVAL if the affinity does not allow it, or there
 * is no such event; the hypervisor's error if the event is tied to its vCPU.
 */
int xen_irq_follow(unsigned int irq);

/**
 * bind_evtchn_to_irqhandler() - bind_evtchn_to_irq() and request_irq()
 * @port: the port; with IRQF_SHARED it may be bound already, if evtchn_make_refcounted()
 * @handler: as for request_irq()
 * @flags: as for request_irq()
 * @name: as for request_irq()
 * @dev_id: as for request_irq()
 *
 * Return: the interrupt number, or a negative errno, -EBUSY for a port that is bound already; then
 * the port is still open, and what had it before has it still.
 */
int bind_evtchn_to_irqhandler(evtchn_port_t port, irq_handler_t handler, unsigned long flags,
			      const char *name, void *dev_id);

/**
 * bind_evtchn_to_irq() - bind a port of ours whose handler is done when it returns
 * @port: the port
 *
 * Return: the interrupt number, the same for a port that is bound already; -EINVAL for a port
 * that cannot be bound, -ENOMEM, or the hypervisor's error.
 */
int bind_evtchn_to_irq(evtchn_port_t port);

/*
 * What comes from the hypervisor, and from this domain's other CPUs
 */

/**
 * bind_ipi_to_irqhandler() - bind an IPI of one CPU, and request_irq()
 * @ipi: which
 * @cpu: who receives it
 * @handler: as for request_irq()
 * @flags: as for request_irq(); the IPI also works while the system is suspended
 * @name: as for request_irq()
 * @dev_id: as for request_irq()
 *
 * Return: the interrupt number or a negative errno.
 */
int bind_ipi_to_irqhandler(enum ipi_vector ipi, unsigned int cpu, irq_handler_t handler,
			   unsigned long flags, const char *name, void *dev_id);

/**
 * xen_send_IPI_one() - raise an IPI
 * @cpu: who receives it
 * @ipi: which; it is bound there, or is the NMI
 *
 * Context: any.
 */
void xen_send_IPI_one(unsigned int cpu, enum ipi_vector ipi);

/**
 * bind_virq_to_irqhandler() - bind a virtual interrupt of the hypervisor, and request_irq()
 * @virq: VIRQ_* of the ABI
 * @cpu: where it is received
 * @handler: as for request_irq()
 * @flags: as for request_irq(); IRQF_PERCPU if it exists once per CPU
 * @name: as for request_irq()
 * @dev_id: as for request_irq()
 *
 * Return: the interrupt number or a negative errno.
 */
int bind_virq_to_irqhandler(unsigned int virq, unsigned int cpu, irq_handler_t handler,
			    unsigned long flags, const char *name, void *dev_id);

int bind_virq_to_irq(unsigned int virq, unsigned int cpu, bool percpu);

/*
 * Bound channels: their other end, their end, their users
 */

/**
 * notify_remote_via_irq() - raise an event at the other end of a bound channel
 * @irq: its interrupt; nothing happens while it has no channel, as after a resume
 *
 * Context: any.
 */
void notify_remote_via_irq(int irq);

/**
 * notify_remote_via_evtchn() - raise an event at the other end of a channel
 * @port: our end
 */
static inline void notify_remote_via_evtchn(evtchn_port_t port)
{
	xen_hv_evtchn_send(port);
}

/**
 * irq_from_evtchn() - the interrupt that a port is bound to
 * @port: the port
 *
 * Return: the interrupt number, or -1 as an unsigned value.
 */
unsigned int irq_from_evtchn(evtchn_port_t port);

/**
 * unbind_from_irqhandler() - free an interrupt's handler, its binding and its channel
 * @irq: an interrupt that a function above returned
 * @dev_id: as for free_irq()
 *
 * The channel is closed, also if it existed before it was bound. When this returns the handler
 * does not run and will not.
 *
 * Context: may sleep.
 */
void unbind_from_irqhandler(unsigned int irq, void *dev_id);

/**
 * xen_evtchn_close() - close a channel that is not bound
 * @port: our end; a failure is reported by the door
 */
static inline void xen_evtchn_close(evtchn_port_t port)
{
	xen_hv_evtchn_close(port);
}

/**
 * xen_irq_hold() - take a reference to a bound port
 * @port: the port; evtchn_make_refcounted() was called for it
 *
 * The reference is to the interrupt: a restore or a migration takes the channel from it, and the
 * port's number may be somebody else's then.
 *
 * Context: may sleep.
 * Return: the interrupt number, for notify_remote_via_irq() and xen_irq_let_go(); -ENOENT if the
 * port is not bound, -EINVAL if it cannot have more users.
 */
int xen_irq_hold(evtchn_port_t port);

/**
 * xen_irq_let_go() - drop a reference; the last one closes the channel, if there still is one
 * @irq: what xen_irq_hold() returned
 *
 * Context: may sleep.
 */
void xen_irq_let_go(unsigned int irq);

/**
 * evtchn_get() - take a reference to a bound port, which does not outlive a restore
 * @port: the port
 *
 * Return: 0; an error of xen_irq_hold().
 */
int evtchn_get(evtchn_port_t port);

/**
 * evtchn_put() - drop a reference; the last one unbinds the port
 * @port: the port
 */
void evtchn_put(evtchn_port_t port);

/**
 * evtchn_make_refcounted() - let a bound port have more users than one
 * @port: the port; the caller's binding is the first reference
 * @is_static: the channel was there before and stays when the last one goes
 *
 * Return: 0; -ENOENT if the port is not bound.
 */
int evtchn_make_refcounted(evtchn_port_t port, bool is_static);

#define XEN_IRQ_PRIORITY_MIN	 EVTCHN_FIFO_PRIORITY_MIN
#define XEN_IRQ_PRIORITY_DEFAULT EVTCHN_FIFO_PRIORITY_DEFAULT
#define XEN_IRQ_PRIORITY_MAX	 EVTCHN_FIFO_PRIORITY_MAX

/**
 * xen_set_irq_priority() - choose how urgent an event is
 * @irq: its interrupt
 * @priority: XEN_IRQ_PRIORITY_MAX to XEN_IRQ_PRIORITY_MIN
 *
 * Return: 0; -ENOSYS with the 2-level ABI, -EINVAL.
 */
int xen_set_irq_priority(unsigned int irq, unsigned int priority);

/*
 * Waiting in the hypervisor, with the event's interrupt disabled
 */

/**
 * xen_poll_irq_timeout() - sleep in the hypervisor until an event is pending
 * @irq: its interrupt, disabled, delivered to this CPU
 * @timeout: system time in nanoseconds, 0 for none
 */
void xen_poll_irq_timeout(int irq, u64 timeout);

/**
 * xen_poll_irq() - xen_poll_irq_timeout() without an end
 * @irq: its interrupt, disabled, delivered to this CPU
 */
void xen_poll_irq(int irq);

/**
 * xen_test_irq_pending() - whether an event is pending
 * @irq: its interrupt
 *
 * Context: any.
 * Return: false also if it has no channel.
 */
bool xen_test_irq_pending(int irq);

/**
 * xen_clear_irq_pending() - forget that an event is pending, before xen_poll_irq()
 * @irq: its interrupt, disabled
 */
void xen_clear_irq_pending(int irq);

/*
 * Physical interrupts
 */

int xen_irq_from_gsi(unsigned int gsi);
int xen_pirq_from_irq(unsigned int irq);
int xen_test_irq_shared(int irq);
int xen_destroy_irq(int irq);
int xen_bind_pirq_gsi_to_irq(unsigned int gsi, unsigned int pirq, int shareable, char *name);

#ifdef CONFIG_PCI_MSI
int xen_bind_pirq_msi_to_irq(struct pci_dev *dev, struct msi_desc *desc, int pirq, int nvec,
			     const char *name, domid_t domid);
int xen_allocate_pirq_msi(struct pci_dev *dev, struct msi_desc *desc);
#endif

/*
 * The whole: boot, the upcall, resume, debugging
 */

/* Whether the FIFO ABI is in use; off by the parameter xen.fifo_events=0. */
extern bool xen_fifo_events;

unsigned int xen_evtchn_nr_channels(void);
int xen_evtchn_do_upcall(void);
int xen_set_callback_via(u64 via);
irqreturn_t xen_debug_interrupt(int irq, void *dev_id);
void xen_init_IRQ(void);
void xen_irq_resume(void);
void rebind_evtchn_irq(evtchn_port_t port, int irq);

#endif /* _XEN_EVENTS_H */
