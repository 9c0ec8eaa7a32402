// SPDX-License-Identifier: MIT
#include "kernel/serial.h"

#include <stdint.h>

#include "kernel/acpi/spcr.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ports.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/registers.h"
#include "kernel/serial_regs.h"

/*
 * Polls before a character is given up, ten seconds or more. On a wire it is gone in a millisecond,
 * but an emulated port waits for whoever reads at the other end, and that may be a busy host. A
 * port that stands still for longer must not hold up the run with each character: it is stuck until
 * it moves.
 */
#define PATIENCE       10000000
#define PATIENCE_STUCK 1000

/* Some 20 ms or more: 16 characters take 17 ms at 9600 baud. */
#define LOOKS 20000

#define REGISTERS  8
#define PC_CLOCK   1843200 /* Hz, of a PC's ports; divided by 16 for each bit */
#define SCR_TEST   0x5a
#define FIFOS_NEW  0x07                /* on and empty */
#define MCR_SILENT (MCR_DTR | MCR_RTS) /* OUT2 off keeps its interrupt line silent */

static struct port {
	volatile uint8_t *memory; /* NULL: in ports */
	uint16_t first;
	uint8_t width, stride; /* bytes */
	uint32_t divisor;      /* 0: as it was found */
	bool present;
	bool stuck;
} console = {.first = COM1, .width = 1, .stride = 1, .divisor = 1};

static bool has_com1;

static uint8_t read(const struct port *port, unsigned int number)
{
	const volatile uint8_t *at = port->memory + (size_t)number * port->stride;

	if (!port->memory)
		return io_read8((uint16_t)(port->first + number));
	if (port->width == 4)
		return (uint8_t)mmio_read32(at);
	return port->width == 2 ? (uint8_t)mmio_read16(at) : mmio_read8(at);
}

static void write(const struct port *port, unsigned int number, uint8_t value)
{
	volatile uint8_t *at = port->memory + (size_t)number * port->stride;

	if (!port->memory)
		io_write8((uint16_t)(port->first + number), value);
	else if (port->width == 4)
		mmio_write32(at, value);
	else if (port->width == 2)
		mmio_write16(at, value);
	else
		mmio_write8(at, value);
}

static void set_up(const struct port *port)
{
	write(port, UART_IER, 0);
	if (port->divisor) {
		write(port, UART_LCR, LCR_DLAB);
		write(port, UART_DATA, (uint8_t)port->divisor);
		write(port, UART_IER, (uint8_t)(port->divisor >> 8));
	}
	write(port, UART_LCR, LCR_8N1);
	write(port, UART_FCR, FIFOS_NEW);
	write(port, UART_MCR, MCR_SILENT);
}

static bool is_com1(const struct port *port)
{
	return !port->memory && port->first == COM1;
}

/* COM1 has always been there to be tried; of another port reading has shown that it is one. */
void serial_init(void)
{
	if (is_com1(&console)) {
		write(&console, UART_SCR, SCR_TEST);
		has_com1 = console.present = read(&console, UART_SCR) == SCR_TEST;
	}
	if (console.present)
		set_up(&console);
}

bool serial_has_com1(void)
{
	return has_com1;
}

/* A transmitter that has sent what firmware gave it. Where nothing is, all bits are 0, or all
 * are 1. */
static bool becomes_empty(const struct port *port)
{
	for (unsigned int i = 0; i < LOOKS; i++) {
		if ((read(port, UART_LSR) & LSR_SENDING_SIDE) == LSR_EMPTY)
			return true;
		pause();
	}
	return false;
}

/* Nothing is written before something there reads as a 16550 does. */
static bool is_16550(const struct port *port)
{
	return becomes_empty(port) && !(read(port, UART_IER) & IER_RESERVED) &&
	       !(read(port, UART_MCR) & MCR_RESERVED);
}

/* Where the clock is not known, what the firmware has set is better than a guess. */
static uint32_t divisor_for(const struct spcr *spcr)
{
	uint32_t clock = spcr->clock;
	uint64_t divisor;

	if (!clock && spcr->space == ACPI_SPACE_IO)
		clock = PC_CLOCK;
	if (!clock || !spcr->baud)
		return 0;
	divisor = (clock / 16 + spcr->baud / 2ULL) / spcr->baud;
	return divisor <= UINT16_MAX ? (uint32_t)divisor : 0;
}

/* NULL when the console is there now; else why it is not. */
static const char *use(const struct spcr *spcr)
{
	struct port port = {.first = (uint16_t)spcr->address,
	                    .width = spcr->width,
	                    .stride = spcr->stride,
	                    .divisor = divisor_for(spcr),
	                    .present = true};
	const char *why;

	if (spcr->space == ACPI_SPACE_MEMORY) {
		port.memory = registers_claim("the serial port", spcr->address,
		                              (uint64_t)REGISTERS * spcr->stride, &why);
		if (!port.memory)
			return why;
	}
	if (!is_16550(&port)) {
		if (port.memory)
			registers_give_up(port.memory);
		return "nothing there reads as a 16550";
	}
	console = port;
	serial_init();
	return NULL;
}

void serial_use_spcr(void)
{
	const struct acpi_header *table = acpi_only_table("SPCR");
	struct spcr spcr;
	const char *why;
	char place[32];

	if (!table)
		return;
	if (spcr_parse(table, &spcr, &why)) {
		print("# acpi: SPCR refused: %s; COM1 is used\n", why);
		return;
	}
	format(place, sizeof(place), "%s %llx", spcr.space == ACPI_SPACE_IO ? "port" : "address",
	       (unsigned long long)spcr.address);
	why = use(&spcr);
	if (why)
		print("# acpi: SPCR's serial port, %s, refused: %s; COM1 is used\n", place, why);
	else if (console.divisor)
		print("# serial: SPCR's %s, %u baud\n", place, spcr.baud);
	else
		print("# serial: SPCR's %s, as fast as the firmware set it\n", place);
}

static void put(char c)
{
	unsigned int polls = console.stuck ? PATIENCE_STUCK : PATIENCE;

	for (unsigned int i = 0; i < polls; i++) {
		if (read(&console, UART_LSR) & LSR_THRE) {
			console.stuck = false;
			write(&console, UART_DATA, (uint8_t)c);
			return;
		}
		pause();
	}
	console.stuck = true;
}

void serial_write(const char *text, size_t length)
{
	if (!console.present)
		return;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			put('\r');
		put(text[i]);
	}
}

int serial_read(void)
{
	if (!console.present || !(read(&console, UART_LSR) & LSR_DR))
		return -1;
	return read(&console, UART_DATA);
}
