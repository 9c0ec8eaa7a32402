// SPDX-License-Identifier: MIT
#include "tests/entries.h"

#include "drivers/vtd/vtd.h"

bool entries_left(struct test_run *run, const struct source *source, uint32_t count)
{
	struct vtd_unit *unit = vtd_enabled() ? vtd_unit_for(&source->requester) : NULL;
	uint32_t left;

	if (!unit)
		return true;
	left = unit->indexes.size - vtd_unit_used(unit);
	if (left < count)
		test_skip(run,
		          "the remapping table has %u entries left, and this takes %u "
		          "(irtes=)",
		          left, count);
	return left >= count;
}
