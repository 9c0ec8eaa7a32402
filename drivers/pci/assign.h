/* SPDX-License-Identifier: MIT */
/*
 * Hands the device of a source to a guest: its registers as they are, its DMA to the guest's memory
 * at the guest's own addresses (guest-physical is host-physical), and as much of its configuration
 * space as a driver needs.
 *
 *     what the guest has              how
 *     ------------------------------  ----------------------------------------------------------
 *     memory BARs                     mapped at their own addresses, whole pages
 *     message storage: the pages      mapped as well, or trapped: message words go to a function
 *     with the MSI-X table or the     of the host's, all else to the device
 *     slots of an IMS
 *     configuration space             emulated, at its address in the host: each access comes out
 *       PCI_COMMAND                   bus mastering is the device's; memory decoding and INTx
 *                                     Disable are kept for the guest to read: decoding stays on,
 *                                     INTx off, whatever it writes
 *       BARs                          can be sized; wherever it writes them to, they stay
 *       MSI-X Message Control         Enable and Function Mask are the device's
 *       MSI capability                a null one: its message would be the guest's to choose
 *       I/O BARs, ROM, all else       the former are not there; read-only
 *
 * The host's driver keeps the source open meanwhile, so that nobody else gets it, and the host must
 * not fire it. DMA is not held back by anything: a guest reaches all memory through its device.
 */
#ifndef RETARGET_DRIVERS_PCI_ASSIGN_H
#define RETARGET_DRIVERS_PCI_ASSIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/pci.h"
#include "kernel/irq/source.h"
#include "kernel/virt/guest.h"
#include "kernel/virt/trap.h"

#define ASSIGN_BARS 6

struct assigned {
	struct source *source;
	struct guest *guest;
	const struct pci_function *function;

	/* Configuration space for the guest. */
	struct trap config;
	uint16_t command;
	uint32_t bar[ASSIGN_BARS], bar_bits[ASSIGN_BARS]; /* bits that can be written */
	uint8_t msi, msix;                                /* offsets of capabilities, or 0 */
	uint8_t msi_length;

	/* Message storage. */
	volatile uint32_t *table; /* of MSI-X; NULL: the source has no such */
	unsigned int entries;
	struct trap storage; /* length 0: it is mapped */
	const struct trap_ops *words;
	void *owner;

	/* The table as the host's driver had it; the memory is kept for the next device. */
	uint32_t *found;
	unsigned int found_entries; /* it has room for */
};

/*
 * Opens `source`, of a PCI function, and gives its device to a guest that is loaded and does not
 * run. `assigned` is the caller's, zero before its first use, and lives until assign_end(). With
 * `words`, accesses to message words go there, with `owner`: `offset` is that of the word in an
 * MSI-X table, 16 bytes for each slot, also where an IMS keeps its words otherwise; of an IMS only
 * the lower address and the data are there. NULL: the guest writes them itself.
 *
 * -EADDRINUSE: a BAR shares a page with another function's; -ENXIO: with `words`, and the storage
 * is no registers but memory; -ENODEV: it is no PCI function's; -EOPNOTSUPP: its messages carry the
 * id of a bridge, its configuration space is reached through ports alone, or its messages are not
 * of MSI-X or an IMS; -ENOMEM; or the driver's error. After an error nothing is assigned.
 */
int assign(struct assigned *assigned, struct guest *guest, struct source *source,
           const struct trap_ops *words, void *owner);

/*
 * The guest has ended, however it did: the device does no more DMA and is given back as assign()
 * found it.
 */
void assign_end(struct assigned *assigned);

/*
 * What the guest has to know of it: two words for assigned_probe(), which makes the function known
 * there (pci_adopt()) and calls its drivers. 0, pci_adopt()'s error, or -ENOMEM.
 */
void assign_describe(const struct assigned *assigned, uint64_t words[2]);
int assigned_probe(const uint64_t words[2]);

/* drivers/pci/assign_config.c */
void assign_config_init(struct assigned *assigned);

#endif
