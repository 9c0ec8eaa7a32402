/* SPDX-License-Identifier: MIT */
/*
 * A timer of the HPET as a source of levels, at a pin of the IO-APIC that it can choose. Almost
 * every machine has one.
 */
#ifndef RETARGET_DRIVERS_PLATFORM_HPET_PIN_H
#define RETARGET_DRIVERS_PLATFORM_HPET_PIN_H

/* Registers the source where there is an HPET with such a timer. Nothing is written. */
void hpet_pin_probe(void);

#endif
