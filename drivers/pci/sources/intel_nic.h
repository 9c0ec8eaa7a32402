/* SPDX-License-Identifier: MIT */
/*
 * What Intel's Gigabit Ethernet controllers have in common: igb.c (82576 to I211) and e1000e.c
 * (82574 to I219) drive them. As sources they are never reset. Interrupt registers, receiver and
 * transmitter are saved, used and written back; the PHY, the flash memory and all that management
 * firmware shares with the host (SW_FW_SYNC, SWSM) are not touched, and neither is the link: a
 * baseboard controller keeps its connection.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_INTEL_NIC_H
#define RETARGET_DRIVERS_PCI_SOURCES_INTEL_NIC_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/pci.h"
#include "kernel/bits.h"
#include "kernel/irq/source.h"

#define NIC_VENDOR 0x8086
#define NIC_CLASS  0x020000 /* network controller, Ethernet */

/* In all of them at the same place. */
#define NIC_STATUS 0x0008
#define NIC_ICR    0x00c0
#define NIC_ICS    0x00c8
#define NIC_IMS    0x00d0
#define NIC_IMC    0x00d8
#define ICR_TXDW   BIT_ULL(0) /* a transmit descriptor was written back: never, here */
#define NIC_RCTL   0x0100
#define RCTL_EN    BIT_ULL(1)
#define NIC_TCTL   0x0400
#define TCTL_EN    BIT_ULL(1)

/* No step of the device takes as long. */
#define NIC_TIMEOUT_US 10000

struct nic_chip {
	uint16_t device;
	const char *name;
};

/* The chip that `function` is, of a table that ends with a name of NULL; NULL: none of them. */
const struct nic_chip *nic_chip(const struct nic_chip *chips, const struct pci_function *function);

/* Its registers (BAR 0); NULL when there are less than `size` bytes, or they cannot be read. */
volatile uint8_t *nic_map(const struct pci_function *function, uint64_t size);

/* Reads `reg` until `mask` is clear; -ETIMEDOUT when it does not become so. */
int nic_wait_for_zero(volatile uint8_t *reg, uint32_t mask);

/* Registers that are given back as they were found; the first of the list is written last. */
void nic_save(volatile uint8_t *registers, const uint16_t *offsets, uint32_t *found,
              unsigned int count);
void nic_restore(volatile uint8_t *registers, const uint16_t *offsets, const uint32_t *found,
                 unsigned int count);

/* Every cause masked and cleared, receiver and transmitter off. */
void nic_quiet(volatile uint8_t *registers);

/* Drops the device of `source`, which did not send within NIC_TIMEOUT_US; returns -ETIMEDOUT. */
int nic_drop(struct source *source, volatile uint8_t *registers);

/*
 * Drops the device of `source` where `cause`, which an open source has in the register
 * `let_through`, is not there any more. What fires then says nothing of it: no cause stays set.
 */
void nic_drop_if_reset(struct source *source, volatile uint8_t *let_through, uint32_t cause);

/* A source of the chip at `function`, registered. */
int nic_register(struct source *source, const struct source *as, const struct nic_chip *chip,
                 const struct pci_function *function);

#endif
