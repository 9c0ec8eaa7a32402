// SPDX-License-Identifier: MIT
#include "tests/entry/steps.h"

#include "drivers/vtd/unit.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/trap.h"
#include "kernel/string.h"

/* The move under way. There is one at a time, and it stays on one CPU. */
static struct {
	struct arm *arm;
	const struct irte *entry;
	unsigned int when;
	struct entry_steps *steps;
	bool stepping;
	uint64_t flags; /* as before it */
} now;

/* With the flush the message is where it goes before the next instruction. */
static void send(void)
{
	now.steps->refused = arm_send(now.arm);
	now.arm->source->ops->flush(now.arm->source);
}

/* Only the CPU that is stepped writes to the entry, so that it does not change in here. */
static void look(void)
{
	struct entry_steps *steps = now.steps;
	unsigned int last = steps->changes;

	if (last >= ENTRY_VALUES_MAX ||
	    !memcmp(now.entry, &steps->values[last], sizeof(*now.entry)))
		return;
	last = ++steps->changes;
	if (last < ENTRY_VALUES_MAX)
		steps->values[last] = *now.entry;
	if (last == now.when)
		send();
}

static void start(void)
{
	now.flags = interrupts_save();
	now.steps->values[0] = *now.entry;
	if (now.when == 0)
		send();
	now.stepping = true;
	trap_at_step(look);
	write_rflags(read_rflags() | RFLAGS_TF);
}

static void stop(void)
{
	write_rflags(read_rflags() & ~RFLAGS_TF);
	trap_at_step(NULL);
	now.stepping = false;
	interrupts_restore(now.flags);
}

/* From the window before the first store to the one before the invalidation. */
static void at_window(struct irq *irq, unsigned int window)
{
	if (window == 0)
		start();
	else if (window == 1 + irq->protocol->entry_windows)
		stop();
}

int entry_steps_move(struct arm *arm, unsigned int when, struct entry_steps *steps)
{
	const struct vtd_unit *unit = arm->irq->chain[1].unit;
	int error;

	memset(steps, 0, sizeof(*steps));
	now.arm = arm;
	now.entry = &unit->table[arm->irq->chain[1].index];
	now.when = when;
	now.steps = steps;
	arm->irq->at_window = at_window;
	error = arm_move(arm);
	if (now.stepping) /* the update has failed, so that its last window did not come */
		stop();
	arm->irq->at_window = NULL;
	if (!error && when <= steps->changes && !steps->refused)
		arm_settle(arm);
	return error;
}
