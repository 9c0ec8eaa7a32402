/* SPDX-License-Identifier: MIT */
/*
 * What the firmware and the machine call themselves: the System Management BIOS tables (DMTF
 * DSP0134 3.6, 5.2 "SMBIOS entry point structure (SMBIOS EPS)" and 6 "SMBIOS structures").
 *
 * Pure, and nothing of it is trusted: reads nothing outside of what it is given, and texts come out
 * bounded, in printable ASCII without double quotes.
 */
#ifndef RETARGET_KERNEL_SMBIOS_H
#define RETARGET_KERNEL_SMBIOS_H

#include <stddef.h>
#include <stdint.h>

#define SMBIOS_ENTRY_SIZE 32         /* bytes that the longer of the two entry points fits in */
#define SMBIOS_TABLE_MAX  (1U << 20) /* a longer one is read so far */
#define SMBIOS_TEXT_SIZE  64

struct smbios_entry {
	uint64_t address; /* physical, of the structures */
	uint32_t size;    /* bytes of them at most, 1 .. SMBIOS_TABLE_MAX */
};

/* Each "" where it is not told. */
struct smbios {
	char firmware_vendor[SMBIOS_TEXT_SIZE];
	char firmware_version[SMBIOS_TEXT_SIZE];
	char firmware_date[SMBIOS_TEXT_SIZE];
	char machine_vendor[SMBIOS_TEXT_SIZE];
	char machine_name[SMBIOS_TEXT_SIZE];
};

/* `at` is SMBIOS_ENTRY_SIZE bytes. 0, or -EINVAL when they are no entry point. */
int smbios_entry_parse(const uint8_t *at, struct smbios_entry *out);

/* Reads the structures up to the first one that is cut off. */
void smbios_parse(const uint8_t *table, size_t size, struct smbios *out);

#endif
