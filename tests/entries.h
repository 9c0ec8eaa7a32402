/* SPDX-License-Identifier: MIT */
/*
 * For tests that need several irqs at once: whether the remapping table has room for them. A user
 * may have made it as small as irtes=2.
 */
#ifndef RETARGET_TESTS_ENTRIES_H
#define RETARGET_TESTS_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/source.h"
#include "tests/suite.h"

/*
 * Whether irqs of `source` can have `count` entries more in its unit's remapping table, before the
 * first of them is taken; if not, the test is skipped. Without remapping they need none: true.
 */
bool entries_left(struct test_run *run, const struct source *source, uint32_t count);

#endif
