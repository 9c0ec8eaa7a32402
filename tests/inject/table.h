/* SPDX-License-Identifier: MIT */
/* What became of forged messages (tests/inject/inject.c), printed at the end of the run. */
#ifndef RETARGET_TESTS_INJECT_TABLE_H
#define RETARGET_TESTS_INJECT_TABLE_H

#include <stdint.h>

#include "tests/inject/inject.h"
#include "tests/suite.h"

void inject_table_add(const struct inject_attack *attack, enum inject_attacker attacker,
                      const struct source *source, enum test_phase phase,
                      const struct inject_tally *tally);

/* Prints it; nothing when nothing was injected. */
void inject_table_print(void);

#endif
