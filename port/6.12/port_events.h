/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt core of this base: that it can be moved at any time is said for each interrupt. */
#ifndef _XEN_EVENTS_PORT_H
#define _XEN_EVENTS_PORT_H

#include <linux/irq.h>

static inline void xen_port_irq_moves_at_once(unsigned int irq)
{
	irq_set_status_flags(irq, IRQ_MOVE_PCNTXT);
}

#endif
