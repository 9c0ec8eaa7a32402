// SPDX-License-Identifier: MIT
// The Multiboot2 way in: what GRUB's `multiboot2` command hands over, on BIOS and on UEFI.
#include <asm-generic/errno.h>
#include <stddef.h>

#include "boot/boot.h"
#include "boot/memory_map.h"
#include "boot/multiboot2.h"
#include "kernel/string.h"

static int read_options(const struct multiboot2_tag *tag, struct boot_info *boot)
{
	const char *line = (const char *)(tag + 1);
	size_t room = tag->size - sizeof(*tag);
	size_t length = 0;

	while (length < room && line[length])
		length++;
	if (length == room)
		return -EINVAL; /* not terminated */
	if (length >= BOOT_OPTIONS_SIZE)
		return -E2BIG;
	memcpy(boot->options, line, length + 1);
	return 0;
}

static int read_memory_map(const struct multiboot2_tag *tag, struct boot_info *boot)
{
	const struct multiboot2_memory_map *map = (const void *)tag;
	uint32_t offset = sizeof(*map);

	if (tag->size < sizeof(*map) || map->entry_size < sizeof(struct multiboot2_memory) ||
	    map->entry_size % 8)
		return -EINVAL;

	/* The types are E820's, as in enum boot_memory_type; further ones are not usable there. */
	while (tag->size - offset >= map->entry_size) {
		const struct multiboot2_memory *m = (const void *)((const char *)tag + offset);

		boot_memory_add(boot, m->base, m->length, m->type);
		offset += map->entry_size;
	}
	return 0;
}

/* Pixels of direct colour, or VGA's text; a palette is "no framebuffer". */
static int read_framebuffer(const struct multiboot2_tag *tag, struct boot_info *boot)
{
	const struct multiboot2_framebuffer *screen = (const void *)tag;

	if (tag->size < offsetof(struct multiboot2_framebuffer, red_position))
		return -EINVAL;
	if (screen->type == MULTIBOOT2_FRAMEBUFFER_TEXT)
		boot->framebuffer = (struct boot_framebuffer){.address = screen->address,
		                                              .width = screen->width,
		                                              .height = screen->height,
		                                              .pitch = screen->pitch};
	if (screen->type != MULTIBOOT2_FRAMEBUFFER_RGB)
		return 0;
	if (tag->size < MULTIBOOT2_FRAMEBUFFER_SIZE)
		return -EINVAL;

	boot->framebuffer = (struct boot_framebuffer){
	        .address = screen->address,
	        .width = screen->width,
	        .height = screen->height,
	        .pitch = screen->pitch,
	        .bits_per_pixel = screen->bits_per_pixel,
	        .red_position = screen->red_position,
	        .green_position = screen->green_position,
	        .blue_position = screen->blue_position,
	};
	return 0;
}

/* `physical` is that of the tag: the RSDP's copy follows the tag's header. */
static int read_tag(const struct multiboot2_tag *tag, uint64_t physical, struct boot_info *boot)
{
	switch (tag->type) {
	case MULTIBOOT2_TAG_COMMAND_LINE:
		return read_options(tag, boot);
	case MULTIBOOT2_TAG_MEMORY_MAP:
		return read_memory_map(tag, boot);
	case MULTIBOOT2_TAG_FRAMEBUFFER:
		return read_framebuffer(tag, boot);
	case MULTIBOOT2_TAG_EFI_64:
		if (tag->size < sizeof(struct multiboot2_efi_64))
			return -EINVAL;
		boot->efi_system_table = ((const struct multiboot2_efi_64 *)tag)->system_table;
		return 0;
	case MULTIBOOT2_TAG_RSDP_ACPI_1:
		/* Only this one knows the RSDT alone, so the newer one wins in any order. */
		if (!boot->rsdp)
			boot->rsdp = physical + sizeof(*tag);
		return 0;
	case MULTIBOOT2_TAG_RSDP_ACPI_2:
		boot->rsdp = physical + sizeof(*tag);
		return 0;
	default:
		return 0;
	}
}

static int read_tags(const char *info, uint64_t total, uint64_t physical, struct boot_info *boot)
{
	uint64_t offset = sizeof(struct multiboot2_info);

	while (offset + sizeof(struct multiboot2_tag) <= total) {
		const struct multiboot2_tag *tag = (const void *)(info + offset);

		if (tag->size < sizeof(*tag) || tag->size > total - offset)
			return -EINVAL;
		if (tag->type == MULTIBOOT2_TAG_END)
			return 0;

		int error = read_tag(tag, physical + offset, boot);

		if (error)
			return error;
		offset += (tag->size + 7ULL) & ~7ULL;
	}
	return -EINVAL; /* no end tag: cut off */
}

int multiboot2_parse(const void *info, uint64_t size, uint64_t physical, struct boot_info *boot)
{
	const struct multiboot2_info *header = info;

	if (size < sizeof(*header) || header->total_size < sizeof(*header) ||
	    header->total_size > size)
		return -EINVAL;

	boot->magic = BOOT_INFO_MAGIC;
	memcpy(boot->path, "multiboot2", sizeof("multiboot2"));

	int error = read_tags(info, header->total_size, physical, boot);

	if (error)
		return error;
	if (boot->memory_count == 0)
		return -EINVAL;
	boot_memory_resolve_overlaps(boot);
	boot_memory_reserve(boot, physical, header->total_size);
	return 0;
}

int boot_multiboot2(uint64_t info_physical, struct boot_info *boot)
{
	/* The loader's word is all there is for the size; the early map bounds it. */
	int error = multiboot2_parse((const void *)info_physical, (1ULL << 32) - info_physical,
	                             info_physical, boot);

	if (error)
		return error;
	boot_reserve_image(boot);
	return 0;
}
