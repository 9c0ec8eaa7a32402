// SPDX-License-Identifier: MIT
// All lines, or those that are details, to scroll through when the run is over.
#include "kernel/keys.h"
#include "kernel/print.h"
#include "kernel/screen/paint.h"
#include "kernel/screen/parts.h"
#include "kernel/screen/screen.h"

static struct {
	bool details;
	uint64_t top; /* the first line shown */
} view;

static bool is_wanted(uint64_t line)
{
	char text[LOG_LINE_MAX + 1];

	if (!view.details)
		return true;
	log_line(&screen.log, line, text);
	return paint_is_detail(text);
}

/* The nearest wanted line before `line`; `line` itself when there is none. */
static uint64_t before(uint64_t line)
{
	uint64_t first = log_first(&screen.log);

	for (uint64_t other = line; other > first;)
		if (is_wanted(--other))
			return other;
	return line;
}

/* The nearest one after `line`; `line` itself when there is none. */
static uint64_t after(uint64_t line)
{
	for (uint64_t other = line + 1; other < screen.log.lines; other++)
		if (is_wanted(other))
			return other;
	return line;
}

/* All rows but the last, which says where one is. */
static unsigned int rows_for_lines(void)
{
	return screen.grid.rows - 1;
}

/* The first line of a page that ends right before `end`. */
static uint64_t page_before(uint64_t end)
{
	uint64_t top = end;
	unsigned int rows = 0;

	for (;;) {
		uint64_t other = before(top);

		if (other == top)
			return top;
		rows += screen_rows_of(other);
		if (rows > rows_for_lines())
			return top;
		top = other;
	}
}

static void draw_foot(uint64_t last)
{
	unsigned int row = screen.grid.rows - 1;
	char text[160];
	unsigned int column;

	format(text, sizeof(text), " lines %lu to %lu of %lu%s   up, down, b, space   " SCREEN_KEYS,
	       view.top + 1, last + 1, screen.log.lines, view.details ? ", details only" : "");
	column = grid_write(&screen.grid, row, 0, text, COLOUR_STATUS);
	grid_blank(&screen.grid, row, column, COLOUR_STATUS);
}

static void draw_lines(void)
{
	unsigned int row = 0;
	uint64_t line = view.top, last = view.top;

	screen.live = false;
	while (row < rows_for_lines() && line < screen.log.lines) {
		uint64_t next = after(line);

		row += screen_draw_line(row, line);
		last = line;
		if (next == line)
			break;
		line = next;
	}
	for (; row < rows_for_lines(); row++)
		grid_blank(&screen.grid, row, 0, COLOUR_PLAIN);
	draw_foot(last);
}

static void draw_anew(void)
{
	screen_clear();
	view.top = page_before(screen.log.lines);
	draw_lines();
}

void screen_show_lines(bool details)
{
	view.details = details;
	if (screen.present)
		print_hold(draw_anew);
}

/* Whether `line` is on the screen together with the last one. */
static bool shows_the_end(void)
{
	return view.top >= page_before(screen.log.lines);
}

static void page_down(void)
{
	unsigned int rows = screen_rows_of(view.top);

	for (uint64_t next = after(view.top); next != view.top && !shows_the_end();
	     next = after(view.top)) {
		view.top = next;
		rows += screen_rows_of(next);
		if (rows > rows_for_lines())
			return;
	}
}

static int key_pressed;

static void draw_moved(void)
{
	switch (key_pressed) {
	case KEY_UP:
		view.top = before(view.top);
		break;
	case KEY_DOWN:
		if (!shows_the_end())
			view.top = after(view.top);
		break;
	case KEY_PAGE_UP:
		view.top = page_before(view.top);
		break;
	case KEY_PAGE_DOWN:
		page_down();
		break;
	case KEY_FIRST:
		view.top = log_first(&screen.log);
		view.top = is_wanted(view.top) ? view.top : after(view.top);
		break;
	case KEY_LAST:
		view.top = page_before(screen.log.lines);
		break;
	default:
		return;
	}
	draw_lines();
}

void screen_scroll(int key)
{
	key_pressed = key;
	if (screen.present && !screen.live)
		print_hold(draw_moved);
}
