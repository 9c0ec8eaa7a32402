// SPDX-License-Identifier: MIT
#include "tests/host/irq_fixture.h"

#include <string.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

struct irq_fixture fixture;

static struct {
	enum layer layer;
	enum irq_step step;
	int error;
} injection;

static void handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	assert_non_null(irq);
	assert_ptr_equal(context, &fixture);
	assert_int_equal(arrival->cpu, this_cpu()->index);
	fixture.last = *arrival;
	fixture.last_irq = irq;
	fixture.arrivals++;
}

static void stray_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)arrival;
	assert_non_null(irq);
	assert_ptr_equal(context, &fixture);
	fixture.strays++;
}

int irq_fixture_start(void **state)
{
	(void)state;
	fake_machine_start();
	return vector_init();
}

int irq_fixture_begin(void **state)
{
	(void)state;
	fake_machine_start();
	shim_forget_printed();
	memset(&fake_remapping_errors, 0, sizeof(fake_remapping_errors));
	memset(&fixture, 0, sizeof(fixture));
	fake_store_init(&fixture.store, false);
	inject_nothing();
	return vector_limit(0) || irq_set_remapping_domain(NULL);
}

int irq_fixture_begin_remapped(void **state)
{
	int error = irq_fixture_begin(state);

	fixture.remapped = true;
	return error || irq_set_remapping_domain(&fake_remapping_domain);
}

uint32_t vectors_in_use(void)
{
	struct vector_counts counts;

	vector_count(&counts);
	return counts.allocated;
}

uint32_t vectors_reserved(void)
{
	struct vector_counts counts;

	vector_count(&counts);
	return counts.reserved;
}

enum layer layer_of(const struct irq *irq, const struct irq_layer *layer)
{
	if (layer == &irq->chain[0])
		return LEAF;
	return layer->domain == &irq_vector_domain ? VECTOR : REMAPPING;
}

static int error_of(const struct irq *irq, const struct irq_layer *layer, enum irq_step step)
{
	if (step != injection.step || layer_of(irq, layer) != injection.layer)
		return 0;
	return injection.error;
}

void inject(enum layer layer, enum irq_step step, int error)
{
	injection.layer = layer;
	injection.step = step;
	injection.error = error;
	irq_inject(error_of);
}

void inject_nothing(void)
{
	irq_inject(NULL);
}

void assert_nothing_left(void)
{
	assert_int_equal(irq_count(), 0);
	assert_null(irq_first());
	assert_int_equal(vectors_in_use(), 0);
	assert_int_equal(vectors_reserved(), 0);
	assert_int_equal(fake_remapping_allocated(), 0);
	assert_int_equal(fake_remapping_active(), 0);
	assert_int_equal(fixture.strays, 0);
}

int irq_fixture_end(void **state)
{
	(void)state;
	assert_nothing_left();
	return 0;
}

int allocate_irq(const struct irq_leaf *leaf, struct fake_store *store, struct irq **irq)
{
	const struct irq_request request = {
	        .leaf = leaf,
	        .store = &store->store,
	        .protocol = protocol_find("naive-address-first"),
	};

	return irq_alloc(&request, irq);
}

int request_irq(struct irq *irq, uint32_t cpu)
{
	return irq_request(irq, cpu, handler, stray_handler, &fixture);
}

void assert_delivered_on(uint32_t cpu)
{
	const struct irq_target *target = &fixture.irq->target;
	unsigned int before = fixture.arrivals;

	fake_store_fire(&fixture.store);
	assert_int_equal(fixture.arrivals, before + 1);
	assert_ptr_equal(fixture.last_irq, fixture.irq);
	assert_int_equal(target->cpu, cpu);
	assert_int_equal(target->apic_id, cpu_get(cpu)->apic_id);
	assert_int_equal(fixture.last.cpu, cpu);
	assert_int_equal(fixture.last.vector, target->vector);
	assert_int_equal(fixture.last.generation, target->generation);
}

void take_irq(const struct irq_leaf *leaf, uint32_t cpu)
{
	assert_int_equal(allocate_irq(leaf, &fixture.store, &fixture.irq), 0);
	assert_int_equal(request_irq(fixture.irq, cpu), 0);
	assert_delivered_on(cpu);
}

void give_irq_back(void)
{
	assert_int_equal(irq_release(fixture.irq), 0);
	irq_free(fixture.irq);
}
