/* SPDX-License-Identifier: MIT */
/*
 * A test of the host, within a guest: what tests/ has for irqs takes a struct test_run and runs in
 * a guest as it is. The guest's failures become the host's test's (virt_finish()).
 *
 *	host                                  guest
 *	within_tell(run, guest);
 *	virt_run(run, guest, &task);          struct test_run *run = within_begin(shared, "name");
 *	                                      ... test_check(run, ...) ...
 *	                                      within_end(run);
 */
#ifndef RETARGET_TESTS_VIRT_WITHIN_H
#define RETARGET_TESTS_VIRT_WITHIN_H

#include "kernel/virt/guest.h"
#include "tests/suite.h"

/* Words of guest_shared.arguments from here on are taken; a test has those before. */
#define WITHIN_ARGUMENTS 24

/* The host: the guest's run gets the options of `run`. Before the start. */
void within_tell(const struct test_run *run, struct guest *guest);

/* The guest: its run, which there is once; and its end. */
struct test_run *within_begin(struct guest_shared *shared, const char *name);
void within_end(const struct test_run *run);

#endif
