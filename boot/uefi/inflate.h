/* SPDX-License-Identifier: MIT */
/*
 * Calls into Debian's zlib, which is built for programs: it uses the red zone, which the firmware's
 * timer would overwrite, and looks for the stack protector's value at %fs:28h. So interrupts are
 * off and FS leads somewhere meanwhile.
 */
#ifndef RETARGET_BOOT_UEFI_INFLATE_H
#define RETARGET_BOOT_UEFI_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Raw DEFLATE (RFC 1951): true when `packed` becomes just `text_size` bytes. */
bool inflate_text(const char *packed, size_t packed_size, char *text, size_t text_size);

uint32_t inflate_crc32(const char *text, size_t size);

#endif
