/* SPDX-License-Identifier: MIT */
/*
 * What the tests of an irq's three contexts share: an irq on a fake store, and handlers that keep
 * what came in. Remapping, where a test wants it, is tests/host/fake_remapping.h.
 */
#ifndef RETARGET_TESTS_HOST_IRQ_FIXTURE_H
#define RETARGET_TESTS_HOST_IRQ_FIXTURE_H

#include "kernel/irq/irq.h"
#include "tests/host/fake_store.h"

struct irq_fixture {
	struct irq *irq;
	bool remapped;
	struct fake_store store; /* unmaskable, until the test makes it another one */
	struct irq_arrival last; /* what the handler was told last, */
	struct irq *last_irq;    /* and of which irq */
	unsigned int arrivals;   /* how often it was called in this test */
	unsigned int strays;
};
extern struct irq_fixture fixture;

/* The layers of a chain, from the device to the CPU. */
enum layer { LEAF, REMAPPING, VECTOR };

/* For a group of tests, once. */
int irq_fixture_start(void **state);

/* For each test: without remapping, with it; and at its end, when nothing must be left. */
int irq_fixture_begin(void **state);
int irq_fixture_begin_remapped(void **state);
int irq_fixture_end(void **state);

/* A test of a group, with cmocka's frame around it. */
#define DIRECT(test) cmocka_unit_test_setup_teardown(test, irq_fixture_begin, irq_fixture_end)
#define REMAPPED(test)                                                                             \
	cmocka_unit_test_setup_teardown(test, irq_fixture_begin_remapped, irq_fixture_end)

/* irq_alloc() with a protocol that rewrites plainly; irq_request() with the fixture's handlers. */
int allocate_irq(const struct irq_leaf *leaf, struct fake_store *store, struct irq **irq);
int request_irq(struct irq *irq, uint32_t cpu);

/* Both for fixture.irq, which then works; and the way back. */
void take_irq(const struct irq_leaf *leaf, uint32_t cpu);
void give_irq_back(void);

/* A message reaches fixture.irq on `cpu`, at the target in force. */
void assert_delivered_on(uint32_t cpu);

/* Pairs of CPU and vector that irqs have, and reservations. */
uint32_t vectors_in_use(void);
uint32_t vectors_reserved(void);

enum layer layer_of(const struct irq *irq, const struct irq_layer *layer);

/*
 * From now on `step` fails with `error` in `layer`, of whichever irq, before it has done a thing.
 */
void inject(enum layer layer, enum irq_step step, int error);
void inject_nothing(void);

void assert_nothing_left(void);

#endif
