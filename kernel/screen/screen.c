// SPDX-License-Identifier: MIT
#include "kernel/screen/screen.h"

#include "kernel/ktap.h"
#include "kernel/memory.h"
#include "kernel/paging.h"
#include "kernel/print.h"
#include "kernel/screen/paint.h"
#include "kernel/screen/parts.h"

#define LOG_SIZE  (1U << 20)
#define LOG_LINES 16384

struct screen screen;

static const struct screen_table *end_table;

void screen_clear(void)
{
	grid_clear(&screen.grid, font_for_width(screen.grid.canvas.shape.width), 1);
}

/* Blanks at the end, as in the heading of a table, shall not take another row. */
static size_t get_line(uint64_t line, char text[LOG_LINE_MAX + 1])
{
	size_t length = log_line(&screen.log, line, text);

	while (length && text[length - 1] == ' ')
		text[--length] = 0;
	return length;
}

unsigned int screen_rows_of(uint64_t line)
{
	char text[LOG_LINE_MAX + 1];
	size_t length = get_line(line, text);

	return length ? (unsigned int)((length - 1) / screen.grid.columns + 1) : 1;
}

unsigned int screen_draw_line(unsigned int row, uint64_t line)
{
	char text[LOG_LINE_MAX + 1];
	uint8_t colours[LOG_LINE_MAX];
	size_t length = get_line(line, text);
	unsigned int first = row, column = 0;

	paint_line(text, length, colours);
	for (size_t n = 0; n < length; n++) {
		if (column == screen.grid.columns) {
			column = 0;
			row++;
		}
		grid_put(&screen.grid, row, column++, text[n], colours[n]);
	}
	grid_blank(&screen.grid, row, column, COLOUR_PLAIN);
	return row + 1 - first;
}

/* Half a screen at a time: most lines then cost the drawing of their own characters only. */
static void make_room(unsigned int rows)
{
	unsigned int by = (screen.grid.rows - SCREEN_STATUS_ROWS) / 2;

	if (screen.next_row + rows <= screen.grid.rows)
		return;
	if (by < rows)
		by = rows;
	grid_scroll(&screen.grid, SCREEN_STATUS_ROWS, by);
	screen.next_row -= by;
}

/* Back to the lines as they come, with as many of the last ones as fill half the screen. */
static void go_live(void)
{
	uint64_t line = screen.log.lines;
	unsigned int rows = 0;

	screen.live = true;
	screen_clear();
	screen.next_row = SCREEN_STATUS_ROWS;
	screen_draw_status();
	while (line > log_first(&screen.log) && rows < screen.grid.rows / 2)
		rows += screen_rows_of(--line);
	for (; line < screen.log.lines; line++)
		screen.next_row += screen_draw_line(screen.next_row, line);
}

static void show_last_line(void)
{
	uint64_t line = screen.log.lines - 1;

	if (!screen.live) {
		go_live();
		return;
	}
	make_room(screen_rows_of(line));
	screen.next_row += screen_draw_line(screen.next_row, line);
}

void screen_write(const char *text, size_t length)
{
	if (!screen.present)
		return;
	for (size_t n = 0; n < length; n++)
		if (log_put(&screen.log, text[n]))
			show_last_line();
}

bool screen_present(void)
{
	return screen.present;
}

void screen_print(void)
{
	const struct boot_framebuffer *shape = &screen.grid.canvas.shape;

	if (!screen.present)
		return;
	if (screen.grid.text)
		print("# screen: VGA's text mode, %u x %u characters\n", screen.grid.columns,
		      screen.grid.rows);
	else
		print("# screen: %u x %u pixels, %u x %u characters\n", shape->width, shape->height,
		      screen.grid.columns, screen.grid.rows);
}

static void draw_progress(void)
{
	if (screen.live)
		screen_draw_status();
}

void screen_show_progress(void)
{
	if (screen.present)
		print_hold(draw_progress);
}

void screen_set_table(const struct screen_table *table)
{
	end_table = table;
}

static enum verdict end_verdict;

static void draw_end(void)
{
	static const char *const words[] = {[VERDICT_PASSED] = "PASSED",
	                                    [VERDICT_FAILED] = "FAILED",
	                                    [VERDICT_ERROR] = "ERROR"};
	unsigned int passed, failed, skipped;
	char line[80];

	ktap_counts(&passed, &failed, &skipped);
	format(line, sizeof(line), "%s: %u passed, %u failed, %u skipped", words[end_verdict],
	       passed, failed, skipped);
	screen.live = false;
	table_draw(&screen.grid, end_table, line,
	           end_verdict == VERDICT_PASSED ? COLOUR_GOOD : COLOUR_BAD, SCREEN_KEYS);
}

void screen_show_end(enum verdict verdict)
{
	end_verdict = verdict;
	if (screen.present && end_table)
		print_hold(draw_end);
}

static bool map_framebuffer(const struct boot_framebuffer *shape)
{
	const char *fault = canvas_fault(shape);
	uint64_t length = (uint64_t)shape->pitch * shape->height;
	volatile void *pixels = NULL;

	if (!fault) {
		fault = "it cannot be mapped";
		pixels = shape->bits_per_pixel ? memory_map_framebuffer(shape->address, length)
		                               : memory_map_device(shape->address, length);
	}
	if (!pixels) {
		print("# screen: the framebuffer at %lx, %ux%u, is not used: %s\n", shape->address,
		      shape->width, shape->height, fault);
		return false;
	}
	screen.grid.canvas.shape = *shape;
	if (shape->bits_per_pixel)
		screen.grid.canvas.pixels = (uint8_t *)(uint64_t)pixels;
	else
		screen.grid.text = pixels;
	return true;
}

/* What there is no memory for is not shown. */
static bool allocate(void)
{
	unsigned int cells = grid_cells_max(&screen.grid.canvas.shape);
	struct log *log = &screen.log;

	screen.grid.shown = memory_alloc(cells * sizeof(*screen.grid.shown), 8);
	for (log->size = LOG_SIZE; !log->bytes && log->size >= LOG_SIZE / 16; log->size /= 2)
		log->bytes = memory_alloc(log->size, 8);
	log->size = log->bytes ? log->size * 2 : 0;
	log->capacity = LOG_LINES;
	log->starts = memory_alloc(LOG_LINES * sizeof(*log->starts), 8);
	return screen.grid.shown && log->bytes && log->starts;
}

void screen_init(const struct boot_framebuffer *framebuffer)
{
	if (!framebuffer->address || !map_framebuffer(framebuffer))
		return;
	if (!allocate()) {
		print("# screen: there is no memory for its text\n");
		return;
	}
	screen.present = true;
	go_live();
}
