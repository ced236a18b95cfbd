/* SPDX-License-Identifier: GPL-2.0 */
/* Ways of 32-bit programs into a PV kernel: one of two instructions, one CPU feature for both. */
#ifndef _XEN_PORT_BOOT_H
#define _XEN_PORT_BOOT_H

#include <asm/cpufeature.h>

#include "hv/cpu_calls.h"
#include "xen_arch.h"

static void xen_port_compat_entries(void)
{
	int err;

	if (!cpu_feature_enabled(X86_FEATURE_SYSFAST32))
		return;
	if (cpu_feature_enabled(X86_FEATURE_SYSCALL32))
		err = xen_hv_callback(CALLBACKTYPE_syscall32, xen_entry_SYSCALL_compat);
	else
		err = xen_hv_callback(CALLBACKTYPE_sysenter, xen_entry_SYSENTER_compat);
	if (err) {
		setup_clear_cpu_cap(X86_FEATURE_SYSCALL32);
		setup_clear_cpu_cap(X86_FEATURE_SYSFAST32);
	}
}

#endif /* _XEN_PORT_BOOT_H */
