// SPDX-License-Identifier: MIT
#include "drivers/vtd/fault.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/matrix.h"
#include "kernel/irq/vector.h"
#include "tests/inject/inject.h"

/*
 * Messages in compatibility format (Intel SDM vol. 3, 11.11.1 "Message Address Register Format" and
 * 11.11.2 "Message Data Register Format"): what message_compatibility() leaves 0.
 */
#define ADDRESS_DESTINATION GENMASK_ULL(19, 12)
#define ADDRESS_RH          BIT_ULL(3) /* with it, DM counts */
#define ADDRESS_LOGICAL     BIT_ULL(2) /* DM */
#define DATA_LOWEST         field_set(GENMASK_ULL(10, 8), 1)
#define DATA_NMI            field_set(GENMASK_ULL(10, 8), 4)
#define DATA_INIT           field_set(GENMASK_ULL(10, 8), 5)
#define BROADCAST           0xff
#define LAST_8_BIT_APIC     254

/* Of the exceptions one that pushes no error code, and that nothing here can raise by itself. */
#define NMI            2
#define FLOATING_POINT 16

/* Compatibility format: fixed delivery, one physical destination. */
static void aim(struct inject_shot *shot, enum inject_effect effect, uint32_t cpu, uint8_t vector)
{
	shot->effect = effect;
	shot->cpu = cpu;
	shot->vector = vector;
	shot->blocked = VTD_FAULT_COMPATIBILITY_BLOCKED;
	message_compatibility(cpu_get(cpu)->apic_id, vector, &shot->message);
}

static bool nobodys(uint8_t vector)
{
	bool intermediate;

	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		if (vector_owner(cpu, vector, &intermediate))
			return false;
	return true;
}

static unsigned int free_vectors(uint8_t *vectors)
{
	unsigned int count = 0;

	for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++)
		if (nobodys((uint8_t)v))
			vectors[count++] = (uint8_t)v;
	return count;
}

static unsigned int vectors_on_each(const struct inject_scene *scene)
{
	uint8_t vectors[MATRIX_VECTORS];
	unsigned int count = free_vectors(vectors);

	return count < scene->vectors ? count : scene->vectors;
}

/* CPUs that such a message can name. */
static uint32_t reachable(void)
{
	uint32_t count = 0;

	while (count < cpu_count() && cpu_get(count)->apic_id <= LAST_8_BIT_APIC)
		count++;
	return count;
}

static unsigned int any_vector_count(const struct inject_scene *scene)
{
	return vectors_on_each(scene) * reachable();
}

static void any_vector(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	uint8_t vectors[MATRIX_VECTORS];
	unsigned int count = free_vectors(vectors), each = vectors_on_each(scene);

	aim(shot, EFFECT_STRAY, n / each, vectors[n % each * count / each]);
}

static void neighbour_vector(const struct inject_scene *scene, unsigned int n,
                             struct inject_shot *shot)
{
	const struct irq_target *target = &scene->victim.irq->target;

	(void)n;
	aim(shot, EFFECT_VICTIM, target->cpu, target->vector);
}

static void exception(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)scene, (void)n;
	aim(shot, EFFECT_TRAP, INJECT_CPU, FLOATING_POINT);
}

static void nmi(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	aim(shot, EFFECT_TRAP, INJECT_CPU, scene->free_vector);
	shot->vector = NMI;
	shot->message.data |= DATA_NMI;
}

static void init(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	aim(shot, EFFECT_RESET, INJECT_CPU, scene->free_vector);
	shot->message.data = DATA_INIT;
}

static void lowest(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	aim(shot, EFFECT_STRAY, INJECT_CPU, scene->free_vector);
	shot->message.address_lo |= ADDRESS_RH;
	shot->message.data |= DATA_LOWEST;
}

static void set_destination(struct inject_shot *shot, uint8_t destination)
{
	shot->message.address_lo &= ~(uint32_t)ADDRESS_DESTINATION;
	shot->message.address_lo |= field_set(ADDRESS_DESTINATION, destination);
}

static void broadcast(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	aim(shot, EFFECT_STRAY, INJECT_CPU, scene->free_vector);
	shot->cpu = INJECT_EVERY_CPU;
	set_destination(shot, BROADCAST);
}

static void logical(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	aim(shot, EFFECT_STRAY, INJECT_CPU, scene->free_vector);
	set_destination(shot, apic_logical_id(cpu_get(INJECT_CPU)->apic_id));
	shot->message.address_lo |= ADDRESS_RH | ADDRESS_LOGICAL;
}

/*
 * Blocked while IRTA_REG.EIME is set or GSTS_REG.CFIS is clear (VT-d r5.10, 5.1.4,
 * Interrupt-Remapping Hardware Operation).
 */
const struct inject_attack inject_compatibility[] = {
        {.name = "any-vector",
         .what = "any vector, any CPU",
         .blocked = VTD_FAULT_COMPATIBILITY_BLOCKED,
         .count = any_vector_count,
         .forge = any_vector},
        {.name = "neighbour-vector",
         .what = "neighbour's vector",
         .blocked = VTD_FAULT_COMPATIBILITY_BLOCKED,
         .needs_victim = true,
         .forge = neighbour_vector},
        {.name = "exception",
         .what = "an exception's vector",
         .blocked = VTD_FAULT_COMPATIBILITY_BLOCKED,
         .forge = exception},
        {.name = "nmi", .what = "NMI", .blocked = VTD_FAULT_COMPATIBILITY_BLOCKED, .forge = nmi},
        {.name = "init", .what = "INIT", .blocked = VTD_FAULT_COMPATIBILITY_BLOCKED, .forge = init},
        {.name = "lowest-priority",
         .what = "lowest priority",
         .blocked = VTD_FAULT_COMPATIBILITY_BLOCKED,
         .forge = lowest},
        {.name = "broadcast",
         .what = "broadcast, to every CPU",
         .blocked = VTD_FAULT_COMPATIBILITY_BLOCKED,
         .xapic_only = true,
         .forge = broadcast},
        {.name = "logical",
         .what = "logical destination",
         .blocked = VTD_FAULT_COMPATIBILITY_BLOCKED,
         .forge = logical},
        {.name = NULL},
};
