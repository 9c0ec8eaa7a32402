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

static unsigned int dropped;
static char why[SOURCES_MAX][SOURCE_DROPPED_SIZE]; /* each device's own */

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

int source_open(struct source *source)
{
	int error = source->dropped ? -ENODEV : source->ops->open(source);

	if (error == -EIO || error == -ETIMEDOUT || error == -ENODEV || error == -EINVAL)
		source_drop(source, error, "it is not as it was found at the start", "to open", 0);
	return error;
}

static void format_time(uint64_t us, char text[24])
{
	text[0] = 0;
	if (us % 1000000)
		format(text, 24, " within %lu ms", us / 1000);
	else if (us)
		format(text, 24, " within %lu s", us / 1000000);
}

int source_drop(struct source *source, int error, const char *what, const char *asked, uint64_t us)
{
	char time[24];

	if (source->dropped)
		return error;
	format_time(us, time);
	format(why[dropped], SOURCE_DROPPED_SIZE, "%s%s, asked %s", what, time, asked);
	source->dropped = why[dropped];
	for (unsigned int n = 0; n < count; n++)
		if (!strcmp(known[n].source->location, source->location))
			known[n].source->dropped = why[dropped];
	dropped++;
	print("# source: %s at %s is dropped, and its tests are skipped from here on: %s. Switch "
	      "the machine off and on: a reset may not reach the device\n",
	      source->name, source->location, source->dropped);
	return error;
}

unsigned int sources_dropped(void)
{
	return dropped;
}
