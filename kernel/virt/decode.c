// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>

#include "kernel/bits.h"
#include "kernel/virt/decode.h"

#define OPERAND_SIZE 0x66
#define IS_REX(byte) (((byte)&0xf0) == 0x40)
#define REX_W        0x08
#define REX_R        0x04
#define MOV_STORE_8  0x88
#define MOV_STORE    0x89
#define MOV_LOAD_8   0x8a
#define MOV_LOAD     0x8b
#define MOV_IMM_8    0xc6
#define MOV_IMM      0xc7
#define TWO_BYTES    0x0f
#define MOVZX_8      0xb6
#define MOVZX_16     0xb7

#define MODRM_MOD GENMASK_ULL(7, 6)
#define MODRM_REG GENMASK_ULL(5, 3)
#define MODRM_RM  GENMASK_ULL(2, 0)
#define SIB_BASE  GENMASK_ULL(2, 0)

#define MOD_NO_DISPLACEMENT 0
#define MOD_DISPLACEMENT_8  1
#define MOD_DISPLACEMENT_32 2
#define MOD_REGISTER        3
#define RM_SIB              4
#define RM_DISPLACEMENT_32  5 /* with MOD_NO_DISPLACEMENT; the same of a SIB's base */

/* The bytes that are left. One that is not there reads as 0, and `short_of` stays set. */
struct cursor {
	const uint8_t *bytes;
	unsigned int at, count;
	bool short_of;
};

static uint8_t next(struct cursor *cursor)
{
	if (cursor->at < cursor->count)
		return cursor->bytes[cursor->at++];
	cursor->short_of = true;
	return 0;
}

static uint8_t peek(const struct cursor *cursor)
{
	return cursor->at < cursor->count ? cursor->bytes[cursor->at] : 0;
}

static void skip(struct cursor *cursor, unsigned int bytes)
{
	while (bytes--)
		next(cursor);
}

/* Of 1, 2 or 4 bytes, little endian, its sign extended to 64 bits. */
static uint64_t immediate(struct cursor *cursor, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (uint64_t)next(cursor) << 8 * i;
	switch (bytes) {
	case 1:
		return (uint64_t)(int8_t)value;
	case 2:
		return (uint64_t)(int16_t)value;
	default:
		return (uint64_t)(int32_t)value;
	}
}

static uint64_t low_bytes(uint64_t value, unsigned int bytes)
{
	return bytes < 8 ? value & (BIT_ULL(8 * bytes) - 1) : value;
}

/* Behind a ModRM that names memory: how long its SIB and displacement are together. */
static unsigned int address_length(const struct cursor *cursor, uint8_t modrm)
{
	uint64_t mod = field_get(MODRM_MOD, modrm), base = field_get(MODRM_RM, modrm);
	unsigned int sib = base == RM_SIB;

	if (sib)
		base = field_get(SIB_BASE, peek(cursor));
	if (mod == MOD_DISPLACEMENT_8)
		return sib + 1;
	if (mod == MOD_DISPLACEMENT_32 || base == RM_DISPLACEMENT_32)
		return sib + 4;
	return sib;
}

struct prefixes {
	bool operand_16;
	uint8_t rex; /* 0: none */
};

/* 66h, then REX, which counts only right before the opcode (2.2.1 "REX Prefixes"). */
static struct prefixes read_prefixes(struct cursor *cursor)
{
	struct prefixes found = {0};

	if (peek(cursor) == OPERAND_SIZE) {
		found.operand_16 = true;
		next(cursor);
	}
	if (IS_REX(peek(cursor)))
		found.rex = next(cursor);
	return found;
}

/* Of an operand that is not of 8 bits; REX.W wins over 66h. */
static uint8_t operand_size(const struct prefixes *prefixes)
{
	if (prefixes->rex & REX_W)
		return 8;
	return prefixes->operand_16 ? 2 : 4;
}

/* What the opcode says, as far as it goes: the sizes, which way, and whether a constant follows. */
static int read_opcode(struct cursor *cursor, const struct prefixes *prefixes, struct decoded *out)
{
	uint8_t size = operand_size(prefixes), opcode = next(cursor);

	switch (opcode) {
	case MOV_STORE_8:
	case MOV_STORE:
		*out = (struct decoded){.size = opcode == MOV_STORE ? size : 1, .write = true};
		return 0;
	case MOV_IMM_8:
	case MOV_IMM:
		*out = (struct decoded){
		        .size = opcode == MOV_IMM ? size : 1, .write = true, .immediate = true};
		return 0;
	case MOV_LOAD_8:
	case MOV_LOAD:
		size = opcode == MOV_LOAD ? size : 1;
		*out = (struct decoded){.size = size, .loaded = size};
		return 0;
	case TWO_BYTES:
		opcode = next(cursor);
		if (opcode != MOVZX_8 && opcode != MOVZX_16)
			return -EINVAL;
		*out = (struct decoded){.size = opcode == MOVZX_16 ? 2 : 1, .loaded = size};
		return 0;
	default:
		return -EINVAL;
	}
}

/*
 * Of a byte, registers 4 to 7 are AH, CH, DH and BH, but with any REX prefix the lowest bytes of
 * RSP, RBP, RSI and RDI. MOVZX's register is never one of a byte here.
 */
static void name_register(struct decoded *out, uint8_t rex, unsigned int field, bool byte)
{
	out->reg = (uint8_t)(field | (rex & REX_R ? 8 : 0));
	if (byte && !rex && field >= 4) {
		out->reg -= 4;
		out->high_byte = true;
	}
}

int decode(const uint8_t *bytes, unsigned int count, struct decoded *out)
{
	struct cursor cursor = {.bytes = bytes,
	                        .count = count < DECODE_BYTES_MAX ? count : DECODE_BYTES_MAX};
	struct prefixes prefixes = read_prefixes(&cursor);
	unsigned int reg;
	uint8_t modrm;

	if (read_opcode(&cursor, &prefixes, out))
		return -EINVAL;
	modrm = next(&cursor);
	reg = (unsigned int)field_get(MODRM_REG, modrm);
	if (field_get(MODRM_MOD, modrm) == MOD_REGISTER || (out->immediate && reg))
		return -EINVAL;
	skip(&cursor, address_length(&cursor, modrm));
	if (out->immediate)
		out->value =
		        low_bytes(immediate(&cursor, out->size < 4 ? out->size : 4), out->size);
	else
		name_register(out, prefixes.rex, reg,
		              out->write ? out->size == 1 : out->loaded == 1);
	out->length = (uint8_t)cursor.at;
	return cursor.short_of ? -EINVAL : 0;
}

uint64_t decoded_value(const struct decoded *decoded, uint64_t reg)
{
	if (decoded->immediate)
		return decoded->value;
	return low_bytes(decoded->high_byte ? reg >> 8 : reg, decoded->size);
}

uint64_t decoded_result(const struct decoded *decoded, uint64_t reg, uint64_t value)
{
	uint64_t mask;

	value = low_bytes(value, decoded->size);
	if (decoded->loaded >= 4)
		return value;
	mask = decoded->loaded == 2 ? 0xffff : 0xff;
	if (decoded->high_byte)
		return (reg & ~(mask << 8)) | value << 8;
	return (reg & ~mask) | value;
}
