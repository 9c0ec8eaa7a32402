/* SPDX-License-Identifier: MIT */
/* Whole files of a volume the firmware can read. */
#ifndef RETARGET_BOOT_UEFI_FILE_H
#define RETARGET_BOOT_UEFI_FILE_H

#include <efi.h>

struct file {
	const void *data;
	UINTN size; /* bytes */
};

/*
 * Reads a whole file into memory of its own. EFI_NOT_FOUND when there is no such file; any other
 * error has been reported with the file's name.
 */
EFI_STATUS file_read(EFI_FILE_HANDLE volume, const CHAR16 *path, struct file *file);

void file_free(struct file *file);

#endif
