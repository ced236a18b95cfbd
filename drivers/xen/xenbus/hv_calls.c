// SPDX-License-Identifier: GPL-2.0
/* What xenbus asks of the hypervisor. */
#include "internal.h"
#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/hvm/params.h>
#include <asm/xen/hypercall.h>

/* A channel of ours that @remote may bind. */
int xs_hv_alloc_unbound(domid_t remote, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = remote };
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	if (!err)
		*port = op.port;
	return err;
}

int xs_hv_close(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };

	return HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
}

/* Each element has its own status; the result is that of the call as such. */
int xs_hv_unmap(struct gnttab_unmap_grant_ref *ops, unsigned int count)
{
	return HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, ops, count);
}

/* How the hypervisor shall announce events to a domain in hardware virtualization. */
int xs_hv_set_callback_via(u64 via)
{
	struct xen_hvm_param op = {
		.domid = DOMID_SELF, .index = HVM_PARAM_CALLBACK_IRQ, .value = via,
	};

	return HYPERVISOR_hvm_op(HVMOP_set_param, &op);
}
