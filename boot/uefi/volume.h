/* SPDX-License-Identifier: MIT */
/* Which volume the kernel is read from, and what is read there. */
#ifndef RETARGET_BOOT_UEFI_VOLUME_H
#define RETARGET_BOOT_UEFI_VOLUME_H

#include <efi.h>

#include "boot/uefi/file.h"

struct volume_kernel {
	EFI_FILE_HANDLE volume;
	const CHAR16 *path;
	struct file file;
};

/*
 * Finds the kernel on `device`, where this program was loaded from, or else on the first other
 * volume that has it: a boot manager that starts this program from a file system of its own
 * (GRUB from ISO 9660) names a device on which the firmware finds no files. An error has been
 * reported.
 */
EFI_STATUS volume_find_kernel(EFI_HANDLE device, struct volume_kernel *kernel);

#endif
