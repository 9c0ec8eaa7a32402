// SPDX-License-Identifier: MIT
#include "kernel/irq/message.h"

#include <asm-generic/errno.h>

#include "kernel/bits.h"

/* Both formats: address bits 31:20, the range that is decoded as an interrupt. */
#define ADDRESS_INTERRUPT 0xfee00000U

/*
 * Intel SDM vol. 3, 11.11.1 "Message Address Register Format" and 11.11.2 "Message Data Register
 * Format". What is not named stays 0: no redirection hint and physical mode (address), edge and
 * fixed delivery (data).
 */
#define ADDRESS_DESTINATION   GENMASK_ULL(19, 12)
#define DATA_VECTOR           GENMASK_ULL(7, 0)
#define DESTINATION_31_8      0xffffff00U /* of the upper address, as they stand in the id */
#define DESTINATION_BROADCAST 0xffffffffU
#define VECTOR_FIRST          16 /* SDM vol. 3, 11.5.2 "Valid Interrupt Vectors" */

/* VT-d r5.10, 5.1.2.2, Interrupt Requests in Remappable Format. */
#define ADDRESS_HANDLE_14_0 GENMASK_ULL(19, 5)
#define ADDRESS_REMAPPABLE  BIT_ULL(4)
#define ADDRESS_SHV         BIT_ULL(3)
#define ADDRESS_HANDLE_15   BIT_ULL(2)
#define DATA_SUBHANDLE      GENMASK_ULL(15, 0)

#define INDEX_14_0 GENMASK_ULL(14, 0)
#define INDEX_15   BIT_ULL(15)

int message_wide(uint32_t apic_id, uint8_t vector, struct message *message)
{
	if (apic_id == DESTINATION_BROADCAST || vector < VECTOR_FIRST)
		return -EINVAL;
	message->address_lo = ADDRESS_INTERRUPT | field_set(ADDRESS_DESTINATION, apic_id);
	message->address_hi = apic_id & DESTINATION_31_8;
	message->data = field_set(DATA_VECTOR, vector);
	return 0;
}

int message_compatibility(uint32_t apic_id, uint8_t vector, struct message *message)
{
	return apic_id > MESSAGE_APIC_ID_MAX ? -ERANGE : message_wide(apic_id, vector, message);
}

struct message message_remappable(uint16_t index)
{
	struct message message = {
	        .address_lo = ADDRESS_INTERRUPT | ADDRESS_REMAPPABLE |
	                      field_set(ADDRESS_HANDLE_14_0, field_get(INDEX_14_0, index)) |
	                      field_set(ADDRESS_HANDLE_15, field_get(INDEX_15, index)),
	};

	return message;
}

struct message message_remappable_block(uint16_t index)
{
	struct message message = message_remappable(index);

	message.address_lo |= ADDRESS_SHV;
	return message;
}

bool message_is_remappable(const struct message *message)
{
	return message->address_lo & ADDRESS_REMAPPABLE;
}

uint16_t message_index(const struct message *message)
{
	uint16_t handle =
	        field_set(INDEX_14_0, field_get(ADDRESS_HANDLE_14_0, message->address_lo)) |
	        field_set(INDEX_15, field_get(ADDRESS_HANDLE_15, message->address_lo));

	if (!(message->address_lo & ADDRESS_SHV))
		return handle;
	return handle + field_get(DATA_SUBHANDLE, message->data);
}

uint32_t message_destination(const struct message *message)
{
	return (message->address_hi & DESTINATION_31_8) |
	       (uint32_t)field_get(ADDRESS_DESTINATION, message->address_lo);
}

uint8_t message_vector(const struct message *message)
{
	return field_get(DATA_VECTOR, message->data);
}
