/* SPDX-License-Identifier: MIT */
/* The ways to start a PC anew. */
#ifndef RETARGET_KERNEL_RESET_H
#define RETARGET_KERNEL_RESET_H

/*
 * One way after the other, each announced by a line and given a moment: the reset register that
 * ACPI's FADT names, port cf9, the keyboard controller, a triple fault. Returns only if none has
 * worked.
 */
void reset_machine(void);

#endif
