// SPDX-License-Identifier: MIT
// links: kernel/irq/matrix.c
//
// The vector matrix by itself: which vector is given out, what is counted, and, step by step of a
// long run, that it does what a model does that knows no short cut.
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/irq/matrix.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define FIRST   0x30
#define LAST    0xee
#define VECTORS (LAST - FIRST + 1)
#define MANY    256 /* CPUs */

static const struct vector_set none;
static struct matrix *matrix;

static void start(uint32_t cpus, uint8_t first, uint8_t last)
{
	free(matrix);
	matrix = calloc(1, matrix_size(cpus));
	assert_non_null(matrix);
	matrix_init(matrix, cpus, first, last);
	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		matrix_online(matrix, cpu);
}

static int alloc(uint32_t cpu)
{
	return matrix_alloc(matrix, cpu, &none, &none);
}

static struct vector_set set_of(const uint8_t *vectors, size_t count)
{
	struct vector_set set = none;

	for (size_t i = 0; i < count; i++)
		vector_set_add(&set, vectors[i]);
	return set;
}

#define SET(...) set_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void a_set_has_what_was_added(void **state)
{
	struct vector_set set = SET(0, 63, 64, 255);

	(void)state;
	for (unsigned int v = 0; v < MATRIX_VECTORS; v++)
		assert_int_equal(vector_set_has(&set, (uint8_t)v),
		                 v == 0 || v == 63 || v == 64 || v == 255);
	vector_set_remove(&set, 64);
	assert_false(vector_set_has(&set, 64));
	assert_true(vector_set_has(&set, 63));
}

static void vectors_are_given_out_in_a_round(void **state)
{
	(void)state;
	start(1, FIRST, LAST);
	for (int round = 0; round < 3; round++)
		for (int v = FIRST; v <= LAST; v++) {
			assert_int_equal(alloc(0), v);
			matrix_free(matrix, 0, (uint8_t)v);
		}
}

/* One that was just freed rests until all others have had their turn. */
static void a_vector_just_freed_rests_longest(void **state)
{
	(void)state;
	start(1, FIRST, LAST);
	assert_int_equal(alloc(0), FIRST);
	assert_int_equal(alloc(0), FIRST + 1);
	matrix_free(matrix, 0, FIRST);
	for (int v = FIRST + 2; v <= LAST; v++)
		assert_int_equal(alloc(0), v);
	assert_int_equal(alloc(0), FIRST);
	assert_int_equal(alloc(0), -ENOSPC);
}

/* Of vectors 30h to 35h: */
static void the_best_is_allocated_nowhere_then_not_among_rather_not_then_any(void **state)
{
	const struct vector_set never = SET(0x31), rather_not = SET(0x32, 0x35);

	(void)state;
	start(2, 0x30, 0x35);
	for (uint8_t v = 0x31; v <= 0x34; v++)
		assert_int_equal(matrix_alloc_this(matrix, 1, v), 0);
	assert_int_equal(matrix_alloc(matrix, 0, &never, &rather_not), 0x30);
	assert_int_equal(matrix_alloc(matrix, 0, &never, &rather_not), 0x35);
	assert_int_equal(matrix_alloc(matrix, 0, &never, &rather_not), 0x33);
	assert_int_equal(matrix_alloc(matrix, 0, &never, &rather_not), 0x34);
	assert_int_equal(matrix_alloc(matrix, 0, &never, &rather_not), 0x32);
	assert_int_equal(matrix_alloc(matrix, 0, &never, &rather_not), -ENOSPC);
	assert_int_equal(matrix_alloc(matrix, 0, &none, &none), 0x31);
	assert_int_equal(matrix_available(matrix, 0), 0);
}

static void a_vector_of_an_offline_cpu_is_allocated_somewhere(void **state)
{
	(void)state;
	start(2, 0x30, 0x33);
	assert_int_equal(matrix_alloc_this(matrix, 1, 0x30), 0);
	matrix_offline(matrix, 1);
	assert_int_equal(alloc(0), 0x31);
	assert_int_equal(alloc(0), 0x32);
	assert_int_equal(alloc(0), 0x33);
	assert_int_equal(alloc(0), 0x30);
	matrix_free(matrix, 1, 0x30);
	assert_int_equal(matrix->users[0x30], 1);
}

static void the_systems_vectors_are_never_given_out(void **state)
{
	(void)state;
	start(1, FIRST, LAST);
	for (int v = 0; v < MATRIX_VECTORS; v++) {
		bool usable = v >= FIRST && v <= LAST;

		assert_int_equal(vector_set_has(&matrix->system, (uint8_t)v), !usable);
		assert_int_equal(matrix_alloc_this(matrix, 0, (uint8_t)v), usable ? 0 : -EINVAL);
		assert_int_equal(matrix_alloc_this(matrix, 0, (uint8_t)v),
		                 usable ? -EBUSY : -EINVAL);
	}
	assert_int_equal(alloc(0), -ENOSPC);
	assert_int_equal(matrix->allocated, VECTORS);
}

static void a_cpu_that_is_offline_or_none_gives_nothing(void **state)
{
	(void)state;
	start(2, FIRST, LAST);
	matrix_offline(matrix, 1);
	assert_int_equal(alloc(1), -EINVAL);
	assert_int_equal(alloc(2), -EINVAL);
	assert_int_equal(alloc(UINT32_MAX), -EINVAL);
	assert_int_equal(matrix_available(matrix, 1), 0);
	assert_int_equal(matrix_best_cpu(matrix, 2), 0);
	matrix_offline(matrix, 0);
	assert_int_equal(matrix_best_cpu(matrix, 2), -ENOSPC);
	assert_int_equal(matrix_available_elsewhere(matrix, 0), 0);
	matrix_online(matrix, 1);
	assert_int_equal(alloc(1), FIRST);
}

static void what_can_be_given_out_changes_only_while_nothing_is(void **state)
{
	(void)state;
	start(2, FIRST, LAST);
	assert_int_equal(alloc(1), FIRST);
	matrix_offline(matrix, 1);
	assert_int_equal(matrix_set_usable(matrix, 0x40, 0x41), -EBUSY);
	assert_int_equal(matrix_available(matrix, 0), VECTORS);
	matrix_free(matrix, 1, FIRST);
	assert_int_equal(matrix_set_usable(matrix, 0x40, 0x41), 0);
	assert_int_equal(matrix_available(matrix, 0), 2);
	assert_int_equal(alloc(0), 0x40);
	assert_int_equal(alloc(0), 0x41);
	assert_int_equal(alloc(0), -ENOSPC);
}

/* A promise needs no vector. */
static void reservations_are_counted_and_never_refused(void **state)
{
	(void)state;
	start(1, 0x30, 0x30);
	for (uint32_t n = 1; n <= 1000; n++) {
		matrix_reserve(matrix);
		assert_int_equal(matrix->reserved, n);
		assert_int_equal(matrix_available(matrix, 0), 1);
	}
	assert_int_equal(alloc(0), 0x30);
	assert_int_equal(alloc(0), -ENOSPC);
	for (uint32_t n = 1000; n-- > 0;) {
		matrix_unreserve(matrix);
		assert_int_equal(matrix->reserved, n);
	}
}

/* At no moment does one CPU have two more than another. */
static void the_best_cpu_spreads_evenly(void **state)
{
	(void)state;
	start(MANY, FIRST, LAST);
	for (uint32_t n = 0; n < 4 * MANY; n++) {
		int cpu = matrix_best_cpu(matrix, MANY);

		assert_int_equal(cpu, n % MANY);
		assert_int_equal(matrix->cpu[cpu].count, n / MANY);
		assert_true(alloc((uint32_t)cpu) >= 0);
	}
}

/* Some CPUs are out of an irq's reach, however empty. */
static void the_best_cpu_is_one_of_those_asked_for(void **state)
{
	(void)state;
	start(3, FIRST, LAST);
	assert_true(alloc(0) >= 0);
	assert_int_equal(matrix_best_cpu(matrix, 0), -ENOSPC);
	assert_int_equal(matrix_best_cpu(matrix, 1), 0);
	assert_int_equal(matrix_best_cpu(matrix, 3), 1);
}

static void every_vector_of_many_cpus_can_be_had_and_given_back(void **state)
{
	(void)state;
	start(MANY, FIRST, LAST);
	for (int round = 0; round < 2; round++) {
		for (uint32_t n = 0; n < MANY * VECTORS; n++)
			assert_true(alloc((uint32_t)matrix_best_cpu(matrix, MANY)) >= 0);
		assert_int_equal(matrix->allocated, MANY * VECTORS);
		for (uint32_t cpu = 0; cpu < MANY; cpu++) {
			assert_int_equal(alloc(cpu), -ENOSPC);
			assert_int_equal(matrix_available(matrix, cpu), 0);
			assert_int_equal(matrix_available_elsewhere(matrix, cpu), 0);
		}
		for (uint32_t cpu = 0; cpu < MANY; cpu++)
			for (int v = FIRST; v <= LAST; v++)
				matrix_free(matrix, cpu, (uint8_t)v);
		assert_int_equal(matrix->allocated, 0);
		assert_int_equal(matrix_available_elsewhere(matrix, 0), (MANY - 1) * VECTORS);
		assert_memory_equal(&matrix->anywhere, &none, sizeof(none));
	}
}

static void the_table_can_be_read(void **state)
{
	(void)state;
	start(4, FIRST, LAST);
	for (uint8_t v = 0x31; v <= 0x33; v++)
		assert_int_equal(matrix_alloc_this(matrix, 0, v), 0);
	assert_int_equal(matrix_alloc_this(matrix, 0, 0x50), 0);
	assert_int_equal(matrix_alloc_this(matrix, 2, LAST), 0);
	matrix_offline(matrix, 2);
	matrix_offline(matrix, 3);
	matrix_reserve(matrix);
	shim_forget_printed();
	matrix_print(matrix);
	assert_string_equal(shim_printed(),
	                    "# vectors: 2 cpus online with 191 each, 4 allocated, 1 reserved, 378 "
	                    "available\n"
	                    "# vectors:  cpu  state    allocated  available  which\n"
	                    "# vectors:    0  online           4        187  31-33 50\n"
	                    "# vectors:    1  online           0        191 \n"
	                    "# vectors:    2  offline          1          0  ee\n");
}

/* The longest line there can be has every second vector; it is cut, not written past its end. */
static void a_line_that_is_too_long_is_cut(void **state)
{
	const char *line;

	(void)state;
	start(1, 0, 255);
	for (int v = 0; v <= 254; v += 2)
		assert_int_equal(matrix_alloc_this(matrix, 0, (uint8_t)v), 0);
	shim_forget_printed();
	matrix_print(matrix);
	line = strstr(shim_printed(), " 00 02");
	assert_non_null(line);
	assert_true(strchr(line, '\n') - shim_printed() < 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_set_has_what_was_added),
	        cmocka_unit_test(vectors_are_given_out_in_a_round),
	        cmocka_unit_test(a_vector_just_freed_rests_longest),
	        cmocka_unit_test(the_best_is_allocated_nowhere_then_not_among_rather_not_then_any),
	        cmocka_unit_test(a_vector_of_an_offline_cpu_is_allocated_somewhere),
	        cmocka_unit_test(the_systems_vectors_are_never_given_out),
	        cmocka_unit_test(a_cpu_that_is_offline_or_none_gives_nothing),
	        cmocka_unit_test(what_can_be_given_out_changes_only_while_nothing_is),
	        cmocka_unit_test(reservations_are_counted_and_never_refused),
	        cmocka_unit_test(the_best_cpu_spreads_evenly),
	        cmocka_unit_test(the_best_cpu_is_one_of_those_asked_for),
	        cmocka_unit_test(every_vector_of_many_cpus_can_be_had_and_given_back),
	        cmocka_unit_test(the_table_can_be_read),
	        cmocka_unit_test(a_line_that_is_too_long_is_cut),
	};
	int failed = cmocka_run_group_tests_name("matrix", tests, NULL, NULL);

	free(matrix);
	return failed;
}
