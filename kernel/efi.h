/* SPDX-License-Identifier: MIT */
/*
 * What UEFI firmware leaves behind when its boot services have ended: the system table, its
 * configuration tables and the runtime services (UEFI 2.10, 4 "EFI System Table" and 8 "Services -
 * Runtime Services"). Nothing is there when the machine was not booted by UEFI, or when the boot
 * loader does not say where.
 */
#ifndef RETARGET_KERNEL_EFI_H
#define RETARGET_KERNEL_EFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UEFI 2.10, appendix A "GUID and Time Formats". */
struct efi_guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};
_Static_assert(sizeof(struct efi_guid) == 16, "UEFI 2.10, appendix A");

/* `system_table` is physical, 0: none. One that is not sound is named and not used. */
void efi_init(uint64_t system_table);

bool efi_present(void);

/* Physical address of the configuration table with this name, 0 when there is none. */
uint64_t efi_table(const struct efi_guid *name);

/* The firmware's vendor in printable ASCII without double quotes, cut to fit; "" without UEFI. */
void efi_vendor(char *text, size_t size);

/* As the vendor counts; the specification's revision as major << 16 | minor. */
uint32_t efi_firmware_revision(void);
uint32_t efi_revision(void);

/* Of the runtime services' table, physical; 0 without UEFI. */
uint64_t efi_runtime_services(void);

#endif
