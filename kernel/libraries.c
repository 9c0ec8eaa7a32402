// SPDX-License-Identifier: MIT
#include "kernel/libraries.h"

#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/cpu/instructions.h"
#include "kernel/panic.h"
#include "kernel/string.h"

#define IA32_FS_BASE   0xc0000100
#define CR0_MP         BIT_ULL(1)
#define CR0_EM         BIT_ULL(2)
#define CR0_TS         BIT_ULL(3)
#define CR4_OSFXSR     BIT_ULL(9)
#define CR4_OSXMMEXCPT BIT_ULL(10)
#define MXCSR_DEFAULT  0x1f80 /* all exceptions masked */

/* What lies at %fs:0, as far as a program's libraries look. */
static uint64_t thread_block[16];

void sse_enable(void)
{
	const uint32_t mxcsr = MXCSR_DEFAULT;

	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP);
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	__asm__ volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
}

uint64_t libraries_begin(void)
{
	uint64_t flags = interrupts_save();

	sse_enable();
	wrmsr(IA32_FS_BASE, (uint64_t)thread_block);
	return flags;
}

void libraries_end(uint64_t flags)
{
	wrmsr(IA32_FS_BASE, 0);
	interrupts_restore(flags);
}

/* From here on, what they call. */

void __stack_chk_fail(void);
void __assert_fail(const char *assertion, const char *file, unsigned int line,
                   const char *function);
void *__memset_chk(void *to, int byte, size_t size, size_t room);
char *strchr(const char *text, int c);
void *malloc(size_t size);
void free(void *block);

_Noreturn void __stack_chk_fail(void)
{
	panic("a library ran over the end of an array");
}

_Noreturn void __assert_fail(const char *assertion, const char *file, unsigned int line,
                             const char *function)
{
	panic("%s:%u: %s: assertion failed: %s", file, line, function, assertion);
}

void *__memset_chk(void *to, int byte, size_t size, size_t room)
{
	if (size > room)
		__stack_chk_fail();
	return memset(to, byte, size);
}

char *strchr(const char *text, int c)
{
	for (; *text != (char)c; text++)
		if (!*text)
			return NULL;
	return (char *)text;
}

/* zlib's own allocator is never called: kernel/result_pack.c brings one. */
void *malloc(size_t size)
{
	(void)size;
	return NULL;
}

void free(void *block)
{
	(void)block;
}
