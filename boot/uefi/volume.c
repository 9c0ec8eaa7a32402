// SPDX-License-Identifier: MIT
#include "boot/uefi/volume.h"

#include <efilib.h>

#include "boot/uefi/console.h"

static const CHAR16 *const paths[] = {
        L"\\retarget\\retarget.elf",
        L"\\boot\\retarget.elf",
        L"\\retarget.elf",
};

static EFI_STATUS find_on(EFI_HANDLE device, struct volume_kernel *kernel)
{
	EFI_FILE_HANDLE volume = LibOpenRoot(device);

	if (!volume)
		return EFI_NOT_FOUND;
	for (UINTN i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		EFI_STATUS status = file_read(volume, paths[i], &kernel->file);

		if (status == EFI_NOT_FOUND)
			continue;
		if (EFI_ERROR(status)) {
			volume->Close(volume);
			return status;
		}
		kernel->volume = volume;
		kernel->path = paths[i];
		return EFI_SUCCESS;
	}
	volume->Close(volume);
	return EFI_NOT_FOUND;
}

static EFI_STATUS find_anywhere(struct volume_kernel *kernel)
{
	EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_STATUS status = EFI_NOT_FOUND;
	EFI_HANDLE *devices;
	UINTN count;

	if (EFI_ERROR(LibLocateHandle(ByProtocol, &guid, NULL, &count, &devices)))
		return EFI_NOT_FOUND;
	for (UINTN i = 0; i < count && status == EFI_NOT_FOUND; i++)
		status = find_on(devices[i], kernel);
	FreePool(devices);
	return status;
}

EFI_STATUS volume_find_kernel(EFI_HANDLE device, struct volume_kernel *kernel)
{
	EFI_STATUS status = find_on(device, kernel);

	if (status == EFI_NOT_FOUND)
		status = find_anywhere(kernel);
	if (status == EFI_NOT_FOUND)
		console_error(status,
		              L"no volume has %s (nor %s, %s); put the kernel, build/retarget.elf, "
		              L"there, beside \\EFI\\BOOT\\BOOTX64.EFI",
		              paths[0], paths[1], paths[2]);
	return status;
}
