/* SPDX-License-Identifier: MIT */
/*
 * An MSI-X table of which the guest has an image, as monitors do it today: each access of the guest
 * is trapped and comes here; the table itself is the host's.
 *
 *     guest writes a word       the image keeps it; unmasked, it counts at once
 *     guest masks               the host masks the entry
 *     guest unmasks             the words are new: the host has the backing deliver there, which
 * the first time is when it is allocated; then it unmasks the entry
 *
 * There is no way to say no. What the host cannot do is counted here and silent in the guest: an
 * entry that was to get its first target stays masked for ever, one that was to get another keeps
 * what it has. Nor is there a word for an end: a backing lasts as long as the guest.
 *
 * What a guest writes may be meant to do harm. It names vCPUs and vectors of its own and nothing
 * else; writes of two vCPUs at once mix up that guest's own words.
 */
#ifndef RETARGET_KERNEL_VIRT_MSIX_TRAP_H
#define RETARGET_KERNEL_VIRT_MSIX_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/message.h"
#include "kernel/virt/backing.h"
#include "kernel/virt/trap.h"

#define MSIX_TRAP_ENTRIES_MAX 64

struct msix_trap_entry {
	struct message words; /* as the guest reads them */
	struct message told;  /* of which the backing delivers, once it does */
	bool unmasked, delivers;
};

struct msix_trap {
	struct backings *backings;
	struct source *source; /* the host's, open: slot n is entry n */
	uint32_t entries;
	struct msix_trap_entry entry[MSIX_TRAP_ENTRIES_MAX];
	uint64_t routed; /* how often a backing got its first or another target */
	uint64_t silent; /* how often it should have, and the host could not */
};

/*
 * The image of a table of `entries` as after a reset. `source` is the guest's, its stores the
 * host's (backing_assign()); entries beyond its slots deliver nothing, which is silent, too.
 * -EINVAL for more than MSIX_TRAP_ENTRIES_MAX.
 */
int msix_trap_init(struct msix_trap *trap, struct backings *backings, struct source *source,
                   uint32_t entries);

/*
 * What the guest reads and writes, for drivers/pci/assign.h; the owner is the struct msix_trap.
 * Accesses that are undefined (PCI 3.0, 6.8.2 "MSI-X Capability and Table Structures": those of
 * other than 4 or 8 bytes) read 0, and are not carried out.
 */
extern const struct trap_ops msix_trap_ops;

#endif
