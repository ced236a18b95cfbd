// SPDX-License-Identifier: GPL-2.0
/*
 * How a hypercall leaves the kernel: by a static call to one of three stubs of xen-head.S, each an
 * instruction and a return that the kernel's own mitigations cover. No page is filled by the
 * hypervisor, so none of its code runs inside of the kernel's protection against speculation.
 *
 * PV start-up sets SYSCALL before its first hypercall. A translated domain may make one before
 * anything is known of the processor: the static call begins at a stub that comes here.
 */
#include <linux/export.h>
#include <linux/instrumentation.h>
#include <linux/static_call.h>

#include <asm/processor.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include "../xen_arch.h"
#include "vendor.h"

DEFINE_STATIC_CALL(xen_hypercall, xen_hypercall_hvm);
EXPORT_STATIC_CALL_TRAMP(xen_hypercall);

/* Asks the processor, for the kernel's own record of it is not filled when PVH starts. */
static __always_inline void (*translated_entry(void))(void)
{
	u32 eax = 0, ebx, ecx = 0, edx;

	native_cpuid(&eax, &ebx, &ecx, &edx);
	return xen_vendor_has_vmmcall(ebx, edx, ecx) ? xen_hypercall_amd : xen_hypercall_intel;
}

/**
 * xen_hypercall_setfunc() - settle a translated domain's way into the hypervisor
 *
 * Does nothing where the way is settled.
 *
 * Context: start-up, static calls work.
 */
void xen_hypercall_setfunc(void)
{
	if (static_call_query(xen_hypercall) == xen_hypercall_hvm)
		static_call_update(xen_hypercall, translated_entry());
}

/**
 * __xen_hypercall_setfunc() - the same before static calls work, for the first stub
 *
 * Once they work, an update takes locks, and whoever makes a hypercall may hold the console's:
 * the processor is asked each time then, until xen_hypercall_setfunc() is called.
 *
 * All hypercalls are noinstr for the sake of PV entry code. Before static calls work there is no
 * instrumentation yet, so what this calls does not matter.
 *
 * Return: xen_hypercall_amd or xen_hypercall_intel.
 */
noinstr void *__xen_hypercall_setfunc(void)
{
	void (*entry)(void);

	instrumentation_begin();
	entry = translated_entry();
	if (!static_call_initialized)
		static_call_update_early(xen_hypercall, entry);
	instrumentation_end();
	return entry;
}
