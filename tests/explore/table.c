// SPDX-License-Identifier: MIT
#include "kernel/string.h"
#include "tests/explore/explore.h"

/*
 * Each row is a window, each column a relation of the targets:
 *
 *     both differ, same vector, same CPU, both same
 *
 * The second to fourth follow from the first by putting o = n, old = new, or both into the place
 * that the timeline names: {new, o} is {new, n} where the vectors are the same, {old, o} where the
 * CPUs are. So a plain rewrite loses only where both differ, and that is why Linux may do one where
 * only one of the two changes.
 *
 * Two-step is made for vectors that differ. Where they are the same, a message that waits in the
 * old CPU's IRR under o looks like one under n: it is taken there and sent again as well. No
 * message is lost, but one is handled twice. Linux has a plain rewrite in that case; here the
 * question does not arise outside of this test, since an irq never has the same number on two CPUs
 * (kernel/irq/vector.h).
 */
static const struct explore_expectation expectations[] = {
        {
                .protocol = "naive-address-first",
                .unmaskable = true,
                .maskable = true,
                .windows = 3,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {STRAY_NEW_O, NEW, OLD, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                .protocol = "naive-data-first",
                .unmaskable = true,
                .maskable = true,
                .windows = 3,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {STRAY_OLD_N, OLD, NEW, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* From the mask to the unmask the device keeps the message; then it is new. */
                .protocol = "masked",
                .maskable = true,
                .windows = 5,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {HELD, HELD, HELD, HELD},
                                {HELD, HELD, HELD, HELD},
                                {HELD, HELD, HELD, HELD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* On one CPU the copy that is sent merges with the message that it is one of. */
                .protocol = "two-step",
                .unmaskable = true,
                .maskable = true,
                .windows = 4,
                .ends =
                        {
                                {OLD, TWICE, OLD, OLD},
                                {SAVED, TWICE, NEW, OLD},
                                {NEW, NEW, NEW, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                .protocol = "two-step-no-retrigger",
                .unmaskable = true,
                .maskable = true,
                .windows = 3,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {STRAY_OLD_N, OLD, NEW, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* Read literally: a plain rewrite, address first. */
                .protocol = "linux-direct",
                .unmaskable = true,
                .windows = 3,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {STRAY_NEW_O, NEW, OLD, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* The two steps behind the mask: there is nothing for them to save. */
                .protocol = "linux-direct",
                .maskable = true,
                .windows = 4,
                .ends =
                        {
                                {HELD, HELD, HELD, HELD},
                                {HELD, HELD, HELD, HELD},
                                {HELD, HELD, HELD, HELD},
                                {HELD, HELD, HELD, HELD},
                        },
        },
        {
                /* One store changes both, so there is no torn pair; W1 is up to the cache. */
                .protocol = "remapped",
                .unmaskable = true,
                .maskable = true,
                .windows = 3,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {EITHER, EITHER, EITHER, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                .protocol = "entry-cmpxchg16b",
                .unmaskable = true,
                .maskable = true,
                .windows = 3,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {EITHER, EITHER, EITHER, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /*
                 * Torn as a naive rewrite of a store is, until the second half is written; a
                 * mask of the device's is not used.
                 */
                .protocol = "entry-vector-first",
                .unmaskable = true,
                .maskable = true,
                .windows = 4,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {STRAY_OLD_N | OR_OLD, OLD, EITHER, OLD},
                                {EITHER, EITHER, EITHER, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                .protocol = "entry-destination-first",
                .unmaskable = true,
                .maskable = true,
                .windows = 4,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {STRAY_NEW_O | OR_OLD, EITHER, OLD, OLD},
                                {EITHER, EITHER, EITHER, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* Blocked, however little there is to change. */
                .protocol = "entry-clear-present",
                .unmaskable = true,
                .maskable = true,
                .windows = 5,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {NOWHERE | OR_OLD, NOWHERE | OR_OLD, NOWHERE | OR_OLD,
                                 NOWHERE | OR_OLD},
                                {NOWHERE | OR_OLD, NOWHERE | OR_OLD, NOWHERE | OR_OLD,
                                 NOWHERE | OR_OLD},
                                {EITHER, EITHER, EITHER, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* Luck: the second store changes nothing in a move. */
                .protocol = "entry-low-first",
                .unmaskable = true,
                .maskable = true,
                .windows = 4,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {EITHER, EITHER, EITHER, OLD},
                                {EITHER, EITHER, EITHER, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* Between its stores, if there are several, no window can stand. */
                .protocol = "entry-bitfield",
                .unmaskable = true,
                .maskable = true,
                .windows = 3,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {EITHER, EITHER, EITHER, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* As address first; the high halves of both addresses are the same. */
                .protocol = "split-address",
                .unmaskable = true,
                .maskable = true,
                .windows = 4,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {OLD, OLD, OLD, OLD},
                                {STRAY_NEW_O, NEW, OLD, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* Where stores arrive at once nothing is missing: as masked. */
                .protocol = "masked-no-flush",
                .maskable = true,
                .windows = 5,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {HELD, HELD, HELD, HELD},
                                {HELD, HELD, HELD, HELD},
                                {HELD, HELD, HELD, HELD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* The same: as two-step. */
                .protocol = "two-step-no-flush",
                .unmaskable = true,
                .maskable = true,
                .windows = 4,
                .ends =
                        {
                                {OLD, TWICE, OLD, OLD},
                                {SAVED, TWICE, NEW, OLD},
                                {NEW, NEW, NEW, OLD},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* Whatever the targets: the bit that stood for the message is gone. */
                .protocol = "pending-dropped",
                .maskable = true,
                .windows = 5,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {DROPPED, DROPPED, DROPPED, DROPPED},
                                {DROPPED, DROPPED, DROPPED, DROPPED},
                                {DROPPED, DROPPED, DROPPED, DROPPED},
                                {NEW, NEW, NEW, OLD},
                        },
        },
        {
                /* For good, not only in a window; on one CPU the old target stays in force. */
                .protocol = "half-update",
                .unmaskable = true,
                .maskable = true,
                .windows = 2,
                .ends =
                        {
                                {OLD, OLD, OLD, OLD},
                                {STRAY_NEW_O, NEW, OLD, OLD},
                        },
        },
};

const struct explore_expectation *explore_expectation(const struct protocol *protocol,
                                                      const struct message_store *store)
{
	for (unsigned int i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
		const struct explore_expectation *e = &expectations[i];

		if (!strcmp(e->protocol, protocol->name) &&
		    (store_maskable(store) ? e->maskable : e->unmaskable))
			return e;
	}
	return 0;
}
