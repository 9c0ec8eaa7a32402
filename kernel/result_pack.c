// SPDX-License-Identifier: MIT
#include "kernel/result_pack.h"

#include <stdbool.h>
#include <zlib.h>

#include "kernel/libraries.h"
#include "kernel/memory.h"
#include "kernel/result_text.h"
#include "kernel/string.h"

#define PACKED_MAX  (64U << 10)
#define PIECE       1024
#define WINDOW_BITS 15 /* as far back as DEFLATE can refer */
#define LEVEL       9

static voidpf take_memory(voidpf unused, uInt count, uInt size)
{
	(void)unused;
	return memory_alloc((size_t)count * size, 16);
}

static void keep_memory(voidpf unused, voidpf block)
{
	(void)unused, (void)block;
}

/* Feeds the whole text; true when all of it is packed. */
static bool pack_text(z_stream *stream, struct result_pack *pack)
{
	struct result_text_reader reader = {0};
	char piece[PIECE];
	uLong crc = crc32(0, Z_NULL, 0);
	int status = Z_OK;

	while (status == Z_OK) {
		size_t length = result_text_read(&reader, piece, sizeof(piece));

		crc = crc32(crc, (const Bytef *)piece, (uInt)length);
		stream->next_in = (Bytef *)piece;
		stream->avail_in = (uInt)length;
		status = deflate(stream, length ? Z_NO_FLUSH : Z_FINISH);
		if (stream->avail_in || (!length && status != Z_STREAM_END))
			return false; /* no room for what comes out */
	}
	pack->size = (uint32_t)stream->total_out;
	pack->text_size = (uint32_t)stream->total_in;
	pack->text_crc = (uint32_t)crc;
	return status == Z_STREAM_END && pack->text_size;
}

const struct result_pack *result_pack(void)
{
	static struct result_pack pack;
	static z_stream stream;
	static uint8_t *bytes;
	uint64_t flags = libraries_begin();
	bool packed;

	if (!bytes) {
		stream.zalloc = take_memory;
		stream.zfree = keep_memory;
		bytes = memory_alloc(PACKED_MAX, 16);
		if (!bytes || deflateInit2(&stream, LEVEL, Z_DEFLATED, -WINDOW_BITS, MAX_MEM_LEVEL,
		                           Z_DEFAULT_STRATEGY) != Z_OK)
			bytes = NULL;
	}
	packed = bytes && deflateReset(&stream) == Z_OK;
	if (packed) {
		stream.next_out = bytes;
		stream.avail_out = PACKED_MAX;
		pack.bytes = bytes;
		packed = pack_text(&stream, &pack);
	}
	libraries_end(flags);
	return packed ? &pack : NULL;
}

uint32_t result_crc(const uint8_t *bytes, size_t size)
{
	uint64_t flags = libraries_begin();
	uLong crc = crc32(crc32(0, Z_NULL, 0), bytes, (uInt)size);

	libraries_end(flags);
	return (uint32_t)crc;
}
