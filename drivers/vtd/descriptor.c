// SPDX-License-Identifier: MIT
#include "drivers/vtd/descriptor.h"

#include "kernel/bits.h"

/* The type is in bits 11:9 and 3:0; the former are 0 in these two. */
#define TYPE      GENMASK_ULL(3, 0)
#define TYPE_IEC  4
#define TYPE_WAIT 5

#define IEC_IIDX GENMASK_ULL(47, 32)
#define IEC_IM   GENMASK_ULL(31, 27)
#define IEC_G    BIT_ULL(4) /* set: index-selective */

#define WAIT_STATUS_DATA    GENMASK_ULL(63, 32)
#define WAIT_SW             BIT_ULL(5)
#define WAIT_STATUS_ADDRESS GENMASK_ULL(63, 2) /* bits 127:66 */

struct vtd_descriptor vtd_iec_global(void)
{
	return (struct vtd_descriptor){.lo = field_set(TYPE, TYPE_IEC)};
}

struct vtd_descriptor vtd_iec_index(uint16_t index, uint8_t mask)
{
	return (struct vtd_descriptor){
	        .lo = field_set(IEC_IIDX, index) | field_set(IEC_IM, mask) | IEC_G |
	              field_set(TYPE, TYPE_IEC),
	};
}

struct vtd_descriptor vtd_wait_status(uint64_t status, uint32_t data)
{
	return (struct vtd_descriptor){
	        .lo = field_set(WAIT_STATUS_DATA, data) | WAIT_SW | field_set(TYPE, TYPE_WAIT),
	        .hi = status & WAIT_STATUS_ADDRESS,
	};
}

struct vtd_descriptor vtd_wait_nothing(void)
{
	return (struct vtd_descriptor){.lo = field_set(TYPE, TYPE_WAIT)};
}
