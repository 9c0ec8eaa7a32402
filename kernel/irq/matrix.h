/* SPDX-License-Identifier: MIT */
/*
 * The vector matrix: which of its vectors each CPU has given away, and what has been promised.
 *
 * Pure: one struct, no lock, no hardware; its user (kernel/irq/vector.c) holds a lock. Each
 * operation but the printer and matrix_best_cpu() takes constant time, whatever the number of
 * vectors and CPUs: sets of vectors are four words.
 *
 * A vector of a CPU is set aside for the system, or free, or allocated. A reservation is a promise
 * without a vector: it is counted, not placed, and never refused (Linux's irq_matrix_reserve() does
 * the same); whether it can be kept shows when it is redeemed by matrix_alloc().
 */
#ifndef RETARGET_KERNEL_IRQ_MATRIX_H
#define RETARGET_KERNEL_IRQ_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATRIX_VECTORS 256

struct vector_set {
	uint64_t words[MATRIX_VECTORS / 64]; /* bit v % 64 of word v / 64: vector v */
};

static inline bool vector_set_has(const struct vector_set *set, uint8_t vector)
{
	return set->words[vector / 64] >> vector % 64 & 1;
}

static inline void vector_set_add(struct vector_set *set, uint8_t vector)
{
	set->words[vector / 64] |= 1ULL << vector % 64;
}

static inline void vector_set_remove(struct vector_set *set, uint8_t vector)
{
	set->words[vector / 64] &= ~(1ULL << vector % 64);
}

struct matrix_cpu {
	struct vector_set allocated;
	uint32_t count; /* of them */
	bool online;
};

struct matrix {
	uint32_t cpus;
	uint32_t online;    /* how many of them are */
	uint32_t usable;    /* vectors of one CPU that are not the system's */
	uint32_t allocated; /* on CPUs that are online */
	uint32_t reserved;
	struct vector_set system;
	struct vector_set anywhere;     /* allocated on one CPU at least, offline ones included */
	uint16_t users[MATRIX_VECTORS]; /* on how many CPUs each vector is allocated */
	uint8_t last;                   /* the vector given out last */
	struct matrix_cpu cpu[];
};

/* Bytes of a matrix for `cpus` CPUs. */
size_t matrix_size(uint32_t cpus);

/*
 * Starts with every CPU offline and no vector given away. `first` to `last` can be; all others are
 * the system's. `matrix` has matrix_size(cpus) bytes, zeroed.
 */
void matrix_init(struct matrix *matrix, uint32_t cpus, uint8_t first, uint8_t last);

/*
 * From now on `first` to `last` can be given away. -EBUSY while a vector is allocated, and nothing
 * is changed.
 */
int matrix_set_usable(struct matrix *matrix, uint8_t first, uint8_t last);

/* An offline CPU gets no further vectors; what it has given away stays until it is freed. */
void matrix_online(struct matrix *matrix, uint32_t cpu);
void matrix_offline(struct matrix *matrix, uint32_t cpu);

/*
 * Allocates a vector of `cpu`, none of `never`. Best one that is allocated on no CPU, next best one
 * that is not among `rather_not`, else any. Goes round, so that a vector just freed rests longest.
 * Returns it, or -ENOSPC when there is none, -EINVAL for a CPU that is offline or does not exist.
 */
int matrix_alloc(struct matrix *matrix, uint32_t cpu, const struct vector_set *never,
                 const struct vector_set *rather_not);

/* Allocates just this one. -EBUSY when it is allocated already, -EINVAL when it is the system's. */
int matrix_alloc_this(struct matrix *matrix, uint32_t cpu, uint8_t vector);

/* The vector is allocated on `cpu`, which may be offline. */
void matrix_free(struct matrix *matrix, uint32_t cpu, uint8_t vector);

void matrix_reserve(struct matrix *matrix);
void matrix_unreserve(struct matrix *matrix);

/* How many vectors can still be had on `cpu`; 0 when it is offline. And on all CPUs but `cpu`. */
uint32_t matrix_available(const struct matrix *matrix, uint32_t cpu);
uint32_t matrix_available_elsewhere(const struct matrix *matrix, uint32_t cpu);

/*
 * Of CPUs 0 to `cpus` - 1 the online one with the most vectors left, of several the first: spreads
 * irqs over CPUs. -ENOSPC when none is online.
 */
int matrix_best_cpu(const struct matrix *matrix, uint32_t cpus);

/* The counts in a line, then a line for each CPU that is online or has given vectors away. */
void matrix_print(const struct matrix *matrix);

#endif
