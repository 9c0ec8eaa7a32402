// SPDX-License-Identifier: MIT
// retarget's own UEFI boot loader: finds the kernel, gathers what it wants to know (boot_info.h),
// ends the boot services and jumps. GNU-EFI relocates this program and calls efi_main().
#include <asm-generic/errno.h>
#include <efi.h>
#include <efilib.h>
#include <stdbool.h>

#include "boot/boot_info.h"
#include "boot/memory_map.h"
#include "boot/uefi/console.h"
#include "boot/uefi/elf_image.h"
#include "boot/uefi/firmware.h"
#include "boot/uefi/memory.h"
#include "boot/uefi/options.h"
#include "boot/uefi/page_tables.h"
#include "boot/uefi/result.h"
#include "boot/uefi/volume.h"
#include "kernel/string.h"

#define OPTIONS_PATH L"\\retarget\\options.txt"
#define WRITE_RESULT "write-result" /* the load option */
#define RSDP_SIZE    36 /* ACPI 6.5, 5.2.5.3, Root System Description Pointer (RSDP) Structure */
#define CR4_LA57     (1ULL << 12)

EFI_STATUS efi_main(EFI_HANDLE image_handle, EFI_SYSTEM_TABLE *system_table);

static EFI_STATUS read_kernel(const struct volume_kernel *kernel, struct elf_image *image,
                              struct boot_info *boot)
{
	const char *wrong = elf_image_check(kernel->file.data, kernel->file.size, image);

	if (wrong)
		return console_error(EFI_LOAD_ERROR, L"%s: %a; copy build/retarget.elf there again",
		                     kernel->path, wrong);

	void *memory = memory_allocate_low(image->pages);

	if (!memory)
		return console_error(EFI_OUT_OF_RESOURCES,
		                     L"%s: no %ld KiB in one piece below 4 GiB", kernel->path,
		                     image->pages * PAGE_SIZE / 1024);
	elf_image_load(kernel->file.data, image, memory);
	boot->kernel_physical = (uint64_t)memory;
	return EFI_SUCCESS;
}

static EFI_STATUS read_options_file(EFI_FILE_HANDLE volume, struct boot_info *boot)
{
	struct file file;
	EFI_STATUS status = file_read(volume, OPTIONS_PATH, &file);

	if (EFI_ERROR(status))
		return status == EFI_NOT_FOUND ? EFI_SUCCESS : status;

	int error = options_add_file(boot->options, file.data, file.size);

	file_free(&file);
	if (error == -E2BIG)
		return console_error(EFI_BAD_BUFFER_SIZE,
		                     L"%s: more than %d characters of options; shorten it",
		                     OPTIONS_PATH, BOOT_OPTIONS_SIZE - 1);
	if (error)
		return console_error(EFI_INVALID_PARAMETER,
		                     L"%s: not plain ASCII text; save it as such", OPTIONS_PATH);
	return EFI_SUCCESS;
}

/* Firmware puts data of its own into boot entries it makes itself: not text, so not for us. */
static EFI_STATUS read_load_options(const EFI_LOADED_IMAGE *self, struct boot_info *boot)
{
	if (!self->LoadOptions)
		return EFI_SUCCESS;

	int error = options_add_load_options(boot->options, self->LoadOptions,
	                                     self->LoadOptionsSize / sizeof(CHAR16));

	if (error == -E2BIG)
		return console_error(EFI_BAD_BUFFER_SIZE,
		                     L"more than %d characters of options; shorten them",
		                     BOOT_OPTIONS_SIZE - 1);
	if (error)
		console_say(L"the load options are not plain text: ignored");
	return EFI_SUCCESS;
}

/* GRUB starts this program once more, for nothing else, before it shows its menu (boot/grub.cfg).
 */
static bool only_writes_result(const EFI_LOADED_IMAGE *self)
{
	char options[BOOT_OPTIONS_SIZE] = "";

	return self->LoadOptions &&
	       !options_add_load_options(options, self->LoadOptions,
	                                 self->LoadOptionsSize / sizeof(CHAR16)) &&
	       !strcmpa((const CHAR8 *)options, (const CHAR8 *)WRITE_RESULT);
}

static EFI_STATUS load(const EFI_LOADED_IMAGE *self, struct elf_image *image,
                       struct boot_info *boot)
{
	struct volume_kernel kernel;
	EFI_STATUS status = volume_find_kernel(self->DeviceHandle, &kernel);

	if (EFI_ERROR(status))
		return status;
	status = read_kernel(&kernel, image, boot);
	if (!EFI_ERROR(status))
		status = read_options_file(kernel.volume, boot);
	if (!EFI_ERROR(status))
		status = read_load_options(self, boot);
	if (!EFI_ERROR(status))
		console_say(L"starting %s, options \"%a\"", kernel.path, boot->options);

	file_free(&kernel.file);
	kernel.volume->Close(kernel.volume);
	return status;
}

/*
 * The new tables map this code in its place, so that the jump is still found behind the switch.
 * RDI carries the argument in the kernel's calling convention, the System V one.
 */
static _Noreturn void enter(uint64_t page_tables, uint64_t entry, const struct boot_info *boot)
{
	__asm__ volatile("cli\n\t"
	                 "mov %0, %%cr3\n\t"
	                 "jmp *%1"
	                 :
	                 : "r"(page_tables), "r"(entry), "D"(boot)
	                 : "memory");
	__builtin_unreachable();
}

static EFI_STATUS start(EFI_HANDLE self, const struct elf_image *image, struct boot_info *boot)
{
	struct memory_map map = {0};
	uint64_t page_tables;
	EFI_STATUS status = memory_map_get(&map);

	if (EFI_ERROR(status)) {
		console_error(status, L"the firmware's memory map cannot be read: %r", status);
		goto free_map;
	}
	page_tables = page_tables_build(&map, image, boot->kernel_physical);
	if (!page_tables) {
		status = console_error(EFI_OUT_OF_RESOURCES,
		                       L"no memory for page tables below 4 GiB");
		goto free_map;
	}
	status = memory_exit_boot_services(self, &map);
	if (EFI_ERROR(status)) {
		console_error(status, L"the firmware does not end its services: %r", status);
		goto free_map;
	}
	memory_map_convert(&map, boot);
	/* Nothing obliges firmware to keep it in ACPI memory. */
	if (boot->rsdp)
		boot_memory_reserve(boot, boot->rsdp, RSDP_SIZE);
	enter(page_tables, image->entry, boot);

free_map:
	memory_map_free(&map);
	return status;
}

static EFI_STATUS run(EFI_HANDLE image_handle)
{
	EFI_GUID guid = LOADED_IMAGE_PROTOCOL;
	EFI_LOADED_IMAGE *self;
	struct elf_image image;
	uint64_t cr4;
	EFI_STATUS status = BS->HandleProtocol(image_handle, &guid, (VOID **)&self);

	if (EFI_ERROR(status))
		return console_error(status, L"the firmware does not say what it loaded: %r",
		                     status);
	result_write_file(self->DeviceHandle);
	if (only_writes_result(self))
		return EFI_SUCCESS;
	__asm__("mov %%cr4, %0" : "=r"(cr4));
	if (cr4 & CR4_LA57)
		return console_error(
		        EFI_UNSUPPORTED,
		        L"the firmware runs with 5-level paging, retarget with 4 levels; "
		        L"switch it off in the firmware's setup, or boot through GRUB");

	struct boot_info *boot = memory_allocate_low((sizeof(*boot) + PAGE_SIZE - 1) / PAGE_SIZE);

	if (!boot)
		return console_error(EFI_OUT_OF_RESOURCES, L"no memory below 4 GiB");
	boot->magic = BOOT_INFO_MAGIC;
	memcpy(boot->path, "uefi", sizeof("uefi"));
	boot->rsdp = firmware_rsdp();
	boot->efi_system_table = (uint64_t)ST;
	boot->framebuffer = firmware_framebuffer();

	status = load(self, &image, boot);
	if (EFI_ERROR(status))
		return status;
	return start(image_handle, &image, boot);
}

EFI_STATUS efi_main(EFI_HANDLE image_handle, EFI_SYSTEM_TABLE *system_table)
{
	InitializeLib(image_handle, system_table);

	EFI_STATUS status = run(image_handle);

	memory_release_low();
	if (EFI_ERROR(status))
		console_wait();
	return status;
}
