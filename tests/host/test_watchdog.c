// SPDX-License-Identifier: MIT
// links: kernel/watchdog.c kernel/cpu/wait.c
//
// What the watchdog takes for a hang, and what it does not.
#include <asm/prctl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/nmi_tick.h"
#include "kernel/cpu/stop.h"
#include "kernel/cpu/trap.h"
#include "kernel/cpu/wait.h"
#include "kernel/power.h"
#include "kernel/print.h"
#include "kernel/time.h"
#include "kernel/watchdog.h"
#include "tests/host/unit.h"

#define CPUS     3
#define PATIENCE 5
#define RIP      0x1234
#define TF       0x100 /* in RFLAGS */
#define IF       0x200

static struct cpu cpus[CPUS];
static trap_nmi *nmi;
static bool tick_pending;
static bool may_have_last_word;
static bool lint0_is_nmi;
static unsigned int found; /* hangs */
static unsigned int ordered;
static uint64_t printed;
static uint64_t reported_from, reported_flags; /* where an NMI returns to that found one */

static void run_on(uint32_t cpu)
{
	assert_int_equal(syscall(SYS_arch_prctl, ARCH_SET_GS, &cpus[cpu]), 0);
}

struct cpu *cpu_get(uint32_t index)
{
	return index < CPUS ? &cpus[index] : NULL;
}

uint32_t cpu_count(void)
{
	return CPUS;
}

void trap_at_nmi(trap_nmi *function)
{
	nmi = function;
}

void nmi_tick_init(void)
{
}

static bool take_nmi(bool tick)
{
	struct trap_frame frame = {.rip = RIP, .rflags = IF | TF};
	bool known;

	tick_pending = tick;
	known = nmi(&frame);
	if (frame.rip != RIP) {
		reported_from = frame.rip;
		reported_flags = frame.rflags;
	}
	return known;
}

/* The first one comes at once. */
void nmi_tick_order(uint32_t us)
{
	ordered++;
	if (us < NMI_TICK_US)
		take_nmi(true);
}

bool nmi_tick_taken(void)
{
	bool pending = tick_pending;

	tick_pending = false;
	return pending;
}

bool stop_claim(void)
{
	found++;
	return may_have_last_word;
}

void stop_record(const struct trap_frame *at)
{
	assert_int_equal(at->rip, RIP);
	cpus[0].stopped = true;
}

void stop_others(void)
{
}

void stop_print(void)
{
}

void apic_lint0_is_nmi(bool on)
{
	lint0_is_nmi = on;
}

void apic_timer_init(void)
{
	fail(); /* the NMI comes in */
}

void apic_timer_order(uint8_t vector, uint32_t us)
{
	(void)vector, (void)us;
	fail();
}

void apic_eoi(void)
{
	fail();
}

void power_leave(enum options_after after, enum verdict verdict)
{
	(void)after, (void)verdict;
	fail();
	for (;;)
		;
}

struct deadline deadline_in_us(uint64_t us)
{
	return (struct deadline){.ticks = us};
}

bool deadline_passed(struct deadline *deadline)
{
	(void)deadline;
	return true;
}

void print_limit(unsigned int lines)
{
	(void)lines;
}

uint64_t print_count(void)
{
	return printed;
}

static void print_state(void)
{
}

static int start(void **state)
{
	(void)state;
	memset(cpus, 0, sizeof(cpus));
	for (uint32_t i = 0; i < CPUS; i++)
		cpus[i] = (struct cpu){.self = &cpus[i], .index = i, .online = true};
	found = 0;
	may_have_last_word = false;
	run_on(0);
	cpu_progress();
	watchdog_start(PATIENCE, print_state);
	return 0;
}

/* So many seconds, in each of which CPU 0 calls `busy` (NULL: nothing). */
static void seconds(unsigned int count, void (*busy)(void))
{
	run_on(0);
	for (unsigned int n = 0; n < count; n++) {
		if (busy)
			busy();
		for (int tick = 0; tick < 18; tick++)
			assert_true(take_nmi(true));
	}
}

static void print_a_line(void)
{
	printed++;
}

static void wait_on(uint32_t cpu, const char *what, const uint64_t *renewed_by)
{
	run_on(cpu);
	wait_begin_renewed(what, cpu, renewed_by);
}

static void test_silence_is_a_hang(void **state)
{
	(void)state;
	seconds(PATIENCE, NULL);
	assert_int_equal(found, 0);
	seconds(2, NULL);
	assert_true(found);
}

static void test_progress_is_none(void **state)
{
	(void)state;
	seconds(3 * PATIENCE, cpu_progress);
	seconds(3 * PATIENCE, print_a_line);
	assert_int_equal(found, 0);
}

static void progress_elsewhere(void)
{
	cpus[1].progress++;
}

static void test_others_do_not_count(void **state)
{
	(void)state;
	seconds(PATIENCE + 2, progress_elsewhere);
	assert_true(found);
}

static void test_a_wait_of_any_cpu_counts(void **state)
{
	(void)state;
	wait_on(2, "%lu", NULL);
	seconds(PATIENCE, cpu_progress);
	assert_int_equal(found, 0);
	seconds(2, cpu_progress);
	assert_true(found);
}

static void wait_again(void)
{
	run_on(1);
	wait_end();
	wait_begin("%lu", 1);
	run_on(0);
}

static void test_many_waits_are_none(void **state)
{
	(void)state;
	wait_on(1, "%lu", NULL);
	run_on(0);
	wait_begin("%lu", 0);
	wait_end();
	for (int n = 0; n < 3 * PATIENCE; n++) {
		wait_again();
		seconds(1, cpu_progress);
	}
	assert_int_equal(found, 0);
}

/* CPU 0 waits, and nothing else is asked of it meanwhile. */
static uint64_t renewal;

static void renew(void)
{
	renewal++;
}

static void test_a_renewed_wait_is_none(void **state)
{
	(void)state;
	wait_on(0, "%lu", &renewal);
	seconds(3 * PATIENCE, renew);
	assert_int_equal(found, 0);
	seconds(PATIENCE + 1, NULL);
	assert_true(found);
}

/* The outer one goes on, though inner ones come and go. */
static void inner(void)
{
	wait_begin("%lu", 7);
	wait_end();
	renewal++;
}

static void test_the_outer_wait_counts(void **state)
{
	(void)state;
	wait_on(0, "outer %lu", NULL);
	wait_begin_renewed("inner %lu", 0, &renewal);
	seconds(PATIENCE + 1, inner);
	assert_true(found);
}

static void test_waits_beyond_the_last_are_counted(void **state)
{
	(void)state;
	run_on(0);
	for (int n = 0; n < CPU_WAITS + 2; n++)
		wait_begin("%lu", n);
	for (int n = 0; n < CPU_WAITS + 2; n++)
		wait_end();
	assert_int_equal(cpus[0].waiting, 0);
	for (int n = 0; n < CPU_WAITS; n++)
		assert_int_equal(cpus[0].waits[n].number, 0);
}

/* The 8259A's output may rise twice for one tick; more NMIs are somebody else's. */
static void test_one_echo(void **state)
{
	(void)state;
	assert_true(take_nmi(true));
	assert_true(take_nmi(false));
	assert_false(take_nmi(false));
	assert_true(take_nmi(true));
	assert_true(take_nmi(false));
	run_on(1);
	assert_false(take_nmi(true));
}

/* A test may have begun the local APIC anew, and all its pins are masked then. */
static void test_the_next_test_is_watched(void **state)
{
	(void)state;
	lint0_is_nmi = false;
	watchdog_test("the next one");
	assert_true(lint0_is_nmi);
}

static void test_a_stopped_one_orders_no_tick(void **state)
{
	unsigned int before;

	(void)state;
	watchdog_stop();
	before = ordered;
	seconds(3 * PATIENCE, NULL);
	assert_int_equal(found, 0);
	assert_int_equal(ordered, before);
}

/* Last, for there is no way back: the NMI returns into the report. */
static void test_the_report_begins(void **state)
{
	(void)state;
	may_have_last_word = true;
	seconds(PATIENCE + 1, NULL);
	assert_int_equal(found, 1);
	assert_true(cpus[0].stopped);
	assert_int_not_equal(reported_from, 0);
	assert_int_equal(reported_flags & (IF | TF), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(test_silence_is_a_hang, start),
	        cmocka_unit_test_setup(test_progress_is_none, start),
	        cmocka_unit_test_setup(test_others_do_not_count, start),
	        cmocka_unit_test_setup(test_a_wait_of_any_cpu_counts, start),
	        cmocka_unit_test_setup(test_many_waits_are_none, start),
	        cmocka_unit_test_setup(test_a_renewed_wait_is_none, start),
	        cmocka_unit_test_setup(test_the_outer_wait_counts, start),
	        cmocka_unit_test_setup(test_waits_beyond_the_last_are_counted, start),
	        cmocka_unit_test_setup(test_one_echo, start),
	        cmocka_unit_test_setup(test_the_next_test_is_watched, start),
	        cmocka_unit_test_setup(test_a_stopped_one_orders_no_tick, start),
	        cmocka_unit_test_setup(test_the_report_begins, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
