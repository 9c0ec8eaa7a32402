/* SPDX-License-Identifier: MIT */
/* Where the HPET is, by its table, and that it is one. */
#ifndef RETARGET_KERNEL_CPU_HPET_H
#define RETARGET_KERNEL_CPU_HPET_H

#include <stdint.h>

#include "kernel/acpi/hpet.h"

/*
 * The registers of the first HPET, mapped, and what its table says of it in `found`. NULL without
 * one, with the reason in `why`: a whole sentence, valid until the next call.
 */
volatile uint8_t *hpet_find(struct hpet *found, const char **why);

#endif
