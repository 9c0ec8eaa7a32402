// SPDX-License-Identifier: MIT
#include "boot/uefi/memory.h"

#include <efilib.h>

#include "boot/memory_map.h"

#define LAST_BELOW_4G 0xffffffffULL
#define EXIT_ATTEMPTS 8
#define SPARE         16 /* descriptors; each allocation may split one */

/* Firmware does not take back what a program leaves allocated, so the loader keeps account. */
struct allocation {
	struct allocation *next;
	EFI_PHYSICAL_ADDRESS address;
	UINTN pages;
};

static struct allocation *allocations;

void *memory_allocate_low(UINTN pages)
{
	struct allocation *allocation = AllocatePool(sizeof(*allocation));

	if (!allocation)
		return NULL;
	allocation->address = LAST_BELOW_4G;
	allocation->pages = pages;
	if (EFI_ERROR(BS->AllocatePages(AllocateMaxAddress, EfiLoaderData, pages,
	                                &allocation->address))) {
		FreePool(allocation);
		return NULL;
	}
	allocation->next = allocations;
	allocations = allocation;
	ZeroMem((VOID *)allocation->address, pages * PAGE_SIZE);
	return (void *)allocation->address;
}

void memory_release_low(void)
{
	while (allocations) {
		struct allocation *allocation = allocations;

		allocations = allocation->next;
		BS->FreePages(allocation->address, allocation->pages);
		FreePool(allocation);
	}
}

EFI_STATUS memory_map_get(struct memory_map *map)
{
	UINT32 version;

	for (;;) {
		map->size = map->capacity;

		EFI_STATUS status = BS->GetMemoryMap(&map->size, map->descriptors, &map->key,
		                                     &map->descriptor_size, &version);

		if (status != EFI_BUFFER_TOO_SMALL)
			return status;

		/* The new buffer changes the map itself: without room to spare, for ever. */
		memory_map_free(map);
		map->capacity = map->size + SPARE * map->descriptor_size;
		map->descriptors = AllocatePool(map->capacity);
		if (!map->descriptors)
			return EFI_OUT_OF_RESOURCES;
	}
}

void memory_map_free(struct memory_map *map)
{
	if (map->descriptors)
		FreePool(map->descriptors);
	map->descriptors = NULL;
}

const EFI_MEMORY_DESCRIPTOR *memory_map_at(const struct memory_map *map, UINTN index)
{
	if ((index + 1) * map->descriptor_size > map->size)
		return NULL;
	return (const void *)((const char *)map->descriptors + index * map->descriptor_size);
}

/*
 * UEFI 2.10, 7.4.6, EFI_BOOT_SERVICES.ExitBootServices(): the key must be that of the current map.
 * The firmware's own timers may allocate between the two calls, and the first refusal may have
 * shut down part of the services: only the memory services may be called after it. So the loop
 * says nothing and, with the spare room in the buffer, allocates nothing.
 */
EFI_STATUS memory_exit_boot_services(EFI_HANDLE image, struct memory_map *map)
{
	EFI_STATUS status = EFI_INVALID_PARAMETER;

	for (int i = 0; i < EXIT_ATTEMPTS && status == EFI_INVALID_PARAMETER; i++) {
		status = memory_map_get(map);
		if (EFI_ERROR(status))
			return status;
		status = BS->ExitBootServices(image, map->key);
	}
	return status;
}

/*
 * UEFI 2.10, table 7.10 "Memory Type Usage after ExitBootServices()". The loader's own memory
 * would be free as well, but the kernel's image, its page tables and its boot_info lie there.
 */
static uint64_t boot_memory_type(UINT32 type)
{
	switch (type) {
	case EfiBootServicesCode:
	case EfiBootServicesData:
	case EfiConventionalMemory:
		return BOOT_MEMORY_USABLE;
	case EfiACPIReclaimMemory:
		return BOOT_MEMORY_ACPI;
	case EfiACPIMemoryNVS:
		return BOOT_MEMORY_ACPI_NVS;
	default:
		return BOOT_MEMORY_RESERVED;
	}
}

void memory_map_convert(const struct memory_map *map, struct boot_info *boot)
{
	const EFI_MEMORY_DESCRIPTOR *d;

	for (UINTN i = 0; (d = memory_map_at(map, i)); i++)
		boot_memory_add(boot, d->PhysicalStart, d->NumberOfPages * PAGE_SIZE,
		                boot_memory_type(d->Type));
}
