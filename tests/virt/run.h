/* SPDX-License-Identifier: MIT */
/* What tests of guests share. */
#ifndef RETARGET_TESTS_VIRT_RUN_H
#define RETARGET_TESTS_VIRT_RUN_H

#include "kernel/irq/source.h"
#include "kernel/virt/guest.h"
#include "tests/suite.h"

/* A fresh guest; NULL, and the test skipped, where there can be none. */
struct guest *virt_load(struct test_run *run, uint32_t vcpus);

/*
 * Waits until `word`, which the guest or its vCPUs write, is at least `value`, or the guest has
 * ended. `what` as for wait_begin(), with `value`.
 */
void virt_wait(const struct guest *guest, const uint64_t *word, uint64_t value, const char *what);

/* Starts it with vCPU 0 on host CPU 1; false, and the test failed, when that is not possible. */
bool virt_start(struct test_run *run, struct guest *guest, const struct guest_task *task);

/* Waits for its end, which is to be a good one: without a failure in the guest. */
void virt_finish(struct test_run *run, struct guest *guest);

/* Both. */
void virt_run(struct test_run *run, struct guest *guest, const struct guest_task *task);

#endif
