// SPDX-License-Identifier: MIT
/*
 * A guest that hangs on purpose: the host's watchdog has to find it and to say what its vCPUs wait
 * for. It does not come back (tests/qemu/machines/virt.ini says what has to stand in the report).
 */
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "tests/virt/run.h"

static bool deaf;

static void be_deaf(void *unused)
{
	(void)unused;
	cli();
	__atomic_store_n(&deaf, true, __ATOMIC_SEQ_CST);
	for (;;)
		hlt();
}

static void nothing(void *unused)
{
	(void)unused;
}

static void call_who_is_deaf(struct guest_shared *shared)
{
	(void)shared;
	smp_start(1, be_deaf, NULL);
	while (!__atomic_load_n(&deaf, __ATOMIC_SEQ_CST))
		pause(); /* a call that came before would be carried out */
	smp_call(1, nothing, NULL);
}

static void hang(struct test_run *run)
{
	static const struct guest_task task = {"call who is deaf", call_who_is_deaf};
	struct guest *guest = virt_load(run, 2);

	if (guest)
		virt_run(run, guest, &task);
}

TEST(70, virt_hang) = {
        .name = "virt-hang",
        .checks = "the watchdog finds a guest that hangs",
        .failure = "a test of guests hangs without a word",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .on_demand = true,
        .run = hang,
};
