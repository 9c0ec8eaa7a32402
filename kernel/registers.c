// SPDX-License-Identifier: MIT
#include "kernel/registers.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/string.h"

/* More than the parsers let through: 64 units, 16 IO-APICs, 32 windows of MCFG and an HPET. */
#define CLAIMS_MAX 128
#define ONE_MIB    (1ULL << 20)
#define ALIGNMENT  256 /* the least of any of them: the IO-APIC's */

/* Intel SDM vol. 3, 11.11.1 "Message Address Register Format": writes are interrupts here. */
#define MESSAGES     0xfee00000ULL
#define MESSAGES_END 0xfef00000ULL

static struct claim {
	char owner[REGISTERS_OWNER_SIZE];
	uint64_t physical;
	uint64_t length;
} claims[CLAIMS_MAX];
static unsigned int claim_count;

static struct claim *claim_at(const char *owner, uint64_t physical)
{
	for (unsigned int n = 0; n < claim_count; n++)
		if (claims[n].physical == physical && !strcmp(claims[n].owner, owner))
			return &claims[n];
	return NULL;
}

/* Whether somebody else is there; `ours` may be NULL. */
static const struct claim *in_the_way(const struct claim *ours, uint64_t physical, uint64_t length)
{
	for (unsigned int n = 0; n < claim_count; n++)
		if (&claims[n] != ours &&
		    ranges_meet(physical, length, claims[n].physical, claims[n].length))
			return &claims[n];
	return NULL;
}

/* NULL when it can be had. */
static const char *fault_of(const struct claim *ours, uint64_t physical, uint64_t length)
{
	static char taken[REGISTERS_OWNER_SIZE + 32];
	const struct claim *other;

	if (physical < ONE_MIB)
		return "that is below 1 MiB, where no such registers are";
	if (physical % ALIGNMENT)
		return "that is not a multiple of 256";
	if (!memory_addressable(physical, length))
		return "that is beyond the addresses of this CPU";
	if (ranges_meet(physical, length, MESSAGES, MESSAGES_END - MESSAGES))
		return "interrupt messages go there (fee00000 to feefffff)";
	if (memory_is_ram(physical, length))
		return "memory is there";
	other = in_the_way(ours, physical, length);
	if (!other)
		return NULL;
	format(taken, sizeof(taken), "%s is there", other->owner);
	return taken;
}

volatile void *registers_claim(const char *owner, uint64_t physical, uint64_t length,
                               const char **why)
{
	struct claim *claim = claim_at(owner, physical);
	volatile void *registers;

	*why = fault_of(claim, physical, length);
	if (*why)
		return NULL;
	registers = memory_map_device(physical, length);
	*why = "it cannot be mapped";
	if (!registers || (!claim && claim_count == CLAIMS_MAX))
		return NULL;
	if (!claim) {
		claim = &claims[claim_count++];
		format(claim->owner, sizeof(claim->owner), "%s", owner);
		claim->physical = physical;
	}
	if (length > claim->length)
		claim->length = length;
	*why = NULL;
	return registers;
}

void registers_give_up(const volatile void *registers)
{
	for (unsigned int n = 0; n < claim_count; n++)
		if (claims[n].physical == (uint64_t)registers) {
			claims[n] = claims[--claim_count];
			return;
		}
}
