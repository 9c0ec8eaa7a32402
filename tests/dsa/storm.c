// SPDX-License-Identifier: MIT
/*
 * The storm of tests/async, from a device that takes its time: it reads a slot's address first and
 * its data later, and sends what it has read later still. So messages are in flight all the time,
 * and each update without a mask, or with one that waits for nothing, meets some.
 */
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/async/async.h"
#include "tests/dsa/model.h"
#include "tests/suite.h"

#define TEAR_NS 50000
#define HOLD_NS 200000

static const char *const protocols[PHASES][5] = {
        [PHASE_DIRECT] = {"naive-address-first", "naive-data-first", "masked-no-flush", "masked",
                          "two-step"},
        [PHASE_REMAPPED] = {"remapped"},
};

/* Too much for a stack. */
static struct async arm;

static void storm(struct test_run *run)
{
	struct source *source = model_source();
	const struct protocol *protocol = protocol_find(protocols[run->phase][run->instance]);
	struct model_behaviour found, slow = {.tear_ns = TEAR_NS, .hold_ns = HOLD_NS};
	int error;

	if (!arm_open_source(run, source))
		return;
	found = model_behaviour(source);
	model_behave(source, &slow);
	error = async_begin(&arm, source, protocol, run->options->seed);
	if (test_check(run, !error, "%s refused its irqs: error %d", source->name, error)) {
		async_measure(run, &arm);
		async_end(&arm);
	}
	model_behave(source, &found);
	source->ops->close(source);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	while (model_source() && count < sizeof(protocols[0]) / sizeof(protocols[0][0]) &&
	       protocols[phase][count])
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	format(buffer, size, "%s.%s", model_source()->name, protocols[phase][instance]);
}

#define FLIGHT_STORM(phase_name, claim)                                                            \
	{                                                                                          \
		.name = "flight-storm", .checks = claim,                                           \
		.failure = "a move does not wait for what is in flight, or the device's count "    \
		           "and the outcomes differ",                                              \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = NO_MODEL, .run = storm,                                                   \
	}

TEST(23, flight_storm_direct) = FLIGHT_STORM(
        PHASE_DIRECT, "without remapping, with messages in flight all the time, only a move that "
                      "is masked and drained, or Linux's two-step, loses nothing (point 2)");
TEST(23, flight_storm_remapped) =
        FLIGHT_STORM(PHASE_REMAPPED,
                     "with remapping, with messages in flight all the time, a move loses nothing "
                     "(point 3)");
