/* SPDX-License-Identifier: MIT */
/*
 * How configuration space is reached, for drivers/pci/ alone: the windows of memory-mapped access
 * (ECAM; PCIe 6.0, 7.2.2) that MCFG names, and ports for segment 0 where it names none.
 */
#ifndef RETARGET_DRIVERS_PCI_CONFIG_H
#define RETARGET_DRIVERS_PCI_CONFIG_H

#include <stdint.h>

struct pci_window {
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
	volatile uint8_t *bus_zero; /* where bus 0 would lie; NULL: through ports */
};

/* Finds and maps the windows; to be called once. Returns how many there are, at least 1. */
unsigned int pci_config_init(void);

/* The n-th window, n below what pci_config_init() returned. */
const struct pci_window *pci_window_get(unsigned int n);

/* What belongs into struct pci_function.config for a function in `window`. */
volatile uint8_t *pci_config_of(const struct pci_window *window, uint8_t bus, uint8_t devfn);

#endif
