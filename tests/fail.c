// SPDX-License-Identifier: MIT
// Fails on purpose, for those who want to see what a failure looks like, on a screen say.
#include "tests/suite.h"

static void fail(struct test_run *run)
{
	test_fail(run, "it was asked to");
}

TEST(94, fail) = {
        .name = "fail",
        .checks = "a test that fails is seen to: on the screen, in the log, in the verdict",
        .failure = "nothing: this one fails on purpose",
        .phase = PHASE_DIRECT,
        .on_demand = true,
        .run = fail,
};
