/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Typed calls for event channels, from xen/interface/event_channel.h, and for how their upcall
 * reaches a vCPU. All return 0 or a negative errno; vCPU numbers are the hypervisor's.
 */
#ifndef _XEN_HV_EVTCHN_H
#define _XEN_HV_EVTCHN_H

#include <xen/frame.h>
#include <xen/hv.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/sched.h>

/**
 * xen_hv_evtchn_send() - raise an event at the other end
 * @port: our end of the channel
 *
 * Return: 0; -EINVAL if the channel is closed or of a kind that cannot be sent to.
 */
static inline int xen_hv_evtchn_send(evtchn_port_t port)
{
	struct evtchn_send op = { .port = port };

	return xen_hv_call(XEN_HV_EVTCHN_SEND, &op, 1);
}

/**
 * xen_hv_evtchn_unmask() - clear a port's mask and deliver what is pending
 * @port: a port of this domain
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_unmask(evtchn_port_t port)
{
	struct evtchn_unmask op = { .port = port };

	return xen_hv_call(XEN_HV_EVTCHN_UNMASK, &op, 1);
}

/**
 * xen_hv_evtchn_close() - close a channel
 * @port: a port of this domain; closing a closed one fails with -EINVAL and is reported
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_close(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };

	return xen_hv_call(XEN_HV_EVTCHN_CLOSE, &op, 1);
}

/**
 * xen_hv_evtchn_alloc_unbound() - make a port that another domain may connect to
 * @dom: that domain
 * @port: set to ours on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_alloc_unbound(domid_t dom, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = dom };
	int err = xen_hv_call(XEN_HV_EVTCHN_ALLOC_UNBOUND, &op, 1);

	if (!err)
		*port = op.port;
	return err;
}

/**
 * xen_hv_evtchn_bind_interdomain() - connect to a port that another domain offers us
 * @dom: that domain
 * @remote: its port
 * @port: set to ours on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_bind_interdomain(domid_t dom, evtchn_port_t remote,
						 evtchn_port_t *port)
{
	struct evtchn_bind_interdomain op = { .remote_dom = dom, .remote_port = remote };
	int err = xen_hv_call(XEN_HV_EVTCHN_BIND_INTERDOMAIN, &op, 1);

	if (!err)
		*port = op.local_port;
	return err;
}

/**
 * xen_hv_evtchn_bind_virq() - receive a virtual interrupt of the hypervisor
 * @virq: VIRQ_* of the ABI
 * @vcpu: where; 0 for those that exist once
 * @port: set on success
 *
 * Return: 0; -EEXIST if it is bound already, at this vCPU or, if it exists once, at any.
 */
static inline int xen_hv_evtchn_bind_virq(u32 virq, u32 vcpu, evtchn_port_t *port)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu };
	int err = xen_hv_call(XEN_HV_EVTCHN_BIND_VIRQ, &op, 1);

	if (!err)
		*port = op.port;
	return err;
}

/**
 * xen_hv_evtchn_bind_ipi() - make a channel from this domain to one of its vCPUs
 * @vcpu: the one that receives
 * @port: set on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_bind_ipi(u32 vcpu, evtchn_port_t *port)
{
	struct evtchn_bind_ipi op = { .vcpu = vcpu };
	int err = xen_hv_call(XEN_HV_EVTCHN_BIND_IPI, &op, 1);

	if (!err)
		*port = op.port;
	return err;
}

/**
 * xen_hv_evtchn_bind_pirq() - receive a physical interrupt
 * @pirq: the hypervisor's number for it
 * @share: whether another domain may receive it as well
 * @port: set on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_bind_pirq(u32 pirq, bool share, evtchn_port_t *port)
{
	struct evtchn_bind_pirq op = {
		.pirq = pirq,
		.flags = share ? BIND_PIRQ__WILL_SHARE : 0,
	};
	int err = xen_hv_call(XEN_HV_EVTCHN_BIND_PIRQ, &op, 1);

	if (!err)
		*port = op.port;
	return err;
}

/**
 * xen_hv_evtchn_bind_vcpu() - choose the vCPU that an event is delivered to
 * @port: an interdomain port, or one for a virtual interrupt that exists once
 * @vcpu: the new vCPU
 *
 * Return: 0; -EINVAL if the port's kind is tied to its vCPU.
 */
static inline int xen_hv_evtchn_bind_vcpu(evtchn_port_t port, u32 vcpu)
{
	struct evtchn_bind_vcpu op = { .port = port, .vcpu = vcpu };

	return xen_hv_call(XEN_HV_EVTCHN_BIND_VCPU, &op, 1);
}

/**
 * xen_hv_evtchn_status() - ask what a port is
 * @op: dom and port are read, the rest is filled
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_status(struct evtchn_status *op)
{
	return xen_hv_call(XEN_HV_EVTCHN_STATUS, op, 1);
}

/**
 * xen_hv_evtchn_init_control() - give the hypervisor a vCPU's FIFO control block
 * @gfn: its frame; the block starts there
 * @vcpu: whose
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_init_control(xgfn_t gfn, u32 vcpu)
{
	struct evtchn_init_control op = { .control_gfn = xgfn_n(gfn), .vcpu = vcpu };

	return xen_hv_call(XEN_HV_EVTCHN_INIT_CONTROL, &op, 1);
}

/**
 * xen_hv_evtchn_expand_array() - give the hypervisor the next page of FIFO event words
 * @gfn: its frame, filled with masked words
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_evtchn_expand_array(xgfn_t gfn)
{
	struct evtchn_expand_array op = { .array_gfn = xgfn_n(gfn) };

	return xen_hv_call(XEN_HV_EVTCHN_EXPAND_ARRAY, &op, 1);
}

/**
 * xen_hv_evtchn_set_priority() - choose a port's FIFO queue
 * @port: a port of this domain
 * @priority: EVTCHN_FIFO_PRIORITY_MAX to _MIN
 *
 * Return: 0; -ENOSYS with the 2-level ABI.
 */
static inline int xen_hv_evtchn_set_priority(evtchn_port_t port, u32 priority)
{
	struct evtchn_set_priority op = { .port = port, .priority = priority };

	return xen_hv_call(XEN_HV_EVTCHN_SET_PRIORITY, &op, 1);
}

/**
 * xen_hv_sched_poll() - sleep until one of the calling vCPU's ports is pending
 * @port: the port, masked
 * @timeout: when to give up, in nanoseconds of system time; 0 for never
 *
 * May return early.
 *
 * Context: any; the vCPU does not run meanwhile.
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_sched_poll(evtchn_port_t port, u64 timeout)
{
	struct sched_poll op = { .nr_ports = 1, .timeout = timeout };

	set_xen_guest_handle(op.ports, &port);
	return xen_hv_call(XEN_HV_SCHED_POLL, &op, 1);
}

/**
 * xen_hv_vcpu_send_nmi() - send an NMI to a vCPU of this domain
 * @vcpu: which
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_vcpu_send_nmi(u32 vcpu)
{
	return xen_hv_call(XEN_HV_VCPU_SEND_NMI, NULL, vcpu);
}

/**
 * xen_hv_set_callback_via() - choose how an HVM or PVH domain is told of events
 * @via: HVM_PARAM_CALLBACK_IRQ's value: a vector, a line, or a device's pin
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_set_callback_via(u64 via)
{
	struct xen_hvm_param op = {
		.domid = DOMID_SELF, .index = HVM_PARAM_CALLBACK_IRQ, .value = via,
	};

	return xen_hv_call(XEN_HV_HVM_SET_PARAM, &op, 1);
}

#ifdef CONFIG_X86
/**
 * xen_hv_set_upcall_vector() - choose the vector that a vCPU's upcall comes with
 * @vcpu: which
 * @vector: the vector; the upcall is acknowledged at the local APIC
 *
 * Return: 0; a negative errno if the hypervisor knows only one upcall for all vCPUs.
 */
static inline int xen_hv_set_upcall_vector(u32 vcpu, u8 vector)
{
	struct xen_hvm_evtchn_upcall_vector op = { .vcpu = vcpu, .vector = vector };

	return xen_hv_call(XEN_HV_HVM_SET_UPCALL_VECTOR, &op, 1);
}
#endif

#endif /* _XEN_HV_EVTCHN_H */
