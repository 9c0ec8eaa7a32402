// SPDX-License-Identifier: MIT
#include "boot/uefi/inflate.h"

#include <efi.h>
#include <efilib.h>
#include <zlib.h>

#define IA32_FS_BASE 0xc0000100
#define POOL_SIZE    65536 /* zlib's state and its window take some 40 KiB */

static uint64_t thread_block[16]; /* what lies at %fs:0, as far as zlib looks */
static char pool[POOL_SIZE] __attribute__((aligned(16)));
static size_t pool_used;

static uint64_t read_fs_base(void)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(IA32_FS_BASE));
	return (uint64_t)high << 32 | low;
}

static void write_fs_base(uint64_t base)
{
	__asm__ volatile("wrmsr"
	                 :
	                 : "c"(IA32_FS_BASE), "a"((uint32_t)base), "d"((uint32_t)(base >> 32))
	                 : "memory");
}

struct before {
	uint64_t fs_base;
	EFI_TPL level;
};

/* UEFI 2.10, 7.1.8 "EFI_BOOT_SERVICES.RaiseTPL()": at TPL_HIGH_LEVEL interrupts are off. */
static struct before begin(void)
{
	struct before before = {read_fs_base(), BS->RaiseTPL(TPL_HIGH_LEVEL)};

	write_fs_base((uint64_t)thread_block);
	return before;
}

static void end(const struct before *before)
{
	write_fs_base(before->fs_base);
	BS->RestoreTPL(before->level);
}

static voidpf take_memory(voidpf unused, uInt count, uInt size)
{
	size_t bytes = ((size_t)count * size + 15) & ~15UL;
	char *block = pool + pool_used;

	(void)unused;
	if (bytes > POOL_SIZE - pool_used)
		return NULL;
	pool_used += bytes;
	return block;
}

static void keep_memory(voidpf unused, voidpf block)
{
	(void)unused, (void)block;
}

bool inflate_text(const char *packed, size_t packed_size, char *text, size_t text_size)
{
	z_stream stream = {
	        .next_in = (Bytef *)packed,
	        .avail_in = (uInt)packed_size,
	        .next_out = (Bytef *)text,
	        .avail_out = (uInt)text_size,
	        .zalloc = take_memory,
	        .zfree = keep_memory,
	};
	struct before before = begin();
	int status;

	pool_used = 0;
	status = inflateInit2(&stream, -15);
	if (status == Z_OK)
		status = inflate(&stream, Z_FINISH);
	end(&before);
	return status == Z_STREAM_END && stream.total_out == text_size;
}

uint32_t inflate_crc32(const char *text, size_t size)
{
	struct before before = begin();
	uLong crc = crc32(crc32(0, Z_NULL, 0), (const Bytef *)text, (uInt)size);

	end(&before);
	return (uint32_t)crc;
}

/* From here on, what zlib calls. */

void __stack_chk_fail(void);
void *malloc(size_t size);
void free(void *block);

/* Nothing true can be said by a program whose stack is broken. */
_Noreturn void __stack_chk_fail(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* zlib's own allocator is never called. */
void *malloc(size_t size)
{
	(void)size;
	return NULL;
}

void free(void *block)
{
	(void)block;
}
