// SPDX-License-Identifier: MIT
#include "tests/host/storm_model.h"

#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/message.h"
#include "tests/host/unit.h"

struct model model;

/* The kernel's view of it and the model's: each counts how often it was asked. */
static struct storm_failure failure;
static unsigned int asked, model_asked;

static int failing(enum layer layer, enum irq_step step, unsigned int *times)
{
	if (!failure.injected || layer != failure.layer || step != failure.step)
		return 0;
	return (*times)++ == failure.after ? STORM_ERROR : 0;
}

static int fail_kernel(const struct irq *irq, const struct irq_layer *layer, enum irq_step step)
{
	return failing(layer_of(irq, layer), step, &asked);
}

static int fail_model(enum layer layer, enum irq_step step)
{
	return failing(layer, step, &model_asked);
}

void storm_fail(const struct storm_failure *f)
{
	static const struct storm_failure nothing;

	failure = f ? *f : nothing;
	asked = model_asked = 0;
	irq_inject(failure.injected ? fail_kernel : NULL);
	fake_remapping_errors = failure.errors;
}

void model_start(bool remapped, uint32_t vectors)
{
	memset(&model, 0, sizeof(model));
	model.remapped = remapped;
	model.vectors = vectors;
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++)
		model.online[cpu] = true;
}

uint32_t model_vectors(const struct model_irq *m)
{
	uint32_t count = 0;

	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++)
		count += m->on[cpu] != 0;
	return count;
}

static bool has_number(const struct model_irq *m, uint8_t vector)
{
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++)
		if (m->on[cpu] == vector)
			return true;
	return false;
}

/* All that `m` has, but for `keep` where that is not NULL. */
static void free_others(struct model_irq *m, const struct irq_target *keep)
{
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++)
		for (unsigned int v = 0; v < 256; v++) {
			struct model_pair *pair = &model.pairs[cpu][v];

			if (pair->owner != m || (keep && keep->cpu == cpu && keep->vector == v))
				continue;
			if (!pair->intermediate)
				m->on[cpu] = 0;
			*pair = (struct model_pair){NULL, false};
		}
}

/* No message is in flight while the storm drains. */
void model_drain(void)
{
	for (int i = 0; i < STORM_IRQS; i++)
		if (model.irqs[i].allocated && model_vectors(&model.irqs[i]) >= 2)
			free_others(&model.irqs[i], &model.irqs[i].target);
}

static bool can_have(const struct model_irq *m, uint32_t cpu, uint8_t vector)
{
	return vector >= VECTOR_DEVICE_FIRST && vector < VECTOR_DEVICE_FIRST + model.vectors &&
	       !model.pairs[cpu][vector].owner && !has_number(m, vector);
}

/* The first that can be had; 0: none. */
static uint8_t find_vector(const struct model_irq *m, uint32_t cpu)
{
	for (unsigned int v = 1; v < 256; v++)
		if (can_have(m, cpu, (uint8_t)v))
			return (uint8_t)v;
	return 0;
}

/* The one the kernel took, or, where it has given that back, any. */
static int take_vector(struct model_irq *m, uint32_t cpu)
{
	uint8_t vector = find_vector(m, cpu);

	if (!vector) {
		model_drain();
		vector = find_vector(m, cpu);
	}
	if (!vector)
		return -ENOSPC;
	if (m->irq && m->irq->on[cpu].vector)
		vector = m->irq->on[cpu].vector;
	assert_true(can_have(m, cpu, vector));
	m->on[cpu] = vector;
	model.pairs[cpu][vector].owner = m;
	return 0;
}

static void aim(struct model_irq *m, uint32_t cpu, uint8_t vector)
{
	m->target.cpu = cpu;
	m->target.apic_id = cpu_get(cpu)->apic_id;
	m->target.vector = vector;
	m->target.generation = ++m->last_generation;
}

/* Without remapping the leaf must name the CPU. */
static bool in_reach(uint32_t cpu)
{
	return model.remapped || cpu_get(cpu)->apic_id <= MESSAGE_APIC_ID_MAX;
}

static int choose_this(struct model_irq *m, uint32_t cpu)
{
	int error = 0;

	if (cpu >= FAKE_CPUS || !model.online[cpu])
		return -EINVAL;
	if (!in_reach(cpu))
		return -ERANGE;
	if (!m->on[cpu])
		error = take_vector(m, cpu);
	if (!error)
		aim(m, cpu, m->on[cpu]);
	return error;
}

/* The online CPU with the fewest given away, of those in reach. */
static uint32_t best_cpu(void)
{
	uint32_t best = 0, fewest = UINT32_MAX;

	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++) {
		uint32_t count = 0;

		for (unsigned int v = 0; v < 256; v++)
			count += model.pairs[cpu][v].owner != NULL;
		if (model.online[cpu] && in_reach(cpu) && count < fewest) {
			best = cpu;
			fewest = count;
		}
	}
	return best;
}

/* Best is full only when all are; then the first one where somebody has left a vector behind. */
static int choose_any(struct model_irq *m)
{
	int error = choose_this(m, best_cpu());

	for (uint32_t cpu = 0; cpu < FAKE_CPUS && error == -ENOSPC; cpu++)
		if (model.online[cpu] && in_reach(cpu))
			error = choose_this(m, cpu);
	return error;
}

static int choose_target(struct model_irq *m, uint32_t cpu)
{
	if (cpu == IRQ_CPU_ANY)
		return choose_any(m);
	if (cpu != IRQ_CPU_SHUTDOWN)
		return choose_this(m, cpu);
	aim(m, 0, VECTOR_SHUTDOWN);
	return 0;
}

/* What the leaf must put into the store. */
static int compose(void)
{
	return model.remapped ? failure.errors.compose : 0;
}

static int alloc_layers(void)
{
	int error = fail_model(VECTOR, IRQ_STEP_ALLOC);

	if (!error && model.remapped)
		error = fail_model(REMAPPING, IRQ_STEP_ALLOC);
	if (!error && model.remapped)
		error = failure.errors.alloc;
	return error ? error : fail_model(LEAF, IRQ_STEP_ALLOC);
}

static int activate_layers(struct model_irq *m)
{
	int error = fail_model(VECTOR, IRQ_STEP_ACTIVATE);

	if (!error)
		error = choose_target(m, m->reserves ? IRQ_CPU_SHUTDOWN : IRQ_CPU_ANY);
	if (!error && model.remapped)
		error = fail_model(REMAPPING, IRQ_STEP_ACTIVATE);
	if (!error && model.remapped)
		error = failure.errors.activate;
	if (!error)
		error = fail_model(LEAF, IRQ_STEP_ACTIVATE);
	return error ? error : compose();
}

int model_alloc(struct model_irq *m, const struct irq_leaf *leaf)
{
	int error;

	if (leaf->needs_remapping && !model.remapped)
		return -ENODEV;
	error = alloc_layers();
	if (!error)
		error = activate_layers(m);
	if (error) {
		free_others(m, NULL);
		return error;
	}
	m->allocated = true;
	m->reserved = m->reserves;
	return 0;
}

/* Of a requested irq, where nobody absorbs the move. */
static void expect_intermediate(struct model_irq *m, const struct irq_target *old)
{
	struct model_pair *pair = &model.pairs[old->cpu][m->target.vector];

	if (m->active && m->expects_intermediate && !pair->owner)
		*pair = (struct model_pair){m, true};
}

static int move_layers(struct model_irq *m, uint32_t cpu)
{
	int error = fail_model(VECTOR, IRQ_STEP_SET_AFFINITY);

	if (!error)
		error = choose_target(m, cpu);
	if (error)
		return error;
	if (model.remapped) {
		error = fail_model(REMAPPING, IRQ_STEP_SET_AFFINITY);
		return error ? error : failure.errors.set_affinity;
	}
	error = fail_model(LEAF, IRQ_STEP_SET_AFFINITY);
	return error ? error : compose();
}

static int move_to(struct model_irq *m, uint32_t cpu)
{
	struct irq_target old = m->target;
	int error = move_layers(m, cpu);

	if (error)
		m->target = old;
	else if (!model.remapped)
		expect_intermediate(m, &old);
	return error;
}

int model_request(struct model_irq *m, uint32_t cpu)
{
	int error = 0;

	if (m->active)
		return -EBUSY;
	if (cpu == IRQ_CPU_ANY && model_vectors(m))
		cpu = m->target.cpu;
	if (!model_vectors(m) || m->target.cpu != cpu)
		error = move_to(m, cpu);
	if (error) {
		free_others(m, &m->target);
		return error;
	}
	m->reserved = false;
	m->active = true;
	return 0;
}

int model_release(struct model_irq *m)
{
	int error = 0;

	m->active = false;
	if (m->reserves)
		error = move_to(m, IRQ_CPU_SHUTDOWN);
	if (error)
		return error;
	free_others(m, &m->target);
	m->reserved = m->reserves;
	return 0;
}

int model_set_affinity(struct model_irq *m, uint32_t cpu)
{
	if (!m->active || cpu >= FAKE_CPUS)
		return -EINVAL;
	return m->target.cpu == cpu ? 0 : move_to(m, cpu);
}

void model_free(struct model_irq *m)
{
	free_others(m, NULL);
	memset(m, 0, sizeof(*m));
}
