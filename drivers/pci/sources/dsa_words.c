// SPDX-License-Identifier: MIT
#include "drivers/pci/sources/dsa_words.h"

#include <stddef.h>

struct dsa_layout dsa_layout_of(const struct dsa_capabilities *capabilities)
{
	uint64_t gencap = capabilities->gencap, wqcap = capabilities->wqcap;
	uint32_t commands = gencap & GENCAP_COMMAND_CAPABILITIES ? capabilities->cmdcap : 0;

	return (struct dsa_layout){
	        .ims_entries = field_get(GENCAP_IMS_SIZE, gencap) * IMS_SIZE_UNIT,
	        .configurable = gencap & GENCAP_CONFIGURATION,
	        .dedicated = wqcap & WQCAP_DEDICATED_MODE,
	        .has_handles = commands & BIT_ULL(COMMAND_REQUEST_INTERRUPT_HANDLE),
	        .queues = field_get(WQCAP_NUMBER, wqcap),
	        .groups = field_get(GRPCAP_NUMBER, capabilities->grpcap),
	        .engines = field_get(ENGCAP_NUMBER, capabilities->engcap),
	        .queue_entries = field_get(WQCAP_TOTAL_SIZE, wqcap),
	        .max_transfer = field_get(GENCAP_MAX_TRANSFER_SIZE, gencap),
	        .group_table = field_get(OFFSETS_GRPCFG, capabilities->offsets) * OFFSETS_UNIT,
	        .queue_table = field_get(OFFSETS_WQCFG, capabilities->offsets) * OFFSETS_UNIT,
	        .queue_stride = WQCFG_SIZE_MIN << field_get(WQCAP_WQCFG_SIZE, wqcap),
	        .ims_table = field_get(OFFSETS_IMS, capabilities->offsets) * OFFSETS_UNIT,
	};
}

const char *dsa_unusable(const struct dsa_layout *layout)
{
	if (!layout->ims_entries || !layout->ims_table)
		return "it has no interrupt message storage (GENCAP)";
	if (!layout->configurable)
		return "its work queues cannot be configured (GENCAP), as in guests";
	if (!layout->dedicated)
		return "it has no dedicated work queues (WQCAP)";
	if (!layout->queues || !layout->groups || !layout->engines || !layout->queue_entries)
		return "it has no work queue, group or engine";
	return NULL;
}

uint32_t dsa_command(unsigned int command, uint32_t operand)
{
	return (uint32_t)(field_set(CMD_COMMAND, command) | field_set(CMD_OPERAND, operand));
}

/*
 * Zero is no priority, and a work queue with it cannot be enabled. No batch has more than one
 * descriptor: none is sent here, and IAX knows no other size.
 */
void dsa_queue_setup(const struct dsa_layout *layout, uint32_t words[DSA_QUEUE_WORDS])
{
	words[WQCFG_SIZE / 4] = (uint32_t)field_set(WQCFG_SIZE_ENTRIES, layout->queue_entries);
	words[WQCFG_THRESHOLD / 4] = 0; /* of shared ones */
	words[WQCFG_MODE / 4] = (uint32_t)(WQCFG_MODE_DEDICATED | field_set(WQCFG_PRIORITY, 1));
	words[WQCFG_LIMITS / 4] = (uint32_t)(field_set(WQCFG_MAX_TRANSFER, layout->max_transfer) |
	                                     field_set(WQCFG_MAX_BATCH, 0));
}

struct dsa_descriptor dsa_noop(uint64_t record, uint16_t handle)
{
	return (struct dsa_descriptor){
	        .flags = (uint32_t)(field_set(DESCRIPTOR_OPERATION, OPERATION_NOOP) |
	                            FLAG_COMPLETION_ADDRESS_VALID | FLAG_REQUEST_COMPLETION |
	                            FLAG_REQUEST_INTERRUPT),
	        .completion = record,
	        .interrupt_handle = handle,
	};
}
