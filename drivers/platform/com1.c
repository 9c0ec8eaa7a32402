// SPDX-License-Identifier: MIT
#include "drivers/platform/com1.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ioapic.h"
#include "kernel/cpu/ports.h"
#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/source.h"
#include "kernel/print.h"
#include "kernel/serial.h"
#include "kernel/serial_regs.h"
#include "kernel/time.h"

/* The console's characters go first. Whoever reads them at the other end may be slow. */
#define EMPTY_WAIT_US 10000000

static struct com1 {
	struct source source;
	struct ioapic_store store;
	uint8_t ier_found;
	uint8_t mcr_found;
} com1;

static int com1_open(struct source *source)
{
	(void)source;
	com1.ier_found = io_read8(IER);
	com1.mcr_found = io_read8(MCR);
	io_write8(IER, 0);
	io_write8(MCR, com1.mcr_found | MCR_OUT2);
	return 0;
}

static void com1_close(struct source *source)
{
	(void)source;
	io_write8(MCR, com1.mcr_found);
	io_write8(IER, com1.ier_found);
}

static struct message_store *com1_store(struct source *source, unsigned int slot)
{
	(void)source, (void)slot;
	return &com1.store.store;
}

/*
 * One rise of the line and its fall. A register that is empty already raises the line as soon as
 * the interrupt is enabled, once; reading its cause from IIR lets it fall (PC16550D, 8.5 "Interrupt
 * Identification Register"). Nothing must be on its way to the transmitter meanwhile, or it would
 * become empty a second time.
 */
static int com1_fire(struct source *source, unsigned int slot)
{
	struct deadline deadline = deadline_in_us(EMPTY_WAIT_US);
	uint8_t cause;

	(void)slot;
	if (source->dropped)
		return -EIO;
	while (!(io_read8(LSR) & LSR_THRE))
		if (deadline_passed(&deadline))
			return source_drop(source, -ETIMEDOUT, "it did not",
			                   "to empty its transmitter", EMPTY_WAIT_US);
	io_write8(IER, IER_ETBEI);
	cause = io_read8(IIR) & IIR_ID;
	io_write8(IER, 0);
	if (cause == IIR_THRE)
		return 0;
	return source_drop(source, -EIO, "it named another cause", "why it interrupts", 0);
}

/* The first read is behind the edge, the second behind the message that the IO-APIC made of it. */
static void com1_flush(struct source *source)
{
	(void)source;
	io_read8(LSR);
	com1.store.store.ops->flush(&com1.store.store);
}

static const struct source_ops com1_ops = {
        .open = com1_open,
        .close = com1_close,
        .store = com1_store,
        .fire = com1_fire,
        .flush = com1_flush,
};

void com1_probe(void)
{
	struct ioapic_pin pin;

	if (!serial_has_com1())
		return;
	if (ioapic_pin_by_isa(COM1_IRQ, &pin)) {
		print("# com1: no IO-APIC has its interrupt: left alone\n");
		return;
	}
	if (pin.level) {
		print("# com1: the MADT calls its interrupt level-triggered: left alone\n");
		return;
	}
	com1.source = (struct source){
	        .name = "com1",
	        .kind = "ioapic-edge",
	        .chip = "16550 UART",
	        .location = "isa irq 4",
	        .leaf = &irq_leaf_ioapic_edge,
	        .slots = 1,
	        .ops = &com1_ops,
	};
	vtd_requester_io_apic(pin.ioapic_id, &com1.source.requester);
	ioapic_store_init(&com1.store, &pin);
	if (source_register(&com1.source))
		print("# com1: there are too many sources\n");
}
