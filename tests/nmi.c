// SPDX-License-Identifier: MIT
/*
 * Several may wait for NMIs at once: the one that stops the machine, the watchdog, a test. An NMI
 * has no number, and one that comes while another is pending is merged with it, so each of them is
 * asked, also when one before it has said that the NMI was its own.
 */
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/trap.h"
#include "tests/suite.h"

static uint32_t first_asked, second_asked;

static bool first(struct trap_frame *frame)
{
	(void)frame;
	first_asked++;
	return true;
}

static bool second(struct trap_frame *frame)
{
	(void)frame;
	second_asked++;
	return true;
}

/* The way of an NMI but for its blocking of the next one (Intel SDM vol. 3, 6.7.1). */
static void raise(void *unused)
{
	(void)unused;
	__asm__ volatile("int $2" : : : "memory");
}

static void nmi(struct test_run *run)
{
	uint32_t cpu = cpu_count() - 1;

	first_asked = second_asked = 0;
	trap_at_nmi(first);
	trap_at_nmi(second);
	smp_call(cpu, raise, NULL);
	test_check(run, first_asked && second_asked,
	           "of two, the first was asked %u times, the "
	           "second %u",
	           first_asked, second_asked);
	trap_not_at_nmi(first);
	first_asked = second_asked = 0;
	smp_call(cpu, raise, NULL);
	test_check(run, !first_asked && second_asked,
	           "with the second alone, the first was asked %u times, the second %u",
	           first_asked, second_asked);
	trap_not_at_nmi(second);
}

TEST(17, nmi) = {
        .name = "nmi",
        .checks = "an NMI is shown to all who wait for one (Intel SDM vol. 3, 6.7 \"Nonmaskable "
                  "Interrupt (NMI)\")",
        .failure = "the watchdog's tick and a test's NMI hide each other",
        .phase = PHASE_DIRECT,
        .run = nmi,
};
