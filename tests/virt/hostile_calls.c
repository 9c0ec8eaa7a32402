// SPDX-License-Identifier: MIT
/*
 * A guest that calls its host with anything: handles of every device, slots and vCPUs that there
 * are not, every vector. It gets entries for its own device and no others, and when it has ended
 * they are gone.
 */
#include <asm-generic/errno.h>

#include "drivers/vtd/irte.h"
#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/random.h"
#include "kernel/virt/guest/host.h"
#include "kernel/virt/guest/vmmcall.h"
#include "tests/counts.h"
#include "tests/virt/device.h"
#include "tests/virt/run.h"
#include "tests/virt/within.h"

#define ENTRIES_MAX 1024
#define CALLS_MIN   200 /* some are carried out, whatever the seed */

enum { OWN, NEIGHBOUR };          /* arguments: requester ids */
enum { CALLS, TAKEN, OF_OTHERS }; /* results: in all, answered well, of these for others' handles */

static uint64_t pick(struct random *random, const uint64_t *from, unsigned int count)
{
	return from[random_below(random, count)];
}

/* Mostly what makes sense, so that much of it is carried out. */
static uint64_t any_handle(struct random *random, const uint64_t *ids)
{
	const uint64_t devices[] = {ids[OWN], ids[OWN], ids[OWN], ids[NEIGHBOUR],
	                            random_below(random, 0x10000)};
	const uint64_t slots[] = {random_below(random, 4), random_below(random, 32),
	                          random_below(random, 0x10000)};
	const uint64_t above = random_below(random, 8) ? 0 : random_below(random, UINT32_MAX);

	return above << 32 | hypercall_handle((uint16_t)pick(random, devices, 5),
	                                      (uint16_t)pick(random, slots, 3));
}

static uint64_t any_vector(struct random *random)
{
	const uint64_t vectors[] = {HYPERCALL_VECTOR_NONE, HYPERCALL_VECTOR_RESERVED,
	                            0x30 + random_below(random, 0xb0), random_below(random, 512),
	                            UINT64_MAX - random_below(random, 300)};

	return pick(random, vectors, 5);
}

static uint64_t any_vcpu(struct random *random)
{
	const uint64_t vcpus[] = {0, 0, random_below(random, 4),
	                          (uint64_t)random_below(random, UINT32_MAX) << 32};

	return pick(random, vcpus, 4);
}

/* One that makes sense at the end, so that the host has an entry to look at, however few there
 * were. */
static void call_anything(struct guest_shared *shared)
{
	const struct options *options = within_begin(shared, "virt-hostile-calls")->options;
	struct random random = random_init(options->seed);
	uint64_t *results = shared->results;
	uint64_t calls = options->fires > CALLS_MIN ? options->fires : CALLS_MIN;

	for (; results[CALLS] < calls; results[CALLS]++) {
		uint64_t handle = any_handle(&random, shared->arguments);
		int64_t answer = vmmcall(HYPERCALL_IRTE_UPDATE, handle, any_vector(&random),
		                         any_vcpu(&random));

		results[TAKEN] += answer >= 0;
		results[OF_OTHERS] += answer >= 0 && field_get(HYPERCALL_HANDLE_DEVICE, handle) !=
		                                             shared->arguments[OWN];
		cpu_progress();
	}
	vmmcall(HYPERCALL_IRTE_UPDATE, hypercall_handle((uint16_t)shared->arguments[OWN], 0),
	        HYPERCALL_VECTOR_RESERVED, 0);
}

static struct irte *before; /* ENTRIES_MAX, from the first time on */

static uint32_t entries_of(const struct vtd_unit *unit)
{
	return unit->indexes.size < ENTRIES_MAX ? unit->indexes.size : ENTRIES_MAX;
}

static bool remember(const struct vtd_unit *unit)
{
	if (!before)
		before = memory_alloc(ENTRIES_MAX * sizeof(*before), sizeof(*before));
	for (uint32_t n = 0; before && n < entries_of(unit); n++)
		before[n] = unit->table[n];
	return before;
}

/* Entries that are there now and were not, or are others now: whose they are. */
static unsigned int changed(struct test_run *run, const struct vtd_unit *unit, uint16_t owner)
{
	unsigned int count = 0;

	for (uint32_t n = 0; n < entries_of(unit); n++) {
		struct irte_fields fields = irte_decode(&unit->table[n], unit->extended);

		if (!((unit->table[n].lo | before[n].lo) & IRTE_LO_P) ||
		    (unit->table[n].lo == before[n].lo && unit->table[n].hi == before[n].hi))
			continue;
		count++;
		test_check(run, !(before[n].lo & IRTE_LO_P), "the guest changed entry %u", n);
		test_check(run,
		           fields.source_id == owner && fields.validation == IRTE_SVT_REQUESTER &&
		                   !fields.source_id_qualifier,
		           "the guest has entry %u for source %04x", n, fields.source_id);
	}
	return count;
}

static void report(const struct guest *guest, unsigned int entries)
{
	const uint64_t *results = guest->shared->results;

	print("# virt-hostile-calls: %lu calls, %lu carried out, %lu of them for others' handles; "
	      "%u "
	      "entries at the end\n",
	      results[CALLS], results[TAKEN], results[OF_OTHERS], entries);
}

/* A source of another device than `source`; NULL: there is none. */
static const struct source *neighbour_of(const struct source *source)
{
	const struct source *other;

	for (unsigned int n = 0; (other = source_get(n)); n++)
		if (source_is_remapped(other) && other->requester.id != source->requester.id)
			break;
	return other;
}

static void call(struct test_run *run, struct guest *guest, struct source *source)
{
	static const struct guest_task task = {"call anything", call_anything};
	const struct vtd_unit *unit = vtd_unit_for(&source->requester);
	const struct source *neighbour = neighbour_of(source);
	struct counts counts = counts_take();
	unsigned int entries;

	guest->shared->arguments[OWN] = source->requester.id;
	guest->shared->arguments[NEIGHBOUR] = neighbour ? neighbour->requester.id : UINT16_MAX;
	within_tell(run, guest);
	if (!test_check(run, remember(unit), "no memory for %u entries", ENTRIES_MAX))
		return;
	virt_run(run, guest, &task);
	entries = changed(run, unit, source->requester.id);
	report(guest, entries);
	test_check(run, guest->shared->results[TAKEN], "no call was carried out");
	test_check(run, entries, "the guest has no entry to look at");
	test_check(run, !guest->shared->results[OF_OTHERS],
	           "%lu calls for handles that are not the guest's were carried out",
	           guest->shared->results[OF_OTHERS]);
	backing_end(guest->backings);
	test_check(run, !changed(run, unit, source->requester.id),
	           "entries are left when the guest has ended");
	counts_check(run, &counts, "in the host, after the guest");
}

static void hostile_calls(struct test_run *run)
{
	static struct device device;
	struct source *source = device_source(run->instance);
	struct guest *guest = virt_load(run, 2);
	int error;

	if (!guest || !device_assign(run, &device, guest, source, NULL, NULL))
		return;
	error = backing_assign(guest_backings(guest), source, true, NULL);
	if (test_check(run, !error, "it cannot have backings: error %d", error))
		call(run, guest, source);
	device_end(run, &device);
}

TEST(73, virt_hostile_calls) = {
        .name = "virt-hostile-calls",
        .checks = "whatever a guest asks of its host's remapping table, it gets entries that name "
                  "its own device, and no other entry changes",
        .failure = "a guest can take or redirect the interrupts of others",
        .phase = PHASE_REMAPPED,
        .cpus = 3,
        .instances = device_sources,
        .label = device_label,
        .needs = NO_DEVICE,
        .run = hostile_calls,
};
