// SPDX-License-Identifier: MIT
/*
 * A guest that writes what it likes into its device's message storage, and has it send: the attacks
 * of tests/inject/, carried out from within a guest. With remapping its own interrupts come in on
 * its own vCPU and nothing else comes in anywhere; without remapping it reaches any vector of any
 * host CPU, and any mode of delivery. The table is printed with theirs.
 */
#include "kernel/cpu/apic.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arms.h"
#include "tests/inject/inject.h"
#include "tests/virt/guest_source.h"

/* Where the guest runs; CPU 0 is the host's, INJECT_CPU is to stay idle. */
#define GUEST_CPU (INJECT_CPU + 1)

static struct source *source_of(enum inject_attacker attacker)
{
	const char *kind = attacker == ATTACKER_GUEST_MSIX ? "msix" : "ims-device";
	struct source *source = NULL;

	for (unsigned int n = 0; (source = device_source(n)); n++)
		if (!strcmp(source->kind, kind))
			break;
	return source;
}

static bool applies(const struct inject_attack *attack, enum test_phase phase)
{
	return !(attack->remappable && phase == PHASE_DIRECT) && !attack->twin &&
	       !(attack->xapic_only && apic_is_x2apic());
}

/* The n-th attack of the n-th attacker; NULL past the end. */
static const struct inject_attack *nth(enum test_phase phase, unsigned int n,
                                       enum inject_attacker *attacker)
{
	const struct inject_attack *attack;

	for (*attacker = ATTACKER_GUEST_MSIX; *attacker <= ATTACKER_GUEST_IMS; ++*attacker)
		for (unsigned int i = 0; source_of(*attacker) && (attack = inject_attack(i)); i++)
			if (applies(attack, phase) && n-- == 0)
				return attack;
	return NULL;
}

static unsigned int instances(enum test_phase phase)
{
	enum inject_attacker attacker;
	unsigned int count = 0;

	while (nth(phase, count, &attacker))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int n, char *buffer, size_t size)
{
	enum inject_attacker attacker;
	const struct inject_attack *attack = nth(phase, n, &attacker);

	format(buffer, size, "%s.%s", source_of(attacker)->name, attack->name);
}

/* Without remapping nothing stands between guest and host: the irq is the host's. */
static int take_irq(struct test_run *run, struct arm *arm, struct source *source)
{
	int error = arm_alloc(arm, source, 0, arms_lossless_protocol(false), run->options->seed);

	if (error)
		return error;
	error = arm_request(arm, 0);
	if (error)
		irq_free(arm->irq);
	return error;
}

static void attack_by(struct test_run *run, struct source *source, enum inject_attacker attacker,
                      const struct inject_attack *attack)
{
	static struct inject_scene scene;
	bool remapped = run->phase == PHASE_REMAPPED;
	int error = 0;

	memset(&scene, 0, sizeof(scene));
	if (remapped) {
		scene.attacker = (struct arm){.source = source, .irq = guest_source_irq()};
		scene.own = guest_source_settle;
	} else {
		error = take_irq(run, &scene.attacker, source);
	}
	if (!test_check(run, !error && scene.attacker.irq, "the attacker has no irq: error %d",
	                error))
		return;
	inject_stage(run, &scene, attacker, attack);
	if (!remapped)
		arm_end(&scene.attacker);
}

static void hostile(struct test_run *run)
{
	enum inject_attacker attacker;
	const struct inject_attack *attack = nth(run->phase, run->instance, &attacker);
	struct source *source = guest_source_begin(run, source_of(attacker), GUEST_CPU);

	if (!source)
		return;
	attack_by(run, source, attacker, attack);
	guest_source_end(run);
}

TEST(73, virt_hostile_direct) = {
        .name = "virt-hostile",
        .checks = "without remapping a guest that has a device raises any vector on any CPU of the "
                  "host, and NMI and INIT (Intel SDM vol. 3, 11.11 \"Message Signalled "
                  "Interrupts\")",
        .failure = "a forged message did not arrive, or elsewhere: what remapping blocks cannot "
                   "be judged",
        .phase = PHASE_DIRECT,
        .cpus = GUEST_CPU + 1,
        .instances = instances,
        .label = label,
        .needs = NO_DEVICE,
        .run = hostile,
};

TEST(73, virt_hostile_remapped) = {
        .name = "virt-hostile",
        .checks = "with remapping a guest raises its own interrupts, in itself, and no others, "
                  "whatever it writes into its message storage (VT-d r5.10, 5.1.4.1, "
                  "Interrupt-Remapping Fault Conditions)",
        .failure = "a guest can disturb its host or another guest, or was blocked for a reason "
                   "that is not recorded as it is",
        .phase = PHASE_REMAPPED,
        .cpus = GUEST_CPU + 1,
        .instances = instances,
        .label = label,
        .needs = NO_DEVICE,
        .run = hostile,
};
