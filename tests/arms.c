// SPDX-License-Identifier: MIT
#include "tests/arms.h"
#include "kernel/print.h"

bool arms_get(bool remapping, unsigned int n, struct source **source,
              const struct protocol **protocol)
{
	for (unsigned int s = 0; (*source = source_get(s)); s++)
		for (unsigned int p = 0; (*protocol = protocol_get(p)); p++)
			if ((*protocol)->needs_remapping == remapping && n-- == 0)
				return true;
	return false;
}

unsigned int arms_one_if_any(enum test_phase phase)
{
	(void)phase;
	return source_get(0) ? 1 : 0;
}

unsigned int arms_sources(void)
{
	unsigned int count = 0;

	while (source_get(count))
		count++;
	return count;
}

unsigned int arms_count(bool remapping)
{
	const struct protocol *protocol;
	struct source *source;
	unsigned int count = 0;

	while (arms_get(remapping, count, &source, &protocol))
		count++;
	return count;
}

void arms_label(bool remapping, unsigned int n, char *buffer, size_t size)
{
	const struct protocol *protocol;
	struct source *source;

	if (arms_get(remapping, n, &source, &protocol))
		format(buffer, size, "%s.%s.%s", source->name, source->kind, protocol->name);
}
