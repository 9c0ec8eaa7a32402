/* SPDX-License-Identifier: MIT */
/*
 * What irqs, vectors and reservations must be after each step of the storm (test_storm.c): a model
 * that does one thing after the other as kernel/irq/irq.h, domain.h and vector.h promise it.
 *
 * A step is taken by the kernel first and by the model after it. Which free vector the kernel chose
 * is the one thing the model takes over; it fails the test when it was not free. All functions
 * return what the kernel's of the same name must have returned.
 */
#ifndef RETARGET_TESTS_HOST_STORM_MODEL_H
#define RETARGET_TESTS_HOST_STORM_MODEL_H

#include "kernel/irq/irq.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"

#define STORM_IRQS  40
#define STORM_ERROR (-EIO) /* that no layer has by itself */

struct model_irq {
	bool allocated, active, reserves, reserved;
	bool expects_intermediate; /* its protocol does */
	struct irq *irq;           /* the kernel's; NULL: it has none */
	struct irq_target target;
	uint32_t last_generation;
	uint8_t on[FAKE_CPUS]; /* its vector there, 0: none */
};

/* Who has a vector of a CPU. */
struct model_pair {
	struct model_irq *owner;
	bool intermediate;
};

struct model {
	bool remapped;
	uint32_t vectors; /* of one CPU */
	bool online[FAKE_CPUS];
	struct model_pair pairs[FAKE_CPUS][256];
	struct model_irq irqs[STORM_IRQS];
};
extern struct model model;

/* What goes wrong in a step: a layer, when it is asked for the `after` + 1st time, or the entry. */
struct storm_failure {
	bool injected;
	enum layer layer;
	enum irq_step step;
	unsigned int after;
	struct fake_remapping_errors errors;
};

/* From now on this goes wrong, for the kernel and for the model; NULL: nothing does. */
void storm_fail(const struct storm_failure *failure);

void model_start(bool remapped, uint32_t vectors);
int model_alloc(struct model_irq *m, const struct irq_leaf *leaf);
int model_request(struct model_irq *m, uint32_t cpu);
int model_release(struct model_irq *m);
int model_set_affinity(struct model_irq *m, uint32_t cpu);
void model_drain(void);
void model_free(struct model_irq *m);

/* How many vectors `m` has, its intermediate ones left out. */
uint32_t model_vectors(const struct model_irq *m);

#endif
