/* SPDX-License-Identifier: MIT */
/* What a guest tells its host, for people: text, failures, its end. */
#ifndef RETARGET_KERNEL_VIRT_GUEST_HOST_H
#define RETARGET_KERNEL_VIRT_GUEST_HOST_H

#include <stdbool.h>

/* From now on print() and panic() go to the host. First of all, on vCPU 0. */
void guest_host_init(void);

/* A line that says what was wrong, and one more in guest_shared.failures: the test fails. */
void guest_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fails unless `condition`; its value. */
#define guest_check(condition, ...) ((condition) ? true : (guest_fail(__VA_ARGS__), false))

/* The task has ended well. */
_Noreturn void guest_host_done(void);

#endif
