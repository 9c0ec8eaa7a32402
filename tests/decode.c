// SPDX-License-Identifier: MIT
/*
 * Firmware may leave memory decoding and bus mastering off, in a device that it has no use for and
 * in each bridge above. A source has to work from there, wherever it sits, and to leave the device
 * and the bridges as they were.
 */
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/suite.h"

#define ON     (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)
#define UP_MAX 256 /* functions on the way down to one */

/* Of those that make arms, the n-th that is a PCI function. */
static struct source *pci_source(unsigned int n)
{
	struct source *source;

	for (unsigned int s = 0; (source = arms_source(s)); s++)
		if (pci_function_of(&source->requester) && n-- == 0)
			break;
	return source;
}

/* What the registers held goes to `found`, from the function up. */
static void switch_off(const struct pci_function *function, uint16_t *found)
{
	for (; function; function = function->parent) {
		*found = pci_read16(function, PCI_COMMAND);
		pci_write16(function, PCI_COMMAND, *found++ & ~ON);
	}
}

static void put_back(const struct pci_function *function, const uint16_t *found)
{
	for (; function; function = function->parent)
		pci_write16(function, PCI_COMMAND, *found++);
}

static void fire_one(struct test_run *run, struct source *source)
{
	struct arm arm;

	if (!arm_open(run, &arm, source, arms_lossless_for(source, false)))
		return;
	test_check(run, !arm_fire(&arm) && arm.ledger.outcomes[OUTCOME_NEW] == 1,
	           "its message did not come in");
	arm_prove(&arm);
	arm_check_books(run, &arm);
	arm_close(run, &arm);
}

static void decode(struct test_run *run)
{
	struct source *source = pci_source(run->instance);
	const struct pci_function *function = pci_function_of(&source->requester);
	static uint16_t found[UP_MAX];
	char where[16];

	switch_off(function, found);
	fire_one(run, source);
	for (const struct pci_function *f = function; f; f = f->parent) {
		pci_location(f, where);
		test_check(run, !(pci_read16(f, PCI_COMMAND) & ON),
		           "%s was off when %s at %s was opened, and is on after it was closed",
		           where, source->name, source->location);
	}
	put_back(function, found);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	(void)phase;
	while (pci_source(count))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct source *source = pci_source(instance);

	(void)phase;
	format(buffer, size, "%s.%s", source->name, source->kind);
}

TEST(11, decode) = {
        .name = "decode",
        .checks = "a source works where firmware left memory decoding and bus mastering off, in it "
                  "and in all bridges above (PCI 3.0, 6.2.2, Device Control)",
        .failure = "on a machine whose firmware does not switch everything on, devices are silent",
        .phase = PHASE_DIRECT,
        .instances = instances,
        .label = label,
        .needs = "no PCI function found that can be a source (docs/hardware.md lists them)",
        .run = decode,
};
