// SPDX-License-Identifier: MIT
#include "kernel/result_codes.h"

#include <qrcodegen/qrcodegen.h>

#include "kernel/base45.h"
#include "kernel/libraries.h"
#include "kernel/print.h"
#include "kernel/result_pack.h"
#include "kernel/screen/screen.h"

/*
 * Version 25 holds 1853 alphanumeric characters at the lowest level of error correction (ISO/IEC
 * 18004:2015, table 7): the header takes at most 48.
 */
#define PART_MAX  1200
#define TEXT_SIZE 1854
_Static_assert(48 + BASE45_LENGTH(PART_MAX) + sizeof(".") <= TEXT_SIZE, "a part fits in a code");

#define BUFFER_SIZE qrcodegen_BUFFER_LEN_FOR_VERSION(RESULT_CODES_VERSION)
#define MODULES_MAX (RESULT_CODES_VERSION * 4 + 17)

static const struct result_pack *pack;
static unsigned int count;

unsigned int result_codes_prepare(void)
{
	count = 0;
	pack = screen_can_show_modules(MODULES_MAX) ? result_pack() : NULL;
	if (pack)
		count = (pack->size + PART_MAX - 1) / PART_MAX;
	return count;
}

/*
 * RETARGET:id of the run:n/count:bytes of the text:CRC-32 of the part:the part.
 * The point at the end keeps a blank before it from being taken for none.
 */
static void write_text(unsigned int n, char text[TEXT_SIZE])
{
	uint32_t size = (pack->size + count - 1) / count; /* of all parts but the last */
	uint32_t at = n * size;
	int length;

	if (size > pack->size - at)
		size = pack->size - at;
	length = format(text, TEXT_SIZE, "RETARGET:%08X:%u/%u:%u:%08X:", pack->text_crc, n + 1,
	                count, pack->text_size, result_crc(pack->bytes + at, size));
	base45_encode(pack->bytes + at, size, text + length);
	length += (int)BASE45_LENGTH(size);
	format(text + length, TEXT_SIZE - (size_t)length, ".");
}

void result_codes_show(unsigned int n)
{
	static uint8_t code[BUFFER_SIZE], work[BUFFER_SIZE], modules[MODULES_MAX * MODULES_MAX];
	static char text[TEXT_SIZE];
	char caption[48];
	uint64_t flags;
	bool made;
	int size;

	write_text(n, text);
	flags = libraries_begin();
	made = qrcodegen_encodeText(text, work, code, qrcodegen_Ecc_LOW, qrcodegen_VERSION_MIN,
	                            RESULT_CODES_VERSION, qrcodegen_Mask_AUTO, true);
	size = made ? qrcodegen_getSize(code) : 0;
	for (int y = 0; y < size; y++)
		for (int x = 0; x < size; x++)
			modules[y * size + x] = qrcodegen_getModule(code, x, y);
	libraries_end(flags);
	if (!made)
		return; /* not with what the assertion above says */
	format(caption, sizeof(caption), "the result, %u of %u", n + 1, count);
	screen_show_modules(modules, (unsigned int)size, caption);
}
