/* SPDX-License-Identifier: MIT */
/*
 * COM1's transmitter as a source of edges on ISA interrupt 4: the interrupt "transmitter holding
 * register empty" can be had at any time by enabling it while that register is empty. No character
 * is sent; the console goes on polling the same UART.
 */
#ifndef RETARGET_DRIVERS_PLATFORM_COM1_H
#define RETARGET_DRIVERS_PLATFORM_COM1_H

/*
 * Registers the source where there is a COM1 and an IO-APIC pin for it, edge-triggered. After
 * vtd_init(): the remapping unit's table tells the IO-APIC's requester id.
 */
void com1_probe(void);

#endif
