// SPDX-License-Identifier: MIT
#include "tests/virt/within.h"

enum { FIRES = WITHIN_ARGUMENTS, MOVES, SEED, VERBOSE };

void within_tell(const struct test_run *run, struct guest *guest)
{
	uint64_t *arguments = guest->shared->arguments;

	arguments[FIRES] = run->options->fires;
	arguments[MOVES] = run->options->moves;
	arguments[SEED] = run->options->seed;
	arguments[VERBOSE] = run->options->verbose;
}

struct test_run *within_begin(struct guest_shared *shared, const char *name)
{
	static struct options options;
	static struct test_run run;

	options_init(&options);
	options.fires = shared->arguments[FIRES];
	options.moves = shared->arguments[MOVES];
	options.seed = shared->arguments[SEED];
	options.verbose = (uint32_t)shared->arguments[VERBOSE];
	run = (struct test_run){.options = &options, .name = name};
	return &run;
}

void within_end(const struct test_run *run)
{
	guest_shared.failures += run->failed;
}
