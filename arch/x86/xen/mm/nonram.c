// SPDX-License-Identifier: GPL-2.0
/*
 * Firmware areas that a PV dom0 sees elsewhere: where the machine has them lies memory that the
 * kernel occupies and cannot give up.
 */
#include <linux/acpi.h>
#include <linux/init.h>

#include <asm/acpi.h>

#include <xen/hvc-console.h>

#include "mm.h"

/* Filled while the memory map is read, and constant from then on. */
static struct moved_area {
	phys_addr_t machine;
	phys_addr_t phys;
	size_t size;
} moved[4] __ro_after_init;
static unsigned int nr_moved __ro_after_init;

/* Enters the areas into the p2m. */
void __init xen_do_remap_nonram(void)
{
	unsigned int i, pages = 0;

	for (i = 0; i < nr_moved; i++) {
		unsigned long pfn = PFN_DOWN(moved[i].phys), mfn = PFN_DOWN(moved[i].machine);
		unsigned long end = PFN_UP(moved[i].phys + moved[i].size);

		for (; pfn < end; pfn++, mfn++, pages++)
			if (!set_phys_to_machine(pfn, mfn))
				panic("Failed to set p2m mapping for pfn=%lx mfn=%lx\n", pfn, mfn);
	}
	pr_info("Remapped %u non-RAM page(s)\n", pages);
}

#ifdef CONFIG_ACPI
/* ACPI's tables hold machine addresses. */
static void __iomem *map_for_acpi(acpi_physical_address phys, acpi_size size)
{
	const struct moved_area *a;

	for (a = moved; a < moved + nr_moved; a++) {
		if (phys + size <= a->machine || phys >= a->machine + a->size)
			continue;
		WARN_ON(phys < a->machine || phys + size > a->machine + a->size);
		phys = phys - a->machine + a->phys;
		break;
	}
	return x86_acpi_os_ioremap(phys, size);
}
#endif

/**
 * xen_add_remap_nonram() - have a firmware area seen elsewhere
 * @maddr: where the machine has it
 * @paddr: where this kernel is going to see it; the same offset in its page
 * @size: in bytes
 */
void __init xen_add_remap_nonram(phys_addr_t maddr, phys_addr_t paddr, unsigned long size)
{
	BUG_ON(offset_in_page(maddr) != offset_in_page(paddr));
	if (nr_moved == ARRAY_SIZE(moved)) {
		xen_raw_console_write("Too many firmware areas are in the kernel's way\n");
		BUG();
	}
	moved[nr_moved++] = (struct moved_area) { maddr, paddr, size };
#ifdef CONFIG_ACPI
	acpi_os_ioremap = map_for_acpi;
#endif
}
