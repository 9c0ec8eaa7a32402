/* SPDX-License-Identifier: MIT */
/*
 * Tests are data, registered where they stand. A test may have several instances (one for each
 * source and protocol, say); each instance is one line of the report, named "test.label".
 *
 * The runner goes through the phases in order: first everything without remapping, then it switches
 * remapping on and runs the rest. A phase that cannot be had, or was not asked for, skips its tests
 * with that reason.
 */
#ifndef RETARGET_TESTS_SUITE_H
#define RETARGET_TESTS_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/options.h"
#include "kernel/power.h"

enum test_phase {
	PHASE_DIRECT,   /* remapping off */
	PHASE_REMAPPED, /* remapping on */
	PHASES,
};

/* One running instance. */
struct test_run {
	const struct options *options;
	const char *name;
	enum test_phase phase;
	unsigned int instance;
	bool failed;
	bool skipped;
	char reason[160];              /* why it was skipped */
	uint64_t on_shutdown_expected; /* messages on the shutdown vector */
};

struct test {
	const char *name;
	const char *checks;  /* what is claimed, and by which clause */
	const char *failure; /* what it means when it fails */
	enum test_phase phase;
	unsigned int cpus; /* needs at least so many */
	bool on_demand;    /* runs only when test= names it */

	/* How many instances there are on this machine; NULL: one, without a label. */
	unsigned int (*instances)(enum test_phase phase);
	void (*label)(enum test_phase phase, unsigned int instance, char *buffer, size_t size);

	/* What is missing when instances() says 0: the test is then one skipped line. */
	const char *needs;

	void (*run)(struct test_run *run);
};

/*
 * TEST(10, smoke_direct) = { ... }; the number gives its place in the run. It has two digits, for
 * the linker sorts it as text.
 */
#define TEST(place, ident)                                                                         \
	static const struct test ident##_test;                                                     \
	__attribute__((                                                                            \
	        used,                                                                              \
	        section("tests." #place))) static const struct test *const ident##_test_entry =    \
	        &ident##_test;                                                                     \
	static const struct test ident##_test

/* Marks the instance as failed, with a line that says what was wrong. It goes on. */
void test_fail(struct test_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Marks the instance as skipped, unless it also fails. It goes on, too. */
void test_skip(struct test_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fails unless `condition`; returns it. */
#define test_check(run, condition, ...)                                                            \
	((condition) ? true : (test_fail((run), __VA_ARGS__), false))

/*
 * For tests that run others, in a guest: the one of that name and phase, NULL when there is none;
 * and runs an instance of it in `run`, which has its options, phase and instance.
 */
const struct test *test_find(const char *name, enum test_phase phase);
void test_run_within(struct test_run *run, const struct test *test);

/* Runs what the options select, prints the report, returns the verdict. */
enum verdict tests_run(const struct options *options);

#endif
