/* SPDX-License-Identifier: MIT */
/*
 * Injection as an attack: a device that has been given the wrong message, or writes one by DMA, and
 * what becomes of it. An attack (compatibility.c, remappable.c) is one or more forged messages,
 * shots, each with what it does when it gets through and why remapping has to block it. inject.c
 * brings attacker and victim together, watch.c sends a shot and sees where it comes in, judge.c
 * judges that, table.c prints.
 */
#ifndef RETARGET_TESTS_INJECT_INJECT_H
#define RETARGET_TESTS_INJECT_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/vtd/irte.h"
#include "kernel/irq/message.h"
#include "tests/arm.h"

/* The CPU that is attacked: it idles, and no irq of the test has it as its target. */
#define INJECT_CPU 1

/* What a shot does that gets through. */
enum inject_effect {
	EFFECT_NONE,   /* it cannot get through */
	EFFECT_STRAY,  /* an interrupt on a vector that nobody has */
	EFFECT_VICTIM, /* an interrupt for another device's driver, which did not send it */
	EFFECT_TRAP,   /* an NMI, or an exception that no instruction caused */
	EFFECT_RESET,  /* an INIT: the CPU stops, with all that it was doing */
	EFFECT_OWN,    /* an interrupt for the attacker's own driver */
};

#define INJECT_EVERY_CPU UINT32_MAX

struct inject_shot {
	struct message message;
	enum inject_effect effect;
	uint32_t cpu;    /* where it comes in: of EFFECT_STRAY, EFFECT_TRAP, EFFECT_RESET */
	uint8_t vector;  /* the same, of the first two */
	uint8_t blocked; /* enum vtd_fault_reason with which remapping blocks it; 0: it does not */
};

/* Two devices, each with an irq on CPU 0; the victim only where there is another one. */
struct inject_scene {
	struct arm attacker, victim;
	bool has_victim;
	unsigned int vectors; /* on each CPU so many are tried, of those that nobody has */
	uint8_t free_vector;  /* one that nobody has on any CPU */
	uint16_t freed;       /* of an entry that the attacker had once */
	struct irte saved;    /* an entry that the attacker overwrites, while it does */

	/*
	 * Where the attacker's own interrupts go elsewhere than to its ledger: how many have come
	 * in since the last call, of all that was sent. NULL: to its ledger.
	 */
	uint64_t (*own)(void);
};

struct inject_attack {
	const char *name; /* as part of the test's: "neighbour-handle" */
	const char *what; /* in the table */
	uint8_t blocked;  /* in the table: what remapping has to answer, 0: nothing */
	bool own_only;    /* in the table: nothing but an interrupt of the attacker's own */
	bool remappable;  /* means something only where remapping is on */
	bool needs_victim;
	bool twin;            /* a victim that no requester id tells from the attacker */
	bool needs_wide_data; /* more than the 16 bits of an MSI */
	bool many;            /* too many shots for an attacker that is slow */
	bool xapic_only;      /* 8-bit broadcast */
	uint32_t entries;     /* of the remapping table, beside the two devices' */

	/* How many shots, 0 where there is nothing to aim at; NULL: one. And the n-th. */
	unsigned int (*count)(const struct inject_scene *scene);
	void (*forge)(const struct inject_scene *scene, unsigned int n, struct inject_shot *shot);

	/*
	 * What the attacker does before, and how the kernel repairs it; both may be NULL. 0 or the
	 * device's error.
	 */
	int (*prepare)(struct inject_scene *scene);
	int (*repair)(struct inject_scene *scene);
};

/* The ways in which a device writes a message. */
enum inject_attacker {
	ATTACKER_MSI,
	ATTACKER_MSIX,
	ATTACKER_IMS,
	ATTACKER_DMA,
	ATTACKER_GUEST_MSIX, /* tests/virt/hostile.c */
	ATTACKER_GUEST_IMS,
	ATTACKERS
};

/* What became of the shots of one attack. */
struct inject_tally {
	unsigned int shots, through, blocked;
	unsigned int deviating;  /* of those through: the specification says blocked */
	unsigned int unrecorded; /* of those blocked: no fault was recorded */
	uint8_t reason;          /* of the last that was */
	const char *excuse;      /* why the platform lets something through */
};

/* Those that compatibility format makes, and remappable format; the last has no name. */
extern const struct inject_attack inject_compatibility[], inject_remappable[];

/* The n-th of both, NULL past the end. */
const struct inject_attack *inject_attack(unsigned int n);

/* Whether the shot gets through to exactly where it should, comes in nowhere, or neither. */
enum inject_result { INJECT_BLOCKED, INJECT_THROUGH, INJECT_ELSEWHERE };

/*
 * Has the attacker write `message`, and returns when it has come in or was proven to have come in
 * nowhere: no clock decides. Not for an INIT, whose CPU would be waited for.
 */
int inject_write(struct inject_scene *scene, const struct message *message);

/* Fires the shot and finds out. 0 or the device's error; of EFFECT_RESET the CPU is back. */
int inject_fire(struct inject_scene *scene, const struct inject_shot *shot,
                enum inject_result *result);

/* The attacker's own message again. */
void inject_disarm(struct inject_scene *scene);

/*
 * With the attacker in `scene`, takes a victim where there is one, carries out the attack and
 * reports; skips where the two cannot meet.
 */
void inject_stage(struct test_run *run, struct inject_scene *scene, enum inject_attacker attacker,
                  const struct inject_attack *attack);

/* Carries out the whole attack, judges each shot and repairs what the attack has broken. */
void inject_carry_out(struct test_run *run, struct inject_scene *scene,
                      const struct inject_attack *attack, struct inject_tally *tally);

#endif
