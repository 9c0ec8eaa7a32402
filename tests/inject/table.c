// SPDX-License-Identifier: MIT
#include "tests/inject/table.h"

#include "kernel/panic.h"
#include "kernel/print.h"

#define ATTACKS_MAX 24
#define WIDTH       13

static struct inject_tally cells[ATTACKS_MAX][ATTACKERS][PHASES];
static struct source sources[ATTACKERS]; /* no name: there was none */

const struct inject_attack *inject_attack(unsigned int n)
{
	static const struct inject_attack *const lists[] = {inject_compatibility,
	                                                    inject_remappable};

	for (unsigned int list = 0; list < sizeof(lists) / sizeof(lists[0]); list++)
		for (const struct inject_attack *attack = lists[list]; attack->name; attack++)
			if (n-- == 0)
				return attack;
	return NULL;
}

static unsigned int row_of(const struct inject_attack *attack)
{
	unsigned int row = 0;

	while (inject_attack(row) != attack)
		row++;
	if (row >= ATTACKS_MAX)
		panic("there is no room for more than %u attacks", ATTACKS_MAX);
	return row;
}

void inject_table_add(const struct inject_attack *attack, enum inject_attacker attacker,
                      const struct source *source, enum test_phase phase,
                      const struct inject_tally *tally)
{
	cells[row_of(attack)][attacker][phase] = *tally;
	if (!attack->twin)
		sources[attacker] = *source;
}

static void print_demanded(const struct inject_attack *attack)
{
	char text[WIDTH * 2] = "through";

	if (attack->own_only)
		format(text, sizeof(text), "own only");
	else if (attack->blocked)
		format(text, sizeof(text), "blocked %02xh", attack->blocked);
	print("%*s", WIDTH, text);
}

static void print_cell(const struct inject_attack *attack, const struct inject_tally *tally)
{
	char text[WIDTH * 2] = "-";

	if (tally->deviating)
		format(text, sizeof(text), "through*");
	else if (tally->through)
		format(text, sizeof(text), attack->own_only ? "own only" : "through");
	else if (tally->unrecorded)
		format(text, sizeof(text), "blocked");
	else if (tally->shots)
		format(text, sizeof(text), "blocked %02xh", tally->reason);
	print("%*s", WIDTH, text);
}

static void print_heading(void)
{
	print("# %-30s%*s", "", WIDTH, "with IR");
	for (enum inject_attacker a = 0; a < ATTACKERS; a++)
		if (sources[a].name[0])
			print("%*s%*s", WIDTH, sources[a].name, WIDTH, sources[a].kind);
	print("\n# %-30s%*s", "forged message", WIDTH, "must be");
	for (enum inject_attacker a = 0; a < ATTACKERS; a++)
		if (sources[a].name[0])
			print("%*s%*s", WIDTH, "without IR", WIDTH, "with IR");
	print("\n");
}

static void print_row(unsigned int row)
{
	const struct inject_attack *attack = inject_attack(row);

	print("# %-30s", attack->what);
	print_demanded(attack);
	for (enum inject_attacker a = 0; a < ATTACKERS; a++)
		for (enum test_phase phase = 0; sources[a].name[0] && phase < PHASES; phase++)
			print_cell(attack, &cells[row][a][phase]);
	print("\n");
}

static bool any(unsigned int row)
{
	for (enum inject_attacker a = 0; a < ATTACKERS; a++)
		for (enum test_phase phase = 0; phase < PHASES; phase++)
			if (cells[row][a][phase].shots)
				return true;
	return false;
}

void inject_table_print(void)
{
	bool printed = false;

	for (unsigned int row = 0; row < ATTACKS_MAX && inject_attack(row); row++) {
		if (!any(row))
			continue;
		if (!printed) {
			print("#\n# forged messages, and what became of them\n");
			print_heading();
		}
		printed = true;
		print_row(row);
	}
	if (printed)
		print("#\n# * the specification has it blocked, this platform does not\n"
		      "# \"blocked\" without a reason: no fault was recorded\n#\n");
}
