/* SPDX-License-Identifier: MIT */
/*
 * What the files of the driver e1000e share: registers, and how its sources send. Sections and
 * titles are those of "Intel 82574 GbE Controller Family Datasheet", revision 3.4.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_E1000E_H
#define RETARGET_DRIVERS_PCI_SOURCES_E1000E_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/pci.h"
#include "drivers/pci/sources/intel_nic.h"
#include "drivers/pci/stores.h"
#include "kernel/bits.h"
#include "kernel/irq/source.h"

/* 10.2.2.3 "Extended Device Control Register". */
#define E1000E_CTRL_EXT               0x0018
#define CTRL_EXT_EIAME                BIT_ULL(24) /* sending clears what IAM says from IMS */
#define CTRL_EXT_IAME                 BIT_ULL(27) /* so does access to ICR */
#define CTRL_EXT_INT_TIMERS_CLEAR_ENA BIT_ULL(29) /* unmasking all causes ends the throttle */
#define CTRL_EXT_PBA_SUPPORT          BIT_ULL(31) /* unmasking a cause clears its pending bit */

/* 10.2.4 "Interrupt Register Descriptions". NIC_ICR to NIC_IMC are four of them. */
#define E1000E_ITR       0x00c4
#define E1000E_EIAC      0x00dc
#define E1000E_IAM       0x00e0
#define E1000E_IVAR      0x00e4
#define E1000E_EITR(n)   (0x00e8 + 4 * (n))
#define ICR_QUEUE(slot)  BIT_ULL(20 + (slot)) /* RxQ0, RxQ1, TxQ0, TxQ1: never, here */
#define IVAR_VALID       0x8U
#define IVAR_SHIFT(slot) (4 * (slot))
/* Every cause there is: TXDW TXQE LSC, RXDMT0, RXO RXT0, MDAC, TXD_LOW to MNG, RxQ0 to Other. */
#define IMS_ALL                                                                                    \
	(GENMASK_ULL(2, 0) | BIT_ULL(4) | GENMASK_ULL(7, 6) | BIT_ULL(9) | GENMASK_ULL(18, 15) |   \
	 GENMASK_ULL(24, 20))

#define E1000E_REGISTERS_SIZE 0x0404

#define E1000E_SLOTS_MAX   4 /* causes that software alone raises */
#define E1000E_VECTORS_MAX 5
#define E1000E_FOUND_MAX   13

struct e1000e {
	struct source msix_source;
	struct source msi_source;
	const struct pci_function *function;
	const struct nic_chip *chip;
	volatile uint8_t *registers;
	unsigned int vectors; /* 0: no MSI-X */
	bool in_use;          /* by one of its two sources */

	uint16_t command_found;
	uint32_t found[E1000E_FOUND_MAX];
	struct msix_store msix[E1000E_VECTORS_MAX];
	struct msi_store msi;

	bool behind_mask; /* e1000e_fire_msix() */
};

/* e1000e_device.c: takes the device with one mechanism on and every message masked if it can be. */
int e1000e_take_msix(struct e1000e *e1000e);
int e1000e_take_msi(struct e1000e *e1000e);
void e1000e_give_back(struct e1000e *e1000e);

/* Sends one message; -EBUSY when the one before has not left. */
int e1000e_fire_msix(const struct e1000e *e1000e, unsigned int slot);
int e1000e_fire_msi(const struct e1000e *e1000e);

/* Waits for messages that have not left. */
void e1000e_flush_msix(const struct e1000e *e1000e);
void e1000e_flush_msi(const struct e1000e *e1000e);

/* Ends every interval of the throttle that runs, and unmasks all causes. */
void e1000e_end_throttle(const struct e1000e *e1000e);

/*
 * e1000e_measure.c: whether one fire is one message. NULL, or why it is not, and then the device
 * is no source of that kind. The device is taken for it, and its messages go to memory.
 */
const char *e1000e_measure_msix(struct e1000e *e1000e);
const char *e1000e_measure_msi(struct e1000e *e1000e);

#endif
