// SPDX-License-Identifier: GPL-2.0
/* The trace events that the base defines, and the names of hypercalls that they print. */
#include <linux/kernel.h>

#include <xen/interface/xen.h>
#include <xen/interface/xen-mca.h>

#define HYPERCALL(name)	\
	[__HYPERVISOR_##name] = "(" #name ")",

static const char * const names[] = {
#include <asm/xen-hypercalls.h>
};

#undef HYPERCALL

/* The base's header calls it. */
static const char *xen_hypercall_name(unsigned int op)
{
	const char *name = op < ARRAY_SIZE(names) ? names[op] : NULL;

	return name ?: "";
}

#define CREATE_TRACE_POINTS
#include <trace/events/xen.h>
