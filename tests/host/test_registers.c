// SPDX-License-Identifier: MIT
// links: kernel/registers.c
//
// Who may have which addresses.
#include <stdbool.h>

#include "kernel/memory.h"
#include "kernel/registers.h"
#include "tests/host/unit.h"

#define PAGE   0x1000ULL
#define RAM    0x40000000ULL /* and a page of it */
#define LIMIT  (1ULL << 39)
#define PLACE  0xfed00000ULL
#define UNMAPS 0xdead0000ULL /* where a mapping fails */

static const char *why;

bool memory_addressable(uint64_t physical, uint64_t length)
{
	return physical + length >= physical && physical + length <= LIMIT;
}

bool memory_is_ram(uint64_t physical, uint64_t length)
{
	return physical < RAM + PAGE && RAM < physical + length;
}

volatile void *memory_map_device(uint64_t physical, uint64_t length)
{
	assert_true(length > 0);
	return physical == UNMAPS ? NULL : (volatile void *)physical;
}

static void assert_claimed(const char *owner, uint64_t physical, uint64_t length)
{
	assert_ptr_equal(registers_claim(owner, physical, length, &why), (void *)physical);
	assert_null(why);
}

static void assert_refused(const char *owner, uint64_t physical, uint64_t length,
                           const char *reason)
{
	assert_null(registers_claim(owner, physical, length, &why));
	assert_string_equal(why, reason);
}

static void a_place_has_one_owner(void **state)
{
	(void)state;
	assert_claimed("vtd0", PLACE, PAGE);
	assert_refused("the HPET", PLACE, 0x400, "vtd0 is there");
	assert_refused("the HPET", PLACE + 0xf00, 0x400, "vtd0 is there");
	assert_refused("IO-APIC 0", PLACE - 0x100, 0x101, "vtd0 is there");
	assert_claimed("IO-APIC 0", PLACE - 0x100, 0x100);
	assert_claimed("the HPET", PLACE + PAGE, 0x400);
	registers_give_up((void *)PLACE);
	registers_give_up((void *)(PLACE - 0x100));
	registers_give_up((void *)(PLACE + PAGE));
}

static void the_owner_may_ask_again_and_for_more(void **state)
{
	(void)state;
	assert_claimed("vtd0", PLACE, PAGE);
	assert_claimed("vtd1", PLACE + 4 * PAGE, PAGE);
	assert_claimed("vtd0", PLACE, PAGE);
	assert_claimed("vtd0", PLACE, 4 * PAGE);
	assert_refused("the HPET", PLACE + 3 * PAGE, 0x400, "vtd0 is there");
	assert_refused("vtd0", PLACE, 5 * PAGE, "vtd1 is there");
	assert_claimed("vtd0", PLACE, PAGE); /* and what it had stays its own */
	assert_refused("the HPET", PLACE + 3 * PAGE, 0x400, "vtd0 is there");
	registers_give_up((void *)PLACE);
	registers_give_up((void *)(PLACE + 4 * PAGE));
}

static void what_is_given_up_is_free(void **state)
{
	(void)state;
	assert_claimed("the HPET", PLACE, 0x400);
	registers_give_up((void *)(PLACE + 0x100)); /* nobody's */
	assert_refused("vtd0", PLACE, PAGE, "the HPET is there");
	registers_give_up((void *)PLACE);
	assert_claimed("vtd0", PLACE, PAGE);
	registers_give_up((void *)PLACE);
}

static void no_registers_are_there(void **state)
{
	static const char memory[] = "memory is there";
	static const char beyond[] = "that is beyond the addresses of this CPU";
	static const char messages[] = "interrupt messages go there (fee00000 to feefffff)";

	(void)state;
	assert_refused("vtd0", RAM, PAGE, memory);
	assert_refused("vtd0", RAM - PAGE, PAGE + 1, memory);
	assert_claimed("vtd0", RAM - PAGE, PAGE);
	registers_give_up((void *)(RAM - PAGE));
	assert_refused("vtd0", 0, PAGE, "that is below 1 MiB, where no such registers are");
	assert_refused("vtd0", 0xff000, PAGE, "that is below 1 MiB, where no such registers are");
	assert_refused("vtd0", PLACE + 1, PAGE, "that is not a multiple of 256");
	assert_refused("vtd0", LIMIT, PAGE, beyond);
	assert_refused("vtd0", LIMIT - PAGE, PAGE + 1, beyond);
	assert_refused("vtd0", -PAGE, PAGE, beyond);
	assert_refused("vtd0", 0xfee00000, PAGE, messages);
	assert_refused("vtd0", 0xfeeff000, PAGE, messages);
	assert_refused("vtd0", 0xf0000000, 0x10000000, messages);
	assert_refused("vtd0", UNMAPS, PAGE, "it cannot be mapped");
	assert_claimed("vtd0", 0xfef00000, PAGE);
	registers_give_up((void *)0xfef00000);
}

static void claims_can_run_out(void **state)
{
	unsigned int count = 0;

	(void)state;
	while (registers_claim("vtd0", PLACE + 0x10000000 + count * PAGE, PAGE, &why))
		count++;
	assert_string_equal(why, "it cannot be mapped");
	assert_int_equal(count, 128);
	while (count--)
		registers_give_up((void *)(PLACE + 0x10000000 + count * PAGE));
	assert_claimed("vtd0", PLACE, PAGE);
	registers_give_up((void *)PLACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_place_has_one_owner),
	        cmocka_unit_test(the_owner_may_ask_again_and_for_more),
	        cmocka_unit_test(what_is_given_up_is_free),
	        cmocka_unit_test(no_registers_are_there),
	        cmocka_unit_test(claims_can_run_out),
	};

	return cmocka_run_group_tests_name("registers", tests, NULL, NULL);
}
