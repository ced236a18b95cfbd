// SPDX-License-Identifier: GPL-2.0
/*
 * Unplugging what the device model emulates for an HVM domain beside the paravirtual devices: the
 * same disk must not have two drivers.
 *
 * The device model listens at two I/O ports: from one a magic number and the version of the
 * protocol are read, to the other the kinds of devices are written that shall go. It may refuse
 * drivers by product and version. Without an answer nothing is unplugged and the paravirtual
 * drivers of an HVM domain stay away.
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <xen/platform_pci.h>
#include <xen/xen.h>
#include "../xen_arch.h"

/* From the command line, or what our drivers make necessary: XEN_UNPLUG_*. */
static int wish;
/* What came of it; 0 until then, and where the device model does not answer. */
static int unplugged;

static const struct {
	const char *name;
	int flag;
} words[] = {
	{ "all",		XEN_UNPLUG_ALL },
	{ "ide-disks",		XEN_UNPLUG_ALL_IDE_DISKS },
	{ "aux-ide-disks",	XEN_UNPLUG_AUX_IDE_DISKS },
	{ "nics",		XEN_UNPLUG_ALL_NICS },
	{ "unnecessary",	XEN_UNPLUG_UNNECESSARY },
	{ "never",		XEN_UNPLUG_NEVER },
};

/* xen_emul_unplug=WORD,... */
static int __init parse_wish(char *text)
{
	unsigned int i;
	char *word;

	while ((word = strsep(&text, ","))) {
		for (i = 0; i < ARRAY_SIZE(words); i++)
			if (!strcmp(word, words[i].name))
				break;
		if (i < ARRAY_SIZE(words))
			wish |= words[i].flag;
		else
			pr_warn("xen_emul_unplug: unknown word '%s'\n", word);
	}
	return 0;
}
early_param("xen_emul_unplug", parse_wish);

enum answer { ANSWERS, SILENT, REFUSES };

static bool magic(void)
{
	return inw(XEN_IOPORT_MAGIC) == XEN_IOPORT_MAGIC_VAL;
}

static enum answer ask_device_model(void)
{
	u8 version;

	if (!magic()) {
		pr_err("xen: no device model that unplugs answers\n");
		return SILENT;
	}
	version = inb(XEN_IOPORT_PROTOVER);
	if (version != 1) {
		pr_warn("xen: the device model's unplug protocol %u is unknown\n", version);
		return REFUSES;
	}
	outw(XEN_IOPORT_LINUX_PRODNUM, XEN_IOPORT_PRODNUM);
	outl(XEN_IOPORT_LINUX_DRVVER, XEN_IOPORT_DRVVER);
	/* A driver that it does not want finds no magic any more. */
	if (!magic()) {
		pr_err("xen: the device model refuses this kernel's drivers\n");
		return REFUSES;
	}
	return ANSWERS;
}

/* Devices that this kernel has paravirtual drivers for, in it or as modules. */
static int necessary(void)
{
	int flags = 0;

	if (xen_must_unplug_nics())
		flags |= XEN_UNPLUG_ALL_NICS;
	if (xen_must_unplug_disks())
		flags |= XEN_UNPLUG_ALL_IDE_DISKS;
	if (flags)
		pr_info("xen: emulated%s%s go, for this kernel has drivers of its own\n",
			flags & XEN_UNPLUG_ALL_NICS ? " NICs" : "",
			flags & XEN_UNPLUG_ALL_IDE_DISKS ? " disks (hdX is xvdX now)" : "");
	return flags;
}

/**
 * xen_unplug_emulated_devices() - at boot, and after restore: a new device model has them again
 *
 * Context: any; a few port accesses.
 */
void xen_unplug_emulated_devices(void)
{
	enum answer answer;

	if (xen_pvh_domain() || (wish & XEN_UNPLUG_NEVER))
		return;
	answer = ask_device_model();
	if (answer == REFUSES || (answer == SILENT && !(wish & XEN_UNPLUG_UNNECESSARY)))
		return;
	if (!wish)
		wish = necessary();
	if (!(wish & XEN_UNPLUG_UNNECESSARY))
		outw(wish, XEN_IOPORT_UNPLUG);
	unplugged = wish;
}

/**
 * xen_has_pv_devices() - may drivers of paravirtual devices be used at all
 *
 * For disks and NICs in an HVM domain ask the next two.
 *
 * Return: true if so.
 */
bool xen_has_pv_devices(void)
{
	if (!xen_domain())
		return false;
	if (xen_pv_domain() || xen_pvh_domain())
		return true;
	return !(unplugged & XEN_UNPLUG_NEVER) &&
	       (unplugged & (XEN_UNPLUG_ALL | XEN_UNPLUG_UNNECESSARY));
}
EXPORT_SYMBOL_GPL(xen_has_pv_devices);

static bool has_pv(int flags)
{
	return (xen_hvm_domain() && (unplugged & (flags | XEN_UNPLUG_ALL))) || xen_has_pv_devices();
}

/**
 * xen_has_pv_nic_devices() - may netfront be used
 *
 * Return: true if so.
 */
bool xen_has_pv_nic_devices(void)
{
	return has_pv(XEN_UNPLUG_ALL_NICS);
}
EXPORT_SYMBOL_GPL(xen_has_pv_nic_devices);

/**
 * xen_has_pv_disk_devices() - may blkfront be used
 *
 * Return: true if so.
 */
bool xen_has_pv_disk_devices(void)
{
	return has_pv(XEN_UNPLUG_ALL_IDE_DISKS | XEN_UNPLUG_AUX_IDE_DISKS);
}
EXPORT_SYMBOL_GPL(xen_has_pv_disk_devices);

/**
 * xen_has_pv_and_legacy_disk_devices() - must blkfront leave disks to other drivers
 *
 * Return: true in an HVM domain whose command line says that nothing has to be unplugged.
 */
bool xen_has_pv_and_legacy_disk_devices(void)
{
	return xen_domain() && !xen_pv_domain() && (unplugged & XEN_UNPLUG_UNNECESSARY);
}
EXPORT_SYMBOL_GPL(xen_has_pv_and_legacy_disk_devices);
