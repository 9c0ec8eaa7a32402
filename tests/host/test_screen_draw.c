// SPDX-License-Identifier: MIT
// links: kernel/screen/canvas.c kernel/screen/colour.c kernel/screen/font.c kernel/screen/grid.c
// links: kernel/screen/table.c
/*
 * Characters, and a table of them, on a framebuffer of exactly the size it says: AddressSanitizer
 * notices a pixel beside it. In the gap behind each line nothing may be drawn, either.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/screen/grid.h"
#include "kernel/screen/table.h"
#include "tests/host/unit.h"

#define GAP       12
#define UNTOUCHED 0xa5

/* Glyphs that tell what they are: each row of character c has the bits of c. */
#define GLYPHS (FONT_LAST - FONT_FIRST + 1)
uint8_t glyphs_8x16[GLYPHS * 16], glyphs_12x24[GLYPHS * 24 * 2], glyphs_16x32[GLYPHS * 32 * 2];

static struct grid grid;
static unsigned int draws;

static void make_glyphs(void)
{
	for (unsigned int n = 0; n < GLYPHS; n++) {
		memset(glyphs_8x16 + n * 16, (int)n + FONT_FIRST, 16);
		memset(glyphs_12x24 + n * 48, (int)n + FONT_FIRST, 48);
		memset(glyphs_16x32 + n * 64, (int)n + FONT_FIRST, 64);
	}
}

static struct boot_framebuffer shape_of(unsigned int width, unsigned int height, unsigned int bits)
{
	return (struct boot_framebuffer){.address = 1,
	                                 .width = width,
	                                 .height = height,
	                                 .pitch = width * bits / 8 + GAP,
	                                 .bits_per_pixel = (uint8_t)bits,
	                                 .red_position = 16,
	                                 .green_position = 8};
}

static void begin(unsigned int width, unsigned int height, unsigned int bits)
{
	grid = (struct grid){.canvas.shape = shape_of(width, height, bits)};
	grid.canvas.pixels = malloc((size_t)grid.canvas.shape.pitch * height);
	grid.shown = malloc(grid_cells_max(&grid.canvas.shape) * sizeof(*grid.shown));
	assert_non_null(grid.canvas.pixels);
	assert_non_null(grid.shown);
	memset(grid.canvas.pixels, UNTOUCHED, (size_t)grid.canvas.shape.pitch * height);
	grid_clear(&grid, font_get(0), 1);
}

static void end(void)
{
	const struct boot_framebuffer *shape = &grid.canvas.shape;
	unsigned int used = shape->width * shape->bits_per_pixel / 8;

	for (unsigned int y = 0; y < shape->height; y++)
		for (unsigned int x = used; x < shape->pitch; x++)
			assert_int_equal(grid.canvas.pixels[y * shape->pitch + x], UNTOUCHED);
	free(grid.canvas.pixels);
	free(grid.shown);
}

static uint32_t pixel(unsigned int x, unsigned int y)
{
	const struct boot_framebuffer *shape = &grid.canvas.shape;
	unsigned int bytes = shape->bits_per_pixel / 8;
	uint32_t value = 0;

	memcpy(&value, grid.canvas.pixels + y * shape->pitch + x * bytes, bytes);
	return value;
}

/* Whether the cell's pixels are the glyph's, each as large as the scale says. */
static void check_cell(unsigned int row, unsigned int column, char c, enum colour colour)
{
	unsigned int width = grid.font->width * grid.scale;
	unsigned int height = grid.font->height * grid.scale;

	for (unsigned int y = 0; y < height; y++)
		for (unsigned int x = 0; x < width; x++) {
			unsigned int bit = x / grid.scale;
			bool set = (uint8_t)c << bit % 8 & 0x80;

			assert_int_equal(
			        pixel(grid.left + column * width + x, grid.top + row * height + y),
			        set ? colour_foreground(colour) : colour_background(colour));
		}
}

static void draws_glyphs(void **state)
{
	(void)state;
	for (unsigned int bits = 24; bits <= 32; bits += 8)
		for (unsigned int font = 0; font < FONTS; font++)
			for (unsigned int scale = 1; scale <= 3; scale++) {
				begin(200, 200, bits);
				grid_clear(&grid, font_get(font), scale);
				grid_put(&grid, 0, 0, 'A', COLOUR_GOOD);
				grid_put(&grid, grid.rows - 1, grid.columns - 1, '~', COLOUR_BAD);
				check_cell(0, 0, 'A', COLOUR_GOOD);
				check_cell(grid.rows - 1, grid.columns - 1, '~', COLOUR_BAD);
				end();
			}
}

static void other_places_of_the_colours(void **state)
{
	(void)state;
	begin(16, 16, 32);
	grid.canvas.shape.red_position = 0;
	grid.canvas.shape.blue_position = 16;
	canvas_fill(&grid.canvas, 0, 0, 1, 1, 0x112233);
	assert_int_equal(pixel(0, 0), 0x332211);
	end();
}

static void what_is_outside_is_cut_off(void **state)
{
	(void)state;
	begin(20, 35, 32); /* 2 x 2 characters, with something left over */
	canvas_fill(&grid.canvas, 10, 10, 1000, 1000, 0x010203);
	canvas_fill(&grid.canvas, 20, 0, 1, 1, 0xffffff);
	canvas_fill(&grid.canvas, 0, 35, 1, 1, 0xffffff);
	assert_int_equal(pixel(19, 34), 0x010203);
	assert_int_equal(pixel(9, 10), 0);
	canvas_character(&grid.canvas, 13, 0, font_get(0), 1, 'x', 1, 2);
	canvas_character(&grid.canvas, 0, 20, font_get(0), 1, 'x', 1, 2);
	grid_put(&grid, 2, 0, 'x', COLOUR_BAD);
	grid_put(&grid, 0, 2, 'x', COLOUR_BAD);
	assert_int_equal(grid_write(&grid, 1, 0, "far too long", COLOUR_BAD), 2);
	end();
}

static void a_character_without_glyph_is_blank(void **state)
{
	(void)state;
	begin(16, 16, 32);
	grid_put(&grid, 0, 0, '\t', COLOUR_BAD);
	grid_put(&grid, 0, 1, (char)0xe4, COLOUR_BAD);
	for (unsigned int x = 0; x < 16; x++)
		assert_int_equal(pixel(x, 3), colour_background(COLOUR_BAD));
	end();
}

/* What is there already is not drawn again. */
static void only_changes_are_drawn(void **state)
{
	(void)state;
	begin(16, 16, 32);
	grid_put(&grid, 0, 0, 'a', COLOUR_GOOD);
	canvas_fill(&grid.canvas, 0, 0, 1, 1, 0x123456);
	grid_put(&grid, 0, 0, 'a', COLOUR_GOOD);
	assert_int_equal(pixel(0, 0), 0x123456);
	grid_put(&grid, 0, 0, 'a', COLOUR_BAD);
	check_cell(0, 0, 'a', COLOUR_BAD);
	end();
}

static void scrolls(void **state)
{
	(void)state;
	begin(16, 80, 32);
	for (unsigned int row = 0; row < 5; row++)
		grid_put(&grid, row, 1, (char)('a' + row), COLOUR_SKIP);
	grid_scroll(&grid, 1, 2);
	check_cell(0, 1, 'a', COLOUR_SKIP);
	check_cell(1, 1, 'd', COLOUR_SKIP);
	check_cell(2, 1, 'e', COLOUR_SKIP);
	check_cell(3, 1, ' ', COLOUR_PLAIN);
	check_cell(4, 1, ' ', COLOUR_PLAIN);
	grid_scroll(&grid, 1, 1000);
	check_cell(1, 1, ' ', COLOUR_PLAIN);
	end();
}

/* VGA's text mode: 80 x 25 cells and no pixels. */
static uint16_t vga[80 * 25];

static void begin_text(void)
{
	static uint16_t shown[80 * 25];

	memset(vga, UNTOUCHED, sizeof(vga));
	grid = (struct grid){.canvas.shape = {.width = 80, .height = 25, .pitch = 160},
	                     .text = vga,
	                     .shown = shown};
	assert_int_equal(grid_cells_max(&grid.canvas.shape), 80 * 25);
	grid_clear(&grid, font_get(2), 4);
	assert_int_equal(grid.columns, 80);
	assert_int_equal(grid.rows, 25);
}

static void draws_in_text_mode(void **state)
{
	(void)state;
	begin_text();
	assert_int_equal(vga[80 * 25 - 1], 0x0700 | ' ');
	grid_put(&grid, 24, 79, 'z', COLOUR_BAD);
	assert_int_equal(vga[80 * 25 - 1], colour_attribute(COLOUR_BAD) << 8 | 'z');
}

static void refuses_other_framebuffers(void **state)
{
	struct boot_framebuffer good = shape_of(640, 480, 32), shape;

	(void)state;
	assert_null(canvas_fault(&good));
	assert_null(
	        canvas_fault(&(struct boot_framebuffer){.width = 80, .height = 25, .pitch = 160}));
	assert_non_null(
	        canvas_fault(&(struct boot_framebuffer){.width = 80, .height = 4, .pitch = 160}));
	assert_non_null(
	        canvas_fault(&(struct boot_framebuffer){.width = 80, .height = 25, .pitch = 80}));
#define REFUSED(field, value)                                                                      \
	shape = good;                                                                              \
	shape.field = value;                                                                       \
	assert_non_null(canvas_fault(&shape))
	REFUSED(bits_per_pixel, 16);
	REFUSED(bits_per_pixel, 8);
	REFUSED(pitch, 640 * 4 - 1);
	REFUSED(pitch, 0xffffffff);
	REFUSED(width, 319);
	REFUSED(height, 319);
	REFUSED(width, 0x40000000);
	REFUSED(height, 0xffffffff);
	REFUSED(red_position, 25);
	REFUSED(green_position, 255);
}

static enum colour cell(unsigned int row, unsigned int column, char text[TABLE_TEXT_SIZE])
{
	draws++;
	if (!row)
		snprintf(text, TABLE_TEXT_SIZE, column ? "c\n%u" : "", column);
	else if (!column)
		snprintf(text, TABLE_TEXT_SIZE, "row %u", row);
	else
		snprintf(text, TABLE_TEXT_SIZE, "%u", row * 10 + column);
	return row ? COLOUR_PLAIN : COLOUR_HEAD;
}

static const struct screen_table table = {
        .title = "title", .note = "note", .rows = 3, .columns = 3, .cell = cell};

static void row_text(unsigned int row, char text[81])
{
	for (unsigned int column = 0; column < grid.columns; column++)
		text[column] = (char)grid.shown[row * grid.columns + column];
	text[grid.columns] = 0;
}

static void a_table_in_text_mode(void **state)
{
	static const char *const expected[] = {
	        "PASSED",        "title",         "", "c   c", "1   2", "",
	        "row 1  11  12", "row 2  21  22", "", "note"};
	char text[81];
	long heading;

	(void)state;
	begin_text();
	table_draw(&grid, &table, "PASSED", COLOUR_GOOD, "keys");
	for (unsigned int row = 0; row < 10; row++) {
		row_text(row, text);
		assert_non_null(strstr(text, expected[row]));
	}
	row_text(24, text);
	assert_non_null(strstr(text, "keys"));
	/* Figures stand below their headings. */
	row_text(4, text);
	heading = strchr(text, '2') - text;
	row_text(7, text);
	assert_memory_equal(text + heading - 1, "22 ", 3);
}

/* The characters are the largest with which all of it is there: 13 columns and 11 rows. */
static void a_table_as_large_as_fits(void **state)
{
	static const struct {
		unsigned int width, height, pixels, scale;
	} cases[] = {
	        {13 * 64, 11 * 128, 64, 4},
	        {13 * 64 - 1, 11 * 128, 48, 3},
	        {13 * 64, 11 * 128 - 1, 48, 3},
	        {13 * 8, 11 * 16, 8, 1},
	        {40, 40, 8, 1},
	        {13 * 16, 11 * 32, 16, 1},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		begin(cases[n].width, cases[n].height, 32);
		table_draw(&grid, &table, "PASSED", COLOUR_GOOD, "keys");
		assert_int_equal(grid.font->width * grid.scale, cases[n].pixels);
		assert_int_equal(grid.scale, cases[n].scale);
		end();
	}
	assert_true(draws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(draws_glyphs),
	        cmocka_unit_test(other_places_of_the_colours),
	        cmocka_unit_test(what_is_outside_is_cut_off),
	        cmocka_unit_test(a_character_without_glyph_is_blank),
	        cmocka_unit_test(only_changes_are_drawn),
	        cmocka_unit_test(scrolls),
	        cmocka_unit_test(draws_in_text_mode),
	        cmocka_unit_test(refuses_other_framebuffers),
	        cmocka_unit_test(a_table_in_text_mode),
	        cmocka_unit_test(a_table_as_large_as_fits),
	};

	make_glyphs();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
