/* SPDX-License-Identifier: MIT */
/*
 * Which CPU does what in a measured arm. With four CPUs or more: CPU 0 fires, CPU 1 moves, the
 * others receive. With three, CPU 1 moves and receives, with two CPU 0 receives as well.
 */
#ifndef RETARGET_TESTS_ROLES_H
#define RETARGET_TESTS_ROLES_H

#include <stdint.h>

#define ROLE_FIRE 0
#define ROLE_MOVE 1

struct roles {
	uint32_t first_receiver;
	uint32_t receivers; /* 2 or more */
};

static inline struct roles roles_for(uint32_t cpus)
{
	uint32_t first = cpus >= 4 ? 2 : cpus == 3 ? 1 : 0;

	return (struct roles){first, cpus - first};
}

#endif
