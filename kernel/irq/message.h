/* SPDX-License-Identifier: MIT */
/*
 * The interrupt message: the address/data pair a device writes to raise an interrupt.
 *
 * Pure: composes and decodes words, touches nothing. Two formats exist:
 *   compatibility  Intel SDM vol. 3, 11.11 "Message Signalled Interrupts": destination APIC id in
 *                  the address, vector in the data. Physical destination mode, fixed delivery.
 *   remappable     VT-d r5.10, 5.1.2.2, Interrupt Requests in Remappable Format: the address
 *                  carries an index into the interrupt-remapping table, the data is zero.
 */
#ifndef RETARGET_KERNEL_IRQ_MESSAGE_H
#define RETARGET_KERNEL_IRQ_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

struct message {
	uint32_t address_lo;
	uint32_t address_hi;
	uint32_t data;
};

/*
 * The format has 8 bits for the CPU, and 255 is all of them: APIC ids beyond are out of its reach.
 */
#define MESSAGE_APIC_ID_MAX 254

/* The words of a message, in the order in which they lie in an MSI-X table entry. */
enum message_word {
	MESSAGE_ADDRESS_LO,
	MESSAGE_ADDRESS_HI,
	MESSAGE_DATA,
};

/*
 * Compatibility format for physical APIC id `apic_id` (0..MESSAGE_APIC_ID_MAX) and `vector`
 * (16..255). Returns 0, -ERANGE for another id, -EINVAL for another vector.
 */
int message_compatibility(uint32_t apic_id, uint8_t vector, struct message *message);

/*
 * The same for a wide message store, a remapping unit's events (VT-d r5.10, 5.1.6, Remapping
 * Hardware Event Interrupt Programming): bits 31:8 of the id go to the upper address. 0, or
 * -EINVAL.
 */
int message_wide(uint32_t apic_id, uint8_t vector, struct message *message);

/* Remappable format for table index `index` (0..65535), SHV = 0. */
struct message message_remappable(uint16_t index);

/*
 * The same for a device with several vectors and entries in a row from `index` on (VT-d r5.10,
 * 5.1.5.2, MSI and MSI-X Register Programming): SHV = 1, and to the index hardware adds what the
 * device puts into the low bits of the data, its vector's number (5.1.3, Interrupt Remapping
 * Table). The data here is 0, for vector 0.
 */
struct message message_remappable_block(uint16_t index);

/* VT-d r5.10, 5.1.2.2: address bit 4 tells the format. */
bool message_is_remappable(const struct message *message);

/*
 * The index a remappable message names, the number of the device's vector included; meaningless for
 * a compatibility message.
 */
uint16_t message_index(const struct message *message);

/* The destination and vector of the two others; meaningless for a remappable one. */
uint32_t message_destination(const struct message *message);
uint8_t message_vector(const struct message *message);

#endif
