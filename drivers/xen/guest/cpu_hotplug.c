// SPDX-License-Identifier: GPL-2.0
/*
 * The toolstack says which virtual CPUs are there: cpu/<n>/availability. A CPU that has come can be
 * brought online by the user; one that goes is taken offline first.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <asm/cpu.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

static void cpu_comes(unsigned int cpu)
{
	if (!cpu_present(cpu))
		xen_arch_register_cpu(cpu);
	set_cpu_present(cpu, true);
}

static void cpu_goes(unsigned int cpu)
{
	int err = 0;

	if (!cpu_is_hotpluggable(cpu))
		return;
	lock_device_hotplug();
	if (cpu_online(cpu))
		err = device_offline(get_cpu_device(cpu));
	if (cpu_online(cpu)) {
		pr_warn("CPU %u stays: %d\n", cpu, err);
	} else if (cpu_present(cpu)) {
		xen_arch_unregister_cpu(cpu);
		set_cpu_present(cpu, false);
	}
	unlock_device_hotplug();
}

/* 1 or 0 as the toolstack wants it; negative if it says nothing, or something else. */
static int is_wanted(unsigned int cpu)
{
	char dir[16], word[16];
	int n;

	snprintf(dir, sizeof(dir), "cpu/%u", cpu);
	n = xenbus_scanf(XBT_NIL, dir, "availability", "%15s", word);
	if (n != 1) {
		/* Nobody hotplugs a control domain's. */
		if (!xen_initial_domain())
			pr_warn_ratelimited("%s/availability cannot be read: %d\n", dir, n);
		return n < 0 ? n : -EINVAL;
	}
	if (!strcmp(word, "online"))
		return 1;
	if (!strcmp(word, "offline"))
		return 0;
	pr_warn_ratelimited("%s/availability is neither online nor offline: %s\n", dir, word);
	return -EINVAL;
}

static void follow(unsigned int cpu)
{
	int wanted;

	if (cpu >= nr_cpu_ids || !cpu_possible(cpu))
		return;
	wanted = is_wanted(cpu);
	if (wanted > 0)
		cpu_comes(cpu);
	else if (!wanted)
		cpu_goes(cpu);
}

/*
 * The directory itself stands for all below: after a restore, and where more CPUs changed at once
 * than the watch keeps paths for.
 */
static void directory_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	const char *at = strstr(path, "cpu/");
	unsigned int cpu;

	if (at && sscanf(at, "cpu/%u", &cpu) == 1) {
		follow(cpu);
		return;
	}
	for_each_possible_cpu(cpu)
		follow(cpu);
}

static struct xenbus_watch directory_watch = {
	.node = "cpu",
	.callback = directory_changed,
};

static int store_answers(struct notifier_block *nb, unsigned long event, void *data)
{
	unsigned int cpu;
	int err;

	err = register_xenbus_watch(&directory_watch);
	if (err)
		pr_err("changes of virtual CPUs will not be seen: %d\n", err);
	/* All are started; those that the toolstack does not want yet go. */
	for_each_possible_cpu(cpu)
		if (!is_wanted(cpu))
			cpu_goes(cpu);
	return NOTIFY_DONE;
}

static struct notifier_block store_nb = { .notifier_call = store_answers };

static int __init cpu_hotplug_init(void)
{
	/* With a device model CPUs come by ACPI. */
	bool by_toolstack = IS_ENABLED(CONFIG_X86) ? xen_pv_domain() || xen_pvh_domain() :
						     xen_domain();

	if (!by_toolstack)
		return -ENODEV;
	register_xenstore_notifier(&store_nb);
	return 0;
}
late_initcall(cpu_hotplug_init);
