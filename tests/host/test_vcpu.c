// SPDX-License-Identifier: MIT
// links: kernel/virt/vcpu.c tests/host/fake_vm.c
/*
 * A vCPU's loop, over a CPU that is a script: what it looks at in which order, whom a post tells,
 * and when it ends.
 */
#include <asm-generic/errno.h>

#include "kernel/virt/backing.h"
#include "tests/host/fake_vm.h"
#include "tests/host/unit.h"

static void what_two_looks_find_is_injected(void **state)
{
	(void)state;
	/* 51h was posted behind the first look at its word, and 20h later still. */
	let_find((const int[]){0x20, 0x51, 0x51}, 3);
	give_exit(VM_EXIT_HOST_INTERRUPT);
	vcpu_start(&vcpu);
	assert_int_equal(injections, 1);
	assert_int_equal(injected, 0x51);
	assert_int_equal(vcpu.exits.injected, 1);
	assert_int_equal(enabled, 0);
}

static void what_cannot_be_injected_asks_for_a_window(void **state)
{
	(void)state;
	let_find((const int[]){0x51}, 1);
	injectable = false;
	give_exit(VM_EXIT_WINDOW);
	vcpu_start(&vcpu);
	assert_int_equal(injections, 0);
	assert_int_equal(windows, 1);
}

static void post_from_another_cpu(void)
{
	run_on(0);
	assert_true(vcpu_post(&vcpu, 0x51));
	run_on(ON);
}

static void post_from_the_same_cpu(void)
{
	assert_true(vcpu_post(&vcpu, 0x51));
}

static void a_post_tells_the_cpu_that_is_in_the_guest(void **state)
{
	(void)state;
	at_enter = post_from_another_cpu;
	give_exit(VM_EXIT_HOST_INTERRUPT);
	vcpu_start(&vcpu);
	assert_int_equal(kicks, 1);
	assert_int_equal(kicked, ON);
}

static void a_post_in_the_host_tells_nobody(void **state)
{
	(void)state;
	at_call = post_from_another_cpu;
	give_exit(VM_EXIT_HYPERCALL);
	give_exit(VM_EXIT_HOST_INTERRUPT);
	vcpu_start(&vcpu);
	assert_int_equal(entries, 2);
	assert_int_equal(kicks, 0);
}

static void what_is_refused_tells_nobody(void **state)
{
	(void)state;
	vcpu.mode = VCPU_ENTERED;
	run_on(0);
	assert_false(vcpu_post(&vcpu, 3));
	assert_int_equal(kicks, 0);
}

static void wake(void)
{
	post_from_another_cpu();
	post_from_the_same_cpu();
	let_find((const int[]){0x51}, 1);
	looks_done = 0;
	give_exit(VM_EXIT_HOST_INTERRUPT);
}

static void a_halted_one_wakes_and_is_given_it(void **state)
{
	(void)state;
	at_halt = wake;
	give_exit(VM_EXIT_HALT);
	vcpu_start(&vcpu);
	assert_int_equal(skips, 1);
	assert_int_equal(halts, 1);
	assert_int_equal(kicks, 1); /* not to the CPU itself, which is awake */
	assert_int_equal(injected, 0x51);
	assert_false(vcpu.halted);
}

static void halt_with_one_pending(void)
{
	at_enter = NULL;
	let_find((const int[]){0x51}, 1);
	looks_done = 0;
	give_exit(VM_EXIT_HOST_INTERRUPT);
}

static void what_comes_before_the_halt_prevents_it(void **state)
{
	(void)state;
	at_enter = halt_with_one_pending;
	give_exit(VM_EXIT_HALT);
	vcpu_start(&vcpu);
	assert_int_equal(halts, 0);
	assert_int_equal(injected, 0x51);
}

static void stop(void)
{
	guest.end = GUEST_STOPPED;
}

static void tell_to_leave(void)
{
	vcpu.leave = 1;
	vcpu_kick(&vcpu);
}

static void tell_to_begin_anew(void)
{
	at_hold = NULL;
	vcpu_begin_anew(&vcpu);
}

static void assert_not_told(void)
{
	assert_int_equal(vcpu.anew, 0);
}

/* Nobody is kicked, as the mode is VCPU_OUT still: the loop has to look once more. */
static void who_is_told_before_the_entry_does_not_enter(void **state)
{
	(void)state;
	at_hold = tell_to_leave;
	vcpu_start(&vcpu);
	assert_int_equal(kicks, 0);
	assert_int_equal(entries, 0);
	assert_int_equal(vcpu.mode, VCPU_OUT);
	vcpu.leave = 0;
	at_hold = tell_to_begin_anew;
	at_enter = assert_not_told;
	give_exit(VM_EXIT_HYPERCALL);
	vcpu_start(&vcpu);
	assert_int_equal(kicks, 0);
	assert_int_equal(entries, 1);
}

static void what_the_host_forgot_is_let_in(void **state)
{
	(void)state;
	vcpu.rounds = VCPU_REMIND_EVERY - 2;
	forgotten = 1;
	give_exit(VM_EXIT_HYPERCALL);
	give_exit(VM_EXIT_HYPERCALL);
	give_exit(VM_EXIT_HYPERCALL);
	vcpu_start(&vcpu);
	assert_int_equal(kicks, 1);
	assert_int_equal(kicked, ON);
}

static void a_halt_with_interrupts_off_lasts_to_the_end(void **state)
{
	(void)state;
	at_halt = stop;
	guest_interrupts = false;
	injectable = false;
	let_find((const int[]){0x51}, 1);
	give_exit(VM_EXIT_HALT);
	vcpu_start(&vcpu);
	assert_int_equal(halts, 1);
	assert_int_equal(injections, 0);
	assert_true(vcpu.halted);
}

static void a_change_of_the_tables_flushes_once(void **state)
{
	(void)state;
	guest.npt.generation = 7;
	for (int n = 0; n < 3; n++)
		give_exit(VM_EXIT_CPUID);
	vcpu_start(&vcpu);
	assert_int_equal(entries, 3);
	assert_int_equal(flushes, 1);
	assert_int_equal(vcpu.exits.count[VM_EXIT_CPUID], 3);
	assert_int_equal(vcpu.exits.ticks[VM_EXIT_CPUID], 30);
}

static void memory_that_nobody_serves_is_the_end(void **state)
{
	(void)state;
	give_exit(VM_EXIT_MEMORY);
	give_exit(VM_EXIT_CPUID);
	vcpu_start(&vcpu);
	assert_int_equal(guest.end, GUEST_FATAL);
	assert_int_equal(entries, 1);
}

static void a_move_needs_a_cpu_that_can_and_is_free(void **state)
{
	(void)state;
	run_on(0);
	guest.end = GUEST_STOPPED;
	assert_int_equal(vcpu_move(&vcpu, 0), -EINVAL);
	assert_int_equal(vcpu_move(&vcpu, HOST_CPUS), -EINVAL);
	assert_int_equal(vcpu_move(&vcpu, ON + 1), -EBUSY);
	other.host_cpu = 1;
	assert_int_equal(vcpu_move(&vcpu, ON + 1), -ENOMEM);
	cpus[1].online = false;
	other.host_cpu = ON + 1;
	assert_int_equal(vcpu_move(&vcpu, 1), -EINVAL);
	assert_int_equal(vcpu.host_cpu, ON);
	assert_int_equal(vcpu.moves, 0);
	cpus[1].online = true;
	vcpu.mode = VCPU_ENTERED;
	guest.backings = (struct backings *)&guest;
	assert_int_equal(vcpu_move(&vcpu, 1), 0);
	assert_int_equal(vcpu.host_cpu, 1);
	assert_int_equal(vcpu.leave, 0);
	assert_int_equal(kicked, ON);
	assert_int_equal(follows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(what_two_looks_find_is_injected, begin),
	        cmocka_unit_test_setup(what_cannot_be_injected_asks_for_a_window, begin),
	        cmocka_unit_test_setup(a_post_tells_the_cpu_that_is_in_the_guest, begin),
	        cmocka_unit_test_setup(a_post_in_the_host_tells_nobody, begin),
	        cmocka_unit_test_setup(what_is_refused_tells_nobody, begin),
	        cmocka_unit_test_setup(a_halted_one_wakes_and_is_given_it, begin),
	        cmocka_unit_test_setup(what_comes_before_the_halt_prevents_it, begin),
	        cmocka_unit_test_setup(who_is_told_before_the_entry_does_not_enter, begin),
	        cmocka_unit_test_setup(what_the_host_forgot_is_let_in, begin),
	        cmocka_unit_test_setup(a_halt_with_interrupts_off_lasts_to_the_end, begin),
	        cmocka_unit_test_setup(a_change_of_the_tables_flushes_once, begin),
	        cmocka_unit_test_setup(memory_that_nobody_serves_is_the_end, begin),
	        cmocka_unit_test_setup(a_move_needs_a_cpu_that_can_and_is_free, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
