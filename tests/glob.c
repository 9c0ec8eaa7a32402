// SPDX-License-Identifier: MIT
#include "tests/glob.h"

static bool ends(const char *pattern)
{
	return !*pattern || *pattern == ',';
}

bool glob_selects(const char *pattern, const char *name)
{
	const char *star = 0, *retry = 0;

	/* On a mismatch the last star takes one more character: enough for any pattern. */
	for (;;) {
		if (ends(pattern) && (!*name || *name == '.'))
			return true;
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*name && !ends(pattern) && (*pattern == *name || *pattern == '?')) {
			pattern++;
			name++;
		} else if (star && *retry) {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
}

bool glob_may_select(const char *pattern, const char *beginning)
{
	for (; *beginning && !ends(pattern) && *pattern != '*'; pattern++, beginning++)
		if (*pattern != '?' && *pattern != *beginning)
			return false;
	return true;
}

const char *glob_next(const char *patterns)
{
	while (!ends(patterns))
		patterns++;
	return *patterns ? patterns + 1 : 0;
}
