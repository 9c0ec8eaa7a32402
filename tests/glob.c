// SPDX-License-Identifier: MIT
#include "tests/glob.h"

bool glob_selects(const char *pattern, const char *name)
{
	const char *star = 0, *retry = 0;

	/* On a mismatch the last star takes one more character: enough for any pattern. */
	for (;;) {
		if (!*pattern && (!*name || *name == '.'))
			return true;
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*name && (*pattern == *name || *pattern == '?')) {
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
