// SPDX-License-Identifier: MIT
#include "kernel/keyboard.h"

#include <stdint.h>

#include "kernel/acpi/acpi.h"
#include "kernel/acpi/fadt.h"
#include "kernel/cpu/ports.h"
#include "kernel/keys.h"
#include "kernel/time.h"

/* IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller". */
#define DATA           0x60
#define STATUS         0x64 /* read */
#define COMMAND        0x64 /* write */
#define STATUS_OUTPUT  0x01 /* there is a byte to read */
#define STATUS_INPUT   0x02 /* the byte written has not been taken yet */
#define STATUS_AUX     0x20 /* the byte is the mouse's */
#define READ_BYTE      0x20
#define WRITE_BYTE     0x60
#define ENABLE         0xae
#define BYTE_INTERRUPT 0x03 /* of keyboard and mouse */
#define BYTE_DISABLED  0x10
#define BYTE_TRANSLATE 0x40
#define NOTHING_THERE  0xff /* what an empty bus reads as */
#define PATIENCE_US    100000
#define STALE_MAX      64 /* bytes at most that wait to be read: a controller has 16 or fewer */

static bool present;

/* Before ACPI 2.0 nothing said so, and every PC had one. */
static bool acpi_has_it(void)
{
	const struct acpi_header *table = acpi_table("FACP", 0);
	struct fadt fadt;
	const char *why;

	if (!table || table->revision < 3 || fadt_parse(table, &fadt, &why))
		return true;
	return fadt.boot_architecture & FADT_BOOT_8042;
}

static bool wait_until(uint8_t mask, uint8_t value)
{
	struct deadline deadline = deadline_in_us(PATIENCE_US);

	while ((io_read8(STATUS) & mask) != value)
		if (deadline_passed(&deadline))
			return false;
	return true;
}

static bool send(uint16_t port, uint8_t byte)
{
	if (!wait_until(STATUS_INPUT, 0))
		return false;
	io_write8(port, byte);
	return true;
}

static void drop_what_waits(void)
{
	for (int i = 0; i < STALE_MAX && io_read8(STATUS) & STATUS_OUTPUT; i++)
		io_read8(DATA);
}

static bool set_up(void)
{
	uint8_t byte;

	drop_what_waits();
	if (!send(COMMAND, READ_BYTE) || !wait_until(STATUS_OUTPUT, STATUS_OUTPUT))
		return false;
	byte = io_read8(DATA);
	byte = (uint8_t)((byte & ~(BYTE_INTERRUPT | BYTE_DISABLED)) | BYTE_TRANSLATE);
	return send(COMMAND, WRITE_BYTE) && send(DATA, byte) && send(COMMAND, ENABLE);
}

void keyboard_init(void)
{
	present = acpi_has_it() && io_read8(STATUS) != NOTHING_THERE && set_up();
}

int keyboard_read(void)
{
	uint8_t status, byte;

	if (!present)
		return KEY_NONE;
	status = io_read8(STATUS);
	if (!(status & STATUS_OUTPUT))
		return KEY_NONE;
	byte = io_read8(DATA);
	return status & STATUS_AUX ? KEY_NONE : key_of_scan_code(byte);
}
