// SPDX-License-Identifier: MIT
// links: kernel/irq/message.c
#include "kernel/irq/message.h"
#include "tests/host/unit.h"

#include <asm-generic/errno.h>

static void assert_words(const struct message *message, uint32_t address_lo, uint32_t data)
{
	assert_int_equal(message->address_lo, address_lo);
	assert_int_equal(message->address_hi, 0);
	assert_int_equal(message->data, data);
}

static void compatibility_golden_words(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(message_compatibility(3, 0x41, &message), 0);
	assert_words(&message, 0xfee03000, 0x41);
	assert_int_equal(message_compatibility(0, 0x10, &message), 0);
	assert_words(&message, 0xfee00000, 0x10);
	assert_int_equal(message_compatibility(254, 0xff, &message), 0);
	assert_words(&message, 0xfeefe000, 0xff);
}

static void compatibility_refuses_ids_of_more_than_8_bits(void **state)
{
	struct message message = {1, 2, 3};

	(void)state;
	assert_int_equal(message_compatibility(255, 0x41, &message), -ERANGE);
	assert_int_equal(message_compatibility(256, 0x41, &message), -ERANGE);
	assert_int_equal(message_compatibility(0xffffffff, 0x41, &message), -ERANGE);
	assert_int_equal(message.address_lo, 1);
	assert_int_equal(message.address_hi, 2);
	assert_int_equal(message.data, 3);
}

/* VT-d r5.10, 5.1.6: bits 7:0 of the id where they always are, 31:8 in the upper address. */
static void wide_golden_words(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(message_wide(3, 0x41, &message), 0);
	assert_words(&message, 0xfee03000, 0x41);
	assert_int_equal(message_wide(255, 0x41, &message), 0);
	assert_words(&message, 0xfeeff000, 0x41);
	assert_int_equal(message_wide(0x12345678, 0x41, &message), 0);
	assert_int_equal(message.address_lo, 0xfee78000);
	assert_int_equal(message.address_hi, 0x12345600);
	assert_int_equal(message.data, 0x41);
	assert_int_equal(message_destination(&message), 0x12345678);
	assert_int_equal(message_wide(0xffffffff, 0x41, &message), -EINVAL);
	assert_int_equal(message_wide(3, 15, &message), -EINVAL);
}

static void compatibility_refuses_reserved_vectors(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(message_compatibility(3, 0, &message), -EINVAL);
	assert_int_equal(message_compatibility(3, 15, &message), -EINVAL);
}

static void remappable_golden_words(void **state)
{
	struct message message;

	(void)state;
	message = message_remappable(0);
	assert_words(&message, 0xfee00010, 0);
	message = message_remappable(5);
	assert_words(&message, 0xfee000b0, 0);
	message = message_remappable(0x7fff);
	assert_words(&message, 0xfeeffff0, 0);
	message = message_remappable(0x8001);
	assert_words(&message, 0xfee00034, 0);
	message = message_remappable(0xffff);
	assert_words(&message, 0xfeeffff4, 0);
}

static void block_golden_words(void **state)
{
	struct message message;

	(void)state;
	message = message_remappable_block(0);
	assert_words(&message, 0xfee00018, 0);
	message = message_remappable_block(8);
	assert_words(&message, 0xfee00118, 0);
	message = message_remappable_block(0x8010);
	assert_words(&message, 0xfee0021c, 0);
}

/* The device writes its vector's number into the low bits of the data. */
static void each_vector_of_a_block_has_an_index_of_its_own(void **state)
{
	struct message message = message_remappable_block(0x7fe0);

	(void)state;
	assert_true(message_is_remappable(&message));
	for (uint32_t vector = 0; vector < 32; vector++) {
		message.data = vector;
		assert_int_equal(message_index(&message), 0x7fe0 + vector);
	}
}

static void without_shv_the_data_is_ignored(void **state)
{
	struct message message = message_remappable(5);

	(void)state;
	message.data = 3;
	assert_int_equal(message_index(&message), 5);
}

static void every_message_decodes_to_what_it_was_made_of(void **state)
{
	struct message message;

	(void)state;
	for (uint32_t id = 0; id < 255; id++) {
		for (uint32_t vector = 16; vector < 256; vector++) {
			assert_int_equal(message_compatibility(id, vector, &message), 0);
			assert_false(message_is_remappable(&message));
			assert_int_equal(message_destination(&message), id);
			assert_int_equal(message_vector(&message), vector);
		}
	}
	for (uint32_t index = 0; index < 65536; index++) {
		message = message_remappable(index);
		assert_true(message_is_remappable(&message));
		assert_int_equal(message_index(&message), index);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(compatibility_golden_words),
	        cmocka_unit_test(compatibility_refuses_ids_of_more_than_8_bits),
	        cmocka_unit_test(wide_golden_words),
	        cmocka_unit_test(compatibility_refuses_reserved_vectors),
	        cmocka_unit_test(remappable_golden_words),
	        cmocka_unit_test(block_golden_words),
	        cmocka_unit_test(each_vector_of_a_block_has_an_index_of_its_own),
	        cmocka_unit_test(without_shv_the_data_is_ignored),
	        cmocka_unit_test(every_message_decodes_to_what_it_was_made_of),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
