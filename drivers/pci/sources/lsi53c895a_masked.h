/* SPDX-License-Identifier: MIT */
/*
 * For the gallery of mistakes: what a driver does to a slot with mask and pending bits
 * (lsi53c895a_masked.c) that takes its control word for a word like any other.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_MASKED_H
#define RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_MASKED_H

#include <stdint.h>

#include "kernel/irq/store.h"

/*
 * Writes the whole control word of `store`, which is such a slot: 0 clears the mask, and the
 * pending bit with it, and the message that it stood for is never sent.
 */
void lsi_masked_store_write_control(struct message_store *store, uint32_t value);

#endif
