// SPDX-License-Identifier: MIT
#include "tests/fault/case.h"

#include <stddef.h>

/* Of the low quadword, for software's use: VT-d r5.10, 9.9. */
#define AVAIL GENMASK_ULL(11, 8)

/* Flipped in the source id, they name another bus, as one requester and as a range of buses. */
#define ANOTHER_BUS 0x8080

#define BUS_ORDER "the order of a range of buses"
#define EIGHT_BIT "the reserved bits of an 8-bit destination"

static const struct fault_case cases[] = {
        /* The entry is there, or not. While P = 0 nothing else of it counts but FPD. */
        {"not-present", .lo = IRTE_LO_P, .reason = VTD_FAULT_NOT_PRESENT, .any_source = true},
        {"not-present-reserved", .lo = IRTE_LO_P | BIT_ULL(31), .hi = BIT_ULL(63),
         .reason = VTD_FAULT_NOT_PRESENT},
        {"not-present-source", .lo = IRTE_LO_P, .hi = ANOTHER_BUS, .reason = VTD_FAULT_NOT_PRESENT},
        {"not-present-fpd", .lo = IRTE_LO_P | IRTE_LO_FPD, .outcome = BLOCKED_SILENTLY},

        /* Each reserved field of it, by its lowest and its highest bit. */
        {"reserved-12", .lo = BIT_ULL(12), .reason = VTD_FAULT_ENTRY_RESERVED, .any_source = true},
        {"reserved-14", .lo = BIT_ULL(14), .reason = VTD_FAULT_ENTRY_RESERVED},
        {"reserved-15", .lo = BIT_ULL(15), .reason = VTD_FAULT_ENTRY_RESERVED,
         .need = NEEDS_NO_POSTING, .unchecked = "the mode of an entry (IM)"},
        {"reserved-24", .lo = BIT_ULL(24), .reason = VTD_FAULT_ENTRY_RESERVED},
        {"reserved-31", .lo = BIT_ULL(31), .reason = VTD_FAULT_ENTRY_RESERVED},
        {"reserved-32", .lo = BIT_ULL(32), .reason = VTD_FAULT_ENTRY_RESERVED,
         .need = NEEDS_8_BIT_DESTINATIONS, .unchecked = EIGHT_BIT},
        {"reserved-39", .lo = BIT_ULL(39), .reason = VTD_FAULT_ENTRY_RESERVED,
         .need = NEEDS_8_BIT_DESTINATIONS, .unchecked = EIGHT_BIT},
        {"reserved-48", .lo = BIT_ULL(48), .reason = VTD_FAULT_ENTRY_RESERVED,
         .need = NEEDS_8_BIT_DESTINATIONS, .unchecked = EIGHT_BIT},
        {"reserved-63", .lo = BIT_ULL(63), .reason = VTD_FAULT_ENTRY_RESERVED,
         .need = NEEDS_8_BIT_DESTINATIONS, .unchecked = EIGHT_BIT},
        {"reserved-84", .hi = BIT_ULL(84 - 64), .reason = VTD_FAULT_ENTRY_RESERVED},
        {"reserved-127", .hi = BIT_ULL(127 - 64), .reason = VTD_FAULT_ENTRY_RESERVED},
        {"reserved-fpd", .lo = IRTE_LO_FPD | BIT_ULL(12), .outcome = BLOCKED_SILENTLY},
        {"available", .lo = AVAIL, .outcome = PASSES},
        {"fpd", .lo = IRTE_LO_FPD, .outcome = PASSES},

        /* Delivery modes that are none: the specification has no reason for them. */
        {"delivery-mode-011", .lo = BIT_ULL(6) | BIT_ULL(5), .outcome = BLOCKED_OR_RECORDED,
         .reason = VTD_FAULT_ENTRY_RESERVED},
        {"delivery-mode-110", .lo = BIT_ULL(7) | BIT_ULL(6), .outcome = BLOCKED_OR_RECORDED,
         .reason = VTD_FAULT_ENTRY_RESERVED},

        /* Who may send. */
        {"source-id", .hi = ANOTHER_BUS, .reason = VTD_FAULT_SOURCE_ID, .any_source = true},
        {"source-id-fpd", .lo = IRTE_LO_FPD, .hi = ANOTHER_BUS, .outcome = BLOCKED_SILENTLY},
        {"anyone", .source = {SOURCE_ANYONE, .flip = 0xffff}, .outcome = PASSES},
        {"anyone-sq11", .source = {SOURCE_ANYONE, .sq = 3, .flip = 0xffff}, .outcome = PASSES},

        /* SQ 00 compares all bits of the id. */
        {"sq00", .source = {SOURCE_ID, .sq = 0, .flip = 0}, .outcome = PASSES},
        {"sq00-bit0", .source = {SOURCE_ID, .sq = 0, .flip = 0x0001},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq00-bit1", .source = {SOURCE_ID, .sq = 0, .flip = 0x0002},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq00-bit2", .source = {SOURCE_ID, .sq = 0, .flip = 0x0004},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq00-bit3", .source = {SOURCE_ID, .sq = 0, .flip = 0x0008},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq00-bit7", .source = {SOURCE_ID, .sq = 0, .flip = 0x0080},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq00-bit8", .source = {SOURCE_ID, .sq = 0, .flip = 0x0100},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq00-bit15", .source = {SOURCE_ID, .sq = 0, .flip = 0x8000},
         .reason = VTD_FAULT_SOURCE_ID},

        /* SQ 01: all but bit 2. */
        {"sq01", .source = {SOURCE_ID, .sq = 1, .flip = 0}, .outcome = PASSES},
        {"sq01-bit0", .source = {SOURCE_ID, .sq = 1, .flip = 0x0001},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq01-bit1", .source = {SOURCE_ID, .sq = 1, .flip = 0x0002},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq01-bit2", .source = {SOURCE_ID, .sq = 1, .flip = 0x0004}, .outcome = PASSES},
        {"sq01-bit3", .source = {SOURCE_ID, .sq = 1, .flip = 0x0008},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq01-bit8", .source = {SOURCE_ID, .sq = 1, .flip = 0x0100},
         .reason = VTD_FAULT_SOURCE_ID},

        /* SQ 10: all but bits 2:1. */
        {"sq10", .source = {SOURCE_ID, .sq = 2, .flip = 0}, .outcome = PASSES},
        {"sq10-bit0", .source = {SOURCE_ID, .sq = 2, .flip = 0x0001},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq10-bit1", .source = {SOURCE_ID, .sq = 2, .flip = 0x0002}, .outcome = PASSES},
        {"sq10-bit2", .source = {SOURCE_ID, .sq = 2, .flip = 0x0004}, .outcome = PASSES},
        {"sq10-bits2:1", .source = {SOURCE_ID, .sq = 2, .flip = 0x0006}, .outcome = PASSES},
        {"sq10-bit3", .source = {SOURCE_ID, .sq = 2, .flip = 0x0008},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq10-bit8", .source = {SOURCE_ID, .sq = 2, .flip = 0x0100},
         .reason = VTD_FAULT_SOURCE_ID},

        /* SQ 11: all but bits 2:0. */
        {"sq11", .source = {SOURCE_ID, .sq = 3, .flip = 0}, .outcome = PASSES},
        {"sq11-bit0", .source = {SOURCE_ID, .sq = 3, .flip = 0x0001}, .outcome = PASSES},
        {"sq11-bit1", .source = {SOURCE_ID, .sq = 3, .flip = 0x0002}, .outcome = PASSES},
        {"sq11-bit2", .source = {SOURCE_ID, .sq = 3, .flip = 0x0004}, .outcome = PASSES},
        {"sq11-bits2:0", .source = {SOURCE_ID, .sq = 3, .flip = 0x0007}, .outcome = PASSES},
        {"sq11-bit3", .source = {SOURCE_ID, .sq = 3, .flip = 0x0008},
         .reason = VTD_FAULT_SOURCE_ID},
        {"sq11-bit8", .source = {SOURCE_ID, .sq = 3, .flip = 0x0100},
         .reason = VTD_FAULT_SOURCE_ID},

        /* A range of buses. SQ counts only with SVT 01. */
        {"bus", .source = {SOURCE_BUSES, .first = 0, .last = 0}, .outcome = PASSES},
        {"bus-sq11", .source = {SOURCE_BUSES, .sq = 3, .first = 0, .last = 0}, .outcome = PASSES},
        {"bus-first", .source = {SOURCE_BUSES, .first = 0, .last = 1}, .outcome = PASSES,
         .unchecked = BUS_ORDER},
        {"bus-above", .source = {SOURCE_BUSES, .first = 1, .last = 2},
         .reason = VTD_FAULT_SOURCE_ID},
        {"bus-below", .source = {SOURCE_BUSES, .first = -2, .last = -1},
         .reason = VTD_FAULT_SOURCE_ID},
        {"bus-inverted", .source = {SOURCE_BUSES, .first = 1, .last = 0},
         .reason = VTD_FAULT_SOURCE_ID, .unchecked = BUS_ORDER},

        /* The reserved one: no entry for anybody, and the reason may be either. */
        {"svt11", .source.form = SOURCE_RESERVED, .reason = VTD_FAULT_SOURCE_ID,
         .or_reason = VTD_FAULT_ENTRY_RESERVED},
        {"svt11-fpd", .lo = IRTE_LO_FPD, .source.form = SOURCE_RESERVED,
         .outcome = BLOCKED_SILENTLY},

        /* Which entry the message names: 5.1.3, Interrupt Remapping Table. */
        {"data-ignored", .message = MESSAGE_DATA_IGNORED, .outcome = PASSES},
        {"subhandle", .message = MESSAGE_SUBHANDLE, .outcome = PASSES},
        {"last-entry", .message = MESSAGE_LAST_ENTRY, .reason = VTD_FAULT_NOT_PRESENT},
        {"beyond", .message = MESSAGE_FIRST_BEYOND, .reason = VTD_FAULT_INDEX_TOO_LARGE},
        {"beyond-15", .message = MESSAGE_HANDLE_15, .reason = VTD_FAULT_INDEX_TOO_LARGE},
        {"beyond-sum", .message = MESSAGE_SUM_BEYOND, .reason = VTD_FAULT_INDEX_TOO_LARGE},
        {"beyond-wraps", .message = MESSAGE_SUM_WRAPS, .reason = VTD_FAULT_INDEX_TOO_LARGE,
         .unchecked = "whether handle and subhandle together have 17 bits"},

        /* FPD is in the entry: it does not silence what never gets to one. */
        {"beyond-fpd", .lo = IRTE_LO_FPD, .message = MESSAGE_FIRST_BEYOND,
         .reason = VTD_FAULT_INDEX_TOO_LARGE},

        /* Reserved fields of the message. */
        {"data-16", .message = MESSAGE_DATA_16, .reason = VTD_FAULT_REQUEST_RESERVED},
        {"data-31", .message = MESSAGE_DATA_31, .reason = VTD_FAULT_REQUEST_RESERVED},
        {"upper-address", .message = MESSAGE_UPPER_ADDRESS, .outcome = NO_REQUEST},
};

const struct fault_case *fault_case_get(unsigned int n)
{
	return n < sizeof(cases) / sizeof(cases[0]) ? &cases[n] : NULL;
}

static uint64_t source_words(const struct fault_source *source, uint16_t sender)
{
	uint8_t first = (sender >> 8) + source->first, last = (sender >> 8) + source->last;
	uint16_t id = source->form == SOURCE_BUSES ? first << 8 | last : sender ^ source->flip;

	return field_set(IRTE_HI_SVT, source->form - SOURCE_ANYONE) |
	       field_set(IRTE_HI_SQ, source->sq) | field_set(IRTE_HI_SID, id);
}

struct irte fault_entry(const struct fault_case *which, const struct irte *right, uint16_t sender)
{
	struct irte entry = {.lo = right->lo ^ which->lo, .hi = right->hi ^ which->hi};

	if (which->source.form != SOURCE_AS_IS)
		entry.hi = (entry.hi & ~(IRTE_HI_SVT | IRTE_HI_SQ | IRTE_HI_SID)) |
		           source_words(&which->source, sender);
	return entry;
}

/* SHV = 1, and the data as it is. */
static struct message with_data(uint16_t handle, uint32_t data)
{
	struct message message = message_remappable_block(handle);

	message.data = data;
	return message;
}

/* About half of the index in each, so that the sum has carries. */
static struct message split(uint16_t index)
{
	uint16_t handle = index / 2;

	return with_data(handle, index - handle);
}

bool fault_message(enum fault_message which, uint16_t index, uint32_t size, struct message *message,
                   uint32_t *named)
{
	*named = index;
	switch (which) {
	case MESSAGE_RIGHT:
		*message = message_remappable(index);
		return true;
	case MESSAGE_DATA_IGNORED:
		*message = message_remappable(index);
		message->data = 0x5a5a;
		return true;
	case MESSAGE_SUBHANDLE:
		*message = split(index);
		return true;
	case MESSAGE_LAST_ENTRY:
		*named = size - 1;
		*message = message_remappable(size - 1);
		return index != size - 1;
	case MESSAGE_FIRST_BEYOND:
		*named = size;
		*message = message_remappable(size);
		return size <= 0xffff;
	case MESSAGE_HANDLE_15:
		*named = 0x8000 | index;
		*message = message_remappable(0x8000 | index);
		return size <= 0x8000;
	case MESSAGE_SUM_BEYOND:
		*named = size;
		*message = with_data(size - 1, 1);
		return size <= 0xffff;
	case MESSAGE_SUM_WRAPS:
		*named = 0x10000 + index;
		*message = with_data(0xffff, index + 1);
		return index != 0xffff;
	case MESSAGE_DATA_16:
		*message = with_data(index, 0x00010000);
		return true;
	case MESSAGE_DATA_31:
		*message = with_data(index, 0x80000000);
		return true;
	case MESSAGE_UPPER_ADDRESS:
		*message = message_remappable(index);
		message->address_hi = 0x80000000;
		return true;
	}
	return false;
}
