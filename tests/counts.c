// SPDX-License-Identifier: MIT
#include "tests/counts.h"

#include "drivers/vtd/vtd.h"
#include "kernel/irq/irq.h"

struct counts counts_take(void)
{
	struct counts counts = {.irqs = irq_count()};
	struct vtd_unit *unit;

	vector_count(&counts.vectors);
	for (unsigned int n = 0; vtd_enabled() && (unit = vtd_unit_get(n)); n++)
		counts.entries += vtd_unit_used(unit);
	return counts;
}

static bool one(struct test_run *run, const char *what, uint32_t now, uint32_t expected,
                const char *when)
{
	return test_check(run, now == expected, "%s: %u %s, expected %u", when, now, what,
	                  expected);
}

bool counts_check(struct test_run *run, const struct counts *expected, const char *when)
{
	const struct counts now = counts_take();
	const struct vector_counts *v = &now.vectors;
	bool right = one(run, "irqs", now.irqs, expected->irqs, when);

	right &= one(run, "vectors", v->allocated, expected->vectors.allocated, when);
	right &= one(run, "reservations", v->reserved, expected->vectors.reserved, when);
	right &= one(run, "free vectors", v->available, expected->vectors.available, when);
	right &= one(run, "entries", now.entries, expected->entries, when);
	return right;
}
