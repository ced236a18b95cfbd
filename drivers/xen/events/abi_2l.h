/* SPDX-License-Identifier: GPL-2.0 */
/* Of the 2-level ABI, for the debug interrupt. */
#ifndef _XEN_ABI_2L_H
#define _XEN_ABI_2L_H

#include <xen/interface/event_channel.h>

bool xen_2l_listens(unsigned int cpu, evtchn_port_t port);

#endif
