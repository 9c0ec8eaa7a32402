/* SPDX-License-Identifier: MIT */
/*
 * For tests of what the device model of DSA can be told (dsa_model.h, docs/dsa-model.md): to hold
 * messages in flight, to misbehave, to send under its own requester id.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_DSA_CONTROL_H
#define RETARGET_DRIVERS_PCI_SOURCES_DSA_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/source.h"

/* The kind of its stores (struct source). */
#define DSA_KIND "ims"

/* Whether `source` is one of a DSA or IAX. And what a test says that needs one and finds none. */
bool dsa_is(const struct source *source);
#define NO_DSA "no device with interrupt message storage of its own (Intel DSA; docs/dsa.md)"

/*
 * Of the n-th model, the source whose messages carry its requester id, which in QEMU those of a
 * device's DMA do not. It is slow and not registered; one of the device's two is open at a time.
 * NULL past the end.
 */
struct source *dsa_carrier(unsigned int n);

/*
 * The control block of the model behind `source`, a DSA that is open, with the registers of
 * dsa_model.h; NULL where it is no model. Who changes a setting puts it back.
 */
volatile uint8_t *dsa_model(const struct source *source);

#endif
