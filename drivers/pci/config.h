/* SPDX-License-Identifier: MIT */
/*
 * How configuration space is reached, for drivers/pci/ alone: memory-mapped (ECAM; PCIe 6.0, 7.2.2)
 * where MCFG names a bus, and through ports for the buses of segment 0 that it does not name.
 */
#ifndef RETARGET_DRIVERS_PCI_CONFIG_H
#define RETARGET_DRIVERS_PCI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/* Finds and maps what MCFG names; to be called once. */
void pci_config_init(void);

/* The n-th segment that has buses, into `segment`; false past the end. */
bool pci_config_segment(unsigned int n, uint16_t *segment);

/* Whether `bus` can be reached at all. */
bool pci_config_has_bus(uint16_t segment, uint8_t bus);

/* What belongs into struct pci_function.config of a function there. */
volatile uint8_t *pci_config_of(uint16_t segment, uint8_t bus, uint8_t devfn);

#endif
