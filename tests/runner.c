// SPDX-License-Identifier: MIT
#include <stdarg.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/message.h"
#include "kernel/irq/source.h"
#include "kernel/irq/vector.h"
#include "kernel/ktap.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/progress.h"
#include "kernel/quirks.h"
#include "kernel/result_text.h"
#include "kernel/string.h"
#include "kernel/watchdog.h"
#include "tests/counts.h"
#include "tests/entry/table.h"
#include "tests/gallery/table.h"
#include "tests/glob.h"
#include "tests/inject/table.h"
#include "tests/loss/table.h"
#include "tests/mark.h"
#include "tests/suite.h"
#include "tests/virt/table.h"

#define NAME_SIZE 96

extern const struct test *const __start_tests[], *const __stop_tests[];

void test_fail(struct test_run *run, const char *text_format, ...)
{
	va_list arguments;
	char line[256];

	va_start(arguments, text_format);
	format_v(line, sizeof(line), text_format, arguments);
	va_end(arguments);
	print("# failed %s: %s\n", run->name, line);
	run->failed = true;
}

void test_skip(struct test_run *run, const char *text_format, ...)
{
	va_list arguments;

	va_start(arguments, text_format);
	format_v(run->reason, sizeof(run->reason), text_format, arguments);
	va_end(arguments);
	run->skipped = true;
}

static unsigned int instances_of(const struct test *test)
{
	return test->instances ? test->instances(test->phase) : 1;
}

/* Without an instance the test is one line, under its own name. */
static void name_of(const struct test *test, bool has_instances, unsigned int instance, char *name)
{
	char label[NAME_SIZE / 2] = "";

	if (test->label && has_instances)
		test->label(test->phase, instance, label, sizeof(label));
	format(name, NAME_SIZE, label[0] ? "%s.%s" : "%s", test->name, label);
}

/* One that runs on demand only is not among what a pattern for many finds: "*", "*.remapped". */
static bool selected(const struct options *options, const struct test *test, const char *name)
{
	bool wants_its_name = test->on_demand && !options->list;

	for (const char *pattern = options->test; pattern; pattern = glob_next(pattern))
		if (glob_selects(pattern, name) && !(wants_its_name && *pattern == '*'))
			return true;
	return false;
}

/*
 * False: no instance of it is, whatever its label. Asked first, since to name the instances of a
 * test takes longer than to run a small one.
 */
static bool may_be_selected(const struct options *options, const struct test *test)
{
	for (const char *pattern = options->test; pattern; pattern = glob_next(pattern))
		if (glob_may_select(pattern, test->name))
			return true;
	return false;
}

/* Why the whole phase cannot run, or NULL. */
static const char *phase_refused(const struct options *options, enum test_phase phase)
{
	if (phase == PHASE_DIRECT)
		return options->ir == OPTIONS_IR_ON ? "ir=on leaves out what runs without remapping"
		                                    : NULL;
	if (options->ir == OPTIONS_IR_OFF)
		return "ir=off leaves out what needs remapping";
	return vtd_unavailable_reason();
}

/* What is counted since the start. */
struct seen {
	uint64_t unexpected, on_shutdown;
	unsigned int dropped;
	struct counts held; /* an entry whose withdrawal hardware did not confirm for ever */
};

static struct seen look(void)
{
	uint32_t cpu;
	uint8_t vector;

	return (struct seen){vector_unexpected(&cpu, &vector), vector_on_shutdown(&cpu),
	                     sources_dropped(), counts_take()};
}

/* At the end of the test before: what comes in between two fails the second. */
static struct seen seen_before;

/*
 * After each test: nothing may be left behind, and no interrupt may have come for nobody since
 * `before`, which is what was seen now afterwards.
 */
static void check_leftovers(struct test_run *run, struct seen *before)
{
	const struct seen now = look();
	unsigned int faults = vtd_enabled() ? vtd_take_faults() : 0;
	uint64_t on_shutdown = now.on_shutdown - before->on_shutdown;
	uint64_t unexpected = now.unexpected - before->unexpected;
	uint32_t cpu;
	uint8_t vector;

	test_check(run, now.dropped == before->dropped,
	           "a device was dropped, a line above says why");
	test_check(run, !faults, "%u faults were recorded that the test has not asked for", faults);
	vector_on_shutdown(&cpu);
	test_check(run, on_shutdown == run->on_shutdown_expected,
	           "%lu messages came in on the shutdown vector, the last on cpu %u, and %lu were "
	           "expected there",
	           on_shutdown, cpu, run->on_shutdown_expected);
	vector_unexpected(&cpu, &vector);
	test_check(run, !unexpected,
	           "%lu interrupts on vectors of no source, the last at cpu %u, vector 0x%x",
	           unexpected, cpu, vector);
	test_check(run, !now.held.irqs && !now.held.vectors.allocated && !now.held.vectors.reserved,
	           "%u irqs, %u CPU vectors and %u reservations were not given back", now.held.irqs,
	           now.held.vectors.allocated, now.held.vectors.reserved);
	test_check(run, now.held.entries == before->held.entries,
	           "%u remapping entries are in use, and %u were before", now.held.entries,
	           before->held.entries);
	*before = now;
}

const struct test *test_find(const char *name, enum test_phase phase)
{
	for (const struct test *const *t = __start_tests; t < __stop_tests; t++)
		if ((*t)->phase == phase && !strcmp((*t)->name, name))
			return *t;
	return NULL;
}

void test_run_within(struct test_run *run, const struct test *test)
{
	struct seen before = look();

	test->run(run);
	check_leftovers(run, &before);
}

static void run_instance(const struct options *options, const struct test *test, const char *name,
                         unsigned int instance, const char *refused)
{
	struct test_run run = {
	        .options = options, .name = name, .phase = test->phase, .instance = instance};
	unsigned int faults = vtd_enabled() ? vtd_take_faults() : 0;

	watchdog_test(name);
	progress_test(name);
	test_check(&run, !faults, "%u faults were recorded after the test before", faults);
	if (refused)
		test_skip(&run, "%s", refused);
	else if (!instances_of(test))
		test_skip(&run, "%s", test->needs);
	else if (test->cpus > cpu_count())
		test_skip(&run, "needs %u CPUs, %u running", test->cpus, cpu_count());
	else if (test->cpus > cpu_count_to(MESSAGE_APIC_ID_MAX))
		test_skip(&run, "needs %u CPUs that a message can name, there are %u", test->cpus,
		          cpu_count_to(MESSAGE_APIC_ID_MAX));
	else if (test->phase == PHASE_REMAPPED && vtd_enable())
		test_fail(&run, "this machine has interrupt remapping, but it does not go on");
	else
		test->run(&run);
	check_leftovers(&run, &seen_before);
	watchdog_test("between tests");

	if (run.failed) {
		print("# failed %s checks: %s\n# failed %s means: %s\n", name, test->checks, name,
		      test->failure);
		ktap_fail(name);
	} else if (run.skipped) {
		ktap_skip(name, run.reason);
	} else {
		ktap_pass(name);
	}
}

/* Calls `visit` for every selected instance of a phase; returns how many there are. */
static unsigned int for_each(const struct options *options, enum test_phase phase,
                             const char *refused,
                             void (*visit)(const struct options *, const struct test *,
                                           const char *, unsigned int, const char *))
{
	unsigned int count = 0;

	for (const struct test *const *t = __start_tests; t < __stop_tests; t++) {
		unsigned int instances;

		if ((*t)->phase != phase || !may_be_selected(options, *t))
			continue;
		instances = instances_of(*t);
		for (unsigned int i = 0; i < (instances ? instances : 1); i++) {
			char name[NAME_SIZE];

			cpu_progress(); /* on a busy host it is a while to the first one */
			name_of(*t, instances, i, name);
			if (!selected(options, *t, name))
				continue;
			count++;
			if (visit)
				visit(options, *t, name, i, refused);
		}
	}
	return count;
}

/* The claim once, then the names under it. */
static void list_instance(const struct options *options, const struct test *test, const char *name,
                          unsigned int instance, const char *refused)
{
	static const struct test *last;

	(void)options, (void)instance, (void)refused;
	if (test != last)
		print("#\n# %s%s\n", test->checks, test->on_demand ? " (only when asked for)" : "");
	last = test;
	print("#   %s\n", name);
}

static unsigned int selected_count(const struct options *options)
{
	unsigned int count = 0;

	for (enum test_phase phase = 0; phase < PHASES; phase++)
		count += for_each(options, phase, NULL, NULL);
	return count;
}

/* Whether each pattern of test= selects something; one that does not is a mistake, and named. */
static bool all_patterns_select(const struct options *options)
{
	const char *next;

	for (const char *pattern = options->test; pattern; pattern = next) {
		struct options alone = *options;

		next = glob_next(pattern);
		format(alone.test, next ? (size_t)(next - pattern) : sizeof(alone.test), "%s",
		       pattern);
		if (selected_count(&alone))
			continue;
		print("Bail out! no test is called \"%s\"; the option \"list\" prints their "
		      "names\n",
		      alone.test);
		return false;
	}
	return true;
}

/* A report as well, of no test: who reads reports need not know of it. */
static enum verdict list_tests(const struct options *options)
{
	ktap_begin(0);
	for (enum test_phase phase = 0; phase < PHASES; phase++)
		for_each(options, phase, NULL, list_instance);
	return ktap_end();
}

/* Without it the text says that it is full, as soon as it is. */
static void make_room_for_results(unsigned int tests)
{
	char *memory = memory_alloc(result_text_room(tests), 1);

	if (memory)
		result_text_move(memory, result_text_room(tests));
}

/* There is no test for it any more, so it is the verdict alone that says so. */
static bool something_came_after_the_last(void)
{
	struct test_run run = {.name = "after the last test"};

	check_leftovers(&run, &seen_before);
	return run.failed;
}

enum verdict tests_run(const struct options *options)
{
	enum verdict verdict;
	unsigned int tests;
	bool late;

	if (options->list)
		return list_tests(options);
	if (!all_patterns_select(options))
		return VERDICT_ERROR;
	if (options->marks && marks_on())
		print("# marks: there is no PCI function to write them to\n");
	tests = selected_count(options);
	make_room_for_results(tests);
	ktap_begin(tests);
	progress_plan(tests);
	seen_before = look();
	for (enum test_phase phase = 0; phase < PHASES; phase++) {
		const char *refused =
		        for_each(options, phase, NULL, NULL) ? phase_refused(options, phase) : NULL;

		for_each(options, phase, refused, run_instance);
	}
	late = something_came_after_the_last();
	progress_test(NULL);
	loss_table_print();
	entry_table_print();
	gallery_table_print();
	inject_table_print();
	virt_table_print();
	quirks_print();
	verdict = ktap_end();
	return late && verdict == VERDICT_PASSED ? VERDICT_FAILED : verdict;
}
