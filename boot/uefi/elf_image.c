// SPDX-License-Identifier: MIT
#include "boot/uefi/elf_image.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/image.h"
#include "kernel/string.h"

#define PAGE_SIZE 4096ULL
#define IMAGE_MAX (256ULL << 20) /* a plain mistake shows before the memory is gone */

static bool is_high_segment(const Elf64_Phdr *segment)
{
	return segment->p_type == PT_LOAD && segment->p_vaddr >= KERNEL_OFFSET &&
	       segment->p_memsz > 0;
}

static const char *check_header(const Elf64_Ehdr *header, uint64_t size)
{
	if (size < sizeof(*header) || header->e_ident[EI_MAG0] != ELFMAG0 ||
	    header->e_ident[EI_MAG1] != ELFMAG1 || header->e_ident[EI_MAG2] != ELFMAG2 ||
	    header->e_ident[EI_MAG3] != ELFMAG3)
		return "it is no ELF file";
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != EM_X86_64)
		return "it is not for x86-64";
	if (header->e_type != ET_EXEC || header->e_phentsize != sizeof(Elf64_Phdr))
		return "it is no executable";
	if (header->e_phoff % 8 || header->e_phoff > size ||
	    header->e_phnum * sizeof(Elf64_Phdr) > size - header->e_phoff)
		return "its program headers are cut off";
	return NULL;
}

static const char *check_segment(const Elf64_Phdr *segment, uint64_t size)
{
	if (segment->p_offset > size || segment->p_filesz > size - segment->p_offset)
		return "it is cut off";
	if (segment->p_filesz > segment->p_memsz || segment->p_memsz > IMAGE_MAX ||
	    segment->p_vaddr > UINT64_MAX - IMAGE_MAX)
		return "a segment's size is impossible";
	return NULL;
}

const char *elf_image_check(const void *file, uint64_t size, struct elf_image *image)
{
	const Elf64_Ehdr *header = file;
	const char *wrong = check_header(header, size);

	if (wrong)
		return wrong;

	const Elf64_Phdr *segments = (const void *)((const char *)file + header->e_phoff);
	uint64_t first = UINT64_MAX;
	uint64_t end = 0;
	bool has_entry = false;

	for (unsigned int i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *segment = &segments[i];

		if (!is_high_segment(segment))
			continue;
		wrong = check_segment(segment, size);
		if (wrong)
			return wrong;
		if (segment->p_vaddr < first)
			first = segment->p_vaddr;
		if (segment->p_vaddr + segment->p_memsz > end)
			end = segment->p_vaddr + segment->p_memsz;
		if ((segment->p_flags & PF_X) && header->e_entry >= segment->p_vaddr &&
		    header->e_entry - segment->p_vaddr < segment->p_filesz)
			has_entry = true;
	}
	if (!has_entry)
		return "its entry point lies in none of its segments";

	image->virtual = first & ~(PAGE_SIZE - 1);
	image->pages = (end - image->virtual + PAGE_SIZE - 1) / PAGE_SIZE;
	image->entry = header->e_entry;
	return image->pages > IMAGE_MAX / PAGE_SIZE ? "it is too large" : NULL;
}

void elf_image_load(const void *file, const struct elf_image *image, void *memory)
{
	const Elf64_Ehdr *header = file;
	const Elf64_Phdr *segments = (const void *)((const char *)file + header->e_phoff);

	for (unsigned int i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *segment = &segments[i];

		if (is_high_segment(segment))
			memcpy((char *)memory + (segment->p_vaddr - image->virtual),
			       (const char *)file + segment->p_offset, segment->p_filesz);
	}
}
