// SPDX-License-Identifier: MIT
/*
 * The modes of a local APIC: the ways from one to another that there are, and those that are not
 * (Intel SDM vol. 3, 11.12.5 "x2APIC State Transitions"). The kernel's own way to a mode, from
 * whatever the firmware left, is made of these (kernel/cpu/apic_access.h).
 */
#include "kernel/bits.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/apic_access.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/trap.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/hotplug.h"
#include "kernel/irq/message.h"
#include "tests/arm_checks.h"
#include "tests/suite.h"

#define MODE_BITS (APIC_BASE_EN | APIC_BASE_EXTD)
#define DISABLED  0
#define XAPIC     APIC_BASE_EN
#define X2APIC    (APIC_BASE_EN | APIC_BASE_EXTD)
#define INVALID   APIC_BASE_EXTD

/* From xAPIC mode on; where it is no way, the mode stays. */
static const struct step {
	const char *what;
	uint64_t to;
	bool is_a_way;
} steps[] = {
        {"xAPIC to EXTD alone", INVALID, false},    {"xAPIC to x2APIC", X2APIC, true},
        {"x2APIC to xAPIC", XAPIC, false},          {"x2APIC to EXTD alone", INVALID, false},
        {"x2APIC to disabled", DISABLED, true},     {"disabled to x2APIC", X2APIC, false},
        {"disabled to EXTD alone", INVALID, false}, {"disabled to xAPIC", XAPIC, true},
        {"xAPIC to disabled", DISABLED, true},      {"disabled to xAPIC again", XAPIC, true},
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

struct walk {
	uint32_t apic_id; /* after it */
	bool taken[STEPS];
	uint64_t mode[STEPS]; /* after each step */
};

/* Interrupts are off, and stay so until the local APIC is back in the kernel's mode. */
static void walk(void *context)
{
	struct walk *walk = context;
	uint64_t base = rdmsr(IA32_APIC_BASE) & ~MODE_BITS;

	if (apic_mode() == APIC_X2APIC)
		wrmsr(IA32_APIC_BASE, base | DISABLED);
	wrmsr(IA32_APIC_BASE, base | XAPIC);
	for (unsigned int n = 0; n < STEPS; n++) {
		walk->taken[n] = trap_wrmsr(IA32_APIC_BASE, base | steps[n].to);
		walk->mode[n] = rdmsr(IA32_APIC_BASE) & MODE_BITS;
	}
	apic_enable();
	walk->apic_id = apic_id();
}

static void transitions(struct test_run *run)
{
	uint32_t cpu = cpu_count_to(MESSAGE_APIC_ID_MAX) - 1; /* whose id xAPIC mode has room for */
	uint64_t mode = XAPIC;
	struct walk walked;

	if (!apic_has_x2apic()) {
		test_skip(run, "this CPU has no x2APIC mode (CPUID.01H:ECX)");
		return;
	}
	smp_call(cpu, walk, &walked);
	for (unsigned int n = 0; n < STEPS; n++) {
		const struct step *step = &steps[n];

		test_check(run, walked.taken[n] == step->is_a_way, "%s: %s", step->what,
		           step->is_a_way ? "a general protection fault" : "no fault");
		mode = step->is_a_way ? step->to : mode;
		test_check(run, walked.mode[n] == mode,
		           "%s: IA32_APIC_BASE has mode bits %lx, expected %lx", step->what,
		           walked.mode[n], mode);
	}
	test_check(run, walked.apic_id == cpu_get(cpu)->apic_id,
	           "the APIC id was %u, and is %u after all that", cpu_get(cpu)->apic_id,
	           walked.apic_id);
	barrier(); /* it takes part again */
}

TEST(16, apic_mode) = {
        .name = "apic-mode.transitions",
        .checks = "disabled to xAPIC to x2APIC to disabled, and each other way is a general "
                  "protection fault (Intel SDM vol. 3, 11.12.5 \"x2APIC State Transitions\")",
        .failure = "a CPU cannot be brought from the mode that firmware left to the one asked for",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = transitions,
};

/* The last one, by INIT-SIPI-SIPI: with many CPUs it is one that only x2APIC mode can name. */
static void init(struct test_run *run)
{
	uint32_t cpu = cpu_count() - 1;
	enum apic_mode mode = apic_is_x2apic() ? APIC_X2APIC : APIC_XAPIC;

	if (!check_error(run, cpu_unplug(cpu), 0, "the unplug") ||
	    !check_error(run, cpu_return(cpu), 0, "the return"))
		return;
	test_check(run, cpu_get(cpu)->apic_mode_found == mode,
	           "cpu %u was in mode %u and came back from its INIT in mode %u", cpu, mode,
	           cpu_get(cpu)->apic_mode_found);
}

TEST(59, apic_mode_init) = {
        .name = "apic-mode.init",
        .checks = "an INIT leaves a local APIC in its mode (Intel SDM vol. 3, 11.12.5.1 \"x2APIC "
                  "States\")",
        .failure = "a CPU that returns is in another mode than the others until it is switched",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = init,
};
