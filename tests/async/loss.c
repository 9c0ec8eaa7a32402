// SPDX-License-Identifier: MIT
// The main claim once more, where no CPU orders a message: the device sends on its own.
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/async/async.h"
#include "tests/entries.h"
#include "tests/suite.h"

/* Too much for a stack. */
static struct async arm;

static bool get(bool remapping, unsigned int n, struct source **source,
                const struct protocol **protocol)
{
	for (unsigned int i = 0; arms_get(ARMS_COMPARED, remapping, i, source, protocol); i++)
		if ((*source)->ops->loop && n-- == 0)
			return true;
	return false;
}

static void async(struct test_run *run)
{
	const struct protocol *protocol;
	struct source *source;
	int error;

	get(run->phase == PHASE_REMAPPED, run->instance, &source, &protocol);
	if (!arm_open_source(run, source))
		return;
	if (protocol->needs_mask && !store_maskable(source->ops->store(source, 0))) {
		test_skip(run, "this message store has no mask bit");
	} else if (entries_left(run, source, async_slots(source))) {
		error = async_begin(&arm, source, protocol, run->options->seed);
		if (test_check(run, !error, "%s refused its irqs: error %d", source->name, error)) {
			async_measure(run, &arm);
			async_end(&arm);
		}
	}
	source->ops->close(source);
}

static unsigned int instances(enum test_phase phase)
{
	const struct protocol *protocol;
	struct source *source;
	unsigned int count = 0;

	while (get(phase == PHASE_REMAPPED, count, &source, &protocol))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct protocol *protocol;
	struct source *source;

	if (get(phase == PHASE_REMAPPED, instance, &source, &protocol))
		format(buffer, size, "%s.%s.%s", source->name, source->kind, protocol->name);
}

#define ASYNC(phase_name, claim)                                                                   \
	{                                                                                          \
		.name = "async", .checks = claim,                                                  \
		.failure = "a protocol that promises to lose nothing lost a message, or the "      \
		           "device's count and the outcomes differ",                               \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = "no device found that sends by itself (the LSI53C895A does)",             \
		.run = async,                                                                      \
	}

TEST(22, async_direct) = ASYNC(PHASE_DIRECT,
                               "several slots send by themselves while their irqs move without "
                               "remapping: which protocol loses messages (the argument's point 2)");
TEST(22, async_remapped) = ASYNC(PHASE_REMAPPED,
                                 "the same with remapping, where the messages are written once: a "
                                 "move in the IRTE loses nothing (points 2 and 3)");
