/* SPDX-License-Identifier: MIT */
/*
 * The IO-APICs: found by the MADT, every pin masked. Intel 82093AA I/O APIC datasheet, 3.2 "I/O
 * APIC Registers".
 */
#ifndef RETARGET_KERNEL_CPU_IOAPIC_H
#define RETARGET_KERNEL_CPU_IOAPIC_H

#include <stdint.h>

#include "kernel/acpi/madt.h"

/* Masks every pin of every IO-APIC in `madt`; prints one line for each at verbose >= 1. */
void ioapic_init(const struct madt *madt, uint32_t verbose);

#endif
