/* SPDX-License-Identifier: MIT */
/*
 * The ledger: exactly one outcome for every message fired.
 *
 * One CPU fires, one message at a time: ledger_open(), fire, wait for ledger_settled(). Handlers on
 * any CPU settle it as the message comes in; when the firing CPU has proven that it came in nowhere
 * (source flushed, kernel/irq/barrier.h), it settles it itself by ledger_give_up(). Nothing here
 * looks at a clock.
 *
 *	fired = old + new + retriggered + stray + blocked + missing
 */
#ifndef RETARGET_KERNEL_IRQ_LEDGER_H
#define RETARGET_KERNEL_IRQ_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/irq.h"

enum outcome {
	OUTCOME_OLD, /* delivered at the target before the move that was the last to begin */
	OUTCOME_NEW, /* delivered at the target of that move */
	OUTCOME_RETRIGGERED, /* found by the protocol at an intermediate target and replayed */
	OUTCOME_STRAY,       /* came in at a CPU/vector pair that nobody owns: lost to the driver */
	OUTCOME_BLOCKED,     /* dropped by interrupt remapping, with a fault record */
	OUTCOME_MISSING,     /* came in nowhere */
	OUTCOMES,
};

struct cpu;

struct ledger {
	uint64_t fired;
	uint64_t outcomes[OUTCOMES];
	uint64_t late;      /* came in after it had been given up as missing */
	uint64_t duplicate; /* came in though nothing was outstanding */
	struct cpu *waiter; /* woken when a message is settled (kernel/cpu/await.h); or NULL */
	uint32_t state;     /* ledger.c's own */
};

void ledger_init(struct ledger *ledger);

/* Before each fire. The one before it must have been settled. */
void ledger_open(struct ledger *ledger);

/* The fire was refused by the device, so nothing was sent: as if it had not been opened. */
void ledger_cancel(struct ledger *ledger);

bool ledger_settled(const struct ledger *ledger);

/*
 * It came in nowhere: `outcome` is OUTCOME_BLOCKED or OUTCOME_MISSING. Loses against a handler that
 * settles it at the same moment.
 */
void ledger_give_up(struct ledger *ledger, enum outcome outcome);

/*
 * For a handler: whether what came in at a target of the irq's was a replay, or what generation it
 * was for. To be called once for each message, of which the irq has one outstanding at a time.
 */
enum outcome ledger_outcome_of(struct irq *irq, const struct irq_arrival *arrival);

/* The handlers for irq_request(), with the ledger as their context. */
irq_handler ledger_handler, ledger_stray_handler;

/* stray + blocked + missing. */
uint64_t ledger_lost(const struct ledger *ledger);

/* The conservation law. */
bool ledger_conserved(const struct ledger *ledger);

const char *outcome_name(enum outcome outcome);

#endif
