// SPDX-License-Identifier: MIT
#include "kernel/progress.h"

#include <stdbool.h>

#include "kernel/ktap.h"
#include "kernel/print.h"
#include "kernel/screen/screen.h"
#include "kernel/time.h"

#define SHOW_EVERY_NS 250000000ULL

uint64_t progress_steps;

static struct progress state;
static uint64_t run_began, test_began, shown;

static void show_now(void)
{
	shown = time_ticks();
	screen_show_progress();
}

void progress_plan(unsigned int tests)
{
	state.planned = tests;
	run_began = time_ticks();
}

void progress_test(const char *name)
{
	state.test = name;
	test_began = time_ticks();
	progress_of(0);
	if (state.planned)
		show_now();
}

void progress_of(uint64_t steps)
{
	state.of = steps;
	progress_steps = 0;
}

void progress_show(void)
{
	if (state.planned && time_ns(time_ticks() - shown) >= SHOW_EVERY_NS)
		show_now();
}

void progress_get(struct progress *progress)
{
	uint64_t now = time_ticks();

	*progress = state;
	progress->steps = state.of ? progress_steps : 0;
	progress->run_ns = time_ns(now - run_began);
	progress->test_ns = time_ns(now - test_began);
	ktap_counts(&progress->passed, &progress->failed, &progress->skipped);
}
