// SPDX-License-Identifier: GPL-2.0
/* The names by which the rest of the kernel knows event channels: include/xen/events.h. */
#include <linux/export.h>
#include <linux/interrupt.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>
#include "internal.h"

/* Give a bound interrupt its handler, or take back the binding; @keep: but leave the port open. */
static int request(int irq, irq_handler_t handler, unsigned long flags, const char *name,
		   void *dev_id, bool keep)
{
	int err;

	if (irq < 0)
		return irq;
	err = request_irq(irq, handler, flags, name, dev_id);
	if (err)
		xen_event_unbind_irq(irq, keep);
	return err ?: irq;
}

/* Documented, like all that is exported here, in xen/events.h. */
int bind_evtchn_to_irq(evtchn_port_t port)
{
	return xen_event_bind_channel(port, &xen_chip_dynamic, NULL, XEN_EVENT_SAME);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irq);

int bind_evtchn_to_irq_lateeoi(evtchn_port_t port)
{
	return xen_event_bind_channel(port, &xen_chip_lateeoi, NULL, XEN_EVENT_SAME);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irq_lateeoi);

static enum xen_event_again again(unsigned long flags)
{
	return flags & IRQF_SHARED ? XEN_EVENT_SHARED : XEN_EVENT_ALONE;
}

int bind_evtchn_to_irqhandler(evtchn_port_t port, irq_handler_t handler, unsigned long flags,
			      const char *name, void *dev_id)
{
	int irq = xen_event_bind_channel(port, &xen_chip_dynamic, NULL, again(flags));

	return request(irq, handler, flags, name, dev_id, true);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irqhandler);

int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t port, irq_handler_t handler,
				      unsigned long flags, const char *name, void *dev_id)
{
	int irq = xen_event_bind_channel(port, &xen_chip_lateeoi, NULL, again(flags));

	return request(irq, handler, flags, name, dev_id, true);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irqhandler_lateeoi);

int bind_interdomain_evtchn_to_irq_lateeoi(struct xenbus_device *dev, evtchn_port_t remote)
{
	evtchn_port_t port;
	int ret = xen_hv_evtchn_bind_interdomain(dev->otherend_id, remote, &port);

	if (ret)
		return ret;
	/* The channel is new: what has its number is not ours. */
	ret = xen_event_bind_channel(port, &xen_chip_lateeoi, dev, XEN_EVENT_ALONE);
	if (ret < 0)
		xen_hv_evtchn_close(port);
	return ret;
}
EXPORT_SYMBOL_GPL(bind_interdomain_evtchn_to_irq_lateeoi);

int bind_interdomain_evtchn_to_irqhandler_lateeoi(struct xenbus_device *dev, evtchn_port_t remote,
						  irq_handler_t handler, unsigned long flags,
						  const char *name, void *dev_id)
{
	int irq = bind_interdomain_evtchn_to_irq_lateeoi(dev, remote);

	return request(irq, handler, flags, name, dev_id, false);
}
EXPORT_SYMBOL_GPL(bind_interdomain_evtchn_to_irqhandler_lateeoi);

int bind_virq_to_irqhandler(unsigned int virq, unsigned int cpu, irq_handler_t handler,
			    unsigned long flags, const char *name, void *dev_id)
{
	int irq = bind_virq_to_irq(virq, cpu, flags & IRQF_PERCPU);

	return request(irq, handler, flags, name, dev_id, false);
}
EXPORT_SYMBOL_GPL(bind_virq_to_irqhandler);

int bind_ipi_to_irqhandler(enum ipi_vector ipi, unsigned int cpu, irq_handler_t handler,
			   unsigned long flags, const char *name, void *dev_id)
{
	flags |= IRQF_NO_SUSPEND | IRQF_FORCE_RESUME | IRQF_EARLY_RESUME;
	return request(xen_event_bind_ipi(ipi, cpu), handler, flags, name, dev_id, false);
}

void unbind_from_irqhandler(unsigned int irq, void *dev_id)
{
	if (WARN_ON(!xen_event_of_irq(irq)))
		return;
	free_irq(irq, dev_id);
	xen_event_unbind_irq(irq, false);
}
EXPORT_SYMBOL_GPL(unbind_from_irqhandler);

/* The port of an interrupt, 0 if it has none. */
static evtchn_port_t port_of_irq(unsigned int irq)
{
	struct xen_event *event;
	evtchn_port_t port = 0;

	rcu_read_lock();
	event = xen_event_of_irq(irq);
	if (event)
		port = READ_ONCE(event->port);
	rcu_read_unlock();
	return port;
}

unsigned int irq_from_evtchn(evtchn_port_t port)
{
	struct xen_event *event;
	unsigned int irq = -1;

	rcu_read_lock();
	event = xen_event_of_port(port);
	if (event)
		irq = event->irq;
	rcu_read_unlock();
	return irq;
}
EXPORT_SYMBOL_GPL(irq_from_evtchn);

void notify_remote_via_irq(int irq)
{
	evtchn_port_t port = port_of_irq(irq);

	if (port)
		xen_hv_evtchn_send(port);
}
EXPORT_SYMBOL_GPL(notify_remote_via_irq);

int xen_set_irq_priority(unsigned int irq, unsigned int priority)
{
	return xen_hv_evtchn_set_priority(port_of_irq(irq), priority);
}
EXPORT_SYMBOL_GPL(xen_set_irq_priority);

int evtchn_make_refcounted(evtchn_port_t port, bool is_static)
{
	struct xen_event *event;
	int err = -ENOENT;

	mutex_lock(&xen_event_lock);
	event = xen_event_of_port(port);
	if (event) {
		/* Otherwise it was, and has been bound once more: that is counted. */
		if (event->refs < 0) {
			event->refs = 1;
			event->fixed = is_static;
		}
		err = 0;
	}
	mutex_unlock(&xen_event_lock);
	return err;
}
EXPORT_SYMBOL_GPL(evtchn_make_refcounted);

int xen_irq_hold(evtchn_port_t port)
{
	struct xen_event *event;
	int ret = -EINVAL;

	mutex_lock(&xen_event_lock);
	event = xen_event_of_port(port);
	if (!event && port < xen_event_abi->max_ports)
		ret = -ENOENT;
	if (event && event->refs > 0 && event->refs < SHRT_MAX) {
		event->refs++;
		ret = event->irq;
	}
	mutex_unlock(&xen_event_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(xen_irq_hold);

void xen_irq_let_go(unsigned int irq)
{
	xen_event_unbind_irq(irq, false);
}
EXPORT_SYMBOL_GPL(xen_irq_let_go);

int evtchn_get(evtchn_port_t port)
{
	int irq = xen_irq_hold(port);

	return irq < 0 ? irq : 0;
}
EXPORT_SYMBOL_GPL(evtchn_get);

void evtchn_put(evtchn_port_t port)
{
	struct xen_event *event;

	mutex_lock(&xen_event_lock);
	event = xen_event_of_port(port);
	if (!WARN_ON(!event))
		xen_event_unbind(event);
	mutex_unlock(&xen_event_lock);
}
EXPORT_SYMBOL_GPL(evtchn_put);

void xen_send_IPI_one(unsigned int cpu, enum ipi_vector ipi)
{
	evtchn_port_t port;

#ifdef CONFIG_X86
	if (unlikely(ipi == XEN_NMI_VECTOR)) {
		xen_hv_vcpu_send_nmi(xen_vcpu_nr(cpu));
		return;
	}
#endif
	port = READ_ONCE(per_cpu(xen_ipi_port, cpu)[ipi]);
	if (!WARN_ONCE(!port, "xen/events: IPI %d of CPU %u is not bound\n", ipi, cpu))
		xen_hv_evtchn_send(port);
}

void xen_clear_irq_pending(int irq)
{
	struct xen_event *event = xen_event_of_irq(irq);

	if (event && event->port)
		xen_event_done(event);
}
EXPORT_SYMBOL_GPL(xen_clear_irq_pending);

bool xen_test_irq_pending(int irq)
{
	evtchn_port_t port = port_of_irq(irq);

	return port && xen_event_abi->pending(port);
}

void xen_poll_irq_timeout(int irq, u64 timeout)
{
	evtchn_port_t port = port_of_irq(irq);

	if (port)
		xen_hv_sched_poll(port, timeout);
}
EXPORT_SYMBOL_GPL(xen_poll_irq_timeout);

void xen_poll_irq(int irq)
{
	xen_poll_irq_timeout(irq, 0);
}
