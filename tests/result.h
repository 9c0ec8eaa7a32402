/* SPDX-License-Identifier: MIT */
/* What a measured arm says in the end, and what that means. */
#ifndef RETARGET_TESTS_RESULT_H
#define RETARGET_TESTS_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/ledger.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/source.h"
#include "tests/suite.h"

struct result {
	const struct source *source;
	const struct protocol *protocol;
	const struct ledger *ledger;
	uint64_t moves;
	uint64_t seed;
	unsigned int slots; /* that sent by themselves; 0: one, that was told to */
};

/* The line for machines and people: "# result source=... lost=...". */
void result_print(const struct result *result);

/*
 * Fails `run` when the protocol lost a message of `store` and promises to lose none. Returns
 * whether no message met the race the protocol is about, so that its figure shows nothing; then a
 * line says so.
 */
bool result_judge(struct test_run *run, const struct protocol *protocol,
                  const struct message_store *store, const struct ledger *ledger, uint64_t moves);

#endif
