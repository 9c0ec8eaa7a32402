// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "kernel/irq/source.h"
#include "kernel/print.h"

/* Bounds of section pci_drivers; the linker names them after it. */
extern const struct pci_driver *const __start_pci_drivers[], *const __stop_pci_drivers[];

static bool matches(const struct pci_driver *driver, const struct pci_function *function)
{
	if (driver->vendor != PCI_ANY && driver->vendor != function->vendor)
		return false;
	if (driver->device != PCI_ANY && driver->device != function->device)
		return false;
	return !driver->class || driver->class == function->class_revision >> 8;
}

static unsigned int count_sources(void)
{
	unsigned int count = 0;

	while (source_get(count))
		count++;
	return count;
}

/* Sources of which the driver says no more are what it drives. */
static void probe(const struct pci_driver *driver, struct pci_function *function)
{
	char location[16];
	struct source *source;
	unsigned int before = count_sources();
	int error = driver->probe(function);

	for (unsigned int n = before; (source = source_get(n)); n++)
		if (!source->chip)
			source->chip = driver->name;
	if (!error)
		return;
	pci_location(function, location);
	print("# pci: %s at %s is left alone: probe failed with error %d\n", driver->name, location,
	      -error);
}

void pci_probe_drivers(void)
{
	struct pci_function *function;

	for (unsigned int n = 0; (function = pci_function_get(n)); n++)
		for (const struct pci_driver *const *driver = __start_pci_drivers;
		     driver < __stop_pci_drivers; driver++)
			if (matches(*driver, function))
				probe(*driver, function);
}
