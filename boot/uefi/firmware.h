/* SPDX-License-Identifier: MIT */
/* What only the firmware knows of the machine, and the kernel wants to know too. */
#ifndef RETARGET_BOOT_UEFI_FIRMWARE_H
#define RETARGET_BOOT_UEFI_FIRMWARE_H

#include <stdint.h>

#include "boot/boot_info.h"

/* The RSDP's physical address, 0 when the firmware has no ACPI. */
uint64_t firmware_rsdp(void);

/* The first screen with a framebuffer of 32-bit pixels; address 0 when there is none. */
struct boot_framebuffer firmware_framebuffer(void);

#endif
