/* SPDX-License-Identifier: GPL-2.0 */
/* Ways of 32-bit programs into a PV kernel: a CPU feature for each of two instructions. */
#ifndef _XEN_PORT_BOOT_H
#define _XEN_PORT_BOOT_H

#include <asm/cpufeature.h>

#include "hv/cpu_calls.h"
#include "xen_arch.h"

static void xen_port_compat_entries(void)
{
	if (cpu_feature_enabled(X86_FEATURE_SYSENTER32) &&
	    xen_hv_callback(CALLBACKTYPE_sysenter, xen_entry_SYSENTER_compat))
		setup_clear_cpu_cap(X86_FEATURE_SYSENTER32);
	if (cpu_feature_enabled(X86_FEATURE_SYSCALL32) &&
	    xen_hv_callback(CALLBACKTYPE_syscall32, xen_entry_SYSCALL_compat))
		setup_clear_cpu_cap(X86_FEATURE_SYSCALL32);
}

#endif /* _XEN_PORT_BOOT_H */
