// SPDX-License-Identifier: MIT
// The kernel's ELF file: to the physical addresses that it asks for. What it is made of is our own
// build's, so what does not fit is an error and nothing more.
#include "tests/stage/stage.h"

#define ELF_MAGIC         0x464c457fU
#define ELF_CLASS_64      2
#define SEGMENT_LOAD      1
#define SEGMENT_NOTE      4
#define NOTE_PHYS32_ENTRY 18

struct elf_header {
	uint32_t magic;
	uint8_t class;
	uint8_t others[27];
	uint64_t segments;
	uint64_t sections;
	uint32_t flags;
	uint16_t size;
	uint16_t segment_size;
	uint16_t segment_count;
	uint16_t rest[3];
};
_Static_assert(sizeof(struct elf_header) == 64, "ELF-64 Object File Format");

struct segment {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t virtual;
	uint64_t physical;
	uint64_t file_size;
	uint64_t memory_size;
	uint64_t align;
};
_Static_assert(sizeof(struct segment) == 56, "ELF-64 Object File Format");

struct note {
	uint32_t name_size;
	uint32_t size;
	uint32_t type;
	char name[4];
	uint32_t entry;
};

extern char _stage_start[];

static void copy(uintptr_t to, uintptr_t from, uint32_t size)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static void clear(uintptr_t to, uint32_t size)
{
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(0) : "memory");
}

static void load(uintptr_t file, const struct segment *segment)
{
	uintptr_t to = (uintptr_t)segment->physical;
	uint32_t size = (uint32_t)segment->file_size;

	need(segment->physical + segment->memory_size <= (uintptr_t)_stage_start,
	     "the kernel reaches into the stage");
	copy(to, file + (uintptr_t)segment->offset, size);
	clear(to + size, (uint32_t)segment->memory_size - size);
}

uintptr_t load_kernel(uintptr_t file, size_t size)
{
	const struct elf_header *header = (const struct elf_header *)file;
	const struct segment *segments;
	uintptr_t entry = 0;

	need(size > sizeof(*header) && header->magic == ELF_MAGIC &&
	             header->class == ELF_CLASS_64 &&
	             header->segment_size == sizeof(struct segment),
	     "the kernel is no ELF file of 64 bits");
	segments = (const struct segment *)(file + (uintptr_t)header->segments);
	for (uint32_t i = 0; i < header->segment_count; i++) {
		const struct note *note =
		        (const struct note *)(file + (uintptr_t)segments[i].offset);

		if (segments[i].type == SEGMENT_LOAD)
			load(file, &segments[i]);
		if (segments[i].type == SEGMENT_NOTE && note->type == NOTE_PHYS32_ENTRY)
			entry = note->entry;
	}
	need(entry, "the kernel has no PVH entry");
	return entry;
}
