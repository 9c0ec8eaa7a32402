/* SPDX-License-Identifier: MIT */
/*
 * Device registers whose place a firmware table names: remapping units, IO-APICs, the HPET, PCI
 * configuration space.
 *
 * A table may name any address, and a write to what lies there in their place does harm: memory
 * changes under somebody's hands, another device is reprogrammed. So whoever takes an address from
 * a table claims it here first, and every place has one owner.
 */
#ifndef RETARGET_KERNEL_REGISTERS_H
#define RETARGET_KERNEL_REGISTERS_H

#include <stdint.h>

#define REGISTERS_OWNER_SIZE 32 /* with its NUL */

/*
 * Claims `length` bytes at `physical` for `owner` and maps them; they stay claimed. The same owner
 * may ask again for the same address, and for more of it. NULL when that cannot be, with the reason
 * in `why`: a clause that completes "refused: ...", valid until the next call. Which device really
 * is there the caller has to find out by reading.
 */
volatile void *registers_claim(const char *owner, uint64_t physical, uint64_t length,
                               const char **why);

/* What was claimed there is not what was looked for: the place is free again. */
void registers_give_up(const volatile void *registers);

#endif
