/* SPDX-License-Identifier: MIT */
/*
 * An arm that nobody paces: a source sends from several slots by itself while CPU 0 moves their
 * irqs, one after the other at random, whatever the device does meanwhile. What it counts itself is
 * what was fired.
 */
#ifndef RETARGET_TESTS_ASYNC_ASYNC_H
#define RETARGET_TESTS_ASYNC_ASYNC_H

#include <stdint.h>

#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/source.h"
#include "kernel/random.h"
#include "tests/suite.h"
#include "tests/turns.h"

struct async;

/* What the handler of one slot's irq is given. */
struct async_slot {
	struct async *arm;
	unsigned int number;
};

struct async {
	struct source *source;
	const struct protocol *protocol;
	unsigned int count; /* of the slots */
	struct irq *irqs[TURNS_MAX];
	struct async_slot slots[TURNS_MAX];
	struct turns turns;
	uint32_t first_receiver, receivers;
	struct random random;
	uint64_t moves, moves_limit; /* done; at most, 0: no limit */
	uint32_t retargets;          /* that the irqs' own generations show, modulo 2^32 */
	uint64_t sent;               /* by the device, as far as it has said so */
	uint64_t blocked_before;     /* faults recorded for this requester, before the arm */
	unsigned int looks; /* moves since the last look for messages that do not come in */
	uint64_t proofs;    /* how often one was looked for with barriers */
	uint64_t ticks;     /* from start() to the end of stop() */
};

/* TURNS_MAX, or as many slots as `source` has. */
unsigned int async_slots(const struct source *source);

/*
 * Allocates and requests async_slots() irqs of the open `source`. 0 or a negative errno with
 * nothing taken. Two CPUs at least are running. And the way back.
 */
int async_begin(struct async *arm, struct source *source, const struct protocol *protocol,
                uint64_t seed);
void async_end(struct async *arm);

/*
 * Starts the device, moves until it has sent `fires` messages, stops it, and settles all it has
 * sent. Returns 0, the error of a move, of start() or stop(), or -EIO when the device sends nothing
 * for 30 s; the device is stopped then, too, if it can be.
 */
int async_run(struct async *arm, uint64_t fires);

/*
 * The same for as many messages and moves as the options say, with what is printed of it, and
 * judged: `run` fails where the device's count and the outcomes differ, or a protocol does not keep
 * its promise.
 */
void async_measure(struct test_run *run, struct async *arm);

#endif
