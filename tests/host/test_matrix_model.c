// SPDX-License-Identifier: MIT
// links: kernel/irq/matrix.c
//
// The vector matrix against a model that knows no short cut, step by step of a long random run; and
// how many instructions an operation takes.
#include <asm-generic/errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/irq/matrix.h"
#include "kernel/random.h"
#include "tests/host/unit.h"

#define CPUS  5
#define STEPS 40000

static struct matrix *matrix;
static struct random numbers;

static struct {
	bool allocated[CPUS][MATRIX_VECTORS];
	bool online[CPUS];
	bool usable[MATRIX_VECTORS];
	uint32_t reserved;
	uint8_t last;
} model;

static uint32_t below(uint32_t limit)
{
	return random_below(&numbers, limit);
}

static bool model_anywhere(unsigned int vector)
{
	for (uint32_t cpu = 0; cpu < CPUS; cpu++)
		if (model.allocated[cpu][vector])
			return true;
	return false;
}

static uint32_t model_count(uint32_t cpu)
{
	uint32_t count = 0;

	for (unsigned int v = 0; v < MATRIX_VECTORS; v++)
		count += model.allocated[cpu][v];
	return count;
}

static uint32_t model_available(uint32_t cpu)
{
	uint32_t usable = 0;

	for (unsigned int v = 0; v < MATRIX_VECTORS; v++)
		usable += model.usable[v];
	return model.online[cpu] ? usable - model_count(cpu) : 0;
}

/* How good a vector is: 0 cannot be had, 3 is on no CPU. */
static int model_rank(uint32_t cpu, unsigned int v, const struct vector_set *never,
                      const struct vector_set *rather_not)
{
	if (!model.usable[v] || model.allocated[cpu][v] || vector_set_has(never, (uint8_t)v))
		return 0;
	if (!model_anywhere(v))
		return 3;
	return vector_set_has(rather_not, (uint8_t)v) ? 1 : 2;
}

/* The first of the best ones after the last that was given out. */
static int model_choose(uint32_t cpu, const struct vector_set *never,
                        const struct vector_set *rather_not)
{
	int best = -ENOSPC, best_rank = 0;

	if (cpu >= CPUS || !model.online[cpu])
		return -EINVAL;
	for (unsigned int n = 1; n <= MATRIX_VECTORS; n++) {
		unsigned int v = (model.last + n) % MATRIX_VECTORS;
		int rank = model_rank(cpu, v, never, rather_not);

		if (rank > best_rank) {
			best = (int)v;
			best_rank = rank;
		}
	}
	return best;
}

static int model_best_cpu(void)
{
	int best = -ENOSPC;

	for (uint32_t cpu = 0; cpu < CPUS; cpu++)
		if (model.online[cpu] &&
		    (best < 0 || model_count(cpu) < model_count((uint32_t)best)))
			best = (int)cpu;
	return best;
}

static void assert_counts_agree(void)
{
	uint32_t allocated = 0, online = 0, available = 0;

	for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
		assert_int_equal(matrix->cpu[cpu].count, model_count(cpu));
		assert_int_equal(matrix_available(matrix, cpu), model_available(cpu));
		available += model_available(cpu);
		online += model.online[cpu];
		if (model.online[cpu])
			allocated += model_count(cpu);
	}
	for (uint32_t cpu = 0; cpu < CPUS; cpu++)
		assert_int_equal(matrix_available_elsewhere(matrix, cpu),
		                 available - model_available(cpu));
	assert_int_equal(matrix->online, online);
	assert_int_equal(matrix->allocated, allocated);
	assert_int_equal(matrix->reserved, model.reserved);
	assert_int_equal(matrix_best_cpu(matrix, CPUS), model_best_cpu());
}

static void assert_sets_agree(void)
{
	for (unsigned int v = 0; v < MATRIX_VECTORS; v++) {
		uint32_t users = 0;

		for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
			assert_int_equal(vector_set_has(&matrix->cpu[cpu].allocated, (uint8_t)v),
			                 model.allocated[cpu][v]);
			users += model.allocated[cpu][v];
		}
		assert_int_equal(matrix->users[v], users);
		assert_int_equal(vector_set_has(&matrix->anywhere, (uint8_t)v), users > 0);
		assert_int_equal(vector_set_has(&matrix->system, (uint8_t)v), !model.usable[v]);
	}
}

static struct vector_set random_set(void)
{
	struct vector_set set = {0};

	for (uint32_t n = below(30); n > 0; n--)
		vector_set_add(&set, (uint8_t)below(MATRIX_VECTORS));
	return set;
}

static void step_alloc(void)
{
	const struct vector_set never = random_set(), rather_not = random_set();
	uint32_t cpu = below(CPUS + 1);
	int expected = model_choose(cpu, &never, &rather_not);

	assert_int_equal(matrix_alloc(matrix, cpu, &never, &rather_not), expected);
	if (expected < 0)
		return;
	model.allocated[cpu][expected] = true;
	model.last = (uint8_t)expected;
}

static void step_alloc_this(void)
{
	uint32_t cpu = below(CPUS);
	uint8_t v = (uint8_t)below(MATRIX_VECTORS);
	int expected = !model.usable[v] ? -EINVAL : model.allocated[cpu][v] ? -EBUSY : 0;

	assert_int_equal(matrix_alloc_this(matrix, cpu, v), expected);
	if (!expected)
		model.allocated[cpu][v] = true;
}

static void step_free(uint32_t cpu)
{
	uint32_t start = below(MATRIX_VECTORS);

	for (unsigned int n = 0; n < MATRIX_VECTORS; n++) {
		uint8_t v = (uint8_t)(start + n);

		if (!model.allocated[cpu][v])
			continue;
		matrix_free(matrix, cpu, v);
		model.allocated[cpu][v] = false;
		return;
	}
}

static void step_free_all(void)
{
	for (uint32_t cpu = 0; cpu < CPUS; cpu++)
		while (model_count(cpu))
			step_free(cpu);
}

static void step_reserve(void)
{
	if (model.reserved && below(2)) {
		matrix_unreserve(matrix);
		model.reserved--;
	} else {
		matrix_reserve(matrix);
		model.reserved++;
	}
}

static void step_online(void)
{
	uint32_t cpu = below(CPUS);

	if (model.online[cpu])
		matrix_offline(matrix, cpu);
	else
		matrix_online(matrix, cpu);
	model.online[cpu] = !model.online[cpu];
}

static void step_set_usable(void)
{
	uint8_t first = (uint8_t)below(200), last = (uint8_t)(first + below(56));
	bool busy = false;

	for (unsigned int v = 0; v < MATRIX_VECTORS; v++)
		busy |= model_anywhere(v);
	assert_int_equal(matrix_set_usable(matrix, first, last), busy ? -EBUSY : 0);
	if (busy)
		return;
	for (unsigned int v = 0; v < MATRIX_VECTORS; v++)
		model.usable[v] = v >= first && v <= last;
	model.last = last;
}

static void step(void)
{
	uint32_t what = below(1000);

	if (what < 450)
		step_alloc();
	else if (what < 500)
		step_alloc_this();
	else if (what < 850)
		step_free(below(CPUS));
	else if (what < 940)
		step_reserve();
	else if (what < 993)
		step_online();
	else if (what < 996)
		step_free_all();
	else
		step_set_usable();
}

static void a_long_run_agrees_with_the_model(void **state)
{
	(void)state;
	numbers = random_init(1);
	memset(&model, 0, sizeof(model));
	matrix = calloc(1, matrix_size(CPUS));
	assert_non_null(matrix);
	matrix_init(matrix, CPUS, 0x30, 0x3f);
	for (unsigned int v = 0x30; v <= 0x3f; v++)
		model.usable[v] = true;
	model.last = 0x3f;
	for (int n = 0; n < STEPS; n++) {
		step();
		assert_counts_agree();
		if (n % 16 == 0)
			assert_sets_agree();
	}
	free(matrix);
}

/*
 * Instructions, not time: with the trap flag set, each ends in a signal (Intel SDM vol. 1, 3.4.3.3
 * "System Flags and IOPL Field").
 */
static volatile unsigned int instructions;

static void count_one(int signal)
{
	(void)signal;
	instructions++;
}

static unsigned int instructions_of_one_alloc(uint32_t cpus, int allocated)
{
	static const struct vector_set none;
	int vector;

	matrix = calloc(1, matrix_size(cpus));
	assert_non_null(matrix);
	matrix_init(matrix, cpus, 0x30, 0xee);
	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		matrix_online(matrix, cpu);
	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		for (int n = 0; n < allocated; n++)
			assert_true(matrix_alloc(matrix, cpu, &none, &none) >= 0);
	instructions = 0;
	__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq" ::: "memory", "cc");
	vector = matrix_alloc(matrix, cpus - 1, &none, &none);
	__asm__ volatile("pushfq; andl $0xfffffeff, (%%rsp); popfq" ::: "memory", "cc");
	assert_true(vector >= 0);
	free(matrix);
	return instructions;
}

/* The search goes over four words, from wherever it starts: at most one more. */
static void an_allocation_takes_as_long_among_many_as_among_few(void **state)
{
	unsigned int first, most = 0;
	struct sigaction action = {.sa_handler = count_one}, before;

	(void)state;
	assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
	first = instructions_of_one_alloc(1, 0);
	assert_true(first > 20);
	for (int allocated = 0; allocated < 0xee - 0x30; allocated += 18) {
		unsigned int few = instructions_of_one_alloc(2, allocated);
		unsigned int many = instructions_of_one_alloc(256, allocated);

		if (few > most)
			most = few;
		if (many > most)
			most = many;
	}
	assert_true(most < 2 * first);
	assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_long_run_agrees_with_the_model),
	        cmocka_unit_test(an_allocation_takes_as_long_among_many_as_among_few),
	};

	return cmocka_run_group_tests_name("matrix_model", tests, NULL, NULL);
}
