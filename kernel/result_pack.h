/* SPDX-License-Identifier: MIT */
/*
 * The result text, packed: what QR codes and UEFI variables carry. docs/result-text.md says how the
 * host gets the text back.
 */
#ifndef RETARGET_KERNEL_RESULT_PACK_H
#define RETARGET_KERNEL_RESULT_PACK_H

#include <stddef.h>
#include <stdint.h>

struct result_pack {
	const uint8_t *bytes; /* RFC 1951, DEFLATE */
	uint32_t size;        /* of them */
	uint32_t text_size;   /* bytes of the text */
	uint32_t text_crc;    /* CRC-32 of the text, as zlib and PNG have it: the run's id */
};

/*
 * Packs the text as it is now; what is printed later is not in it. The bytes last until the next
 * call. NULL where there is no memory for it, or no text. For the end of a run: it takes
 * memory that is not given back, and runs with interrupts off for a fraction of a second.
 */
const struct result_pack *result_pack(void);

/* CRC-32 of some bytes. */
uint32_t result_crc(const uint8_t *bytes, size_t size);

#endif
