/* SPDX-License-Identifier: MIT */
/* The result of the run before this one, which the kernel has left with the firmware. */
#ifndef RETARGET_BOOT_UEFI_RESULT_H
#define RETARGET_BOOT_UEFI_RESULT_H

#include <efi.h>

/*
 * Writes it to \RESULT-<date>.txt and forgets it; nothing happens where there is none. The file
 * goes to the volume that this program comes from, or where firmware cannot read that, to the one
 * on the same disk that has the kernel; to no other disk. Whatever fails is said, and what has not
 * been written is kept for the next start.
 */
void result_write_file(EFI_HANDLE device);

#endif
