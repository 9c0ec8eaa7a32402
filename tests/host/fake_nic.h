/* SPDX-License-Identifier: MIT */
/*
 * For the unit tests of Intel's network controllers: what they have to do with PCI, in the place of
 * drivers/pci/: message stores that send, their masks and pending bits, and memory for the driver,
 * to which a message may go. The registers are the test's own (fake_e1000e.h, test_igb.c).
 *
 * No time goes by: a deadline has passed when it is asked for the second time.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_NIC_H
#define RETARGET_TESTS_HOST_FAKE_NIC_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/pci.h"
#include "kernel/irq/source.h"

#define FAKE_NIC_VECTORS 16

/* A message as it was sent, to where its store said. */
#define LOCAL_APIC 0xfee00000U

struct fake_nic {
	/* How it is. */
	unsigned int vectors; /* entries of its MSI-X table; 0: it has none */
	bool msi_maskable, without_msi;
	bool mute;                /* its messages go nowhere */
	volatile void *registers; /* BAR 0 */
	uint64_t registers_size;
	void (*on_access)(void);   /* before each access to a mask; NULL: nothing happens */
	void (*on_msix_off)(void); /* the same, before MSI-X is switched off */

	struct pci_function function;
	bool command; /* decoding and bus mastering are on */
	bool msi, msix, function_masked, msi_masked, msi_pending;
	bool masked[FAKE_NIC_VECTORS], pending[FAKE_NIC_VECTORS];
	uint32_t address[FAKE_NIC_VECTORS], data[FAKE_NIC_VECTORS], msi_address, msi_data;
	unsigned int sent[FAKE_NIC_VECTORS], msi_sent; /* but to memory */
	struct source *sources[2];                     /* that were registered */
	unsigned int source_count;
};

extern struct fake_nic nic;

/* Every field 0. */
void fake_nic_reset(void);

/* Sends, or becomes pending behind a mask if `kept`. */
void fake_nic_send_msix(unsigned int vector, bool kept);
void fake_nic_send_msi(void);

#endif
