// SPDX-License-Identifier: MIT
/*
 * The list of all irqs, in each state that one can be in: what it prints is what hardware holds,
 * and that is what the irq's own record says.
 */
#include "kernel/cpu/cpu.h"
#include "kernel/irq/ioapic_leaf.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/chain.h"
#include "tests/counts.h"
#include "tests/entries.h"
#include "tests/idle_store.h"
#include "tests/suite.h"

#define FIRES_PER_CPU 2

static struct arm arms[SOURCES_MAX]; /* too much for a stack; irq NULL: none */
static bool opened[SOURCES_MAX];

static bool contains(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; *text; text++)
		if (!strncmp(text, part, length))
			return true;
	return false;
}

/* As a layer prints 64 bits of its encoded words. */
static void check_printed(struct test_run *run, const char *text, uint32_t high, uint32_t low)
{
	char words[24];

	format(words, sizeof(words), "%08x_%08x", high, low);
	test_check(run, contains(text, words), "hardware holds %s, and printed is: %s", words,
	           text);
}

/* A message; of a pin the entry that it is made of. */
static void check_leaf_line(struct test_run *run, const struct irq *irq, const char *text,
                            const struct message *message)
{
	uint64_t entry;

	if (irq->leaf != &irq_leaf_ioapic_edge && irq->leaf != &irq_leaf_ioapic_level) {
		check_printed(run, text, message->address_hi, message->address_lo);
		return;
	}
	entry = ioapic_read_entry(&((const struct ioapic_store *)irq->store)->pin);
	check_printed(run, text, (uint32_t)(entry >> 32), (uint32_t)entry);
}

static void check_vector_line(struct test_run *run, const char *text, uint8_t vector)
{
	char target[24];

	format(target, sizeof(target), "vector %02x", vector);
	test_check(run, contains(text, target), "expected \"%s\" in: %s", target, text);
}

/* Each layer's line against what chain_read() finds in hardware by itself. */
static void check_lines(struct test_run *run, struct irq *irq)
{
	const struct chain_words words = chain_read(irq);
	const struct irte *entry = &words.entry;

	for (unsigned int i = 0; i < irq->levels; i++) {
		struct irq_layer *layer = &irq->chain[i];
		char text[160] = "";

		layer->domain->describe(irq, layer, text, sizeof(text));
		if (i == 0) {
			check_leaf_line(run, irq, text, &words.message);
		} else if (i == irq->levels - 1) {
			check_vector_line(run, text, words.vector);
		} else {
			check_printed(run, text, (uint32_t)(entry->lo >> 32), (uint32_t)entry->lo);
			check_printed(run, text, (uint32_t)(entry->hi >> 32), (uint32_t)entry->hi);
		}
	}
}

/* What was written to the store last is in it, and is what its layers would have it hold. */
static void check_message(struct test_run *run, struct irq *irq)
{
	struct message now, composed;
	int error = irq_compose(irq, &composed);

	irq->store->ops->read(irq->store, &now);
	check_error(run, error, 0, "the message");
	test_check(run,
	           now.address_lo == irq->message.address_lo &&
	                   now.address_hi == irq->message.address_hi &&
	                   now.data == irq->message.data,
	           "irq %u: the store holds %08x, %08x, and %08x, %08x was written", irq->number,
	           now.address_lo, now.data, irq->message.address_lo, irq->message.data);
	test_check(run, now.address_lo == composed.address_lo && now.data == composed.data,
	           "irq %u: the store holds %08x, %08x, and its layers say %08x, %08x", irq->number,
	           now.address_lo, now.data, composed.address_lo, composed.data);
}

static void check_irqs(struct test_run *run, const char *when)
{
	for (struct irq *irq = irq_first(); irq; irq = irq->next) {
		chain_check(run, irq, when);
		check_message(run, irq);
		check_lines(run, irq);
	}
}

/* A column for each CPU: what came in there. */
static void check_columns(struct test_run *run, const struct arm *arm)
{
	for (uint32_t cpu = 0; cpu < irq_reach(arm->irq); cpu++)
		test_check(run, arm->irq->on[cpu].arrived == FIRES_PER_CPU,
		           "%s: %u messages were taken on cpu %u, and %u were sent there",
		           arm->source->name, arm->irq->on[cpu].arrived, cpu, FIRES_PER_CPU);
}

static void fire_at_each_cpu(struct test_run *run, struct arm *arm)
{
	for (uint32_t cpu = 0; cpu < irq_reach(arm->irq); cpu++) {
		check_moves(run, arm, cpu, "a move");
		for (int n = 1; n < FIRES_PER_CPU; n++)
			check_delivers(run, arm, "after the move");
	}
	check_columns(run, arm);
}

static void begin(struct test_run *run)
{
	struct source *source;

	memset(arms, 0, sizeof(arms));
	for (unsigned int n = 0; (source = arms_source(n)); n++) {
		int error;

		opened[n] = !source_open(source); /* some are two sources, one at a time */
		if (!opened[n] || !entries_left(run, source, 1))
			continue;
		error = arm_begin(&arms[n], source, 0,
		                  arms_lossless_for(source, run->phase == PHASE_REMAPPED),
		                  run->options->seed);
		if (check_error(run, error, 0, "the irq of a source"))
			fire_at_each_cpu(run, &arms[n]);
		else
			arms[n].irq = NULL;
	}
}

static void end(void)
{
	struct source *source;

	for (unsigned int n = 0; (source = arms_source(n)); n++) {
		if (arms[n].irq)
			arm_end(&arms[n]);
		if (opened[n])
			source->ops->close(source);
	}
}

/* Pins that are level-triggered, each by itself: its device may be open as another source above. */
static void check_level_sources(struct test_run *run)
{
	struct source *source;

	for (unsigned int n = 0; (source = source_get(n)); n++) {
		if (!source->leaf->end_of_interrupt || source_open(source))
			continue;
		if (check_error(run, arm_alloc(&arms[0], source, 0, NULL, run->options->seed), 0,
		                "the irq of a pin")) {
			irq_dump();
			check_irqs(run, "allocated");
			irq_free(arms[0].irq);
		}
		source->ops->close(source);
	}
}

static void check_fillers(struct test_run *run)
{
	struct fillers fillers;

	if (!entries_left(run, arms_source(0), 1))
		return;
	fillers_init(&fillers, arms_source(0), run->phase == PHASE_REMAPPED);
	check_error(run, fillers_request(&fillers, irq_cpus() - 1, NULL), 0, "a request");
	irq_dump();
	check_irqs(run, "requested");
	fillers_free(&fillers);
	check_error(run, fillers_alloc(&fillers, NULL), 0, "an allocation");
	check_irqs(run, "allocated");
	fillers_free(&fillers);
}

/* One irq of each source that is moved, one that is requested, one that is allocated only. */
static void dump(struct test_run *run)
{
	const struct counts before = counts_take();

	begin(run);
	if (!run->skipped)
		check_fillers(run);
	end();
	check_level_sources(run);
	counts_check(run, &before, "in the end");
}

#define DUMP(phase_name)                                                                           \
	{                                                                                          \
		.name = "dump",                                                                    \
		.checks = "the dump shows each irq's chain, vector, entry and message, as "        \
		          "hardware holds them (the mail's hierarchy \"vector -- IR -- ...\"; "    \
		          "VT-d r5.10, 5.1.2.2 and 9.9)",                                          \
		.failure = "the record of an irq and hardware do not agree, or the dump misleads", \
		.phase = phase_name, .cpus = 2, .instances = arms_one_if_any,                      \
		.label = arms_phase_label, .needs = NO_SOURCE, .run = dump,                        \
	}

TEST(58, dump_direct) = DUMP(PHASE_DIRECT);
TEST(58, dump_remapped) = DUMP(PHASE_REMAPPED);
