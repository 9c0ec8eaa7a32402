/* SPDX-License-Identifier: MIT */
/*
 * The device model of DSA as tests use it: told how to behave, and asked what it did. What each
 * setting and each counter means is in drivers/pci/sources/dsa_model.h.
 */
#ifndef RETARGET_TESTS_DSA_MODEL_H
#define RETARGET_TESTS_DSA_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/source.h"

/* The first DSA that is such a model, NULL: none. And what a test says that needs one. */
struct source *model_source(void);
#define NO_MODEL                                                                                   \
	"no device with interrupt message storage of its own that does as it is told "             \
	"(docs/dsa-model.md)"

struct model_behaviour {
	uint32_t misbehave;  /* MISBEHAVE_... */
	uint32_t lose_every; /* with MISBEHAVE_DESCRIPTOR_LOST */
	uint64_t hold_ns, tear_ns, late_ns;
};

/* How the model of the open `source` behaves, and sets that. Who changes it puts it back. */
struct model_behaviour model_behaviour(const struct source *source);
void model_behave(const struct source *source, const struct model_behaviour *behaviour);

/* Its counters: of one slot (DSA_MODEL_SLOT_...), and of all (DSA_MODEL_REQUESTED and so on). */
uint32_t model_slot_count(const struct source *source, unsigned int slot, uint32_t counter);
uint64_t model_count(const struct source *source, uint32_t counter);

/*
 * Returns when the slot's count of SAMPLED messages is no longer `before`; false when it stays so
 * for 10 s.
 */
bool model_wait_sampled(const struct source *source, unsigned int slot, uint32_t before);

#endif
