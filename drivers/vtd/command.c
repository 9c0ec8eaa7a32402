// SPDX-License-Identifier: MIT
#include "drivers/vtd/command.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/regs.h"
#include "drivers/vtd/unit.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define ANSWER_US 1000000

int vtd_await(const struct vtd_unit *unit, unsigned int offset, uint64_t mask, bool set,
              const char *name)
{
	struct deadline deadline = deadline_in_us(ANSWER_US);

	while (!!(mmio_read32(unit->registers + offset) & mask) != set)
		if (deadline_passed(&deadline)) {
			print("# %s: %s does not become %d\n", unit->name, name, set);
			return -ETIMEDOUT;
		}
	return 0;
}

/*
 * A write carries the state of every bit, so it starts from what GSTS says, without the one-shot
 * bits, which would be commanded again.
 */
static void command(const struct vtd_unit *unit, uint64_t bit, bool on)
{
	uint64_t now = mmio_read32(unit->registers + GSTS_REG) & GSTS_PERSISTENT;

	mmio_write32(unit->registers + GCMD_REG, on ? now | bit : now & ~bit);
}

int vtd_switch(const struct vtd_unit *unit, uint64_t bit, bool on, const char *name)
{
	if (!!(mmio_read32(unit->registers + GSTS_REG) & bit) == on)
		return 0;
	command(unit, bit, on);
	return vtd_await(unit, GSTS_REG, bit, on, name);
}

int vtd_command_once(const struct vtd_unit *unit, uint64_t bit, const char *name)
{
	command(unit, bit, true);
	return vtd_await(unit, GSTS_REG, bit, true, name);
}
