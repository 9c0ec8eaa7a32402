// SPDX-License-Identifier: MIT
#include "boot/uefi/firmware.h"

#include <efi.h>
#include <efilib.h>
#include <stdbool.h>

uint64_t firmware_rsdp(void)
{
	EFI_GUID acpi_2 = ACPI_20_TABLE_GUID;
	EFI_GUID acpi_1 = ACPI_TABLE_GUID;
	VOID *rsdp;

	if (EFI_ERROR(LibGetSystemConfigurationTable(&acpi_2, &rsdp)) &&
	    EFI_ERROR(LibGetSystemConfigurationTable(&acpi_1, &rsdp)))
		return 0;
	return (uint64_t)rsdp;
}

/* UEFI 2.10, 12.9.2, EFI_GRAPHICS_OUTPUT_PROTOCOL: the pixel formats. */
static bool read_pixel_format(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode,
                              struct boot_framebuffer *screen)
{
	const EFI_PIXEL_BITMASK *mask = &mode->PixelInformation;

	switch (mode->PixelFormat) {
	case PixelRedGreenBlueReserved8BitPerColor:
		screen->red_position = 0;
		screen->green_position = 8;
		screen->blue_position = 16;
		break;
	case PixelBlueGreenRedReserved8BitPerColor:
		screen->blue_position = 0;
		screen->green_position = 8;
		screen->red_position = 16;
		break;
	case PixelBitMask:
		/* The highest bit of the four masks gives the size of a pixel. */
		if (!mask->RedMask || !mask->GreenMask || !mask->BlueMask ||
		    !((mask->RedMask | mask->GreenMask | mask->BlueMask | mask->ReservedMask) >>
		      24))
			return false;
		screen->red_position = __builtin_ctz(mask->RedMask);
		screen->green_position = __builtin_ctz(mask->GreenMask);
		screen->blue_position = __builtin_ctz(mask->BlueMask);
		break;
	default:
		return false; /* no framebuffer, block transfers only */
	}
	screen->bits_per_pixel = 32;
	return true;
}

static bool read_screen(EFI_HANDLE handle, struct boot_framebuffer *screen)
{
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	EFI_GRAPHICS_OUTPUT_PROTOCOL *output;

	if (EFI_ERROR(BS->HandleProtocol(handle, &guid, (VOID **)&output)) || !output->Mode ||
	    !output->Mode->Info || !output->Mode->FrameBufferBase)
		return false;

	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode = output->Mode->Info;

	if (!read_pixel_format(mode, screen))
		return false;
	screen->address = output->Mode->FrameBufferBase;
	screen->width = mode->HorizontalResolution;
	screen->height = mode->VerticalResolution;
	screen->pitch = mode->PixelsPerScanLine * 4;
	return true;
}

struct boot_framebuffer firmware_framebuffer(void)
{
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	struct boot_framebuffer none = {0};
	struct boot_framebuffer screen = {0};
	EFI_HANDLE *handles;
	UINTN count;
	bool found = false;

	if (EFI_ERROR(LibLocateHandle(ByProtocol, &guid, NULL, &count, &handles)))
		return none;
	/* The console's own handle may stand for several screens at once, without a framebuffer. */
	for (UINTN i = 0; i < count && !found; i++)
		found = read_screen(handles[i], &screen);
	FreePool(handles);
	return found ? screen : none;
}
