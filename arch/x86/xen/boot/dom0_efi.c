// SPDX-License-Identifier: GPL-2.0
/*
 * EFI in dom0. The machine's EFI is the hypervisor's: its services are hypercalls, and its system
 * table stays there. The kernel gets a table of ours with what the hypervisor tells of that one.
 *
 * Used before .bss is cleared, so nothing is there.
 */
#include <linux/bitops.h>
#include <linux/efi.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <asm/page.h>
#include <asm/setup.h>

#include <xen/xen.h>
#include <xen/xen-ops.h>

#include "../hv/boot_calls.h"
#include "../xen_arch.h"

static efi_char16_t vendor[100] __initdata;
static efi_char16_t no_vendor[] __initdata = L"UNKNOWN";

/* What is not told is not used under Xen; an invalid address makes a use of it visible. */
static efi_system_table_t table __initdata = {
	.hdr.signature	= EFI_SYSTEM_TABLE_SIGNATURE,
	.con_in_handle	= EFI_INVALID_TABLE_ADDR,
	.con_out_handle	= EFI_INVALID_TABLE_ADDR,
	.stderr_handle	= EFI_INVALID_TABLE_ADDR,
	.stderr		= EFI_INVALID_TABLE_ADDR,
	.runtime	= (void *)EFI_INVALID_TABLE_ADDR,
	.boottime	= (void *)EFI_INVALID_TABLE_ADDR,
};

static bool __init ask(u32 index, struct xen_platform_op *op)
{
	return !xen_hv_firmware_efi(op, index);
}

/* Returns false if the machine has no EFI, or this domain has nothing to do with it. */
static bool __init fill_table(void)
{
	struct xen_platform_op op = { };
	union xenpf_efi_info *told = &op.u.firmware_info.u.efi_info;

	if (!xen_initial_domain() || !ask(XEN_FW_EFI_CONFIG_TABLE, &op))
		return false;
	table.tables = told->cfg.addr;
	table.nr_tables = told->cfg.nent;

	table.fw_vendor = __pa_symbol(no_vendor);
	told->vendor.bufsz = sizeof(vendor);
	set_xen_guest_handle(told->vendor.name, vendor);
	if (ask(XEN_FW_EFI_VENDOR, &op)) {
		table.fw_vendor = __pa_symbol(vendor);
		table.fw_revision = told->vendor.revision;
	}
	if (ask(XEN_FW_EFI_VERSION, &op))
		table.hdr.revision = told->version;
	if (ask(XEN_FW_EFI_RT_VERSION, &op))
		efi.runtime_version = told->version;
	return true;
}

/* The shim before the hypervisor may have been told by the machine's user not to verify. */
static bool __init shim_is_insecure(void)
{
	efi_guid_t guid = EFI_SHIM_LOCK_GUID;
	unsigned long size = 1;
	u8 insecure = 0;

	/* A variable that cannot be read asks for nothing. */
	if (efi.get_variable(L"MokSBStateRT", &guid, NULL, &size, &insecure) != EFI_SUCCESS)
		return false;
	return insecure == 1;
}

static enum efi_secureboot_mode __init secure_boot(void)
{
	enum efi_secureboot_mode mode = efi_get_secureboot_mode(efi.get_variable);

	if (mode == efi_secureboot_mode_unknown)
		pr_err("xen: EFI does not say whether this is a secure boot\n");
	if (mode != efi_secureboot_mode_enabled)
		return mode;
	if (shim_is_insecure())
		return efi_secureboot_mode_disabled;
	pr_info("xen: secure boot\n");
	return efi_secureboot_mode_enabled;
}

/**
 * xen_efi_init() - make the kernel of dom0 see EFI, if the machine has it
 * @boot_params: what a boot loader would have filled
 *
 * Context: start-up, as early as hypercalls work.
 */
void __init xen_efi_init(struct boot_params *boot_params)
{
	struct efi_info *info = &boot_params->efi_info;
	u64 at = __pa_symbol(&table);

	if (!fill_table())
		return;
	xen_efi_runtime_setup();
	memcpy(&info->efi_loader_signature, "Xen", sizeof("Xen"));
	info->efi_systab = at;
	info->efi_systab_hi = at >> 32;
	boot_params->secure_boot = secure_boot();

	__set_bit(EFI_BOOT, &efi.flags);
	__set_bit(EFI_64BIT, &efi.flags);
	__set_bit(EFI_PARAVIRT, &efi.flags);
}
