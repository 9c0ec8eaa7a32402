// SPDX-License-Identifier: MIT
// links: kernel/serial.c kernel/acpi/spcr.c
/*
 * The console on 16550s in ports and in memory: a few registers that remember what was written, and
 * one that sends at once. Where there is none, reads give the same everywhere.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/spcr.h"
#include "kernel/cpu/ports.h"
#include "kernel/mmio.h"
#include "kernel/registers.h"
#include "kernel/serial.h"
#include "kernel/serial_regs.h"
#include "tests/host/fixture.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define MEMORY_BASE 0xfe030000ULL

static struct uart {
	bool there;
	uint8_t reads_as; /* where it is not there */
	uint16_t port;    /* 0: in memory */
	unsigned int width, stride;
	uint8_t registers[8];
	uint8_t divisor[2];
	char sent[256];
	unsigned int sent_count, writes;
	int typed;     /* -1: nothing */
	uint64_t busy; /* looks at its state before it takes the next character */
	uint64_t looks;
} com1, com2, in_memory;

static struct acpi_header *table; /* NULL: no SPCR */
static const char *claim_refused;
static unsigned int given_up;

static bool is_busy(struct uart *uart)
{
	uart->looks++;
	return uart->busy && uart->busy--;
}

static uint8_t read_register(struct uart *uart, unsigned int number)
{
	uint8_t typed = (uint8_t)uart->typed;

	if (!uart->there)
		return uart->reads_as;
	if (number == UART_LSR)
		return is_busy(uart) ? 0 : LSR_EMPTY | (uart->typed >= 0 ? LSR_DR : 0);
	if (number == UART_DATA) {
		uart->typed = -1;
		return typed;
	}
	return uart->registers[number];
}

static void write_register(struct uart *uart, unsigned int number, uint8_t value)
{
	uart->writes++;
	if (number <= UART_IER && uart->registers[UART_LCR] & LCR_DLAB)
		uart->divisor[number] = value;
	else if (number == UART_DATA)
		uart->sent[uart->sent_count++ % (sizeof(uart->sent) - 1)] = (char)value;
	else if (uart->there)
		uart->registers[number] = value;
}

static struct uart *uart_at(uint16_t port)
{
	struct uart *uart = (unsigned int)(port - com1.port) < 8 ? &com1 : &com2;

	assert_in_range(port, uart->port, uart->port + 7);
	return uart;
}

uint32_t fake_port_read(uint16_t port, unsigned int size)
{
	assert_int_equal(size, 1);
	return read_register(uart_at(port), port & 7);
}

void fake_port_write(uint16_t port, unsigned int size, uint32_t value)
{
	assert_int_equal(size, 1);
	write_register(uart_at(port), port & 7, (uint8_t)value);
}

static unsigned int number_at(const volatile void *address, unsigned int size)
{
	uint64_t offset = (uint64_t)address - MEMORY_BASE;

	assert_int_equal(size, in_memory.width);
	assert_int_equal(offset % in_memory.stride, 0);
	assert_in_range(offset / in_memory.stride, 0, 7);
	return (unsigned int)(offset / in_memory.stride);
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	return read_register(&in_memory, number_at(address, size));
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t value)
{
	write_register(&in_memory, number_at(address, size), (uint8_t)value);
}

const struct acpi_header *acpi_only_table(const char *signature)
{
	assert_string_equal(signature, "SPCR");
	return table;
}

volatile void *registers_claim(const char *owner, uint64_t physical, uint64_t length,
                               const char **why)
{
	assert_non_null(owner);
	assert_int_equal(physical, MEMORY_BASE);
	assert_int_equal(length, 8 * in_memory.stride);
	*why = claim_refused;
	return claim_refused ? NULL : (volatile void *)MEMORY_BASE;
}

void registers_give_up(const volatile void *registers)
{
	assert_int_equal((uint64_t)registers, MEMORY_BASE);
	given_up++;
}

static int setup(void **state)
{
	(void)state;
	com1 = (struct uart){.there = true, .port = COM1, .typed = -1};
	com2 = (struct uart){.there = true, .port = 0x2f8, .typed = -1};
	in_memory = (struct uart){.there = true, .width = 1, .stride = 1, .typed = -1};
	table = fixture_table("spcr");
	claim_refused = NULL;
	given_up = 0;
	shim_forget_printed();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(table);
	return 0;
}

static void set_base(uint8_t bit_width, uint8_t access)
{
	const uint64_t address = MEMORY_BASE;
	uint8_t *bytes = (uint8_t *)table;

	bytes[40] = ACPI_SPACE_MEMORY;
	bytes[41] = bit_width;
	bytes[43] = access;
	memcpy(bytes + 44, &address, 8);
}

static void say_hello(struct uart *to)
{
	serial_write("hi\n", 3);
	to->sent[to->sent_count] = 0;
	assert_string_equal(to->sent, "hi\r\n");
}

/* Whoever reads at the other end of an emulated port may be slow. */
static void a_slow_reader_loses_nothing(void **state)
{
	(void)state;
	serial_init();
	com1.busy = 5000000;
	say_hello(&com1);
	assert_int_equal(com1.busy, 0);
}

/* What stands still costs its patience once, and goes on when it moves again. */
static void a_stuck_port_does_not_hold_up_the_run(void **state)
{
	(void)state;
	serial_init();
	com1.busy = UINT64_MAX;
	for (unsigned int n = 0; n < 1000; n++)
		serial_write("x", 1);
	assert_int_equal(com1.sent_count, 0);
	assert_true(com1.looks < 20000000);
	com1.busy = 10;
	say_hello(&com1);
	com1.sent_count = 0;
	com1.busy = 5000000;
	say_hello(&com1);
}

/* One after the other: the console stays where the last one put it, as in a run. */
static void com1_without_a_table(void **state)
{
	(void)state;
	free(table);
	table = NULL;
	serial_init();
	serial_use_spcr();
	assert_true(serial_has_com1());
	assert_int_equal(com1.divisor[0], 1);
	assert_int_equal(com1.registers[UART_LCR], LCR_8N1);
	say_hello(&com1);
	assert_string_equal(shim_printed(), "");
}

static void what_is_not_there_is_not_written_to(void **state)
{
	(void)state;
	serial_init();
	com2.there = false;
	serial_use_spcr(); /* reads as zeros */
	com2.reads_as = 0xff;
	serial_use_spcr();
	assert_int_equal(com2.writes, 0);
	assert_non_null(
	        strstr(shim_printed(), "port 2f8, refused: nothing there reads as a 16550"));
	set_base(32, 3);
	in_memory = (struct uart){.width = 4, .stride = 4};
	serial_use_spcr();
	assert_int_equal(in_memory.writes, 0);
	assert_int_equal(given_up, 1);
	claim_refused = "memory is there";
	serial_use_spcr();
	assert_non_null(strstr(shim_printed(), "address fe030000, refused: memory is there"));
	say_hello(&com1);
}

static void a_broken_table(void **state)
{
	(void)state;
	table->length = 60;
	serial_use_spcr();
	assert_string_equal(shim_printed(), "# acpi: SPCR refused: it is shorter than 80 bytes; "
	                                    "COM1 is used\n");
	say_hello(&com1);
}

static void a_port_with_its_baud(void **state)
{
	(void)state;
	((uint8_t *)table)[58] = 3; /* 9600 */
	serial_use_spcr();
	assert_int_equal(com2.divisor[0], 12);
	assert_int_equal(com2.divisor[1], 0);
	say_hello(&com2);
	assert_true(serial_has_com1());
	com2.typed = 'r';
	assert_int_equal(serial_read(), 'r');
	assert_int_equal(serial_read(), -1);
}

/* Its clock is nobody's guess: as the firmware set it. */
static void registers_in_memory(void **state)
{
	static const uint8_t cases[][4] = {
	        {8, 1, 1, 1}, {32, 3, 4, 4}, {32, 1, 1, 4}, {16, 2, 2, 2}};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		set_base(cases[n][0], cases[n][1]);
		in_memory = (struct uart){.there = true,
		                          .width = cases[n][2],
		                          .stride = cases[n][3],
		                          .divisor = {0x55, 0xaa},
		                          .typed = -1};
		serial_use_spcr();
		assert_int_equal(in_memory.divisor[0], 0x55);
		assert_int_equal(in_memory.divisor[1], 0xaa);
		say_hello(&in_memory);
	}
}

/* A panic sets up what is the console, not COM1. */
static void set_up_again(void **state)
{
	(void)state;
	set_base(8, 1);
	serial_use_spcr();
	in_memory.registers[UART_IER] = 0x02;
	serial_init();
	assert_int_equal(in_memory.registers[UART_IER], 0);
	assert_int_equal(com1.writes, 0);
	say_hello(&in_memory);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_slow_reader_loses_nothing),
	        TEST(a_stuck_port_does_not_hold_up_the_run),
	        TEST(com1_without_a_table),
	        TEST(what_is_not_there_is_not_written_to),
	        TEST(a_broken_table),
	        TEST(a_port_with_its_baud),
	        TEST(registers_in_memory),
	        TEST(set_up_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
