// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/memory.h"
#include "tests/idle_store.h"
#include "tests/inject/inject.h"

/* Messages in remappable format (VT-d r5.10, 5.1.2.2, Interrupt Requests in Remappable Format). */
#define DATA_NMI       0x400U      /* of a compatible one */
#define SUBHANDLE_HIGH 0x00010000U /* reserved with SHV = 1 */
#define HANDLES_MAX    64

static struct vtd_unit *unit_of(const struct arm *arm)
{
	return arm->irq->chain[1].unit;
}

static uint16_t index_of(const struct arm *arm)
{
	return (uint16_t)arm->irq->chain[1].index;
}

static bool is_in_reach(const struct inject_scene *scene)
{
	return scene->has_victim && unit_of(&scene->victim) == unit_of(&scene->attacker);
}

static void handle(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	*shot = (struct inject_shot){
	        .message = message_remappable((uint16_t)n),
	        .blocked = n < unit_of(&scene->attacker)->indexes.size ? VTD_FAULT_NOT_PRESENT
	                                                               : VTD_FAULT_INDEX_TOO_LARGE,
	};
	if (n == index_of(&scene->attacker)) {
		shot->effect = EFFECT_OWN;
		shot->blocked = 0;
	} else if (is_in_reach(scene) && n == index_of(&scene->victim)) {
		shot->effect = EFFECT_VICTIM;
		shot->blocked = VTD_FAULT_SOURCE_ID;
	}
}

static void own_handle(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	handle(scene, index_of(&scene->attacker), shot);
}

/* The data says vector and mode; with SHV = 0 hardware ignores it. */
static void own_with_nmi(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	own_handle(scene, n, shot);
	shot->message.data = DATA_NMI | scene->free_vector;
}

static void neighbour(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	handle(scene, index_of(&scene->victim), shot);
}

/* The attacker's own handle, and the way from there to the neighbour's as its vector's number. */
static void subhandle(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	neighbour(scene, n, shot);
	shot->message = message_remappable_block(index_of(&scene->attacker));
	shot->message.data = (uint16_t)(index_of(&scene->victim) - index_of(&scene->attacker));
}

/* Irqs get the lowest that are free, so in a larger table there are only more that are absent. */
static unsigned int all_handles_count(const struct inject_scene *scene)
{
	uint32_t size = unit_of(&scene->attacker)->indexes.size;

	return size < HANDLES_MAX ? size : HANDLES_MAX;
}

/* Its own handle, and from there on each number that data can add to it. */
static void any_subhandle(const struct inject_scene *scene, unsigned int n,
                          struct inject_shot *shot)
{
	handle(scene, index_of(&scene->attacker) + n, shot);
	shot->message = message_remappable_block(index_of(&scene->attacker));
	shot->message.data = n;
}

static unsigned int all_subhandles_count(const struct inject_scene *scene)
{
	(void)scene;
	return HANDLES_MAX;
}

/* The last one that is free; the table is larger than the two irqs need (docs/options.md). */
static void absent(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	const struct vtd_unit *unit = unit_of(&scene->attacker);
	unsigned int index = unit->indexes.size;

	(void)n;
	do
		index--;
	while (unit->table[index].lo & IRTE_LO_P && index);
	handle(scene, index, shot);
}

/* The attacker had one more irq, and its entry. */
static int give_one_back(struct inject_scene *scene)
{
	struct idle_store idle;
	struct irq_request request = idle_request(&idle, scene->attacker.source, true);
	struct irq *irq;
	int error;

	idle_store_init(&idle, true);
	error = irq_alloc(&request, &irq);
	if (error)
		return error;
	scene->freed = (uint16_t)irq->chain[1].index;
	irq_free(irq);
	return 0;
}

static void freed(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	handle(scene, scene->freed, shot);
}

/* A handle has 16 bits. */
static unsigned int beyond_count(const struct inject_scene *scene)
{
	return unit_of(&scene->attacker)->indexes.size <= UINT16_MAX;
}

static void beyond(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	(void)n;
	handle(scene, unit_of(&scene->attacker)->indexes.size, shot);
}

static void reserved(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	own_handle(scene, n, shot);
	shot->message = message_remappable_block(index_of(&scene->attacker));
	shot->message.data = SUBHANDLE_HIGH;
	shot->blocked = VTD_FAULT_REQUEST_RESERVED;
}

/*
 * Writes to the table. Memory of the kernel is mapped at its physical address, below 4 GiB. What
 * hardware has cached is gone with the next invalidation, which any move brings; here it is asked
 * for, so that the memory is what counts.
 */
static int overwrite(struct inject_scene *scene, const void *place, uint32_t value)
{
	const struct message message = {.address_lo = (uint32_t)memory_physical(place),
	                                .data = value};

	return inject_write(scene, &message);
}

static int rewrite_own(struct inject_scene *scene)
{
	struct vtd_unit *unit = unit_of(&scene->attacker);
	uint16_t index = index_of(&scene->attacker);
	struct irte *entry = &unit->table[index];
	struct irte forged;
	int error;

	scene->saved = forged = *entry;
	error = irte_retarget(&forged, cpu_get(INJECT_CPU)->apic_id, scene->free_vector,
	                      unit->extended);
	if (!error)
		error = overwrite(scene, &entry->lo, (uint32_t)forged.lo);
	if (!error)
		error = overwrite(scene, (uint32_t *)&entry->lo + 1, (uint32_t)(forged.lo >> 32));
	return error ? error : vtd_unit_invalidate(unit, index);
}

static void rewritten(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	own_handle(scene, n, shot);
	shot->effect = EFFECT_STRAY;
	shot->cpu = INJECT_CPU;
	shot->vector = scene->free_vector;
}

/* SVT = 00: anybody may send. */
static int open_neighbours(struct inject_scene *scene)
{
	struct vtd_unit *unit = unit_of(&scene->victim);
	uint16_t index = index_of(&scene->victim);
	int error;

	scene->saved = unit->table[index];
	error = overwrite(scene, &unit->table[index].hi, 0);
	return error ? error : vtd_unit_invalidate(unit, index);
}

static void unopposed(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot)
{
	neighbour(scene, n, shot);
	shot->blocked = 0;
}

static int put_back(struct inject_scene *scene, const struct arm *arm)
{
	int error = vtd_unit_withdraw(unit_of(arm), index_of(arm));

	return error ? error : vtd_unit_publish_new(unit_of(arm), index_of(arm), &scene->saved);
}

static int put_own_back(struct inject_scene *scene)
{
	return put_back(scene, &scene->attacker);
}

static int put_neighbours_back(struct inject_scene *scene)
{
	return put_back(scene, &scene->victim);
}

/*
 * What remapping answers is VT-d r5.10, 5.1.4.1, Interrupt-Remapping Fault Conditions. What passes
 * for another device's in spite of it: the last two write to memory, which remapping of interrupts
 * does not protect; and behind a bridge to conventional PCI all have the bridge's id.
 */
const struct inject_attack inject_remappable[] = {
        {.name = "own-handle",
         .what = "own handle",
         .own_only = true,
         .remappable = true,
         .forge = own_handle},
        {.name = "own-handle-nmi",
         .what = "own handle, data say NMI",
         .own_only = true,
         .remappable = true,
         .forge = own_with_nmi},
        {.name = "all-handles",
         .what = "each of 64 handles",
         .own_only = true,
         .remappable = true,
         .many = true,
         .count = all_handles_count,
         .forge = handle},
        {.name = "all-subhandles",
         .what = "each of 64 subhandles",
         .own_only = true,
         .remappable = true,
         .many = true,
         .count = all_subhandles_count,
         .forge = any_subhandle},
        {.name = "neighbour-handle",
         .what = "neighbour's handle",
         .blocked = VTD_FAULT_SOURCE_ID,
         .remappable = true,
         .needs_victim = true,
         .forge = neighbour},
        {.name = "neighbour-subhandle",
         .what = "the same by a subhandle",
         .blocked = VTD_FAULT_SOURCE_ID,
         .remappable = true,
         .needs_victim = true,
         .forge = subhandle},
        {.name = "bridge-neighbour",
         .what = "handle behind the same bridge",
         .remappable = true,
         .needs_victim = true,
         .twin = true,
         .forge = unopposed},
        {.name = "absent-handle",
         .what = "entry not present",
         .blocked = VTD_FAULT_NOT_PRESENT,
         .remappable = true,
         .forge = absent},
        {.name = "freed-handle",
         .what = "handle of an irq that is gone",
         .blocked = VTD_FAULT_NOT_PRESENT,
         .remappable = true,
         .entries = 1,
         .prepare = give_one_back,
         .forge = freed},
        {.name = "handle-beyond",
         .what = "handle beyond the table",
         .blocked = VTD_FAULT_INDEX_TOO_LARGE,
         .remappable = true,
         .count = beyond_count,
         .forge = beyond},
        {.name = "reserved-bits",
         .what = "reserved bits of the data",
         .blocked = VTD_FAULT_REQUEST_RESERVED,
         .remappable = true,
         .needs_wide_data = true,
         .forge = reserved},
        {.name = "own-entry-rewritten",
         .what = "own entry, rewritten by DMA",
         .remappable = true,
         .needs_wide_data = true,
         .forge = rewritten,
         .prepare = rewrite_own,
         .repair = put_own_back},
        {.name = "neighbour-entry-opened",
         .what = "neighbour's, SVT = 0 by DMA",
         .remappable = true,
         .needs_victim = true,
         .forge = unopposed,
         .prepare = open_neighbours,
         .repair = put_neighbours_back},
        {.name = NULL},
};
