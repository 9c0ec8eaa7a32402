/* SPDX-License-Identifier: MIT */
/*
 * UEFI's runtime services after the end of the boot services (UEFI 2.10, 8.1 "Runtime Services
 * Rules and Restrictions"), called at physical addresses: SetVirtualAddressMap() is never called.
 * For the call alone there are page tables that map the low 4 GiB, and what the firmware's map has
 * reserved above, at its own address, writable and executable. Interrupts are off meanwhile.
 *
 * Pointers that go to firmware are those of memory_alloc(): their addresses are physical ones.
 */
#ifndef RETARGET_KERNEL_EFI_RUNTIME_H
#define RETARGET_KERNEL_EFI_RUNTIME_H

#include <stdint.h>

#include "boot/boot_info.h"
#include "kernel/efi.h"

/* UEFI 2.10, appendix D "Status Codes". */
#define EFI_ERROR(code)      (1ULL << 63 | (code))
#define EFI_OUT_OF_RESOURCES EFI_ERROR(9)
#define EFI_NOT_FOUND        EFI_ERROR(14)

/* 0; -ENODEV without UEFI, -EINVAL for a table that is none, -ENOMEM. Before the others here. */
int efi_runtime_init(const struct boot_info *boot);

/* 8.2.3 "SetVariable()": an EFI status, 0 for success. */
uint64_t efi_set_variable(const uint16_t *name, const struct efi_guid *vendor, uint32_t attributes,
                          uint64_t size, const void *data);

/* 8.2.4 "QueryVariableInfo()": bytes in all, left, and of one variable with its name at most. */
struct efi_variable_room {
	uint64_t storage, remaining, largest;
};
uint64_t efi_query_variable_room(uint32_t attributes, struct efi_variable_room *room);

#endif
