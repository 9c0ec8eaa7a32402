// SPDX-License-Identifier: MIT
#include "kernel/watchdog.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/nmi_tick.h"
#include "kernel/cpu/stop.h"
#include "kernel/cpu/trap.h"
#include "kernel/irq/dispatch.h"
#include "kernel/power.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define TICKS_PER_LOOK     18 /* 0.99 s */
#define FIRST_TICK_US      50
#define FIRST_TICK_WAIT_US 1000000 /* a busy host is late, and the choice is for good */
#define CPU_LINES          400     /* of the report, at most; and of the machine's state */
#define STATE_LINES        400

/* The report prints all the time. So many ticks without a line, and it hangs itself. */
#define TICKS_OF_SILENCE (10 * TICKS_PER_LOOK)

static bool by_timer;     /* the tick is the local APIC timer's, and no NMI */
static uint32_t patience; /* seconds; 0: nobody watches */
static void (*print_more)(void);
static const char *test;

static uint64_t ticks;
static uint32_t echoes; /* NMIs that were no tick since the last one */
static uint64_t progress_seen;
static uint32_t looks_without_progress;
static uint32_t longest;

/* What is reported: a wait, or that CPU 0 gets on with nothing (`what` is NULL). */
static bool reporting;
static struct cpu_wait found;
static uint32_t found_cpu;
static uint64_t printed_seen;
static uint32_t ticks_of_silence;

/* The report is made outside of the NMI, whose stack is small. */
static char report_stack[CPU_STACK_SIZE] __attribute__((aligned(16)));

static bool is_a_hang(uint32_t looks)
{
	if (looks > longest)
		longest = looks;
	return looks >= patience;
}

/* Counts how often the same wait has been seen here with nothing that renewed it. */
static bool is_old(struct cpu_wait *wait)
{
	uint64_t number = __atomic_load_n(&wait->number, __ATOMIC_ACQUIRE);
	const uint64_t *renewed_by = wait->renewed_by;
	uint64_t renewed = number && renewed_by ? __atomic_load_n(renewed_by, __ATOMIC_RELAXED) : 0;

	if (!number || number != wait->seen_number || renewed != wait->seen_renewed)
		wait->looks = 0;
	else
		wait->looks++;
	wait->seen_number = number;
	wait->seen_renewed = renewed;
	return is_a_hang(wait->looks);
}

/* All are looked at, for the report says how old each is; the first one found names the hang. */
static bool some_wait_is_old(void)
{
	bool old = false;

	for (uint32_t i = 0; i < cpu_count(); i++)
		for (uint32_t n = 0; n < CPU_WAITS; n++) {
			struct cpu_wait *wait = &cpu_get(i)->waits[n];

			if (!is_old(wait) || old)
				continue;
			old = true;
			found = *wait;
			found_cpu = i;
		}
	return old;
}

static bool gets_on_with_nothing(void)
{
	const struct cpu *cpu = this_cpu();
	uint64_t progress = cpu->progress + print_count();

	if (cpu->waiting || progress != progress_seen)
		looks_without_progress = 0;
	else
		looks_without_progress++;
	progress_seen = progress;
	if (!is_a_hang(looks_without_progress))
		return false;
	found = (struct cpu_wait){.looks = looks_without_progress};
	found_cpu = cpu->index;
	return true;
}

static void print_found(void)
{
	if (found.what) {
		print("watchdog: cpu %u has waited %u s for ", found_cpu, found.looks);
		print(found.what, found.which);
	} else {
		print("watchdog: cpu %u has made no progress for %u s, and waits for nobody",
		      found_cpu, found.looks);
	}
	print(" (%s)\n", test);
}

static _Noreturn void report(void)
{
	stop_others();
	print("\n# ");
	print_found();
	print_limit(CPU_LINES);
	stop_print();
	print_limit(STATE_LINES);
	print_more();
	print_limit(0);
	print("# addresses: addr2line -ipfe build/retarget.elf ADDRESS...\nBail out! ");
	print_found();
	power_leave(OPTIONS_AFTER_EXIT, VERDICT_ERROR);
}

/* What is interrupted is over. The NMI returns into the report, so that ticks go on beside it. */
static void report_from(struct trap_frame *frame)
{
	stop_record(frame);
	reporting = true;
	frame->rip = (uint64_t)report;
	frame->rsp = (uint64_t)report_stack + sizeof(report_stack) - sizeof(uint64_t);
	frame->rbp = 0;
	frame->rflags &= ~(RFLAGS_IF | RFLAGS_TF);
}

/* Where state is broken, a list may have no end. */
static void watch_report(void)
{
	if (print_count() != printed_seen)
		ticks_of_silence = 0;
	printed_seen = print_count();
	if (++ticks_of_silence < TICKS_OF_SILENCE)
		return;
	print_limit(0);
	print("\n# watchdog: the report does not come to its end\nBail out! ");
	print_found();
	power_leave(OPTIONS_AFTER_EXIT, VERDICT_ERROR);
}

static void order_tick(uint32_t us)
{
	if (by_timer)
		apic_timer_order(VECTOR_WATCHDOG, us);
	else
		nmi_tick_order(us);
}

static void take_tick(struct trap_frame *frame)
{
	bool hung;

	echoes = 0;
	ticks++;
	if (reporting) {
		watch_report();
	} else if (ticks % TICKS_PER_LOOK == 0) {
		hung = some_wait_is_old();
		hung |= !hung && gets_on_with_nothing();
		/* Should another CPU panic right now, that is the better report. */
		if (hung && stop_claim())
			report_from(frame);
	}
	order_tick(NMI_TICK_US);
}

/*
 * The 8259A may raise its output anew before the poll, when another of its inputs changes: QEMU's
 * does, and then a second NMI comes that finds nothing.
 */
static bool at_nmi(struct trap_frame *frame)
{
	if (this_cpu()->index || by_timer)
		return false;
	if (!nmi_tick_taken())
		return ticks && !echoes++;
	if (patience)
		take_tick(frame);
	return true;
}

void watchdog_interrupt(struct trap_frame *frame)
{
	apic_eoi();
	if (patience)
		take_tick(frame);
}

static bool nmi_comes(void)
{
	struct deadline deadline = deadline_in_us(FIRST_TICK_WAIT_US);

	nmi_tick_init();
	nmi_tick_order(FIRST_TICK_US);
	while (!__atomic_load_n(&ticks, __ATOMIC_RELAXED))
		if (deadline_passed(&deadline))
			return false;
	return true;
}

/* A PIT whose clock is gated, an 8259A that is not there or not wired to LINT0. */
static void take_timer(void)
{
	apic_lint0_is_nmi(false);
	by_timer = true;
	apic_timer_init();
	order_tick(NMI_TICK_US);
	print("# watchdog: the PIT's interrupt does not come in as an NMI at LINT0, so the local "
	      "APIC's timer ticks: a hang of cpu 0 with interrupts off will not be found\n");
}

void watchdog_start(uint32_t seconds, void (*print_state)(void))
{
	if (!seconds)
		return;
	print_more = print_state;
	watchdog_test("the start of the machine");
	trap_at_nmi(at_nmi);
	patience = seconds;
	if (!nmi_comes())
		take_timer();
}

void watchdog_stop(void)
{
	__atomic_store_n(&patience, 0, __ATOMIC_RELEASE);
}

void watchdog_test(const char *name)
{
	test = name;
	if (!patience)
		return;
	/* A test may have begun the local APIC anew. */
	if (by_timer)
		order_tick(NMI_TICK_US);
	else
		apic_lint0_is_nmi(true);
}

uint32_t watchdog_longest(void)
{
	return longest;
}
