/* SPDX-License-Identifier: MIT */
/*
 * A source: something that sends an interrupt message on demand. Most do nothing else; some can
 * also be set going and then send by themselves (struct source_loop).
 *
 * One device may be several sources, one for each kind of message store it has (igb: MSI and
 * MSI-X; lsi53c895a: slots of five kinds, in its own memory or in queue memory); only one source of
 * a device is open at a time. Drivers fill a struct source in their probe and hand it to
 * source_register(); it then lives for ever.
 */
#ifndef RETARGET_KERNEL_IRQ_SOURCE_H
#define RETARGET_KERNEL_IRQ_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/domain.h"
#include "kernel/irq/store.h"

struct source;

/*
 * One slot's words in host memory while a source sends by itself. They hand the slot back and
 * forth, so that it never has more than one message outstanding: a local APIC would merge a second.
 *
 *   turn   31:8 the number of a message   7:0 TURN_FREE or 0
 *
 * A CPU writes {n, TURN_FREE}: the device may send message n. The device puts 0 into the low byte,
 * sends, and copies {n, TURN_FREE} to `sent`. It touches `turn` only while that is free, CPUs only
 * while it is not.
 */
struct source_turn {
	uint32_t turn;
	uint32_t sent; /* written by the device alone */
};

#define TURN_FREE   0x01U
#define TURN_NUMBER 0xffffff00U
#define TURN_NEXT   0x00000100U /* from one number to the next */

/* What a source has that can send by itself. */
struct source_loop {
	/*
	 * Sets the device going: it visits slots 0 .. count - 1 in turn for ever, sends one message
	 * from each that is free, and passes by those that are not. No CPU paces it as long as one
	 * is free. turns[n] belongs to slot n; the caller has it from memory_alloc(), aligned to 8,
	 * set up for the first message, and keeps it until stop(). `count` is 1 .. source->slots.
	 * The irqs of these slots are requested, and nobody moves one during this call. fire()
	 * refuses with -EBUSY until stop(). Returns 0 or a negative errno with nothing started.
	 */
	int (*start)(struct source *source, unsigned int count, struct source_turn *turns);

	/*
	 * How many messages it has sent since start(), modulo 2^32, by its own count; while it runs
	 * that of a moment ago, afterwards the exact one. No store is touched, and no register.
	 */
	uint32_t (*sent)(struct source *source);

	/*
	 * Ends it at the end of a visit to all slots. What was sent may still be on its way
	 * (flush()). Nobody moves an irq of these slots during this call. Returns 0, -ETIMEDOUT
	 * when it goes on for 10 s, or -EIO when it had ended by itself; then its count is not to
	 * be trusted and only close() is left.
	 */
	int (*stop)(struct source *source);
};

struct source_ops {
	/*
	 * Takes the device: resets or quiets it, enables its message mechanism with every slot
	 * silent. Returns 0 or a negative errno with the device as it was found.
	 */
	int (*open)(struct source *source);

	/* Gives the device back as open() found it. No message may be outstanding. */
	void (*close)(struct source *source);

	/* The store of `slot` (0 .. slots - 1). Valid while the source is open. */
	struct message_store *(*store)(struct source *source, unsigned int slot);

	/*
	 * Makes the device send exactly one message from `slot`. Called at full rate by one CPU.
	 * Returns 0 when the device took the order, else a negative errno and nothing was sent.
	 */
	int (*fire)(struct source *source, unsigned int slot);

	/* After it returns, each message that was sent is at its local APIC, or was dropped. */
	void (*flush)(struct source *source);

	/*
	 * Of a level-triggered source, else NULL: called by the handler. Returns whether the device
	 * was asserting its interrupt, and ends that.
	 */
	bool (*acknowledge)(struct source *source, unsigned int slot);

	const struct source_loop *loop; /* NULL: it never sends by itself */
};

#define SOURCE_NAME_SIZE 24

struct source {
	char name[SOURCE_NAME_SIZE]; /* as printed: "edu", the next device "edu.1" */
	const char *kind;            /* of its stores, as printed: "msi", "msix", "ims-device" */
	const char *chip;            /* "82574L", "NVMe controller"; NULL: its PCI driver's name */
	char location[16];           /* where it is: "0000:00:03.0" */
	const struct irq_leaf *leaf; /* which irq domain its irqs hang on */
	struct requester requester;  /* whose messages they are */
	unsigned int slots;          /* how many messages it can hold at once, >= 1 */

	/*
	 * Its messages from interrupt message storage carry the requester id all the way to the
	 * remapping hardware, as those of MSI and MSI-X do. (What a device in QEMU writes by DMA
	 * carries none.)
	 */
	bool identified;

	/*
	 * Sends from a copy of its stores that it brings up to date after they were written: no
	 * protocol's timeline holds there. For tests that are about that, and for no other.
	 */
	bool caches;
	const struct source_ops *ops;
	void *device; /* the driver's own */

	/*
	 * Why its device has been dropped: "it did not answer within 10 s, asked to complete a
	 * command". NULL: it has not been. source_drop() sets it.
	 */
	const char *dropped;
};

/* Whether remapping, once it is on, is on the way of the source's messages. */
static inline bool source_is_remapped(const struct source *source)
{
	return !source->leaf->never_remapped && !source->requester.bypasses;
}

#define SOURCES_MAX         32
#define SOURCE_DROPPED_SIZE 112

/*
 * Makes `source` known; `name` holds the bare device name and gets its ".N" here. Sources at one
 * location are one device and get the same name, so that name and kind together are unique. The
 * caller keeps the memory alive. Returns 0, or -ENOSPC when SOURCES_MAX are known.
 */
int source_register(struct source *source);

/* The n-th known source in order of registration, NULL past the end. */
struct source *source_get(unsigned int n);

/*
 * Opens it for a test, as its open() says, and drops its device (below) where that fails for more
 * than a moment: with -EIO, -ETIMEDOUT, -ENODEV or -EINVAL. -ENODEV, and nothing is touched, when
 * it has been dropped before.
 */
int source_open(struct source *source);

/*
 * For drivers: the device of `source` hangs, or is gone. It is dropped for the rest of the run,
 * with every source that it is, and one line says so: `what` it did ("it did not answer"), `asked`
 * what ("to complete a command"), and within how many microseconds (0: that is no matter). From
 * then on its fire() returns an error and its flush() waits for nothing; its close() is called once
 * more where it is open, and does what it can. On CPU 0. Returns `error`.
 */
int source_drop(struct source *source, int error, const char *what, const char *asked, uint64_t us);

/* How many devices have been dropped so far. */
unsigned int sources_dropped(void);

#endif
