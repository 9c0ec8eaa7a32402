// SPDX-License-Identifier: MIT
#include "kernel/quirks.h"

#include "kernel/print.h"

static enum { NOT_RUN, ABSENT, SEEN } seen[QUIRKS];

void quirks_saw(enum quirk quirk, bool there)
{
	seen[quirk] = there ? SEEN : ABSENT;
}

void quirks_print(void)
{
	static const char *const stale[] = {"\"not run\"", "no", "seen"};
	static const char *const compatibility[] = {"\"not run\"", "blocked", "passes"};

	print("# head stale_entry=%s compatibility_format=%s\n", stale[seen[QUIRK_STALE_ENTRY]],
	      compatibility[seen[QUIRK_COMPATIBILITY]]);
}
