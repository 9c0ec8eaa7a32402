/* SPDX-License-Identifier: MIT */
/*
 * What an instruction that a guest was stopped at wanted of memory. Only the forms of MOV and MOVZX
 * that kernel/mmio.h and loads of the compiler's become are known, in 64-bit mode (Intel SDM vol.
 * 2, chapter 2 "Instruction Format"; MOV and MOVZX in chapters 4.3):
 *
 *     88 /r  89 /r   MOV r/m, r      stores of a register
 *     C6 /0  C7 /0   MOV r/m, imm    stores of a constant
 *     8A /r  8B /r   MOV r, r/m      loads
 *     0F B6  0F B7   MOVZX r, r/m    loads of 8 or 16 bits
 *
 * with or without 66h and a REX prefix, with any ModRM, SIB and displacement that name memory. All
 * others are refused: a guest's string operations, atomics and segment overrides on trapped pages.
 *
 * Pure, and for bytes that a guest may have chosen to do harm: nothing but them is read.
 */
#ifndef RETARGET_KERNEL_VIRT_DECODE_H
#define RETARGET_KERNEL_VIRT_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#define DECODE_BYTES_MAX 15 /* no instruction is longer */

struct decoded {
	uint8_t length; /* of the instruction, bytes */
	uint8_t size;   /* of the access to memory: 1, 2, 4 or 8 bytes */
	bool write;
	bool immediate; /* what is written is `value`, else what the register holds */
	uint64_t value; /* its lower `size` bytes; the others are 0 */
	uint8_t reg;    /* 0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP, 5 RBP, 6 RSI, 7 RDI, 8 .. 15 */
	bool high_byte; /* bits 15:8 of it, of one byte: AH, CH, DH, BH */
	uint8_t loaded; /* bytes of the register that a load writes; of 4, the upper ones become 0
	                 */
};

/*
 * The instruction at `bytes`, of which `count` can be read. -EINVAL for one that is none of the
 * above, or not complete within `count`.
 */
int decode(const uint8_t *bytes, unsigned int count, struct decoded *out);

/* A store: what it writes, when the register holds `reg`. */
uint64_t decoded_value(const struct decoded *decoded, uint64_t reg);

/* A load of `value`: what the register holds then, which held `reg`. */
uint64_t decoded_result(const struct decoded *decoded, uint64_t reg, uint64_t value);

#endif
