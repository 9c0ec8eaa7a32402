// SPDX-License-Identifier: MIT
#include "kernel/result_variable.h"

#include <asm-generic/errno.h>
#include <stdbool.h>

#include "boot/result_variable.h"
#include "kernel/efi_runtime.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/result_pack.h"
#include "kernel/string.h"

#define PART_MAX  1024 /* bytes in a variable: any firmware can keep that */
#define PART_MIN  512
#define NAME_SIZE 64 /* of the largest that firmware tells: its own header and the name */

/* What firmware gets to see, in memory whose address is the physical one. */
struct shared {
	struct efi_guid vendor;
	uint16_t name[9];
	struct efi_variable_room room;
	union {
		struct result_variable variable;
		uint8_t bytes[sizeof(struct result_variable) + PART_MAX];
	};
};

static struct shared *shared;

static uint64_t set(unsigned int number, uint64_t size)
{
	shared->name[RESULT_VARIABLE_TENS] = (uint16_t)('0' + number / 10);
	shared->name[RESULT_VARIABLE_TENS + 1] = (uint16_t)('0' + number % 10);
	return efi_set_variable(shared->name, &shared->vendor, RESULT_VARIABLE_ATTRIBUTES, size,
	                        shared->bytes);
}

/* A variable of no size is deleted. Whether there was one. */
static bool delete_all(void)
{
	bool found = false;

	for (unsigned int n = 0; n < RESULT_VARIABLES_MAX; n++)
		found |= !set(n, 0);
	return found;
}

/*
 * How much goes into each variable; 0, and a line, where there is no room for all. Half of the
 * store stays free: firmware has failed to start with a store that was full.
 */
static uint32_t part_size(const struct result_pack *pack)
{
	struct efi_variable_room *room = &shared->room;
	uint64_t status = efi_query_variable_room(RESULT_VARIABLE_ATTRIBUTES, room);
	uint64_t part = room->largest - sizeof(struct result_variable) - NAME_SIZE;

	if (status) {
		print("# efi: the firmware does not say how much room there is for variables "
		      "(status %lx)\n",
		      status);
		return 0;
	}
	if (room->largest < PART_MIN + sizeof(struct result_variable) + NAME_SIZE)
		part = 0;
	if (part > PART_MAX)
		part = PART_MAX;
	if (pack->size > part * RESULT_VARIABLES_MAX ||
	    room->remaining < room->storage / 2 + 2ULL * pack->size) {
		print("# efi: no room to keep %u bytes: %lu of %lu are left, %lu in one variable\n",
		      pack->size, room->remaining, room->storage, room->largest);
		return 0;
	}
	return (uint32_t)part;
}

/* An EFI status. */
static uint64_t write_parts(const struct result_pack *pack, uint32_t size)
{
	uint32_t count = (pack->size + size - 1) / size;
	struct result_variable *variable = &shared->variable;

	*variable = (struct result_variable){.magic = RESULT_VARIABLE_MAGIC,
	                                     .text_crc = pack->text_crc,
	                                     .text_size = pack->text_size,
	                                     .packed_size = pack->size,
	                                     .count = (uint16_t)count};
	for (uint32_t n = 0; n < count; n++) {
		uint32_t at = n * size;
		uint32_t length = pack->size - at < size ? pack->size - at : size;
		uint64_t status;

		variable->number = (uint16_t)n;
		memcpy(shared->bytes + sizeof(*variable), pack->bytes + at, length);
		status = set(n, sizeof(*variable) + length);
		if (status)
			return status;
	}
	return 0;
}

static bool prepare(const struct boot_info *boot)
{
	static const struct efi_guid vendor = RESULT_VARIABLE_GUID;
	static const uint16_t name[] = RESULT_VARIABLE_NAME;
	int error = efi_runtime_init(boot);

	shared = error ? NULL : memory_alloc(sizeof(*shared), 16);
	if (error == -ENODEV)
		return false;
	if (!shared) {
		print("# efi: the result is not kept: error %d\n", error ? error : -ENOMEM);
		return false;
	}
	shared->vendor = vendor;
	memcpy(shared->name, name, sizeof(name));
	return true;
}

void result_variable_keep(const struct boot_info *boot)
{
	const struct result_pack *pack;
	uint64_t status;
	uint32_t size;

	if (!prepare(boot))
		return;
	if (delete_all())
		print("# efi: the result of a run before has been given up: no start of the stick "
		      "has fetched it\n");
	pack = result_pack();
	if (!pack)
		print("# efi: the result is not kept: no text, or no memory to pack it\n");
	size = pack ? part_size(pack) : 0;
	if (!size)
		return;
	status = write_parts(pack, size);
	if (status) {
		delete_all();
		print("# efi: the result is not kept: SetVariable() failed with status %lx\n",
		      status);
		return;
	}
	print("# efi: the result is kept in UEFI variables, %u bytes; the loader on the stick "
	      "writes it to a file at its next start\n",
	      pack->size);
}
