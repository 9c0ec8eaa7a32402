// SPDX-License-Identifier: MIT
#include "tests/virt/run.h"

#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"

struct guest *virt_load(struct test_run *run, uint32_t vcpus)
{
	const char *why;
	struct guest *guest = guest_load(vcpus, &why);

	if (!guest)
		test_skip(run, "%s", why);
	return guest;
}

void virt_wait(const struct guest *guest, const uint64_t *word, uint64_t value, const char *what)
{
	wait_begin(what, value);
	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) < value && !guest_has_ended(guest))
		pause();
	wait_end();
}

bool virt_start(struct test_run *run, struct guest *guest, const struct guest_task *task)
{
	int error = guest_start(guest, task, 1);

	return test_check(run, !error, "the guest's CPUs cannot be started: error %d", error);
}

void virt_finish(struct test_run *run, struct guest *guest)
{
	int error = guest_wait(guest);

	test_check(run, !error, "the guest did not end well: error %d", error);
	test_check(run, !guest->shared->failures, "%lu checks failed in the guest",
	           guest->shared->failures);
}

void virt_run(struct test_run *run, struct guest *guest, const struct guest_task *task)
{
	if (virt_start(run, guest, task))
		virt_finish(run, guest);
}
