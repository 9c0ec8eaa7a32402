/* SPDX-License-Identifier: MIT */
/* Which tests test=GLOB selects. Pure. */
#ifndef RETARGET_TESTS_GLOB_H
#define RETARGET_TESTS_GLOB_H

#include <stdbool.h>

/*
 * Whether the first of `patterns`, which commas separate, selects `name`: the whole name, or its
 * first parts up to a dot, so that "loss" selects "loss.edu.msi.masked". '*' stands for any text,
 * '?' for one character.
 */
bool glob_selects(const char *patterns, const char *name);

/* False: the first of `patterns` selects no name with this beginning, however it goes on. */
bool glob_may_select(const char *patterns, const char *beginning);

/* The patterns behind the first one; NULL: it is the last. */
const char *glob_next(const char *patterns);

#endif
