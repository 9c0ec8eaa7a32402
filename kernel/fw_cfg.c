// SPDX-License-Identifier: MIT
// QEMU, docs/specs/fw_cfg "QEMU Firmware Configuration (fw_cfg) Device", port interface.
#include <asm-generic/errno.h>
#include <stdint.h>

#include "kernel/cpu/ports.h"
#include "kernel/fw_cfg.h"
#include "kernel/string.h"

#define SELECTOR_PORT 0x510
#define DATA_PORT     0x511
#define KEY_SIGNATURE 0x0000
#define KEY_DIRECTORY 0x0019
#define FILES_MAX     1024

struct file {
	uint32_t size; /* big-endian, as all numbers here */
	uint16_t key;
	uint16_t reserved;
	char name[56];
};
_Static_assert(sizeof(struct file) == 64, "fw_cfg specification, \"File Directory\"");

static void read_bytes(void *buffer, size_t size)
{
	uint8_t *bytes = buffer;

	for (size_t i = 0; i < size; i++)
		bytes[i] = io_read8(DATA_PORT);
}

static int find(const char *name, struct file *file)
{
	uint32_t count;

	io_write16(SELECTOR_PORT, KEY_DIRECTORY);
	read_bytes(&count, sizeof(count));
	count = __builtin_bswap32(count);
	for (uint32_t i = 0; i < count && i < FILES_MAX; i++) {
		read_bytes(file, sizeof(*file));
		if (!strncmp(file->name, name, sizeof(file->name)))
			return 0;
	}
	return -ENOENT;
}

int fw_cfg_read_string(const char *name, char *buffer, size_t size)
{
	char signature[4];
	struct file file;
	uint32_t length;

	buffer[0] = 0;
	io_write16(SELECTOR_PORT, KEY_SIGNATURE);
	read_bytes(signature, sizeof(signature));
	if (memcmp(signature, "QEMU", sizeof(signature)) || find(name, &file))
		return -ENOENT;
	length = __builtin_bswap32(file.size);
	if (length >= size)
		return -E2BIG;
	io_write16(SELECTOR_PORT, __builtin_bswap16(file.key));
	read_bytes(buffer, length);
	buffer[length] = 0;
	return (int)length;
}
