// SPDX-License-Identifier: MIT
// links: boot/memory_map.c boot/multiboot2.c
#include <asm-generic/errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "boot/boot.h"
#include "boot/multiboot2.h"
#include "tests/host/unit.h"

#define PHYSICAL 0x10000 /* where the information is said to lie */
#define SIZE     2048

static uint8_t *info; /* a heap block of its size, for AddressSanitizer */
static uint32_t used;
static struct boot_info boot;

/* Only boot_multiboot2() calls it, which is not under test. */
void boot_reserve_image(struct boot_info *b)
{
	(void)b;
	fail();
}

static void seal(void)
{
	((struct multiboot2_info *)info)->total_size = used;
}

/* The tag's place. `size` counts the header, as in the tag. */
static void *add(uint32_t type, uint32_t size, const void *content)
{
	struct multiboot2_tag *tag = (void *)(info + used);

	tag->type = type;
	tag->size = size;
	if (content)
		memcpy(tag + 1, content, size - sizeof(*tag));
	used += (size + 7) & ~7U;
	assert_true(used <= SIZE);
	return tag;
}

static void add_options(const char *options)
{
	add(MULTIBOOT2_TAG_COMMAND_LINE, 8 + (uint32_t)strlen(options) + 1, options);
}

/* Two entries, each `entry_size` long; usable low memory first. */
static struct multiboot2_memory_map *add_memory_map(uint32_t entry_size)
{
	struct multiboot2_memory_map *map =
	        add(MULTIBOOT2_TAG_MEMORY_MAP, 16 + 2 * entry_size, NULL);
	struct multiboot2_memory *first = (void *)(map + 1);
	struct multiboot2_memory *second = (void *)((char *)first + entry_size);

	map->entry_size = entry_size;
	*first = (struct multiboot2_memory){0, 0x80000, BOOT_MEMORY_USABLE, 0};
	*second = (struct multiboot2_memory){0x100000, 0x200000, BOOT_MEMORY_ACPI, 0};
	return map;
}

static struct multiboot2_framebuffer *add_framebuffer(uint8_t type)
{
	struct multiboot2_framebuffer *screen =
	        add(MULTIBOOT2_TAG_FRAMEBUFFER, MULTIBOOT2_FRAMEBUFFER_SIZE, NULL);

	screen->address = 0x80000000;
	screen->pitch = 5120;
	screen->width = 1280;
	screen->height = 800;
	screen->bits_per_pixel = 32;
	screen->type = type;
	screen->red_position = 16;
	screen->green_position = 8;
	screen->blue_position = 1;
	return screen;
}

static int begin(void **state)
{
	(void)state;
	info = calloc(1, SIZE);
	used = sizeof(struct multiboot2_info);
	memset(&boot, 0, sizeof(boot));
	return !info;
}

static int end(void **state)
{
	(void)state;
	free(info);
	return 0;
}

static int parse(void)
{
	add(MULTIBOOT2_TAG_END, 8, NULL);
	seal();
	return multiboot2_parse(info, SIZE, PHYSICAL, &boot);
}

static void what_a_loader_hands_over_is_read(void **state)
{
	(void)state;
	add(4, 16, "unknown"); /* basic memory information: not read */
	add_options("test=loss seed=3");
	add_memory_map(24);
	add_framebuffer(MULTIBOOT2_FRAMEBUFFER_RGB);
	assert_int_equal(parse(), 0);
	assert_true(boot.magic == BOOT_INFO_MAGIC);
	assert_string_equal(boot.path, "multiboot2");
	assert_string_equal(boot.options, "test=loss seed=3");
	assert_int_equal(boot.rsdp, 0);
	assert_int_equal(boot.framebuffer.address, 0x80000000);
	assert_int_equal(boot.framebuffer.width, 1280);
	assert_int_equal(boot.framebuffer.height, 800);
	assert_int_equal(boot.framebuffer.pitch, 5120);
	assert_int_equal(boot.framebuffer.bits_per_pixel, 32);
	assert_int_equal(boot.framebuffer.red_position, 16);
	assert_int_equal(boot.framebuffer.green_position, 8);
	assert_int_equal(boot.framebuffer.blue_position, 1);
}

/* The information itself lies in usable memory and must not be overwritten. */
static void the_information_becomes_reserved(void **state)
{
	static const struct boot_memory expected[] = {
	        {0, 0x10000, BOOT_MEMORY_USABLE},
	        {0x10000, 0x1000, BOOT_MEMORY_RESERVED},
	        {0x11000, 0x6f000, BOOT_MEMORY_USABLE},
	        {0x100000, 0x200000, BOOT_MEMORY_ACPI},
	};

	(void)state;
	add_memory_map(24);
	assert_int_equal(parse(), 0);
	assert_int_equal(boot.memory_count, 4);
	assert_memory_equal(boot.memory, expected, sizeof(expected));
}

static void memory_named_twice_is_not_usable(void **state)
{
	struct multiboot2_memory *second;

	(void)state;
	second = (struct multiboot2_memory *)(add_memory_map(24) + 1) + 1;
	second->base = 0x40000;
	second->length = 0x100000;
	assert_int_equal(parse(), 0);
	for (uint64_t i = 0; i < boot.memory_count; i++)
		if (boot.memory[i].type == BOOT_MEMORY_USABLE)
			assert_true(boot.memory[i].base + boot.memory[i].length <= 0x40000);
}

static void entries_may_be_longer_but_not_shorter(void **state)
{
	static const uint32_t bad[] = {0, 8, 16, 28, 0xfffffff8};

	(void)state;
	add_memory_map(32);
	assert_int_equal(parse(), 0);
	assert_int_equal(boot.memory[boot.memory_count - 1].base, 0x100000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		end(NULL);
		begin(NULL);
		add_memory_map(24)->entry_size = bad[i];
		assert_int_equal(parse(), -EINVAL);
	}
}

static void without_a_memory_map_there_is_nothing_to_boot_with(void **state)
{
	(void)state;
	add_options("");
	assert_int_equal(parse(), -EINVAL);
}

static void the_newer_rsdp_wins_in_any_order(void **state)
{
	(void)state;
	for (int newer_first = 0; newer_first < 2; newer_first++) {
		uint32_t place[2];

		end(NULL);
		begin(NULL);
		for (int i = 0; i < 2; i++) {
			place[i] = used;
			add(i == newer_first ? MULTIBOOT2_TAG_RSDP_ACPI_1
			                     : MULTIBOOT2_TAG_RSDP_ACPI_2,
			    8 + 36, NULL);
		}
		add_memory_map(24);
		assert_int_equal(parse(), 0);
		assert_int_equal(boot.rsdp, PHYSICAL + place[!newer_first] + 8);
	}
}

static void the_old_rsdp_alone_will_do(void **state)
{
	(void)state;
	add(MULTIBOOT2_TAG_RSDP_ACPI_1, 8 + 20, NULL);
	add_memory_map(24);
	assert_int_equal(parse(), 0);
	assert_int_equal(boot.rsdp, PHYSICAL + 16);
}

static void the_system_table_of_uefi_is_found(void **state)
{
	uint64_t system_table = 0x123456789a;

	(void)state;
	add_memory_map(24);
	add(MULTIBOOT2_TAG_EFI_64, 16, &system_table);
	add(MULTIBOOT2_TAG_END, 8, NULL);
	seal();
	assert_int_equal(multiboot2_parse(info, SIZE, PHYSICAL, &boot), 0);
	assert_int_equal(boot.efi_system_table, system_table);
}

static void a_system_table_cut_short_is_refused(void **state)
{
	(void)state;
	add_memory_map(24);
	add(MULTIBOOT2_TAG_EFI_64, 15, NULL);
	add(MULTIBOOT2_TAG_END, 8, NULL);
	seal();
	assert_int_equal(multiboot2_parse(info, SIZE, PHYSICAL, &boot), -EINVAL);
}

/* It ends before the colours. */
static void add_screen_without_colours(uint8_t type)
{
	add_framebuffer(type);
	used -= 8;
	((struct multiboot2_tag *)(info + used - 32))->size = 32;
	add_memory_map(24);
}

static void a_text_screen_has_no_pixels(void **state)
{
	(void)state;
	add_screen_without_colours(MULTIBOOT2_FRAMEBUFFER_TEXT);
	assert_int_equal(parse(), 0);
	assert_int_equal(boot.framebuffer.address, 0x80000000);
	assert_int_equal(boot.framebuffer.width, 1280);
	assert_int_equal(boot.framebuffer.height, 800);
	assert_int_equal(boot.framebuffer.bits_per_pixel, 0);
}

static void a_palette_is_no_framebuffer(void **state)
{
	(void)state;
	add_screen_without_colours(0);
	assert_int_equal(parse(), 0);
	assert_int_equal(boot.framebuffer.address, 0);
}

static void a_short_framebuffer_is_refused(void **state)
{
	(void)state;
	add_framebuffer(MULTIBOOT2_FRAMEBUFFER_RGB)->tag.size = 37;
	add_memory_map(24);
	assert_int_equal(parse(), -EINVAL);
}

static void options_fit_or_are_refused(void **state)
{
	char options[BOOT_OPTIONS_SIZE + 1];

	(void)state;
	memset(options, 'x', sizeof(options));
	options[BOOT_OPTIONS_SIZE] = 0;
	add_options(options);
	add_memory_map(24);
	assert_int_equal(parse(), -E2BIG);
	end(NULL);
	begin(NULL);
	options[BOOT_OPTIONS_SIZE - 1] = 0;
	add_options(options);
	add_memory_map(24);
	assert_int_equal(parse(), 0);
	assert_string_equal(boot.options, options);
}

static void options_without_an_end_are_refused(void **state)
{
	(void)state;
	add(MULTIBOOT2_TAG_COMMAND_LINE, 8 + 4, "test");
	add_memory_map(24);
	assert_int_equal(parse(), -EINVAL);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
	struct multiboot2_info *header = (void *)info;

	(void)state;
	add_memory_map(24);
	assert_int_equal(parse(), 0);
	assert_int_equal(multiboot2_parse(info, 7, PHYSICAL, &boot), -EINVAL);
	assert_int_equal(multiboot2_parse(info, used - 1, PHYSICAL, &boot), -EINVAL);
	header->total_size = 7;
	assert_int_equal(multiboot2_parse(info, SIZE, PHYSICAL, &boot), -EINVAL);
	header->total_size = used - 8; /* the end tag is cut off */
	assert_int_equal(multiboot2_parse(info, SIZE, PHYSICAL, &boot), -EINVAL);
}

static void tags_that_cannot_be_are_refused(void **state)
{
	static const uint32_t bad[] = {0, 7, SIZE, 0xfffffff9, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct multiboot2_tag *tag;

		end(NULL);
		begin(NULL);
		add_memory_map(24);
		tag = add(99, 8, NULL);
		tag->size = bad[i];
		assert_int_equal(parse(), -EINVAL);
	}
}

/* Whatever it says, it must return, and read inside the block only. */
static void broken_information_does_no_harm(void **state)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0xff};
	uint8_t *copy;

	(void)state;
	add_options("test=loss");
	add_memory_map(24);
	add_framebuffer(MULTIBOOT2_FRAMEBUFFER_RGB);
	add(MULTIBOOT2_TAG_RSDP_ACPI_2, 8 + 36, NULL);
	assert_int_equal(parse(), 0);
	for (uint32_t size = 0; size <= used; size++) {
		copy = malloc(size ? size : 1);
		assert_non_null(copy);
		memcpy(copy, info, size);
		if (size >= 4)
			memcpy(copy, &size, 4);
		memset(&boot, 0, sizeof(boot));
		multiboot2_parse(copy, size, PHYSICAL, &boot);
		free(copy);
	}
	copy = malloc(used);
	assert_non_null(copy);
	for (uint32_t i = 0; i < used * sizeof(values); i++) {
		memcpy(copy, info, used);
		copy[i / sizeof(values)] = values[i % sizeof(values)];
		memset(&boot, 0, sizeof(boot));
		multiboot2_parse(copy, used, PHYSICAL, &boot);
	}
	free(copy);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(what_a_loader_hands_over_is_read),
	        TEST(the_information_becomes_reserved),
	        TEST(memory_named_twice_is_not_usable),
	        TEST(entries_may_be_longer_but_not_shorter),
	        TEST(without_a_memory_map_there_is_nothing_to_boot_with),
	        TEST(the_newer_rsdp_wins_in_any_order),
	        TEST(the_old_rsdp_alone_will_do),
	        TEST(the_system_table_of_uefi_is_found),
	        TEST(a_system_table_cut_short_is_refused),
	        TEST(a_text_screen_has_no_pixels),
	        TEST(a_palette_is_no_framebuffer),
	        TEST(a_short_framebuffer_is_refused),
	        TEST(options_fit_or_are_refused),
	        TEST(options_without_an_end_are_refused),
	        TEST(sizes_that_cannot_be_are_refused),
	        TEST(tags_that_cannot_be_are_refused),
	        TEST(broken_information_does_no_harm),
	};

	return cmocka_run_group_tests_name("multiboot2", tests, NULL, NULL);
}
