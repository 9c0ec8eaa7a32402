// SPDX-License-Identifier: MIT
/*
 * Errors of the invalidation queue, made on purpose: each is reported by its caller's error and one
 * printed line, and the queue then works again. A wait descriptor whose status is written is the
 * proof: hardware went on past the error, in order.
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "drivers/vtd/descriptor.h"
#include "drivers/vtd/regs.h"
#include "drivers/vtd/vtd.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"
#include "tests/suite.h"
#include "tests/units.h"

/* 6.5.2.4, Device-TLB Invalidate Descriptor: all of the device `source_id`. */
#define DESCRIPTOR_TYPE_DEVICE_TLB 3
#define DEVICE_TLB_SID             GENMASK_ULL(47, 32)
#define NOBODY                     0xfff8 /* bus ff, device 1f, function 0 */

struct injection {
	const char *name;
	struct vtd_descriptor descriptor;
	uint32_t tail; /* not 0: it is the tail that is wrong, in descriptors */
};

static const struct injection injections[] = {
        {.name = "type", .descriptor = {.lo = 0xe}},
        {.name = "reserved", .descriptor = {.lo = DESCRIPTOR_TYPE_WAIT | 1ULL << 9 | 1ULL << 31}},
        {.name = "wait-for-nothing", .descriptor = {.lo = DESCRIPTOR_TYPE_WAIT}},
        {.name = "tail-beyond", .tail = 256},
};

#define INJECTIONS (sizeof(injections) / sizeof(injections[0]))

static bool has_error(const struct vtd_unit *unit)
{
	return mmio_read32(unit->registers + FSTS_REG) & FSTS_QUEUE_ERRORS;
}

static void check_works(struct test_run *run, struct vtd_unit *unit, const char *when)
{
	test_check(run, !has_error(unit), "%s: an error is left (FSTS %08x)", when,
	           mmio_read32(unit->registers + FSTS_REG));
	for (unsigned int i = 0; i < 300 && !run->failed; i++) /* once around */
		test_check(run, !vtd_queue_submit(&unit->queue, vtd_iec_global()),
		           "%s: the queue does not go on", when);
}

/*
 * Whether hardware objects, looked at past the driver: to a tail, or to a descriptor in the place
 * of the next one. The driver's next submission takes that place again, and finds the error.
 */
static bool hardware_objects(struct vtd_unit *unit, const struct injection *injection)
{
	struct vtd_queue *queue = &unit->queue;
	uint32_t tail = injection->tail ? injection->tail : queue->tail + 1;
	struct deadline deadline = deadline_in_us(1000000);

	if (!injection->tail)
		queue->descriptors[queue->tail] = injection->descriptor;
	mmio_write32(unit->registers + IQT_REG, (uint32_t)field_set(IQT_QT, tail));
	while (!has_error(unit) &&
	       field_get(IQH_QH, mmio_read64(unit->registers + IQH_REG)) != tail)
		if (deadline_passed(&deadline))
			break;
	return has_error(unit);
}

/* The first submission meets the error that the look has left: it has passed, and costs nothing. */
static void inject(struct test_run *run, struct vtd_unit *unit, const struct injection *injection)
{
	int error;

	if (!hardware_objects(unit, injection)) {
		test_skip(run, "this platform takes it for a sound one");
		return;
	}
	error = vtd_queue_submit(&unit->queue, vtd_iec_global());
	test_check(run, !error, "an error that has passed: error %d", error);
	if (!injection->tail) {
		error = vtd_queue_submit(&unit->queue, injection->descriptor);
		test_check(run, error == -EIO, "error %d instead of %d", error, -EIO);
	}
	check_works(run, unit, "after the error");
}

static bool open_queue(struct test_run *run, struct vtd_unit *unit)
{
	if (!(unit->ecap & ECAP_QI)) {
		test_skip(run, "this unit has no invalidation queue (ECAP.QI)");
		return false;
	}
	return test_check(run, !vtd_unit_queue_on(unit), "the queue cannot be switched on");
}

static void queue_error(struct test_run *run)
{
	struct vtd_unit *unit = vtd_unit_get(0);

	if (!open_queue(run, unit))
		return;
	check_works(run, unit, "before");
	if (!run->failed)
		inject(run, unit, &injections[run->instance]);
	test_check(run, !vtd_unit_queue_off(unit), "the queue cannot be switched off");
}

/*
 * Hardware waits for the answer of a device that is not there, and has to give up. Never on a real
 * device: it would have to answer rightly. On demand only: what else a platform makes of a request
 * to nobody (an error message on the bus, say) is its own affair.
 */
static void queue_timeout(struct test_run *run)
{
	struct vtd_unit *unit = vtd_unit_get(0);
	const struct vtd_descriptor nobody = {
	        .lo = field_set(DEVICE_TLB_SID, NOBODY) | DESCRIPTOR_TYPE_DEVICE_TLB,
	};
	int error;

	if (!(unit->ecap & ECAP_DT)) {
		test_skip(run, "this unit has no device TLBs to invalidate (ECAP.DT)");
		return;
	}
	if (!open_queue(run, unit))
		return;
	error = vtd_queue_submit(&unit->queue, nobody);
	if (!error)
		test_skip(run, "this platform answers for a device that is not there: no "
		               "invalidation time-out (ITE)");
	else
		test_check(run, error == -EIO, "error %d instead of %d", error, -EIO);
	check_works(run, unit, "after the time-out");
	test_check(run, !vtd_unit_queue_off(unit), "the queue cannot be switched off");
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return vtd_unit_get(0) ? INJECTIONS : 0;
}

static unsigned int once(enum test_phase phase)
{
	(void)phase;
	return vtd_unit_get(0) != NULL;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	format(buffer, size, "%s.%s", injections[instance].name,
	       phase == PHASE_REMAPPED ? "remapped" : "direct");
}

#define QUEUE_ERROR(phase_name)                                                                    \
	{                                                                                          \
		.name = "queue-error",                                                             \
		.checks =                                                                          \
		        "an error of the invalidation queue (IQE) is reported to who asked, and "  \
		        "the queue goes on (VT-d r5.10, 6.5.2.11, Hardware Handling of Queued "    \
		        "Invalidation Interface Errors)",                                          \
		.failure =                                                                         \
		        "after one bad descriptor no invalidation is done any more, or none is "   \
		        "missed: entries of the past stay in use",                                 \
		.phase = phase_name, .instances = instances, .label = label, .needs = NO_UNIT,     \
		.run = queue_error,                                                                \
	}

TEST(43, queue_error_direct) = QUEUE_ERROR(PHASE_DIRECT);
TEST(43, queue_error_remapped) = QUEUE_ERROR(PHASE_REMAPPED);

TEST(43, queue_timeout) = {
        .name = "queue-error.timeout",
        .checks = "a device that does not answer to an invalidation of its TLB (ITE) does not stop "
                  "the queue (VT-d r5.10, 6.5.2.11)",
        .failure = "a device that is gone stops all invalidations",
        .phase = PHASE_REMAPPED,
        .on_demand = true,
        .instances = once,
        .needs = NO_UNIT,
        .run = queue_timeout,
};
