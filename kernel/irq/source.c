// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/irq/source.h"
#include "kernel/print.h"
#include "kernel/string.h"

static struct known {
	struct source *source;
	char device[SOURCE_NAME_SIZE]; /* the bare name it came with */
	unsigned int number;           /* of its device among those of that name */
} known[SOURCES_MAX];

static unsigned int count;

/* The number of the device at `source`'s location, or the next free one. */
static unsigned int number_of(const struct source *source)
{
	unsigned int next = 0;

	for (unsigned int n = 0; n < count; n++) {
		if (strcmp(known[n].device, source->name))
			continue;
		if (!strcmp(known[n].source->location, source->location))
			return known[n].number;
		if (next <= known[n].number)
			next = known[n].number + 1;
	}
	return next;
}

int source_register(struct source *source)
{
	struct known *new = &known[count];

	if (count == SOURCES_MAX)
		return -ENOSPC;
	new->source = source;
	new->number = number_of(source);
	memcpy(new->device, source->name, sizeof(new->device));
	if (new->number)
		format(source->name, sizeof(source->name), "%s.%u", new->device, new->number);
	count++;
	return 0;
}

struct source *source_get(unsigned int n)
{
	return n < count ? known[n].source : NULL;
}
