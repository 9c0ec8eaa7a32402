// SPDX-License-Identifier: MIT
#include "kernel/irq/matrix.h"

#include <asm-generic/errno.h>

#include "kernel/print.h"
#include "kernel/string.h"

#define WORDS (MATRIX_VECTORS / 64)

size_t matrix_size(uint32_t cpus)
{
	return sizeof(struct matrix) + cpus * sizeof(struct matrix_cpu);
}

static void set_usable(struct matrix *matrix, uint8_t first, uint8_t last)
{
	memset(&matrix->system, 0xff, sizeof(matrix->system));
	for (unsigned int v = first; v <= last; v++)
		vector_set_remove(&matrix->system, (uint8_t)v);
	matrix->usable = last - first + 1U;
	matrix->last = last;
}

void matrix_init(struct matrix *matrix, uint32_t cpus, uint8_t first, uint8_t last)
{
	memset(matrix, 0, matrix_size(cpus));
	matrix->cpus = cpus;
	set_usable(matrix, first, last);
}

int matrix_set_usable(struct matrix *matrix, uint8_t first, uint8_t last)
{
	for (int w = 0; w < WORDS; w++)
		if (matrix->anywhere.words[w])
			return -EBUSY;
	set_usable(matrix, first, last);
	return 0;
}

void matrix_online(struct matrix *matrix, uint32_t cpu)
{
	matrix->cpu[cpu].online = true;
	matrix->online++;
	matrix->allocated += matrix->cpu[cpu].count;
}

void matrix_offline(struct matrix *matrix, uint32_t cpu)
{
	matrix->cpu[cpu].online = false;
	matrix->online--;
	matrix->allocated -= matrix->cpu[cpu].count;
}

/* The first of `set` after `last`, round the end; -ENOSPC when it is empty. */
static int next_of(const struct vector_set *set, uint8_t last)
{
	unsigned int start = (last + 1U) % MATRIX_VECTORS;
	uint64_t from_start = ~0ULL << start % 64;

	for (unsigned int n = 0; n <= WORDS; n++) {
		unsigned int w = (start / 64 + n) % WORDS;
		uint64_t word = set->words[w];

		if (n == 0)
			word &= from_start;
		else if (n == WORDS)
			word &= ~from_start;
		if (word)
			return (int)(w * 64 + (unsigned int)__builtin_ctzll(word));
	}
	return -ENOSPC;
}

/* `set` without `without`; false when nothing would be left: then `set` stays. */
static bool narrow(struct vector_set *set, const struct vector_set *without)
{
	struct vector_set left;
	uint64_t any = 0;

	for (int w = 0; w < WORDS; w++) {
		left.words[w] = set->words[w] & ~without->words[w];
		any |= left.words[w];
	}
	if (any)
		*set = left;
	return any;
}

static void take(struct matrix *matrix, uint32_t cpu, uint8_t vector)
{
	struct matrix_cpu *c = &matrix->cpu[cpu];

	vector_set_add(&c->allocated, vector);
	vector_set_add(&matrix->anywhere, vector);
	matrix->users[vector]++;
	c->count++;
	if (c->online)
		matrix->allocated++;
}

int matrix_alloc(struct matrix *matrix, uint32_t cpu, const struct vector_set *never,
                 const struct vector_set *rather_not)
{
	struct vector_set free;
	int vector;

	if (cpu >= matrix->cpus || !matrix->cpu[cpu].online)
		return -EINVAL;
	for (int w = 0; w < WORDS; w++)
		free.words[w] = ~(matrix->system.words[w] | matrix->cpu[cpu].allocated.words[w] |
		                  never->words[w]);
	if (!narrow(&free, &matrix->anywhere))
		narrow(&free, rather_not);
	vector = next_of(&free, matrix->last);
	if (vector < 0)
		return vector;
	matrix->last = (uint8_t)vector;
	take(matrix, cpu, (uint8_t)vector);
	return vector;
}

int matrix_alloc_this(struct matrix *matrix, uint32_t cpu, uint8_t vector)
{
	if (vector_set_has(&matrix->system, vector))
		return -EINVAL;
	if (vector_set_has(&matrix->cpu[cpu].allocated, vector))
		return -EBUSY;
	take(matrix, cpu, vector);
	return 0;
}

void matrix_free(struct matrix *matrix, uint32_t cpu, uint8_t vector)
{
	struct matrix_cpu *c = &matrix->cpu[cpu];

	vector_set_remove(&c->allocated, vector);
	c->count--;
	if (c->online)
		matrix->allocated--;
	if (!--matrix->users[vector])
		vector_set_remove(&matrix->anywhere, vector);
}

void matrix_reserve(struct matrix *matrix)
{
	matrix->reserved++;
}

void matrix_unreserve(struct matrix *matrix)
{
	matrix->reserved--;
}

uint32_t matrix_available(const struct matrix *matrix, uint32_t cpu)
{
	return matrix->cpu[cpu].online ? matrix->usable - matrix->cpu[cpu].count : 0;
}

uint32_t matrix_available_elsewhere(const struct matrix *matrix, uint32_t cpu)
{
	return matrix->online * matrix->usable - matrix->allocated - matrix_available(matrix, cpu);
}

int matrix_best_cpu(const struct matrix *matrix, uint32_t cpus)
{
	int best = -ENOSPC;

	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		if (matrix->cpu[cpu].online &&
		    (best < 0 || matrix->cpu[cpu].count < matrix->cpu[best].count))
			best = (int)cpu;
	return best;
}

/* "30-32 41": appended to what is in `line`, as far as there is room. */
static void append_ranges(const struct vector_set *set, char *line, size_t size)
{
	for (unsigned int first = 0; first < MATRIX_VECTORS; first++) {
		unsigned int last = first;
		size_t length = strlen(line);

		if (!vector_set_has(set, (uint8_t)first))
			continue;
		while (last + 1 < MATRIX_VECTORS && vector_set_has(set, (uint8_t)(last + 1)))
			last++;
		format(line + length, size - length, last > first ? " %02x-%02x" : " %02x", first,
		       last);
		first = last;
	}
}

static void print_cpu(const struct matrix *matrix, uint32_t cpu)
{
	const struct matrix_cpu *c = &matrix->cpu[cpu];
	char line[400];

	format(line, sizeof(line), "# vectors: %4u  %-7s  %9u  %9u ", cpu,
	       c->online ? "online" : "offline", c->count, matrix_available(matrix, cpu));
	append_ranges(&c->allocated, line, sizeof(line));
	print("%s\n", line);
}

void matrix_print(const struct matrix *matrix)
{
	print("# vectors: %u cpus online with %u each, %u allocated, %u reserved, %u available\n",
	      matrix->online, matrix->usable, matrix->allocated, matrix->reserved,
	      matrix->online * matrix->usable - matrix->allocated);
	print("# vectors:  cpu  state    allocated  available  which\n");
	for (uint32_t cpu = 0; cpu < matrix->cpus; cpu++)
		if (matrix->cpu[cpu].online || matrix->cpu[cpu].count)
			print_cpu(matrix, cpu);
}
