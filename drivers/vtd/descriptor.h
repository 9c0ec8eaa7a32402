/* SPDX-License-Identifier: MIT */
/*
 * The invalidation descriptors used here, 128-bit version (VT-d r5.10, 6.5.2, Queued Invalidation
 * Interface). Pure.
 */
#ifndef RETARGET_DRIVERS_VTD_DESCRIPTOR_H
#define RETARGET_DRIVERS_VTD_DESCRIPTOR_H

#include <stdint.h>

struct vtd_descriptor {
	uint64_t lo, hi;
};
_Static_assert(sizeof(struct vtd_descriptor) == 16, "VT-d r5.10, 6.5.2: IQA_REG.DW = 0");

/* 6.5.2.8, Interrupt Entry Cache Invalidate Descriptor: all entries. */
struct vtd_descriptor vtd_iec_global(void);

/* The same for 2^mask entries from `index`, aligned to that; `mask` is at most ECAP.MHMV. */
struct vtd_descriptor vtd_iec_index(uint16_t index, uint8_t mask);

/* 6.5.2.9, Invalidation Wait Descriptor: writes `data` to physical address `status`. */
struct vtd_descriptor vtd_wait_status(uint64_t status, uint32_t data);

/* The same, writing nothing: a descriptor that does no harm. */
struct vtd_descriptor vtd_wait_nothing(void);

#endif
