/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI under Xen: which of three ways the domain sets up interrupts of its devices, and the
 * frontend's part in it.
 */
#ifndef _ASM_X86_XEN_PCI_H
#define _ASM_X86_XEN_PCI_H

#include <linux/errno.h>
#include <linux/init.h>

struct pci_dev;

#ifdef CONFIG_PCI_XEN
#define pci_xen 1
/* A PV domU, whose devices come through pcifront. */
int __init pci_xen_init(void);
/* An HVM domU with interrupts over event channels. */
int __init pci_xen_hvm_init(void);
#else
#define pci_xen 0
#define pci_xen_init (0)
static inline int pci_xen_hvm_init(void)
{
	return -1;
}
#endif

#ifdef CONFIG_XEN_PV_DOM0
/* A PV dom0, which owns the machine's devices. */
int __init pci_xen_initial_domain(void);
#else
static inline int __init pci_xen_initial_domain(void)
{
	return -1;
}
#endif

#if defined(CONFIG_PCI_MSI) && defined(CONFIG_PCI_XEN)
/**
 * struct xen_pci_frontend_ops - how message interrupts of a passed-through device are set up
 * @enable_msi: returns 0 and the event channels' pirqs in @vectors, or an error
 * @disable_msi: undo it
 * @enable_msix: the same for the @nvec entries of MSI-X
 * @disable_msix: undo it
 *
 * pcifront provides them while it is connected; each may be missing.
 */
struct xen_pci_frontend_ops {
	int (*enable_msi)(struct pci_dev *dev, int vectors[]);
	void (*disable_msi)(struct pci_dev *dev);
	int (*enable_msix)(struct pci_dev *dev, int vectors[], int nvec);
	void (*disable_msix)(struct pci_dev *dev);
};

extern struct xen_pci_frontend_ops *xen_pci_frontend;

static inline int xen_pci_frontend_enable_msi(struct pci_dev *dev, int vectors[])
{
	if (!xen_pci_frontend || !xen_pci_frontend->enable_msi)
		return -ENODEV;
	return xen_pci_frontend->enable_msi(dev, vectors);
}

static inline int xen_pci_frontend_enable_msix(struct pci_dev *dev, int vectors[], int nvec)
{
	if (!xen_pci_frontend || !xen_pci_frontend->enable_msix)
		return -ENODEV;
	return xen_pci_frontend->enable_msix(dev, vectors, nvec);
}

static inline void xen_pci_frontend_disable_msi(struct pci_dev *dev)
{
	if (xen_pci_frontend && xen_pci_frontend->disable_msi)
		xen_pci_frontend->disable_msi(dev);
}

static inline void xen_pci_frontend_disable_msix(struct pci_dev *dev)
{
	if (xen_pci_frontend && xen_pci_frontend->disable_msix)
		xen_pci_frontend->disable_msix(dev);
}
#endif

#endif /* _ASM_X86_XEN_PCI_H */
