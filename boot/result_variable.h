/* SPDX-License-Identifier: MIT */
/*
 * The result text between two boots: UEFI variables that the kernel writes at the end of a run
 * (kernel/result_variable.c) and the own UEFI loader makes a file of at its next start
 * (boot/uefi/result.c). Each holds this header and a part of the packed text; they are called
 * Result00, Result01 and so on, and all but the last have the same size.
 */
#ifndef RETARGET_BOOT_RESULT_VARIABLE_H
#define RETARGET_BOOT_RESULT_VARIABLE_H

#include <stdint.h>

#define RESULT_VARIABLES_MAX 32
#define RESULT_VARIABLE_NAME                                                                       \
	{                                                                                          \
		'R', 'e', 's', 'u', 'l', 't', '0', '0', 0                                          \
	}                      /* 16-bit characters */
#define RESULT_VARIABLE_TENS 6 /* where the number stands in it */

/* 5a3c1f7e-9d24-4b6b-8f13-6c0e2d9b7a41 */
#define RESULT_VARIABLE_GUID                                                                       \
	{                                                                                          \
		0x5a3c1f7e, 0x9d24, 0x4b6b,                                                        \
		{                                                                                  \
			0x8f, 0x13, 0x6c, 0x0e, 0x2d, 0x9b, 0x7a, 0x41                             \
		}                                                                                  \
	}

/* Non-volatile, boot service and runtime access: UEFI 2.10, 8.2 "Variable Services". */
#define RESULT_VARIABLE_ATTRIBUTES 7

#define RESULT_VARIABLE_MAGIC 0x3130544c55534552ULL /* "RESULT01" */

struct result_variable {
	uint64_t magic;
	uint32_t text_crc;    /* CRC-32 of the whole text */
	uint32_t text_size;   /* bytes of it */
	uint32_t packed_size; /* bytes of all parts: raw DEFLATE (RFC 1951) */
	uint16_t number;      /* of this part, from 0 on */
	uint16_t count;       /* of parts, 1 .. RESULT_VARIABLES_MAX */
	uint8_t part[];
};
_Static_assert(sizeof(struct result_variable) == 24, "kernel and loader agree on it");

#endif
