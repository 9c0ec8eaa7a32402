// SPDX-License-Identifier: MIT
/*
 * Every window, one by one: each protocol moves an irq while the device sends a message in one of
 * its windows, or two in two of them, and each must come in where the timeline says.
 *
 * A message is lost when it comes in where nobody owns the pair, or nowhere. Two that wait at one
 * CPU and vector are one interrupt; the handler runs after both were sent, so neither is lost.
 */
#include "drivers/vtd/vtd.h"
#include "kernel/cpu/instructions.h"
#include "kernel/print.h"
#include "tests/arms.h"
#include "tests/explore/case.h"
#include "tests/suite.h"

#define LOW  0x60
#define HIGH 0x90

static const struct explore_geometry geometries[] = {
        {BOTH_DIFFER, LOW, HIGH, "other CPU, higher vector"},
        {BOTH_DIFFER, HIGH, LOW, "other CPU, lower vector"},
        {SAME_VECTOR, LOW, LOW, "other CPU, same vector"},
        {SAME_CPU, LOW, HIGH, "same CPU, higher vector"},
        {SAME_CPU, HIGH, LOW, "same CPU, lower vector"},
        {BOTH_SAME, LOW, LOW, "same CPU, same vector"},
};

#define GEOMETRIES (sizeof(geometries) / sizeof(geometries[0]))
#define CELL       16

static const char *const place_names[PLACES] = {
        "{old,o}",          "{new,n}",         "{new,o} nobody's",
        "{old,n} nobody's", "{old,n} sent on", "elsewhere",
};

/* Appends to a text of `size` bytes that is `*length` long, as far as there is room. */
static void append(char *text, size_t size, int *length, const char *what)
{
	if ((size_t)*length < size)
		*length += format(text + *length, size - (size_t)*length, "%s%s",
		                  *length ? "+" : "", what);
}

/* Where all the messages of one move came in, each time. */
static void landed(const struct explorer *e, char *text, size_t size)
{
	int length = 0, arrivals = 0;

	text[0] = '\0';
	if (e->fires[0].held || e->fires[1].held)
		append(text, size, &length, "held");
	for (enum explore_place p = 0; p < PLACES; p++)
		for (uint32_t n = 0; n < e->at[p] && n < 2; n++, arrivals++)
			append(text, size, &length, place_names[p]);
	if (!arrivals)
		append(text, size, &length, "nowhere");
}

static uint8_t end_of(const struct explorer *e, unsigned int window)
{
	return e->expected->ends[window][e->geometry->relation];
}

/*
 * Of one message: whether it should have been lost, and hardware's cache has saved it. Then the
 * platform does not show the mistake.
 */
static bool saved_by_cache(const struct explorer *e)
{
	uint8_t end = end_of(e, e->first);

	return end & OR_OLD && !(end & (OLD | NEW)) && e->at[PLACE_OLD];
}

/*
 * How many of the messages came in nowhere. Of two that is known from the moves with one, or two
 * that became one could not be told from one that was dropped.
 */
static unsigned int came_in_nowhere(const struct explorer *e)
{
	enum explore_relation relation = e->geometry->relation;
	unsigned int count = e->nowhere[e->first][relation];

	if (e->second != EXPLORE_NEVER && !e->fires[1].refused)
		count += e->nowhere[e->second][relation];
	return count;
}

/* After a move with one message. */
static void remember(struct explorer *e)
{
	uint32_t arrivals = 0;

	for (enum explore_place p = 0; p < PLACES; p++)
		arrivals += e->at[p];
	e->nowhere[e->first][e->geometry->relation] = !arrivals;
	e->saved_by_cache |= saved_by_cache(e);
}

/* What became of it or of them; a star where two became one. */
static void outcome(const struct explorer *e, char *text, size_t size)
{
	bool two = e->second != EXPLORE_NEVER;
	const uint32_t *at = e->at;
	uint32_t handled = at[PLACE_OLD] + at[PLACE_NEW];
	uint32_t strays = at[PLACE_STRAY_NEW_O] + at[PLACE_STRAY_OLD_N];
	unsigned int nowhere = came_in_nowhere(e);
	int length = 0;

	text[0] = '\0';
	if (!two && handled == 2 && !strays) {
		append(text, size, &length, "twice");
		return;
	}
	if (at[PLACE_OLD])
		append(text, size, &length, e->geometry->relation == BOTH_SAME ? "same" : "old");
	if (at[PLACE_NEW])
		append(text, size, &length, at[PLACE_ORIGINAL] ? "retriggered" : "new");
	if (strays)
		append(text, size, &length, "stray");
	for (unsigned int n = 0; n < nowhere; n++)
		append(text, size, &length, e->blocked ? "blocked" : "missing");
	if (two && handled + strays + nowhere == 1 && (size_t)length < size)
		format(text + length, size - (size_t)length, "*");
}

/* Two messages at one place are one interrupt: the receivers take none before the move is over. */
static bool matches(const struct explorer *e, uint8_t first, uint8_t second)
{
	uint8_t places = first | second;

	/* Where both targets are the same, so are the places. */
	if (e->geometry->relation == BOTH_SAME && places & NEW)
		places = (places & (uint8_t)~NEW) | OLD;
	for (enum explore_place p = 0; p < PLACES; p++)
		if (e->at[p] != (places >> p & 1))
			return false;
	return true;
}

static uint8_t resolve(uint8_t end, bool cached)
{
	return end & OR_OLD && cached ? OLD : end & (uint8_t)~OR_OLD;
}

/* Every way in which hardware may use its freedom. */
static bool as_expected(const struct explorer *e)
{
	uint8_t first = end_of(e, e->first);
	uint8_t second = e->second == EXPLORE_NEVER ? 0 : end_of(e, e->second);

	for (unsigned int cached = 0; cached < 4; cached++)
		if (matches(e, resolve(first, cached & 1), resolve(second, cached & 2)))
			return true;
	return false;
}

/*
 * A device that waits until its first message has gone takes no second order while that is held
 * back; had it taken it, its pending bit would have stood for both.
 */
static bool may_refuse(const struct explorer *e, unsigned int n)
{
	return n == 1 && e->fires[0].held;
}

static void judge_fire(struct test_run *run, const struct explorer *e, unsigned int n)
{
	unsigned int window = n ? e->second : e->first;
	const struct explore_fire *fire = &e->fires[n];
	bool held = end_of(e, window) & BEHIND_MASK;

	test_check(run, !fire->refused || may_refuse(e, n), "%s: the device refused to fire in W%u",
	           e->geometry->name, window);
	test_check(run, fire->refused || fire->held == held, "%s: in W%u the device %s its message",
	           e->geometry->name, window, held ? "did not hold back" : "held back");
}

static void name_windows(const struct explorer *e, char *text, size_t size)
{
	int length = format(text, size, "W%u", e->first);

	if (e->second != EXPLORE_NEVER)
		format(text + length, size - (size_t)length, " W%u", e->second);
}

static const char *fate(const struct explore_fire *fire)
{
	return fire->refused ? "refused" : fire->held ? "held" : "sent";
}

/*
 * For machines, a line for each case: old and new target as CPU:APIC id:vector, how many windows
 * there were, those with a message and what the device did in each, and how many interrupts each
 * place had.
 */
static void print_case(const struct explorer *e)
{
	const struct protocol *protocol = e->arm.protocol;
	const uint32_t *at = e->at;
	char second[24] = "";

	if (e->second != EXPLORE_NEVER)
		format(second, sizeof(second), ",W%u:%s", e->second, fate(&e->fires[1]));
	print("# explored source=%s store=%s protocol=%s mistaken=%s ir=%s old=%u:%u:%02x "
	      "new=%u:%u:%02x windows=%u fires=W%u:%s%s {old,o}=%u {new,n}=%u {new,o}=%u "
	      "{old,n}=%u sent-on=%u elsewhere=%u\n",
	      e->arm.source->name, e->arm.source->kind, protocol->name,
	      protocol->mistaken ? "yes" : "no", vtd_enabled() ? "on" : "off", e->old.cpu,
	      e->old.apic_id, e->old.vector, e->new.cpu, e->new.apic_id, e->new.vector, e->windows,
	      e->first, fate(&e->fires[0]), second, at[PLACE_OLD], at[PLACE_NEW],
	      at[PLACE_STRAY_NEW_O], at[PLACE_STRAY_OLD_N], at[PLACE_ORIGINAL],
	      at[PLACE_ELSEWHERE]);
}

static void judge(struct test_run *run, const struct explorer *e)
{
	char windows[16], where[128];

	name_windows(e, windows, sizeof(windows));
	landed(e, where, sizeof(where));
	if (run->options->verbose >= 2)
		print_case(e);
	test_check(run, !e->out_of_order && e->windows == e->expected->windows,
	           "%s, %s: went through %u windows%s, not %u", e->geometry->name, windows,
	           e->windows, e->out_of_order ? " out of order" : "", e->expected->windows);
	judge_fire(run, e, 0);
	if (e->second != EXPLORE_NEVER)
		judge_fire(run, e, 1);
	test_check(run, as_expected(e),
	           "%s, %s: came in at %s, which is not what the timeline says", e->geometry->name,
	           windows, where);
}

/* One line of the table. What landed where is that of targets that differ in both. */
static bool explore_row(struct test_run *run, struct explorer *e)
{
	char line[GEOMETRIES * CELL + 1], where[128] = "", windows[16], cell[64];
	int length = 0;

	line[0] = '\0';
	for (unsigned int g = 0; g < GEOMETRIES; g++) {
		int error = explore_move(e, &geometries[g]);

		if (!test_check(run, !error, "%s: the move failed: error %d", geometries[g].name,
		                error))
			return false;
		judge(run, e);
		if (e->second == EXPLORE_NEVER)
			remember(e);
		if (!g)
			landed(e, where, sizeof(where));
		outcome(e, cell, sizeof(cell));
		length += format(line + length, sizeof(line) - (size_t)length,
		                 g + 1 < GEOMETRIES ? "%-16s" : "%s", cell);
	}
	name_windows(e, windows, sizeof(windows));
	print("# explore %-6s %-33s %s\n", windows, where, line);
	return true;
}

static void explore_all(struct test_run *run, struct explorer *e)
{
	unsigned int windows = e->expected->windows;

	print("# explore %s.%s.%s\n", e->arm.source->name, e->arm.source->kind,
	      e->arm.protocol->name);
	print("# explore %-6s %-33s %-16s%-16s%-16s%-16s%-16s%s\n", "window", "landed (both other)",
	      "cpu other", "other", "other", "same", "same", "same");
	print("# explore %-6s %-33s %-16s%-16s%-16s%-16s%-16s%s\n", "", "", "vector higher",
	      "lower", "same", "higher", "lower", "same");
	e->second = EXPLORE_NEVER;
	for (e->first = 0; e->first < windows; e->first++)
		if (!explore_row(run, e))
			return;
	for (e->first = 0; e->first < windows; e->first++)
		for (e->second = e->first + 1; e->second < windows; e->second++)
			if (!explore_row(run, e))
				return;
}

static void explore_arm(struct test_run *run, struct source *source,
                        const struct protocol *protocol)
{
	struct explorer explorer;
	int error = explore_begin(&explorer, source, protocol, run->options->seed);

	if (!test_check(run, !error, "%s refused its irq: error %d", source->name, error))
		return;
	if (test_check(run, explorer.expected, "nobody has written down what to expect of %s",
	               protocol->name))
		explore_all(run, &explorer);
	if (run->failed)
		arm_print_state(&explorer.arm);
	if (explorer.saved_by_cache)
		test_skip(run, "hardware used the old entry from its cache where the new one in "
		               "memory would have lost a message");
	explore_end(&explorer);
}

static void explore(struct test_run *run)
{
	const struct protocol *protocol;
	struct source *source;

	arms_get(ARMS_ALL, run->phase == PHASE_REMAPPED, run->instance, &source, &protocol);
	if (!arm_open_source(run, source))
		return;
	if (protocol->needs_mask && !store_maskable(source->ops->store(source, 0)))
		test_skip(run, "this message store has no mask bit");
	else if (protocol->needs_control && !source->ops->store(source, 0)->ops->write_control)
		test_skip(run, "the pending bit of this message store is not software's to clear");
	else if (protocol->needs_cmpxchg16b && !cpu_has_cmpxchg16b())
		test_skip(run, NO_CMPXCHG16B);
	else
		explore_arm(run, source, protocol);
	source->ops->close(source);
}

static unsigned int instances(enum test_phase phase)
{
	return arms_count(ARMS_ALL, phase == PHASE_REMAPPED);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	arms_label(ARMS_ALL, phase == PHASE_REMAPPED, instance, buffer, size);
}

TEST(19, explore_direct) = {
        .name = "explore",
        .checks = "without remapping, a message in each window of each protocol comes in where the "
                  "protocol's timeline says (the argument's point 2)",
        .failure = "a protocol does not do what its timeline says, or the expectation in "
                   "tests/explore/table.c is wrong",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_SOURCE,
        .run = explore,
};

TEST(19, explore_remapped) = {
        .name = "explore",
        .checks = "with remapping, a message before, amid or after the change of the IRTE comes in "
                  "at the old target or the new one, if that is one store (points 2 and 3)",
        .failure =
                "a message was torn, lost or handled twice in a move through the IRTE; or, where "
                "the entry is updated by mistake in several stores, went elsewhere than these say",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_SOURCE,
        .run = explore,
};
