// SPDX-License-Identifier: MIT
// The comparison as it stands on the screen at the end, to be read across the room.
#include "kernel/screen/screen.h"
#include "kernel/print.h"
#include "tests/arms.h"
#include "tests/loss/table.h"

static struct screen_table table;
static uint64_t fired_by_all; /* 0: not all arms have fired as many messages */

/* A name in narrow lines: each hyphen ends one. */
static void break_name(const char *name, char text[TABLE_TEXT_SIZE])
{
	unsigned int length = 0;

	for (; *name && length < TABLE_TEXT_SIZE - 2; name++) {
		text[length++] = *name;
		if (*name == '-')
			text[length++] = '\n';
	}
	text[length] = 0;
}

static enum colour colour_of(const struct loss *loss)
{
	if (loss->lost)
		return loss->must_not_lose ? COLOUR_BAD : COLOUR_LOSS;
	return loss->shows_nothing ? COLOUR_SKIP : COLOUR_GOOD;
}

static enum colour draw_figure(const struct loss *loss, char text[TABLE_TEXT_SIZE])
{
	const char *mark = loss->shows_nothing ? "*" : "";

	if (!loss->fired) {
		format(text, TABLE_TEXT_SIZE, "-");
		return COLOUR_DIM;
	}
	if (fired_by_all)
		format(text, TABLE_TEXT_SIZE, "%lu%s", loss->lost, mark);
	else
		format(text, TABLE_TEXT_SIZE, "%lu%s\nof %lu", loss->lost, mark, loss->fired);
	return colour_of(loss);
}

static enum colour cell(unsigned int row, unsigned int column, char text[TABLE_TEXT_SIZE])
{
	const struct source *source;

	text[0] = 0;
	if (!row && column)
		break_name(arms_protocol(column - 1)->name, text);
	if (!row)
		return COLOUR_HEAD;
	source = loss_table_source(row - 1);
	if (column)
		return draw_figure(loss_table_cell(row - 1, column - 1), text);
	format(text, TABLE_TEXT_SIZE, "%s\n %s", source->name, source->kind);
	return COLOUR_HEAD;
}

static uint64_t count_fired(void)
{
	uint64_t fired = 0;

	for (unsigned int row = 0; row < loss_table_rows(); row++)
		for (unsigned int column = 0; column < loss_table_columns(); column++) {
			const struct loss *loss = loss_table_cell(row, column);

			if (loss->fired && fired && loss->fired != fired)
				return 0;
			fired = loss->fired ? loss->fired : fired;
		}
	return fired;
}

void loss_table_to_screen(void)
{
	static char title[80];

	fired_by_all = count_fired();
	if (fired_by_all)
		format(title, sizeof(title), "messages lost of %lu fired while moving",
		       fired_by_all);
	else
		format(title, sizeof(title), "messages lost of those fired while moving");
	table = (struct screen_table){
	        .title = title,
	        .note = "only the last column has remapping;   * met no race: shows nothing",
	        .rows = 1 + loss_table_rows(),
	        .columns = 1 + loss_table_columns(),
	        .cell = cell,
	};
	screen_set_table(&table);
}
