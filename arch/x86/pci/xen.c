// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of PCI devices as event channels. A PIRQ is the hypervisor's number for a physical
 * interrupt of a domain; each is bound to an event channel, which is what the kernel sees.
 *
 *	PV dom0		has the devices; the hypervisor has their interrupt controllers, and
 *			programs MSI itself
 *	PV domU		asks the back end behind pcifront for PIRQs
 *	HVM		has emulated devices; a PIRQ stands in place of the vector in a message
 *	PVH		like a machine: nothing of this
 */
#include <linux/acpi.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <asm/apic.h>
#include <asm/i8259.h>
#include <asm/io_apic.h>
#include <asm/pci_x86.h>
#include <asm/x86_init.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/pci.h>

#include <xen/events.h>
#include <xen/features.h>
#include <xen/hv_physdev.h>
#include <xen/pci.h>
#include <xen/xen.h>

/*
 * Pins
 */

/* The back end wrote a PIRQ where a PC's firmware writes an interrupt line. */
static int enable_frontend_irq(struct pci_dev *dev)
{
	int irq, err;
	u8 line;

	err = pci_read_config_byte(dev, PCI_INTERRUPT_LINE, &line);
	if (err) {
		pci_warn(dev, "xen: the interrupt line cannot be read: %d\n", err);
		return pcibios_err_to_errno(err);
	}
	irq = xen_bind_pirq_gsi_to_irq(line, line, line >= nr_legacy_irqs(), "pcifront");
	if (irq < 0) {
		pci_warn(dev, "xen: PIRQ %u cannot be bound: %d\n", line, irq);
		return irq;
	}
	dev->irq = irq;
	return 0;
}

#ifdef CONFIG_ACPI
/* Returns an interrupt number or a negative one. @pirq: which to use, or negative for any. */
static int bind_gsi(u32 gsi, int trigger, int pirq)
{
	bool level = trigger != ACPI_EDGE_SENSITIVE;
	int irq = xen_irq_from_gsi(gsi), err;

	if (irq > 0)
		return irq;
	err = xen_hv_physdev_map_gsi_at(gsi, &pirq);
	if (err) {
		pr_warn("xen: GSI %u gets no PIRQ: %d\n", gsi, err);
		return err;
	}
	return xen_bind_pirq_gsi_to_irq(gsi, pirq, level, level ? "ioapic-level" : "ioapic-edge");
}

static int register_gsi_hvm(struct device *dev, u32 gsi, int trigger, int polarity)
{
	return xen_hvm_domain() ? bind_gsi(gsi, trigger, -1) : -1;
}
#endif /* CONFIG_ACPI */

/*
 * Messages
 */

#ifdef CONFIG_PCI_MSI
/* pcifront's, while it is loaded. */
struct xen_pci_frontend_ops *xen_pci_frontend;
EXPORT_SYMBOL_GPL(xen_pci_frontend);

/**
 * struct msi_way - how a kind of domain has its MSIs
 * @set_up: bind all that a device has described; 0, 1 for "try with a single one", or -errno
 * @forget: before they are unbound; may be NULL
 */
struct msi_way {
	int (*set_up)(struct pci_dev *dev, int nvec, bool msix);
	void (*forget)(struct pci_dev *dev);
};

static const struct msi_way *msi_way __ro_after_init;

static int bind_msi(struct pci_dev *dev, struct msi_desc *desc, int pirq, int nvec, bool msix,
		    domid_t owner)
{
	static const char * const names[] = { "msi", "msi-x", "pcifront-msi", "pcifront-msi-x" };
	unsigned int name = msix + 2 * (xen_pv_domain() && !xen_initial_domain());
	int irq = xen_bind_pirq_msi_to_irq(dev, desc, pirq, msix ? 1 : nvec, names[name], owner);

	return min(irq, 0);
}

static int ask_frontend(struct pci_dev *dev, int *pirqs, int nvec, bool msix)
{
	int err = msix ? xen_pci_frontend_enable_msix(dev, pirqs, nvec) :
			 xen_pci_frontend_enable_msi(dev, pirqs);

	if (err)
		pci_err(dev, "xen: no MSI%s from pcifront: %d\n", msix ? "-X" : "", err);
	return err;
}

static int set_up_domu(struct pci_dev *dev, int nvec, bool msix)
{
	struct msi_desc *desc;
	int *pirqs, i = 0, err;

	if (!msix && nvec > 1)
		return 1;
	pirqs = kcalloc(max(nvec, 1), sizeof(*pirqs), GFP_KERNEL);
	if (!pirqs)
		return -ENOMEM;
	err = ask_frontend(dev, pirqs, nvec, msix);
	if (!err) {
		msi_for_each_desc(desc, &dev->dev, MSI_DESC_NOTASSOCIATED) {
			err = i < nvec ? bind_msi(dev, desc, pirqs[i++], nvec, msix, DOMID_SELF) :
					 -EINVAL;
			if (err)
				break;
		}
	}
	kfree(pirqs);
	return err;
}

static void forget_domu(struct pci_dev *dev)
{
	if (dev->msix_enabled)
		xen_pci_frontend_disable_msix(dev);
	else
		xen_pci_frontend_disable_msi(dev);
}

static const struct msi_way way_domu = { set_up_domu, forget_domu };

/* Vector 0 says that the rest of the message is a PIRQ, where a destination would be. */
static void write_pirq(struct msi_desc *desc, u32 pirq)
{
	struct msi_msg msg = { };

	msg.arch_addr_lo.base_address = X86_MSI_BASE_ADDRESS_LOW;
	msg.arch_addr_lo.destid_0_7 = pirq & 0xff;
	msg.address_hi = X86_MSI_BASE_ADDRESS_HIGH;
	msg.arch_addr_hi.destid_8_31 = pirq >> 8;
	msg.arch_data.delivery_mode = APIC_DELIVERY_MODE_EXTINT;
	__pci_write_msi_msg(desc, &msg);
}

static int set_up_hvm(struct pci_dev *dev, int nvec, bool msix)
{
	struct msi_desc *desc;
	int pirq, err;

	if (!msix && nvec > 1)
		return 1;
	msi_for_each_desc(desc, &dev->dev, MSI_DESC_NOTASSOCIATED) {
		pirq = xen_allocate_pirq_msi(dev, desc);
		if (pirq < 0)
			return -ENODEV;
		write_pirq(desc, pirq);
		err = bind_msi(dev, desc, pirq, nvec, msix, DOMID_SELF);
		if (err) {
			pci_err(dev, "xen: PIRQ %d cannot be bound: %d\n", pirq, err);
			return err;
		}
	}
	return 0;
}

static const struct msi_way way_hvm = { set_up_hvm, NULL };
#endif /* CONFIG_PCI_MSI */

/*
 * dom0
 */

#ifdef CONFIG_XEN_PV_DOM0
#ifdef CONFIG_PCI_MSI
/* The hypervisor knows one segment only. */
static bool one_segment __read_mostly;

/* Where a device has the table of its MSI-X; it may claim to have it anywhere. */
static int msix_table(struct pci_dev *dev, u64 *base)
{
	u32 where;
	u8 bar;

	pci_read_config_dword(dev, dev->msix_cap + PCI_MSIX_TABLE, &where);
	bar = where & PCI_MSIX_TABLE_BIR;
	if (bar >= PCI_STD_NUM_BARS || !pci_resource_flags(dev, bar) ||
	    (pci_resource_flags(dev, bar) & IORESOURCE_UNSET))
		return -EINVAL;
	*base = pci_resource_start(dev, bar);
	return 0;
}

/* Has the hypervisor program an MSI of the machine, and sets @op->pirq. */
static int map_msi(struct pci_dev *dev, struct physdev_map_pirq *op)
{
	int err = one_segment ? -EINVAL : xen_hv_physdev_map_msi(op);

	if (err != -EINVAL || op->type == MAP_PIRQ_TYPE_MULTI_MSI || pci_domain_nr(dev->bus))
		return err;
	op->type = MAP_PIRQ_TYPE_MSI;
	op->bus = dev->bus->number;
	op->index = -1;
	op->pirq = -1;
	err = xen_hv_physdev_map_msi(op);
	if (err != -EINVAL)
		one_segment = true;
	return err;
}

static int set_up_one(struct pci_dev *dev, struct msi_desc *desc, int nvec, bool msix)
{
	int owner = xen_find_device_domain_owner(dev), err;
	struct physdev_map_pirq op = {
		.domid = owner < 0 ? DOMID_SELF : owner,
		.type = !msix && nvec > 1 ? MAP_PIRQ_TYPE_MULTI_MSI : MAP_PIRQ_TYPE_MSI_SEG,
		.index = -1,
		.pirq = -1,
		.bus = dev->bus->number | pci_domain_nr(dev->bus) << 16,
		.devfn = dev->devfn,
		.entry_nr = msix ? desc->msi_index : nvec > 1 ? nvec : 0,
	};

	if (msix) {
		err = msix_table(dev, &op.table_base);
		if (err)
			return err;
	}
	err = map_msi(dev, &op);
	if (err) {
		if (op.type == MAP_PIRQ_TYPE_MULTI_MSI)
			return 1;
		pci_warn(dev, "xen: no PIRQ for an MSI of domain %u: %d\n", op.domid, err);
		return err;
	}
	err = bind_msi(dev, desc, op.pirq, nvec, msix, op.domid);
	if (err)
		xen_hv_physdev_unmap_pirq(op.domid, op.pirq);
	return err;
}

static int set_up_dom0(struct pci_dev *dev, int nvec, bool msix)
{
	struct msi_desc *desc;
	int err;

	msi_for_each_desc(desc, &dev->dev, MSI_DESC_NOTASSOCIATED) {
		err = set_up_one(dev, desc, nvec, msix);
		if (err)
			return err;
	}
	return 0;
}

static const struct msi_way way_dom0 = { set_up_dom0, NULL };
#endif /* CONFIG_PCI_MSI */

/**
 * xen_initdom_restore_msi() - a device has lost its MSIs: have them programmed again
 * @dev: the device
 *
 * Return: true if the kernel has to do that itself.
 */
bool xen_initdom_restore_msi(struct pci_dev *dev)
{
	int segment = pci_domain_nr(dev->bus), err;

	if (!xen_initial_domain())
		return true;
	err = xen_hv_physdev_restore_msi_ext(segment, dev->bus->number, dev->devfn);
	if (err && !segment)
		err = xen_hv_physdev_restore_msi(dev->bus->number, dev->devfn);
	if (err)
		pci_err(dev, "xen: MSIs are not restored: %d\n", err);
	return false;
}

/* In dom0 a GSI's PIRQ has the GSI's number. */
static int register_gsi_dom0(struct device *dev, u32 gsi, int trigger, int polarity)
{
	int irq, err;

	if (!xen_pv_domain())
		return -1;
	irq = bind_gsi(gsi, trigger, gsi);
	err = xen_hv_physdev_setup_gsi(gsi, trigger != ACPI_EDGE_SENSITIVE,
				       polarity != ACPI_ACTIVE_HIGH);
	if (err && err != -EEXIST)
		pr_err("xen: GSI %u cannot be set up: %d\n", gsi, err);
	return irq;
}

/* What drivers request without asking ACPI. There is no PIC to count them. */
static void __init bind_legacy(void)
{
	int irq, trigger, polarity;

	for (irq = 0; irq < NR_IRQS_LEGACY; irq++)
		if (acpi_get_override_irq(irq, &trigger, &polarity) != -1)
			bind_gsi(irq, trigger ? ACPI_LEVEL_SENSITIVE : ACPI_EDGE_SENSITIVE, irq);
	if (nr_ioapics)
		return;
	for (irq = 0; irq < nr_legacy_irqs(); irq++)
		xen_bind_pirq_gsi_to_irq(irq, irq, 0, "xt-pic");
}
#endif /* CONFIG_XEN_PV_DOM0 */

/*
 * The kernel's hooks
 */

#ifdef CONFIG_PCI_MSI
static int alloc_irqs(struct irq_domain *domain, struct device *dev, int nvec)
{
	struct pci_dev *pdev;
	int err;

	if (WARN_ON_ONCE(!dev_is_pci(dev)))
		return -EINVAL;
	pdev = to_pci_dev(dev);
	err = msi_way->set_up(pdev, nvec, pdev->msix_enabled);
	return err ?: msi_device_populate_sysfs(dev);
}

static void free_irqs(struct irq_domain *domain, struct device *dev)
{
	struct msi_desc *desc;
	unsigned int i;

	if (WARN_ON_ONCE(!dev_is_pci(dev)))
		return;
	if (msi_way->forget)
		msi_way->forget(to_pci_dev(dev));
	msi_for_each_desc(desc, dev, MSI_DESC_ASSOCIATED) {
		for (i = 0; i < desc->nvec_used; i++)
			xen_destroy_irq(desc->irq + i);
		desc->irq = 0;
	}
	msi_device_destroy_sysfs(dev);
}

static struct msi_domain_ops msi_ops = {
	.domain_alloc_irqs	= alloc_irqs,
	.domain_free_irqs	= free_irqs,
};

/* The hypervisor masks; a mask bit that the kernel writes would be one behind its back. */
static struct msi_domain_info msi_info = {
	.ops	= &msi_ops,
	.flags	= MSI_FLAG_PCI_MSIX | MSI_FLAG_NO_MASK | MSI_FLAG_FREE_MSI_DESCS |
		  MSI_FLAG_DEV_SYSFS,
};

/*
 * No domain of interrupts by the core's rules: the two operations take a device's MSIs as a whole,
 * and there is no parent that has vectors. It gives each device a domain to point to.
 */
static struct irq_domain * __init create_msi_domain(void)
{
	struct fwnode_handle *name = irq_domain_alloc_named_fwnode("XEN-MSI");
	struct irq_domain *domain = name ? msi_create_irq_domain(name, &msi_info, NULL) : NULL;

	if (!domain)
		pr_err("xen: no memory for MSI, devices use their pins\n");
	return domain;
}

static void __init use_msi(const struct msi_way *way)
{
	msi_way = way;
	x86_init.irqs.create_pci_msi_domain = create_msi_domain;
}

/* With an APIC that the processor virtualizes, vectors are cheaper than event channels. */
static void __init choose_msi_hvm(void)
{
	u32 has = cpuid_eax(xen_cpuid_base() + 4);

	if (!apic_is_disabled &&
	    (((has & XEN_HVM_CPUID_X2APIC_VIRT) && x2apic_mode) ||
	     ((has & XEN_HVM_CPUID_APIC_ACCESS_VIRT) && boot_cpu_has(X86_FEATURE_APIC))))
		return;
	use_msi(&way_hvm);
}
#endif /* CONFIG_PCI_MSI */

/**
 * pci_xen_init() - PCI in a PV domU: what pcifront brings
 *
 * Context: start-up.
 * Return: 0; -ENODEV in all other domains.
 */
int __init pci_xen_init(void)
{
	if (!xen_pv_domain() || xen_initial_domain())
		return -ENODEV;
	pcibios_set_cache_line_size();
	pcibios_enable_irq = enable_frontend_irq;
	pcibios_disable_irq = NULL;
	/* It would look for interrupts in tables that are not there. */
	acpi_noirq_set();
#ifdef CONFIG_PCI_MSI
	use_msi(&way_domu);
#endif
	return 0;
}

/**
 * pci_xen_hvm_init() - interrupts of an HVM domain's emulated devices as event channels
 *
 * Context: start-up.
 * Return: 0, also if the hypervisor has nothing of the kind.
 */
int __init pci_xen_hvm_init(void)
{
	if (!xen_have_vector_callback || !xen_feature(XENFEAT_hvm_pirqs))
		return 0;
#ifdef CONFIG_ACPI
	/* The model stays ACPI's, only the end of the way is ours. */
	__acpi_register_gsi = register_gsi_hvm;
	__acpi_unregister_gsi = NULL;
#endif
#ifdef CONFIG_PCI_MSI
	/* Whether there is an x2APIC is known then. */
	x86_platform.apic_post_init = choose_msi_hvm;
#endif
	return 0;
}

#ifdef CONFIG_XEN_PV_DOM0
/**
 * pci_xen_initial_domain() - interrupts of the machine's devices in a PV dom0
 *
 * Context: start-up.
 * Return: 0.
 */
int __init pci_xen_initial_domain(void)
{
#ifdef CONFIG_PCI_MSI
	use_msi(&way_dom0);
#endif
	__acpi_register_gsi = register_gsi_dom0;
	__acpi_unregister_gsi = NULL;
	bind_legacy();
	return 0;
}
#endif
