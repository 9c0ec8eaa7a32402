/* SPDX-License-Identifier: MIT */
/*
 * A measured arm: one slot of one source fires while its irq is moved all the time, by one
 * protocol, and the ledger gives every message an outcome.
 */
#ifndef RETARGET_TESTS_ARM_H
#define RETARGET_TESTS_ARM_H

#include <stdint.h>

#include "kernel/irq/ledger.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/source.h"
#include "kernel/random.h"
#include "tests/mover.h"
#include "tests/roles.h"
#include "tests/suite.h"

struct arm {
	struct source *source;
	unsigned int slot;
	const struct protocol *protocol;
	struct irq *irq;
	struct ledger ledger;
	struct roles roles;
	struct random random;
	struct mover mover;
	uint64_t blocked_before; /* faults recorded for this requester, before the arm */
	uint64_t ticks;          /* from the first fire to the last outcome */
	uint32_t unmoved;        /* moves of arm_run() that led to no new target */
};

/*
 * Takes slot `slot` of the open `source`: allocates its irq, with an empty ledger. 0 or a negative
 * errno with nothing taken.
 */
int arm_alloc(struct arm *arm, struct source *source, unsigned int slot,
              const struct protocol *protocol, uint64_t seed);

/* Requests the irq for the ledger; the rest as irq_request(). */
int arm_request(struct arm *arm, uint32_t cpu);

/*
 * Both, on the first receiver. Returns 0 or a negative errno with nothing taken. Two CPUs at least
 * are running.
 */
int arm_begin(struct arm *arm, struct source *source, unsigned int slot,
              const struct protocol *protocol, uint64_t seed);

/*
 * For tests that give the device another message than its irq's: writes `message` to the store. The
 * device is silent meanwhile. The irq's own is arm->irq->message.
 */
void arm_write_message(struct arm *arm, const struct message *message);

/*
 * Sends one message, of which the ledger takes note; and waits for its outcome. In between the arm
 * may move, and must not send another. arm_send() may be called with interrupts off; 0, or the
 * errno with which the device refused, and then there is nothing to wait for.
 */
int arm_send(struct arm *arm);
void arm_settle(struct arm *arm);

/*
 * The parts of arm_settle(), for tests that read the fault records themselves: waits for all that
 * the source has sent and says whether the message has come in, or is proven to have come in
 * nowhere; and then gives it that outcome.
 */
bool arm_await(struct arm *arm);
void arm_give_up(struct arm *arm, enum outcome outcome);

/* Fires one message and waits for its outcome. 0, or the errno with which the device refused. */
int arm_fire(struct arm *arm);

/* Moves once, to another receiver than the present one. 0 or a negative errno. */
int arm_move(struct arm *arm);

/*
 * Fires `fires` messages from CPU 0 while CPU 1 moves, without a pause and without end (or
 * `mover.limit` times). 0 or the errno with which the device refused.
 */
int arm_run(struct arm *arm, uint64_t fires);

/* Returns when all that `source` has sent so far has been taken, or came in nowhere. */
void arm_prove_source(struct source *source);

/*
 * Returns when all the source has sent so far has been taken, or came in nowhere. arm_run() ends
 * with it, so that a second copy of the last message is counted, too.
 */
void arm_prove(struct arm *arm);

/*
 * After arm_prove(). Fails `run` when the books do not balance, or a message came late, or one that
 * nobody fired, or when arm_run() counted moves that were none.
 */
void arm_check_books(struct test_run *run, const struct arm *arm);

/* Releases and frees the irq. */
void arm_end(struct arm *arm);

/*
 * Whether the device of `source` has been dropped in an earlier test; `run` is skipped with the
 * reason then.
 */
bool arm_was_dropped(struct test_run *run, const struct source *source);

/*
 * Opens `source`. False with `run` failed; or skipped, where its device has been dropped, or its
 * INTx cannot be had: which pin that is firmware knows, and devices of others may assert it.
 */
bool arm_open_source(struct test_run *run, struct source *source);

/*
 * For tests of one arm: opens `source` and begins an arm of its slot 0. False with `run` failed, or
 * skipped where its device has been dropped, nothing taken and the source closed.
 */
bool arm_open(struct test_run *run, struct arm *arm, struct source *source,
              const struct protocol *protocol);

/*
 * Ends the arm and closes the source. Where `run` has failed, and at verbose=3, it prints the arm's
 * state before.
 */
void arm_close(struct test_run *run, struct arm *arm);

/* The line for machines and people: "# result source=... lost=...". */
void arm_print_result(const struct arm *arm, uint64_t seed);

/* For a failure: the targets, the replays, what the store and the remapping units hold. */
void arm_print_state(const struct arm *arm);

#endif
