/* SPDX-License-Identifier: GPL-2.0 */
/* The context switch; switch.c. */
#ifndef _XEN_CPU_SWITCH_H
#define _XEN_CPU_SWITCH_H

#include <linux/types.h>

struct task_struct;
struct thread_struct;

void xen_switch_begin(struct task_struct *prev);
void xen_switch_load_tls(struct thread_struct *t, unsigned int cpu);
void xen_switch_end(struct task_struct *next);
void xen_switch_gs_index(unsigned int sel);
bool xen_switch_fs_base(u64 base);
void xen_switch_gs_base(u64 base);
void xen_switch_sp0(unsigned long sp0);
void xen_switch_reset(unsigned int cpu, unsigned long sp0);

/* A local descriptor table was loaded or taken away. */
void xen_switch_note_ldt(bool loaded);

#endif /* _XEN_CPU_SWITCH_H */
