// SPDX-License-Identifier: MIT
#include "boot/uefi/file.h"

#include <efilib.h>

#include "boot/uefi/console.h"

#define FILE_MAX (256ULL << 20)

static EFI_STATUS read_all(EFI_FILE_HANDLE handle, char *data, UINTN size)
{
	UINTN done = 0;

	while (done < size) {
		UINTN part = size - done;
		EFI_STATUS status = handle->Read(handle, &part, data + done);

		if (EFI_ERROR(status))
			return status;
		if (part == 0)
			return EFI_END_OF_FILE;
		done += part;
	}
	return EFI_SUCCESS;
}

static EFI_STATUS read_open_file(EFI_FILE_HANDLE handle, const CHAR16 *path, struct file *file)
{
	EFI_FILE_INFO *info = LibFileInfo(handle);

	if (!info)
		return console_error(EFI_DEVICE_ERROR, L"%s: the firmware does not tell its size",
		                     path);

	UINT64 size = info->FileSize;

	FreePool(info);
	if (size > FILE_MAX)
		return console_error(EFI_BAD_BUFFER_SIZE, L"%s: %ld bytes are too many", path,
		                     size);

	char *data = AllocatePool(size + 1); /* an empty file is a file */

	if (!data)
		return console_error(EFI_OUT_OF_RESOURCES, L"%s: no memory for %ld bytes", path,
		                     size);

	EFI_STATUS status = read_all(handle, data, size);

	if (EFI_ERROR(status)) {
		FreePool(data);
		return console_error(status, L"%s: cannot be read: %r; try another medium", path,
		                     status);
	}
	file->data = data;
	file->size = size;
	return EFI_SUCCESS;
}

EFI_STATUS file_read(EFI_FILE_HANDLE volume, const CHAR16 *path, struct file *file)
{
	EFI_FILE_HANDLE handle;
	EFI_STATUS status = volume->Open(volume, &handle, (CHAR16 *)path, EFI_FILE_MODE_READ, 0);

	if (status == EFI_NOT_FOUND)
		return status;
	if (EFI_ERROR(status))
		return console_error(status, L"%s: cannot be opened: %r", path, status);

	status = read_open_file(handle, path, file);
	handle->Close(handle);
	return status;
}

void file_free(struct file *file)
{
	FreePool((void *)file->data);
	file->data = NULL;
}
