// SPDX-License-Identifier: MIT
// The invalidation queue, by raw registers: VT-d r5.10, 6.5.2, Queued Invalidation Interface.
#include "tests/stage/stage.h"

#define ECAP   0x10
#define GCMD   0x18
#define GSTS   0x1c
#define FSTS   0x34
#define IQT    0x88
#define IQA    0x90
#define IECTL  0xa0
#define IEDATA 0xa4
#define IEADDR 0xa8

#define QIE          (1U << 26)
#define IQE          (1U << 4)
#define IM           (1U << 31)
#define ECAP_HI_SMTS (1U << 11) /* bit 43 */
#define IQA_DW       (1U << 11)
#define QUEUE_SIZE   4096

#define TYPE_IEC        4U
#define TYPE_WAIT       5U
#define TYPE_IMPOSSIBLE 0xeU
#define WAIT_STATUS     (1U << 5)
#define WAIT_INTERRUPT  (1U << 4)
#define DONE            0x600dU

#define PATIENCE 10000000

static uint32_t queue[QUEUE_SIZE / 4] __attribute__((aligned(4096)));
static volatile uint32_t status __attribute__((aligned(64)));

static uint32_t step; /* bytes of a descriptor */
static uint32_t tail; /* bytes */

static void put(uint32_t what, uint32_t data, uint32_t address)
{
	uint32_t *descriptor = &queue[tail / 4];

	descriptor[0] = what;
	descriptor[1] = data;
	descriptor[2] = address;
	tail += step;
}

static void put_wait(void)
{
	put(TYPE_WAIT | WAIT_STATUS, DONE, (uint32_t)(uintptr_t)&status);
}

static void run(void)
{
	write32(UNIT_BASE + IQT, tail);
}

static void queue_on(void)
{
	bool wide = asked_for("qi-256");

	need(!wide || read32(UNIT_BASE + ECAP + 4) & ECAP_HI_SMTS, "ECAP.SMTS is 0");
	step = wide ? 32 : 16;
	write64(UNIT_BASE + IQT, 0);
	write64(UNIT_BASE + IQA, (uintptr_t)queue | (wide ? IQA_DW : 0));
	write32(UNIT_BASE + GCMD, (read32(UNIT_BASE + GSTS) & 0x96ffffff) | QIE);
	for (uint32_t i = 0; !(read32(UNIT_BASE + GSTS) & QIE); i++)
		need(i < PATIENCE, "GSTS.QIES does not become 1");
}

static void expect_done(void)
{
	for (uint32_t i = 0; status != DONE; i++)
		need(i < PATIENCE, "the wait descriptor does not complete");
}

static void expect_error(void)
{
	for (uint32_t i = 0; !(read32(UNIT_BASE + FSTS) & IQE); i++)
		need(i < PATIENCE, "FSTS.IQE does not become 1");
}

/* The event fires into its mask, and nobody clears ICS.IWC. */
static void leave_event(void)
{
	write32(UNIT_BASE + IEDATA, COMPLETION_VECTOR);
	write32(UNIT_BASE + IEADDR, LAPIC_BASE);
	write32(UNIT_BASE + IECTL, IM);
	put(TYPE_WAIT | WAIT_INTERRUPT, 0, 0);
	run();
}

void queue_leave(void)
{
	if (asked_for("qi") || asked_for("qi-bare") || asked_for("qi-iec") ||
	    asked_for("qi-event") || asked_for("qi-stuck") || asked_for("qi-tail"))
		queue_on();
	if (asked_for("qi")) {
		put(TYPE_IEC, 0, 0);
		put_wait();
		run();
		expect_done();
	}
	if (asked_for("qi-iec")) {
		put(TYPE_IEC, 0, 0);
		run();
	}
	if (asked_for("qi-event"))
		leave_event();
	if (asked_for("qi-stuck")) {
		put(TYPE_IEC, 0, 0);
		put(TYPE_IMPOSSIBLE, 0, 0);
		put_wait();
		run();
		expect_error();
	}
	if (asked_for("qi-tail")) {
		write32(UNIT_BASE + IQT, QUEUE_SIZE);
		expect_error();
	}
}
