/* SPDX-License-Identifier: MIT */
/*
 * The arms there are on this machine: every source with every protocol. Level-triggered sources are
 * not among them, nor is their protocol; nor are sources that send from a copy of their stores, on
 * which no protocol's promise can be kept (tests/gallery/gallery.c is about those).
 */
#ifndef RETARGET_TESTS_ARMS_H
#define RETARGET_TESTS_ARMS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/irq/protocol.h"
#include "kernel/irq/source.h"
#include "tests/suite.h"

/*
 * Those that are compared with each other; or all of them, with those whose protocol is mistaken
 * (tests/gallery/gallery.c) and those that have their own way of updating a remapping entry
 * (tests/entry/entry.c).
 */
enum arms { ARMS_COMPARED, ARMS_ALL };

/*
 * The arms with remapping (protocols that need it), or without (all others): how many there are,
 * and the n-th. arms_get() returns false past the end.
 */
unsigned int arms_count(enum arms which, bool remapping);
bool arms_get(enum arms which, bool remapping, unsigned int n, struct source **source,
              const struct protocol **protocol);

/* What a test says that needs a source and finds none. */
#define NO_SOURCE "no device found that can be a source (docs/hardware.md lists them)"

#define NO_MESSAGE_STORE "no source with MSI, MSI-X or interrupt message storage"

/* What a test says that needs it and does not find it. */
#define NO_CMPXCHG16B "this CPU has no CMPXCHG16B (CPUID.01H:ECX)"

/* The protocol by which a source loses nothing, whatever its store. */
static inline const struct protocol *arms_lossless_protocol(bool remapping)
{
	return protocol_find(remapping ? "remapped" : "two-step");
}

/* The same for one source: what never passes the remapping hardware is rewritten in any phase. */
static inline const struct protocol *arms_lossless_for(const struct source *source, bool remapping)
{
	return arms_lossless_protocol(remapping && source_is_remapped(source));
}

/*
 * For struct test: one instance where there is a source at all, named "direct" or "remapped"; one
 * for each source, by the protocol by which it loses nothing, "edu.msi.two-step".
 */
unsigned int arms_one_if_any(enum test_phase phase);
void arms_phase_label(enum test_phase phase, unsigned int instance, char *buffer, size_t size);
unsigned int arms_one_each(enum test_phase phase);
void arms_source_label(enum test_phase phase, unsigned int instance, char *buffer, size_t size);

/* The sources and the protocols that are compared: the n-th, NULL past the end. */
struct source *arms_source(unsigned int n);
const struct protocol *arms_protocol(unsigned int n);

/* How many such sources there are. */
unsigned int arms_sources(void);

/*
 * Whether its messages are memory writes like any other of the device: they have a requester id on
 * the bus, and not every platform brings it to the remapping unit.
 */
bool arms_sends_by_dma(const struct source *source);

/*
 * Whether messages of `source` carry a requester id of its own all the way: of these a unit knows
 * the sender. And the n-th of such sources, one for each id, NULL past the end.
 */
bool arms_is_identified(const struct source *source);
struct source *arms_identified(unsigned int n);
#define NO_IDENTIFIED_SOURCE "no source with MSI or MSI-X whose messages carry its requester id"

/*
 * The first source whose stores are of that kind, whether it is among them or not, and that no
 * remapping unit leaves out; NULL: none.
 */
struct source *arms_source_of_kind(const char *kind);

/* The n-th of the others, which are level-triggered, NULL past the end; and if there is none: */
struct source *arms_level_source(unsigned int n);
#define NO_LEVEL_SOURCE "no device found that asserts a level-triggered interrupt (edu, NVMe, HPET)"

/* "edu.msi.masked" for the n-th; `buffer` stays as it is past the end. */
void arms_label(enum arms which, bool remapping, unsigned int n, char *buffer, size_t size);

#endif
