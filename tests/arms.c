// SPDX-License-Identifier: MIT
#include "tests/arms.h"
#include "kernel/print.h"
#include "kernel/string.h"

static struct source *nth_source(bool level, unsigned int n)
{
	struct source *source;

	for (unsigned int s = 0; (source = source_get(s)); s++)
		if (!source->caches && !source->leaf->end_of_interrupt == !level && n-- == 0)
			break;
	return source;
}

struct source *arms_source_of_kind(const char *kind)
{
	struct source *source;

	for (unsigned int s = 0; (source = source_get(s)); s++)
		if (!strcmp(source->kind, kind) && source_is_remapped(source))
			break;
	return source;
}

/*
 * A level does not belong in the ledger: it stays until it is acknowledged, and may well come in
 * twice. tests/level.c is about those.
 */
struct source *arms_source(unsigned int n)
{
	return nth_source(false, n);
}

struct source *arms_level_source(unsigned int n)
{
	return nth_source(true, n);
}

static bool belongs(const struct protocol *protocol, enum arms which)
{
	return !protocol->for_level &&
	       (which == ARMS_ALL || (!protocol->mistaken && !protocol->update_entry));
}

static const struct protocol *nth_protocol(enum arms which, unsigned int n)
{
	const struct protocol *protocol;

	for (unsigned int p = 0; (protocol = protocol_get(p)); p++)
		if (belongs(protocol, which) && n-- == 0)
			break;
	return protocol;
}

const struct protocol *arms_protocol(unsigned int n)
{
	return nth_protocol(ARMS_COMPARED, n);
}

static bool applies(const struct protocol *protocol, const struct source *source, bool remapping)
{
	return protocol->needs_remapping == remapping &&
	       !(remapping && !source_is_remapped(source)) &&
	       !(protocol->for_ims && source->leaf != &irq_leaf_ims);
}

bool arms_get(enum arms which, bool remapping, unsigned int n, struct source **source,
              const struct protocol **protocol)
{
	for (unsigned int s = 0; (*source = arms_source(s)); s++)
		for (unsigned int p = 0; (*protocol = nth_protocol(which, p)); p++)
			if (applies(*protocol, *source, remapping) && n-- == 0)
				return true;
	return false;
}

unsigned int arms_one_if_any(enum test_phase phase)
{
	(void)phase;
	return arms_source(0) ? 1 : 0;
}

void arms_phase_label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)instance;
	format(buffer, size, "%s", phase == PHASE_REMAPPED ? "remapped" : "direct");
}

unsigned int arms_one_each(enum test_phase phase)
{
	(void)phase;
	return arms_sources();
}

void arms_source_label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct source *source = arms_source(instance);

	if (source)
		format(buffer, size, "%s.%s.%s", source->name, source->kind,
		       arms_lossless_for(source, phase == PHASE_REMAPPED)->name);
}

unsigned int arms_sources(void)
{
	unsigned int count = 0;

	while (arms_source(count))
		count++;
	return count;
}

unsigned int arms_count(enum arms which, bool remapping)
{
	const struct protocol *protocol;
	struct source *source;
	unsigned int count = 0;

	while (arms_get(which, remapping, count, &source, &protocol))
		count++;
	return count;
}

void arms_label(enum arms which, bool remapping, unsigned int n, char *buffer, size_t size)
{
	const struct protocol *protocol;
	struct source *source;

	if (arms_get(which, remapping, n, &source, &protocol))
		format(buffer, size, "%s.%s.%s", source->name, source->kind, protocol->name);
}

bool arms_sends_by_dma(const struct source *source)
{
	return source->leaf == &irq_leaf_ims && !source->identified;
}

bool arms_is_identified(const struct source *source)
{
	return (source->leaf == &irq_leaf_msi || source->leaf == &irq_leaf_msix ||
	        source->identified) &&
	       !source->requester.bus_only && source_is_remapped(source);
}

/* Two sources that are one device follow each other. */
struct source *arms_identified(unsigned int n)
{
	struct source *source, *last = NULL;

	for (unsigned int s = 0; (source = arms_source(s)); s++) {
		if (!arms_is_identified(source) ||
		    (last && last->requester.id == source->requester.id))
			continue;
		if (n-- == 0)
			return source;
		last = source;
	}
	return NULL;
}
