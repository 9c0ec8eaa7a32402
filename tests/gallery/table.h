/* SPDX-License-Identifier: MIT */
/* What the gallery of mistakes (tests/gallery/gallery.c) prints at the end of the run. */
#ifndef RETARGET_TESTS_GALLERY_TABLE_H
#define RETARGET_TESTS_GALLERY_TABLE_H

#include <stdint.h>

#include "kernel/irq/ledger.h"
#include "tests/suite.h"

/* What a case does to its store, and what is expected of it without remapping. */
enum gallery_expected {
	EXPECT_LOSS,
	EXPECT_LUCK,    /* wrong, and loses nothing here all the same */
	EXPECT_NO_LOSS, /* the right way, for comparison */
};

struct gallery_case {
	const char *mistake;
	const char *kind; /* of the store */
	const char *protocol;
	bool hand_on; /* after each move, what is left behind is given to another irq */
	enum gallery_expected expected;
	const char *remark; /* why it loses, or does not */
};

/* The two parts of each measurement: messages sent at given points, and a storm. */
enum gallery_part { GALLERY_ONE_BY_ONE, GALLERY_STORM, GALLERY_PARTS };

/* The n-th, NULL past the end. */
const struct gallery_case *gallery_case(unsigned int n);

/* Notes the messages of one part of a case; the last ones count. */
void gallery_table_add(const struct gallery_case *c, enum test_phase phase, enum gallery_part part,
                       const struct ledger *ledger);

/* Prints it; nothing when nothing was measured. */
void gallery_table_print(void);

#endif
