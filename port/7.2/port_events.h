/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt core of this base: interrupts can be moved at any time unless their chip denies it. */
#ifndef _XEN_EVENTS_PORT_H
#define _XEN_EVENTS_PORT_H

static inline void xen_port_irq_moves_at_once(unsigned int irq)
{
}

#endif
