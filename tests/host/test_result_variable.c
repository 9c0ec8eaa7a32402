// SPDX-License-Identifier: MIT
// links: kernel/result_variable.c
/* What is kept in the firmware's variables, and when nothing is: on a store that is made here. */
#include "kernel/result_variable.h"

#include <asm-generic/errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "boot/result_variable.h"
#include "kernel/efi_runtime.h"
#include "kernel/memory.h"
#include "kernel/result_pack.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define KIB 1024ULL

static struct {
	uint8_t *bytes;
	uint64_t size;
} variables[RESULT_VARIABLES_MAX];

static struct efi_variable_room room;
static uint64_t room_status;
static unsigned int writes, fails_at; /* the n-th write; 0: none */
static int init_error;
static void *shared;

static uint8_t text[64 * KIB];
static struct result_pack packed;

int efi_runtime_init(const struct boot_info *boot)
{
	(void)boot;
	return init_error;
}

uint64_t efi_query_variable_room(uint32_t attributes, struct efi_variable_room *answer)
{
	assert_int_equal(attributes, RESULT_VARIABLE_ATTRIBUTES);
	*answer = room;
	return room_status;
}

uint64_t efi_set_variable(const uint16_t *name, const struct efi_guid *vendor, uint32_t attributes,
                          uint64_t size, const void *data)
{
	static const struct efi_guid ours = RESULT_VARIABLE_GUID;
	unsigned int n = (unsigned int)(name[RESULT_VARIABLE_TENS] - '0') * 10 +
	                 (unsigned int)(name[RESULT_VARIABLE_TENS + 1] - '0');

	assert_memory_equal(vendor, &ours, sizeof(ours));
	assert_int_equal(attributes, RESULT_VARIABLE_ATTRIBUTES);
	assert_in_range(n, 0, RESULT_VARIABLES_MAX - 1);
	if (size && ++writes == fails_at)
		return EFI_OUT_OF_RESOURCES;
	if (!size && !variables[n].bytes)
		return EFI_NOT_FOUND;
	free(variables[n].bytes);
	variables[n].bytes = size ? malloc(size) : NULL;
	variables[n].size = size;
	if (size)
		memcpy(variables[n].bytes, data, size);
	return 0;
}

const struct result_pack *result_pack(void)
{
	return packed.size ? &packed : NULL;
}

void *memory_alloc(size_t size, size_t align)
{
	(void)align;
	free(shared);
	return shared = calloc(1, size);
}

/* A result of `size` bytes, and a store with room for it. */
static void prepare(uint32_t size)
{
	for (uint32_t n = 0; n < size; n++)
		text[n] = (uint8_t)(n * 7 + size);
	packed = (struct result_pack){
	        .bytes = text, .size = size, .text_size = 5 * size, .text_crc = 0x12345678};
	room = (struct efi_variable_room){256 * KIB, 240 * KIB, 32 * KIB};
	writes = fails_at = 0;
	shim_forget_printed();
}

static int setup(void **state)
{
	(void)state;
	prepare(2500);
	room_status = 0;
	init_error = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < RESULT_VARIABLES_MAX; n++) {
		free(variables[n].bytes);
		variables[n].bytes = NULL;
		variables[n].size = 0;
	}
	return 0;
}

static void keep(void)
{
	static const struct boot_info boot;

	result_variable_keep(&boot);
}

static unsigned int count_kept(void)
{
	unsigned int count = 0;

	for (unsigned int n = 0; n < RESULT_VARIABLES_MAX; n++)
		count += variables[n].bytes != NULL;
	return count;
}

/* All parts in a row are the bytes; there are `count` variables and no more. */
static void check_kept(unsigned int count)
{
	uint32_t done = 0;

	assert_int_equal(count_kept(), count);
	for (unsigned int n = 0; n < count; n++) {
		const struct result_variable *part = (const void *)variables[n].bytes;
		uint64_t length = variables[n].size - sizeof(*part);

		assert_true(part->magic == RESULT_VARIABLE_MAGIC);
		assert_int_equal(part->number, n);
		assert_int_equal(part->count, count);
		assert_int_equal(part->packed_size, packed.size);
		assert_int_equal(part->text_size, packed.text_size);
		assert_int_equal(part->text_crc, packed.text_crc);
		assert_memory_equal(part->part, text + done, length);
		done += (uint32_t)length;
	}
	assert_int_equal(done, packed.size);
	assert_non_null(strstr(shim_printed(), "is kept in UEFI variables"));
}

static void check_nothing_kept(const char *said)
{
	assert_int_equal(count_kept(), 0);
	assert_null(strstr(shim_printed(), "is kept in UEFI variables"));
	assert_non_null(strstr(shim_printed(), said));
}

static void in_parts(void **state)
{
	(void)state;
	keep();
	check_kept(3);
	assert_null(strstr(shim_printed(), "given up"));
}

static void a_part_that_is_full(void **state)
{
	(void)state;
	prepare(2048);
	keep();
	check_kept(2);
}

static void as_large_as_can_be(void **state)
{
	(void)state;
	prepare(32 * KIB);
	keep();
	check_kept(32);
	teardown(state);
	prepare(32 * KIB + 1);
	keep();
	check_nothing_kept("no room to keep 32769 bytes");
}

/* The second takes the place of the first, all of it, and says that nobody has fetched that one. */
static void two_runs_in_one_store(void **state)
{
	(void)state;
	prepare(9000);
	keep();
	check_kept(9);
	prepare(1500);
	keep();
	check_kept(2);
	assert_non_null(strstr(shim_printed(), "the result of a run before has been given up"));
}

/* Half of it stays free, whatever of it is ours. */
static void a_store_that_is_half_full(void **state)
{
	(void)state;
	room.remaining = 128 * KIB + 2 * packed.size;
	keep();
	check_kept(3);
	teardown(state);
	prepare(2500);
	room.remaining = 128 * KIB + 2 * packed.size - 1;
	keep();
	check_nothing_kept("no room to keep 2500 bytes: 136071 of 262144 are left");
}

static void a_full_store(void **state)
{
	(void)state;
	room.remaining = 0;
	keep();
	check_nothing_kept("no room to keep 2500 bytes: 0 of 262144 are left");
}

static void small_variables(void **state)
{
	(void)state;
	room.largest = 700;
	keep();
	check_kept(5);
	teardown(state);
	for (room.largest = 0; room.largest < 600; room.largest++) {
		shim_forget_printed();
		keep();
		check_nothing_kept("no room to keep 2500 bytes");
	}
}

/* With whichever write it fails, nothing of it stays. */
static void a_write_that_fails(void **state)
{
	(void)state;
	for (unsigned int n = 1; n <= 3; n++) {
		prepare(2500);
		fails_at = n;
		keep();
		check_nothing_kept("SetVariable() failed with status 8000000000000009");
	}
}

static void firmware_that_does_not_answer(void **state)
{
	(void)state;
	room_status = EFI_OUT_OF_RESOURCES;
	keep();
	check_nothing_kept("the firmware does not say how much room there is");
}

static void without_uefi(void **state)
{
	(void)state;
	init_error = -ENODEV;
	keep();
	check_nothing_kept("");
	assert_string_equal(shim_printed(), "");
	init_error = -EINVAL;
	keep();
	check_nothing_kept("the result is not kept: error -22");
}

static void without_a_text(void **state)
{
	(void)state;
	packed.size = 0;
	keep();
	check_nothing_kept("the result is not kept: no text, or no memory to pack it");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(in_parts),
	        TEST(a_part_that_is_full),
	        TEST(as_large_as_can_be),
	        TEST(two_runs_in_one_store),
	        TEST(a_store_that_is_half_full),
	        TEST(a_full_store),
	        TEST(small_variables),
	        TEST(a_write_that_fails),
	        TEST(firmware_that_does_not_answer),
	        TEST(without_uefi),
	        TEST(without_a_text),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(shared);
	return failed;
}
