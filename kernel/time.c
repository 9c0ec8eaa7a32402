// SPDX-License-Identifier: MIT
#include "kernel/time.h"
#include "kernel/acpi/acpi.h"
#include "kernel/acpi/fadt.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/pit_regs.h"
#include "kernel/cpu/ports.h"
#include "kernel/print.h"

#define ASSUMED_TICKS_PER_US 4000
#define MEASURE_US           2000
#define MEASUREMENTS         10
#define PATIENCE             1000000 /* reads of a port, which takes 30 ns at the least */
#define LAST_PORT            0xfffc  /* that 32 bits can be read from */

/* MHz: no x86-64 CPU's TSC is slower than the one or faster than the other. */
#define SLOWEST 100
#define FASTEST 10000

/* ACPI 6.5, 4.8.2.1 "Power Management Timer": 3.579545 MHz, at least 24 bits. */
#define PM_TIMER_HZ   3579545ULL
#define PM_TIMER_MASK 0xffffffU

static uint64_t ticks_per_us = ASSUMED_TICKS_PER_US;

void time_take(uint64_t per_us)
{
	ticks_per_us = per_us;
}

uint64_t time_ticks(void)
{
	return rdtsc();
}

uint64_t time_ticks_per_us(void)
{
	return ticks_per_us;
}

uint64_t time_ns(uint64_t ticks)
{
	return ticks / ticks_per_us * 1000 + ticks % ticks_per_us * 1000 / ticks_per_us;
}

struct deadline deadline_in_us(uint64_t us)
{
	return (struct deadline){.ticks = rdtsc() + us * ticks_per_us};
}

bool deadline_passed(struct deadline *deadline)
{
	bool was_up = deadline->up;

	pause();
	deadline->up = (int64_t)(rdtsc() - deadline->ticks) >= 0;
	return was_up && deadline->up;
}

void delay_us(uint64_t us)
{
	struct deadline deadline = deadline_in_us(us);

	while (!deadline_passed(&deadline))
		;
}

/*
 * Ticks per microsecond against the ACPI timer at `port`, at least 1; 0 when that stands still. The
 * counter is read before the timer at the start and behind it at the end: a host that takes the CPU
 * away meanwhile can only make the counter seem too fast.
 */
static uint64_t measure_pm_timer(uint16_t port)
{
	uint64_t ticks = rdtsc(), rate;
	uint32_t start = io_read32(port), elapsed = 0;

	for (uint32_t i = 0; elapsed < PM_TIMER_HZ * MEASURE_US / 1000000; i++) {
		elapsed = (io_read32(port) - start) & PM_TIMER_MASK;
		if (i == PATIENCE)
			return 0;
	}
	rate = (rdtsc() - ticks) * PM_TIMER_HZ / elapsed / 1000000;
	return rate ? rate : 1;
}

static bool can_be(uint64_t measured)
{
	return measured >= SLOWEST && measured <= FASTEST;
}

/*
 * The same against channel 2 of the PIT, the clock that is there without ACPI, counting down once
 * from the write of its upper byte.
 */
static uint64_t measure_pit(uint16_t unused)
{
	uint16_t count = (uint16_t)(PIT_HZ * MEASURE_US / 1000000);
	uint8_t gate = io_read8(PIT_GATE);
	uint64_t ticks;
	uint32_t i = 0;

	(void)unused;
	io_write8(PIT_GATE, (gate & ~0x02) | 0x01); /* speaker off, gate on */
	io_write8(PIT_COMMAND, PIT_CHANNEL2_ONE_SHOT);
	io_write8(PIT_CHANNEL2, count & 0xff);
	ticks = rdtsc();
	io_write8(PIT_CHANNEL2, count >> 8);
	while (!(io_read8(PIT_GATE) & 0x20) && i < PATIENCE)
		i++;
	ticks = rdtsc() - ticks;
	io_write8(PIT_GATE, gate);
	return i == PATIENCE ? 0 : ticks / MEASURE_US;
}

/*
 * None of the measurements comes out too small, but for one step of the timer, so the smallest is
 * the best, and what a busy host may leave too large in it makes waits longer, not shorter. 0 when
 * the timer stands still.
 */
static uint64_t smallest(uint64_t (*measure)(uint16_t port), uint16_t port)
{
	uint64_t best = measure(port);

	for (int n = 1; best && n < MEASUREMENTS; n++) {
		uint64_t next = measure(port);

		best = next && next < best ? next : best;
	}
	return best;
}

/* The port of the ACPI timer, 0 where there is none at a port. */
static uint16_t pm_timer_port(void)
{
	const struct acpi_header *table = acpi_only_table("FACP");
	const char *why;
	struct fadt fadt;

	if (!table)
		return 0;
	if (fadt_parse(table, &fadt, &why)) {
		print("# time: FADT refused: %s\n", why);
		return 0;
	}
	if (fadt.pm_timer.space != ACPI_SPACE_IO || !fadt.pm_timer.address)
		return 0;
	if (fadt.pm_timer.address > LAST_PORT) {
		print("# time: FADT's PM timer refused: there is no port %lx\n",
		      fadt.pm_timer.address);
		return 0;
	}
	return (uint16_t)fadt.pm_timer.address;
}

/* Ticks per microsecond by the ACPI timer; 0 without one that runs at its rate. */
static uint64_t measure_by_fadt(void)
{
	uint16_t port = pm_timer_port();
	uint64_t measured = port ? smallest(measure_pm_timer, port) : 0;

	if (!port || can_be(measured))
		return measured;
	print("# time: FADT's PM timer refused: what port %x holds is none\n", port);
	return 0;
}

void time_init(void)
{
	uint64_t measured = measure_by_fadt();

	if (!measured)
		measured = smallest(measure_pit, 0);
	if (measured)
		ticks_per_us = measured;
	else
		print("# time: no clock to measure the TSC against, taken to run at %d MHz\n",
		      ASSUMED_TICKS_PER_US);
}
