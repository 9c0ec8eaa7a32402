// SPDX-License-Identifier: MIT
// The status area: what runs, how far the run is, and how long it may still take.
#include "kernel/print.h"
#include "kernel/progress.h"
#include "kernel/screen/parts.h"
#include "kernel/string.h"

#define SECOND_NS  1000000000ULL
#define BAR_COLUMN 1

static void format_seconds(char *text, size_t size, uint64_t ns)
{
	uint64_t seconds = (ns + SECOND_NS / 2) / SECOND_NS;

	if (seconds < 120)
		format(text, size, "%lu s", seconds);
	else
		format(text, size, "%lu min %lu s", seconds / 60, seconds % 60);
}

/* "; about 12 s left (estimated)", or nothing. */
static void format_left(char *text, size_t size, uint64_t ns)
{
	char time[32];

	text[0] = 0;
	if (ns == PROGRESS_UNKNOWN)
		return;
	format_seconds(time, sizeof(time), ns);
	format(text, size, "; about %s left (estimated)", time);
}

/* The test, and, once it has taken a second, for how long it has run and how far it is. */
static void draw_test(const struct progress *progress)
{
	char line[192] = "", time[32], left[64];
	unsigned int column = grid_write(&screen.grid, 0, 0, " retarget  ", COLOUR_STATUS);

	if (progress->test)
		column = grid_write(&screen.grid, 0, column, progress->test, COLOUR_STATUS);
	if (progress->test && progress->test_ns >= SECOND_NS) {
		format_seconds(time, sizeof(time), progress->test_ns);
		format(line, sizeof(line), "  for %s", time);
	}
	if (line[0] && progress->of) {
		format_left(left, sizeof(left),
		            progress_left(progress->test_ns, progress->steps, progress->of));
		format(line, sizeof(line), "  for %s, %lu %% done%s", time,
		       progress->steps * 100 / progress->of, left);
	}
	column = grid_write(&screen.grid, 0, column, line, COLOUR_STATUS);
	grid_blank(&screen.grid, 0, column, COLOUR_STATUS);
}

static void draw_bar(const struct progress *progress)
{
	unsigned int width = screen.grid.columns / 2;
	unsigned int done = width * progress_permille(progress) / 1000;
	unsigned int column = BAR_COLUMN + width, length;
	char text[48] = "", line[128] = "", time[32], left[64];

	if (progress->planned) {
		format(text, sizeof(text), " %u of %u tests", progress_given(progress),
		       progress->planned);
		format_seconds(time, sizeof(time), progress->run_ns);
		format_left(left, sizeof(left), progress_run_left(progress));
		format(line, sizeof(line), "  %s%s", time, left);
	}
	grid_write(&screen.grid, 1, 0, " ", COLOUR_STATUS);
	length = (unsigned int)strlen(text);
	for (unsigned int n = 0; n < width; n++)
		grid_put(&screen.grid, 1, BAR_COLUMN + n, n < length ? text[n] : ' ',
		         n < done ? COLOUR_BAR_DONE : COLOUR_BAR_LEFT);
	column = grid_write(&screen.grid, 1, column, line, COLOUR_STATUS);
	grid_blank(&screen.grid, 1, column, COLOUR_STATUS);
}

static void draw_counts(const struct progress *progress)
{
	char text[32];
	unsigned int column = 0;

	format(text, sizeof(text), " passed %u", progress->passed);
	column = grid_write(&screen.grid, 2, column, text,
	                    progress->passed ? COLOUR_STATUS_GOOD : COLOUR_STATUS);
	format(text, sizeof(text), "   failed %u", progress->failed);
	column = grid_write(&screen.grid, 2, column, text,
	                    progress->failed ? COLOUR_STATUS_BAD : COLOUR_STATUS);
	format(text, sizeof(text), "   skipped %u", progress->skipped);
	column = grid_write(&screen.grid, 2, column, text,
	                    progress->skipped ? COLOUR_STATUS_SKIP : COLOUR_STATUS);
	grid_blank(&screen.grid, 2, column, COLOUR_STATUS);
}

void screen_draw_status(void)
{
	struct progress progress;

	progress_get(&progress);
	draw_test(&progress);
	draw_bar(&progress);
	draw_counts(&progress);
}
