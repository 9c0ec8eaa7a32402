// SPDX-License-Identifier: MIT
#include "kernel/acpi/spcr.h"

#include <asm-generic/errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/string.h"

/* What is not read here has no name. */
struct spcr_table {
	struct acpi_header header;
	uint8_t interface_type;
	uint8_t reserved[3];
	struct acpi_generic_address base;
	uint8_t skipped_52[6];
	uint8_t baud;
	uint8_t skipped_59[17];
	uint32_t clock;        /* revision 1 has zeros here */
	uint32_t precise_baud; /* from revision 4 on */
} __attribute__((packed));
_Static_assert(offsetof(struct spcr_table, base) == 40, "SPCR, Table format");
_Static_assert(offsetof(struct spcr_table, baud) == 58, "SPCR, Table format");
_Static_assert(offsetof(struct spcr_table, clock) == 76, "SPCR, Table format");
_Static_assert(sizeof(struct spcr_table) == 84, "SPCR, Table format");

#define LENGTH_MIN       offsetof(struct spcr_table, precise_baud)
#define REVISION_CLOCK   3
#define REVISION_PRECISE 4

/* Microsoft, Debug Port Table 2, table 3 "Debug Port Types and Subtypes". */
#define TYPE_16550         0x00
#define TYPE_16550_SUBSET  0x01
#define TYPE_16550_GENERIC 0x12

#define REGISTERS 8
#define PORTS_END 0x10000

static bool is_16550(uint8_t type)
{
	return type == TYPE_16550 || type == TYPE_16550_SUBSET || type == TYPE_16550_GENERIC;
}

static uint32_t baud_of(uint8_t code)
{
	switch (code) {
	case 3:
		return 9600;
	case 4:
		return 19200;
	case 6:
		return 57600;
	case 7:
		return 115200;
	default:
		return 0;
	}
}

/*
 * ACPI 6.5, 5.2.3.2 "Generic Address Structure": an access size of 1 to 3 is one of 1, 2 or 4
 * bytes, and 0 says nothing. The width of the register is what it takes up; less than is accessed
 * makes no sense, and firmware writes it all the same.
 */
static const char *read_layout(const struct acpi_generic_address *base, struct spcr *out)
{
	uint32_t stride = base->bit_width / 8;
	uint32_t width;

	if (base->access_size > 3 || base->bit_width % 8 || stride > 4 || stride == 3)
		return "its registers have a size that a 16550's do not have";
	width = base->access_size ? 1U << (base->access_size - 1) : 1;
	if (stride < width)
		stride = width;
	if (base->space == ACPI_SPACE_IO)
		width = stride = 1;
	out->space = base->space;
	out->width = (uint8_t)width;
	out->stride = (uint8_t)stride;
	out->address = base->address;
	return NULL;
}

static const char *fault_of_place(const struct spcr *spcr)
{
	if (spcr->space != ACPI_SPACE_MEMORY && spcr->space != ACPI_SPACE_IO)
		return "its base is neither a port nor in memory";
	if (!spcr->address)
		return "its base is 0: the console is switched off";
	if (spcr->space == ACPI_SPACE_IO && spcr->address > PORTS_END - REGISTERS)
		return "its base is beyond the ports";
	if (spcr->address % spcr->width)
		return "its base is not aligned to the size of an access";
	return NULL;
}

int spcr_parse(const struct acpi_header *table, struct spcr *out, const char **why)
{
	struct spcr_table spcr = {0};
	size_t length = table->length < sizeof(spcr) ? table->length : sizeof(spcr);

	*why = "it is shorter than 80 bytes";
	if (length < LENGTH_MIN)
		return -EINVAL;
	memcpy(&spcr, table, length < sizeof(spcr) ? LENGTH_MIN : sizeof(spcr));
	*why = "its port is no 16550";
	if (!is_16550(spcr.interface_type))
		return -EINVAL;
	*why = read_layout(&spcr.base, out);
	if (!*why)
		*why = fault_of_place(out);
	if (*why)
		return -EINVAL;
	out->baud = baud_of(spcr.baud);
	if (table->revision >= REVISION_PRECISE && spcr.precise_baud)
		out->baud = spcr.precise_baud;
	out->clock = table->revision >= REVISION_CLOCK ? spcr.clock : 0;
	return 0;
}
