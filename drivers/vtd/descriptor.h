/* SPDX-License-Identifier: MIT */
/*
 * The invalidation descriptors used here, 128-bit version (VT-d r5.10, 6.5.2, Queued Invalidation
 * Interface). Pure, and inline: they are in the path of every move.
 */
#ifndef RETARGET_DRIVERS_VTD_DESCRIPTOR_H
#define RETARGET_DRIVERS_VTD_DESCRIPTOR_H

#include <stdint.h>

#include "kernel/bits.h"

struct vtd_descriptor {
	uint64_t lo, hi;
};
_Static_assert(sizeof(struct vtd_descriptor) == 16, "VT-d r5.10, 6.5.2: IQA_REG.DW = 0");

/* The type is in bits 11:9 and 3:0; the former are 0 in these two. */
#define DESCRIPTOR_TYPE      GENMASK_ULL(3, 0)
#define DESCRIPTOR_TYPE_IEC  4
#define DESCRIPTOR_TYPE_WAIT 5

#define IEC_IIDX GENMASK_ULL(47, 32)
#define IEC_IM   GENMASK_ULL(31, 27)
#define IEC_G    BIT_ULL(4) /* set: index-selective */

#define WAIT_STATUS_DATA    GENMASK_ULL(63, 32)
#define WAIT_SW             BIT_ULL(5)
#define WAIT_IF             BIT_ULL(4)
#define WAIT_STATUS_ADDRESS GENMASK_ULL(63, 2) /* bits 127:66 */

/* 6.5.2.8, Interrupt Entry Cache Invalidate Descriptor: all entries. */
static inline struct vtd_descriptor vtd_iec_global(void)
{
	return (struct vtd_descriptor){.lo = field_set(DESCRIPTOR_TYPE, DESCRIPTOR_TYPE_IEC)};
}

/* The same for 2^mask entries from `index`, aligned to that; `mask` is at most ECAP.MHMV. */
static inline struct vtd_descriptor vtd_iec_index(uint16_t index, uint8_t mask)
{
	return (struct vtd_descriptor){
	        .lo = field_set(IEC_IIDX, index) | field_set(IEC_IM, mask) | IEC_G |
	              field_set(DESCRIPTOR_TYPE, DESCRIPTOR_TYPE_IEC),
	};
}

/* 6.5.2.9, Invalidation Wait Descriptor: writes `data` to physical address `status`. */
static inline struct vtd_descriptor vtd_wait_status(uint64_t status, uint32_t data)
{
	return (struct vtd_descriptor){
	        .lo = field_set(WAIT_STATUS_DATA, data) | WAIT_SW |
	              field_set(DESCRIPTOR_TYPE, DESCRIPTOR_TYPE_WAIT),
	        .hi = status & WAIT_STATUS_ADDRESS,
	};
}

/* The same descriptor: raises the invalidation completion event, and writes nothing. */
static inline struct vtd_descriptor vtd_wait_interrupt(void)
{
	return (struct vtd_descriptor){.lo = WAIT_IF |
	                                     field_set(DESCRIPTOR_TYPE, DESCRIPTOR_TYPE_WAIT)};
}

#endif
