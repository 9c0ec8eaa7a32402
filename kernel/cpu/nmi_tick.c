// SPDX-License-Identifier: MIT
#include "kernel/cpu/nmi_tick.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/pit_regs.h"
#include "kernel/cpu/ports.h"

/*
 * Intel 8259A, "Initialization Command Words" and "Operation Command Words". The second one, behind
 * the first one's IRQ 2, stays masked. Vectors are never asked for; these would be nobody's.
 */
#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define ICW1         0x11 /* edge, cascade, ICW4 follows */
#define ICW2         0xf8 /* the vectors' upper bits */
#define ICW3         0x04 /* the second one is at IRQ 2 */
#define ICW4         0x01 /* 8086 mode, end of interrupt by command */
#define ONLY_IRQ0    0xfe /* OCW1: all others masked */
#define POLL         0x0c /* OCW3: the next read is a poll, and acknowledges */
#define POLL_FOUND   0x80
#define EOI_IRQ0     0x60 /* OCW2: specific end of interrupt */

void nmi_tick_init(void)
{
	io_write8(PIT_COMMAND, PIT_CHANNEL0_ONE_SHOT);
	io_write8(PIC1_COMMAND, ICW1);
	io_write8(PIC1_DATA, ICW2);
	io_write8(PIC1_DATA, ICW3);
	io_write8(PIC1_DATA, ICW4);
	io_write8(PIC1_DATA, ONLY_IRQ0);
	apic_lint0_is_nmi(true);
}

void nmi_tick_order(uint32_t us)
{
	uint64_t count = us * PIT_HZ / 1000000;

	if (us >= NMI_TICK_US || count > 0xffff)
		count = 0xffff;
	io_write8(PIT_COMMAND, PIT_CHANNEL0_ONE_SHOT);
	io_write8(PIT_CHANNEL0, count & 0xff);
	io_write8(PIT_CHANNEL0, (uint8_t)(count >> 8));
}

/* IRQ 0 is the only one, so what a poll finds is the tick. */
bool nmi_tick_taken(void)
{
	io_write8(PIC1_COMMAND, POLL);
	if (!(io_read8(PIC1_COMMAND) & POLL_FOUND))
		return false;
	io_write8(PIC1_COMMAND, EOI_IRQ0);
	return true;
}
