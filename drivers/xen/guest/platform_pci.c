// SPDX-License-Identifier: GPL-2.0
/*
 * The platform device of an HVM domain: a PCI device whose memory is where the grant table goes,
 * and whose interrupt announces events where the hypervisor cannot inject a vector.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/hvm.h>
#include <xen/platform_pci.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>

/* Its BARs. */
#define BAR_IO		0
#define BAR_MEMORY	1

/* As XenServer 6.1 numbered it. */
#define DEVICE_ID_XS61	0x0002

/* How events are announced, to be told again after a restore. */
static u64 event_via;

/* The ABI's description of a PCI interrupt: the line itself if it is an ISA one, else the pin. */
static u64 via_interrupt_of(const struct pci_dev *dev)
{
	if (dev->irq < 16)
		return dev->irq;
	return (u64)HVM_PARAM_CALLBACK_TYPE_PCI_INTX << HVM_CALLBACK_VIA_TYPE_SHIFT |
	       (u64)pci_domain_nr(dev->bus) << 32 | (u64)dev->bus->number << 16 |
	       (u64)(dev->devfn & 0xff) << 8 | ((dev->pin - 1) & 3);
}

static irqreturn_t events_announced(int irq, void *dev)
{
	return xen_evtchn_do_upcall();
}

static int announce_by_interrupt(struct pci_dev *dev)
{
	int err;

	err = request_irq(dev->irq, events_announced, IRQF_SHARED | IRQF_NOBALANCING,
			  "xen-platform-pci", dev);
	if (err) {
		dev_warn(&dev->dev, "interrupt %u is not to be had: %d\n", dev->irq, err);
		return err;
	}
	/* Which CPU's events they are cannot be told; the first one's are most. */
	irq_set_affinity(dev->irq, cpumask_of(0));
	event_via = via_interrupt_of(dev);
	err = xen_set_callback_via(event_via);
	if (err) {
		dev_warn(&dev->dev, "the hypervisor will not announce events: %d\n", err);
		free_irq(dev->irq, dev);
	}
	return err;
}

static int put_grant_table(struct pci_dev *dev)
{
	u64 size = (u64)gnttab_max_grant_frames() * PAGE_SIZE;
	int err;

	if (size > pci_resource_len(dev, BAR_MEMORY)) {
		dev_err(&dev->dev, "no room for %llu bytes of grant table\n", size);
		return -ENOSPC;
	}
	err = gnttab_setup_auto_xlat_frames(pci_resource_start(dev, BAR_MEMORY));
	if (err)
		return err;
	err = gnttab_init();
	if (err)
		gnttab_free_auto_xlat_frames();
	return err;
}

static int start_device(struct pci_dev *dev)
{
	int err = 0;

	if (!xen_have_vector_callback)
		err = announce_by_interrupt(dev);
	if (err)
		return err;
	err = put_grant_table(dev);
	if (err && !xen_have_vector_callback)
		free_irq(dev->irq, dev);
	return err;
}

static int platform_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = pci_enable_device(dev);
	if (err)
		return err;
	err = -ENOENT;
	if (pci_resource_start(dev, BAR_IO) && pci_resource_start(dev, BAR_MEMORY))
		err = pci_request_selected_regions(dev, BIT(BAR_IO) | BIT(BAR_MEMORY),
						   "xen-platform-pci");
	if (!err) {
		err = start_device(dev);
		if (err)
			pci_release_selected_regions(dev, BIT(BAR_IO) | BIT(BAR_MEMORY));
	}
	if (err) {
		dev_err(&dev->dev, "not usable: %d\n", err);
		pci_disable_device(dev);
	}
	return err;
}

static int platform_resume(struct device *dev)
{
	int err;

	if (xen_have_vector_callback)
		return 0;
	err = xen_set_callback_via(event_via);
	if (err)
		dev_err(dev, "the hypervisor will not announce events: %d\n", err);
	return err;
}

static const struct dev_pm_ops platform_pm = { .resume_noirq = platform_resume };

static const struct pci_device_id platform_ids[] = {
	{ PCI_VDEVICE(XEN, PCI_DEVICE_ID_XEN_PLATFORM) },
	{ PCI_VDEVICE(XEN, DEVICE_ID_XS61) },
	{}
};

static struct pci_driver platform_driver = {
	.name = "xen-platform-pci",
	.id_table = platform_ids,
	.probe = platform_probe,
	.driver.pm = &platform_pm,
};
builtin_pci_driver(platform_driver);
