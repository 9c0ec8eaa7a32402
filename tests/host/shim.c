// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdio.h>

#include "kernel/cpu/await.h"
#include "kernel/cpu/wait.h"
#include "kernel/lock.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "tests/host/fake_machine.h"
#include "tests/host/shim.h"

static char printed[65536];
static size_t printed_length;

static struct {
	uint64_t base;
	const uint8_t *bytes;
	size_t size;
} physical;

const char *shim_printed(void)
{
	return printed;
}

void shim_forget_printed(void)
{
	printed_length = 0;
	printed[0] = 0;
}

void print_v(const char *text, va_list arguments)
{
	size_t room = sizeof(printed) - printed_length;
	int length = vsnprintf(printed + printed_length, room, text, arguments);

	printed_length += (size_t)length < room ? (size_t)length : room - 1;
}

void print(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	print_v(text, arguments);
	va_end(arguments);
}

int format(char *buffer, size_t size, const char *text, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, text);
	length = vsnprintf(buffer, size, text, arguments);
	va_end(arguments);
	return length;
}

void shim_physical_memory(uint64_t base, const void *bytes, size_t size)
{
	physical.base = base;
	physical.bytes = bytes;
	physical.size = size;
}

const void *memory_map_table(uint64_t address, uint64_t length)
{
	uint64_t offset = address - physical.base;

	if (address < physical.base || offset > physical.size || length > physical.size - offset)
		return NULL;
	return physical.bytes + offset;
}

/* A program without fake_machine.c is one CPU that nobody interrupts and nobody waits for. */
__attribute__((weak)) bool fake_machine_interrupts_off(void)
{
	return false;
}

__attribute__((weak)) void fake_machine_interrupts_on(void)
{
}

__attribute__((weak)) void fake_machine_pause(void)
{
}

/* Little endian, as the registers are. */
__attribute__((weak)) uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)((const volatile uint8_t *)address)[i] << 8 * i;
	return value;
}

__attribute__((weak)) void fake_mmio_write(volatile void *address, unsigned int size,
                                           uint64_t value)
{
	for (unsigned int i = 0; i < size; i++)
		((volatile uint8_t *)address)[i] = (uint8_t)(value >> 8 * i);
}

/* Nobody watches. */
__attribute__((weak)) void wait_begin(const char *what, uint64_t which)
{
	(void)what, (void)which;
}

__attribute__((weak)) void wait_end(void)
{
}

__attribute__((weak)) void await(bool (*done)(void *context), void *context)
{
	while (!done(context))
		fake_machine_pause();
}

/* Nobody is halted. */
__attribute__((weak)) bool await_wake(struct cpu *cpu)
{
	(void)cpu;
	return false;
}

__attribute__((weak)) void spin_lock_wait(struct spinlock *lock)
{
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		fake_machine_pause();
}
