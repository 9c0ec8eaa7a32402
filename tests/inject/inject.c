// SPDX-License-Identifier: MIT
/*
 * Injection as an attack. A device that writes its messages itself can write any message: one in
 * compatibility format names a CPU, a vector and a delivery mode, and without remapping that is all
 * there is to it. With remapping a message names an entry, and the entry says who may use it and
 * what becomes of it. Each attack is carried out in each way in which a device writes messages.
 */
#include <asm-generic/errno.h>

#include "drivers/pci/sources/edu.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arms.h"
#include "tests/entries.h"
#include "tests/inject/inject.h"
#include "tests/inject/table.h"
#include "tests/suite.h"

/* Of the messages asked for, one such part is for vectors; for each there are several barriers. */
#define VECTORS_PART 25

static const char *const kinds[ATTACKERS] = {
        [ATTACKER_MSI] = "msi",
        [ATTACKER_MSIX] = "msix",
        [ATTACKER_IMS] = "ims-device",
        [ATTACKER_DMA] = "dma",
};

/* Whether an entry of the victim's has to let the attacker's messages pass for the victim's. */
static bool passes_for(const struct source *attacker, const struct source *victim)
{
	if (victim->requester.bus_only)
		return victim->requester.id >> 8 == attacker->requester.id >> 8;
	return victim->requester.id == attacker->requester.id;
}

/* The first other device that can be remapped; a twin is one that the attacker passes for. */
static struct source *victim_of(const struct source *attacker, bool twin)
{
	struct source *source = NULL;

	for (unsigned int n = 0; attacker && (source = arms_source(n)); n++)
		if (source_is_remapped(source) && strcmp(source->location, attacker->location) &&
		    passes_for(attacker, source) == twin)
			break;
	return source;
}

/* The first that writes its messages in that way, and has a twin where the attack wants one. */
static struct source *source_of(enum inject_attacker attacker, const struct inject_attack *attack)
{
	struct source *source = edu_dma_source();

	if (attacker == ATTACKER_DMA)
		return source && (!attack->twin || victim_of(source, true)) ? source : NULL;
	for (unsigned int n = 0; (source = source_get(n)); n++)
		if (!strcmp(source->kind, kinds[attacker]) &&
		    (!attack->twin || victim_of(source, true)))
			break;
	return source;
}

static bool applies(const struct inject_attack *attack, enum inject_attacker attacker,
                    enum test_phase phase)
{
	if (attack->remappable && phase == PHASE_DIRECT)
		return false;
	if (attack->needs_wide_data && attacker == ATTACKER_MSI)
		return false;
	if (attack->many && attacker == ATTACKER_DMA)
		return false;
	if (attack->xapic_only && apic_is_x2apic())
		return false;
	return source_of(attacker, attack);
}

static void report(struct test_run *run, const struct inject_attack *attack,
                   const struct source *source, const struct inject_tally *tally)
{
	print("# inject source=%s store=%s attack=%s ir=%s shots=%u through=%u blocked=%u "
	      "deviating=%u unrecorded=%u reason=%02x\n",
	      source->name, source->kind, attack->name, run->phase == PHASE_REMAPPED ? "on" : "off",
	      tally->shots, tally->through, tally->blocked, tally->deviating, tally->unrecorded,
	      tally->reason);
	if (!tally->shots)
		test_skip(run, "the table has an entry for every handle there is");
	else if (tally->excuse)
		test_skip(run, "%s", tally->excuse);
	else if (tally->unrecorded)
		test_skip(run, "blocked, but the remapping unit recorded no fault of this source");
}

static bool open_arm(struct test_run *run, struct arm *arm, struct source *source)
{
	int error;

	if (arm_was_dropped(run, source))
		return false;
	error = source_open(source);
	if (error == -EOPNOTSUPP) {
		test_skip(run, "%s's %s does not reach the addresses of messages", source->name,
		          source->kind);
		return false;
	}
	if (!test_check(run, !error, "%s at %s does not open: error %d", source->name,
	                source->location, error))
		return false;
	error = arm_alloc(arm, source, 0, arms_lossless_protocol(run->phase == PHASE_REMAPPED),
	                  run->options->seed);
	if (!error) {
		error = arm_request(arm, 0);
		if (error)
			irq_free(arm->irq);
	}
	if (error)
		source->ops->close(source);
	return test_check(run, !error, "%s refused its irq: error %d", source->name, error);
}

static uint8_t find_free_vector(void)
{
	bool intermediate;
	uint8_t vector = VECTOR_DEVICE_LAST;

	for (uint32_t cpu = 0; cpu < cpu_count();)
		if (vector_owner(cpu, vector, &intermediate)) {
			vector--;
			cpu = 0;
		} else {
			cpu++;
		}
	return vector;
}

static unsigned int vectors_on_each_cpu(const struct test_run *run, enum inject_attacker attacker)
{
	uint64_t vectors = run->options->fires / VECTORS_PART / cpu_count();

	if (attacker == ATTACKER_DMA || !vectors)
		return 1;
	return vectors < UINT8_MAX ? (unsigned int)vectors : UINT8_MAX;
}

/* Why the two cannot meet; NULL: they can. */
static const char *refused(const struct inject_scene *scene, const struct inject_attack *attack)
{
	if (!attack->needs_victim)
		return NULL;
	if (!scene->has_victim)
		return "needs two devices whose messages have requester ids of their own";
	if (attack->remappable &&
	    scene->victim.irq->chain[1].unit != scene->attacker.irq->chain[1].unit)
		return "the two devices are remapped by different units";
	return NULL;
}

static void attack_with(struct test_run *run, struct inject_scene *scene,
                        enum inject_attacker attacker, const struct inject_attack *attack)
{
	const char *why = refused(scene, attack);
	struct inject_tally tally = {0};

	if (why) {
		test_skip(run, "%s", why);
		return;
	}
	if (!entries_left(run, scene->attacker.source, attack->entries))
		return;
	scene->free_vector = find_free_vector();
	scene->vectors = vectors_on_each_cpu(run, attacker);
	inject_carry_out(run, scene, attack, &tally);
	report(run, attack, scene->attacker.source, &tally);
	inject_table_add(attack, attacker, scene->attacker.source, run->phase, &tally);
}

void inject_stage(struct test_run *run, struct inject_scene *scene, enum inject_attacker attacker,
                  const struct inject_attack *attack)
{
	struct source *victim = victim_of(scene->attacker.source, attack->twin);

	scene->has_victim = victim && open_arm(run, &scene->victim, victim);
	if (!run->failed)
		attack_with(run, scene, attacker, attack);
	if (scene->has_victim)
		arm_close(run, &scene->victim);
}

static void stage(struct test_run *run, enum inject_attacker attacker,
                  const struct inject_attack *attack)
{
	static struct inject_scene scene;

	memset(&scene, 0, sizeof(scene));
	if (!open_arm(run, &scene.attacker, source_of(attacker, attack)))
		return;
	inject_stage(run, &scene, attacker, attack);
	arm_close(run, &scene.attacker);
}

/* The n-th attack by that attacker, NULL past the end. */
static const struct inject_attack *nth(enum inject_attacker attacker, enum test_phase phase,
                                       unsigned int n)
{
	const struct inject_attack *attack;

	for (unsigned int i = 0; (attack = inject_attack(i)); i++)
		if (applies(attack, attacker, phase) && n-- == 0)
			break;
	return attack;
}

static unsigned int count_of(enum inject_attacker attacker, enum test_phase phase)
{
	unsigned int count = 0;

	while (nth(attacker, phase, count))
		count++;
	return count;
}

static void label_of(enum inject_attacker attacker, const struct inject_attack *attack,
                     char *buffer, size_t size)
{
	const struct source *source = source_of(attacker, attack);

	format(buffer, size, "%s.%s.%s", source->name, source->kind, attack->name);
}

/* All attackers but the slow one. */
static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	for (enum inject_attacker a = 0; a < ATTACKER_DMA; a++)
		count += count_of(a, phase);
	return count;
}

static const struct inject_attack *instance(enum test_phase phase, unsigned int n,
                                            enum inject_attacker *attacker)
{
	for (*attacker = 0; n >= count_of(*attacker, phase); ++*attacker)
		n -= count_of(*attacker, phase);
	return nth(*attacker, phase, n);
}

static void label(enum test_phase phase, unsigned int n, char *buffer, size_t size)
{
	enum inject_attacker attacker;
	const struct inject_attack *attack = instance(phase, n, &attacker);

	label_of(attacker, attack, buffer, size);
}

static void inject(struct test_run *run)
{
	enum inject_attacker attacker;
	const struct inject_attack *attack = instance(run->phase, run->instance, &attacker);

	stage(run, attacker, attack);
}

static unsigned int dma_instances(enum test_phase phase)
{
	return count_of(ATTACKER_DMA, phase);
}

static void dma_label(enum test_phase phase, unsigned int n, char *buffer, size_t size)
{
	label_of(ATTACKER_DMA, nth(ATTACKER_DMA, phase, n), buffer, size);
}

static void inject_dma(struct test_run *run)
{
	stage(run, ATTACKER_DMA, nth(ATTACKER_DMA, run->phase, run->instance));
}

#define CHECKS_DIRECT                                                                              \
	"without remapping a device raises any vector on any CPU, and NMI and INIT (Intel SDM "    \
	"vol. 3, 11.11 \"Message Signalled Interrupts\")"
#define CHECKS_REMAPPED                                                                            \
	"with remapping a device raises its own interrupts and no others (VT-d r5.10, 5.1.4.1, "   \
	"Interrupt-Remapping Fault Conditions), as long as it cannot write to the table"
#define FAILURE_DIRECT                                                                             \
	"a forged message did not arrive, or elsewhere: what remapping blocks cannot be judged"
#define FAILURE_REMAPPED                                                                           \
	"a device can disturb others, or was blocked for a reason that is not recorded as it is"

TEST(41, inject_direct) = {
        .name = "inject",
        .checks = CHECKS_DIRECT,
        .failure = FAILURE_DIRECT,
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_MESSAGE_STORE,
        .run = inject,
};

TEST(41, inject_remapped) = {
        .name = "inject",
        .checks = CHECKS_REMAPPED,
        .failure = FAILURE_REMAPPED,
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_MESSAGE_STORE,
        .run = inject,
};

/* Half a minute, for which only an edu is good that reaches so far. */
TEST(42, inject_dma_direct) = {
        .name = "inject-dma",
        .checks = CHECKS_DIRECT,
        .failure = FAILURE_DIRECT,
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .on_demand = true,
        .instances = dma_instances,
        .label = dma_label,
        .needs = NO_MESSAGE_STORE,
        .run = inject_dma,
};

TEST(42, inject_dma_remapped) = {
        .name = "inject-dma",
        .checks = CHECKS_REMAPPED,
        .failure = FAILURE_REMAPPED,
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .on_demand = true,
        .instances = dma_instances,
        .label = dma_label,
        .needs = NO_MESSAGE_STORE,
        .run = inject_dma,
};
