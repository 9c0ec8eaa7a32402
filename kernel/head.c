// SPDX-License-Identifier: MIT
#include "kernel/head.h"

#include "kernel/bits.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/trap.h"
#include "kernel/efi.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/rtc.h"
#include "kernel/smbios.h"
#include "kernel/string.h"

#ifndef RETARGET_COMMIT /* the build knows it */
#define RETARGET_COMMIT "unknown"
#endif

#define IA32_BIOS_SIGN_ID 0x8b
#define SIGNATURE         GENMASK_ULL(63, 32)
#define BRAND_LEAVES      3 /* from 80000002h on */
#define BIOS_SEARCH_START 0xf0000ULL
#define BIOS_SEARCH_END   0x100000ULL
#define TEXT_SIZE         64

void head_print_version(void)
{
	print("# head retarget=" RETARGET_COMMIT "\n");
}

static const char *or_unknown(const char *text)
{
	return text[0] ? text : "unknown";
}

/* Without the blanks that Intel puts before it, and AMD behind it. */
static void read_brand(char text[TEXT_SIZE])
{
	char raw[BRAND_LEAVES * sizeof(struct cpuid) + 1] = "";
	const char *from = raw;
	size_t length;

	if (cpuid(0x80000000, 0).eax >= 0x80000004)
		for (uint32_t n = 0; n < BRAND_LEAVES; n++) {
			struct cpuid part = cpuid(0x80000002 + n, 0);

			memcpy(raw + n * sizeof(part), &part, sizeof(part));
		}
	while (*from == ' ')
		from++;
	length = strlen(from);
	while (length && from[length - 1] == ' ')
		length--;
	for (size_t i = 0; i < length; i++)
		text[i] = (char)(from[i] < ' ' || from[i] > '~' || from[i] == '"' ? '?' : from[i]);
	text[length] = 0;
}

/*
 * Intel SDM vol. 3, 10.11.7.1 "Determining the Signature": 0 is written, CPUID leaves the revision
 * there. Other makers have it there without; a CPU without the register faults, and says nothing.
 */
static void format_microcode(char text[TEXT_SIZE])
{
	uint64_t flags = interrupts_save();
	uint64_t value = 0;
	bool known;

	trap_wrmsr(IA32_BIOS_SIGN_ID, 0);
	cpuid(1, 0);
	known = trap_rdmsr(IA32_BIOS_SIGN_ID, &value);
	interrupts_restore(flags);
	/* AMD's is the low half, and Intel's the high one; 0 is: none was loaded. */
	value = field_get(SIGNATURE, value) ? field_get(SIGNATURE, value) : value;
	if (known && value)
		format(text, TEXT_SIZE, "0x%lx", value);
	else
		format(text, TEXT_SIZE, "unknown");
}

/* Intel SDM vol. 2A, CPUID, "Version Information Returned by CPUID in EAX". */
static void print_cpu(void)
{
	struct cpuid vendor = cpuid(0, 0);
	uint32_t version = cpuid(1, 0).eax;
	uint32_t family = version >> 8 & 0xf;
	uint32_t model = version >> 4 & 0xf;
	char brand[TEXT_SIZE], microcode[TEXT_SIZE];

	if (family == 6 || family == 15)
		model |= version >> 12 & 0xf0;
	if (family == 15)
		family += version >> 20 & 0xff;
	read_brand(brand);
	format_microcode(microcode);
	print("# head cpu=\"%s\" cpu_vendor=%.4s%.4s%.4s family=%u model=%u stepping=%u "
	      "microcode=%s\n",
	      or_unknown(brand), (const char *)&vendor.ebx, (const char *)&vendor.edx,
	      (const char *)&vendor.ecx, family, model, version & 0xf, microcode);
}

static bool entry_at(uint64_t physical, struct smbios_entry *entry)
{
	const uint8_t *at = memory_map_table(physical, SMBIOS_ENTRY_SIZE);

	return at && !smbios_entry_parse(at, entry);
}

/* DSP0134 3.6, 5.2: UEFI's configuration tables name it, elsewhere it is to be looked for. */
static bool find_smbios(struct smbios_entry *entry)
{
	static const struct efi_guid names[] = {
	        {0xf2fd1544, 0x9794, 0x4a2c, {0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94}},
	        {0xeb9d2d31, 0x2d88, 0x11d3, {0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t at = efi_table(&names[i]);

		if (at && entry_at(at, entry))
			return true;
	}
	if (efi_present())
		return false;
	for (uint64_t at = BIOS_SEARCH_START; at + SMBIOS_ENTRY_SIZE <= BIOS_SEARCH_END; at += 16)
		if (entry_at(at, entry))
			return true;
	return false;
}

static void print_firmware(void)
{
	struct smbios smbios = {0};
	struct smbios_entry entry;
	char vendor[TEXT_SIZE];
	const uint8_t *table;

	table = find_smbios(&entry) ? memory_map_table(entry.address, entry.size) : NULL;
	if (table)
		smbios_parse(table, entry.size, &smbios);
	print("# head firmware_vendor=\"%s\" firmware_version=\"%s\" firmware_date=\"%s\"\n",
	      or_unknown(smbios.firmware_vendor), or_unknown(smbios.firmware_version),
	      or_unknown(smbios.firmware_date));
	print("# head machine_vendor=\"%s\" machine_name=\"%s\"\n",
	      or_unknown(smbios.machine_vendor), or_unknown(smbios.machine_name));
	if (!efi_present())
		return;
	efi_vendor(vendor, sizeof(vendor));
	print("# head uefi_vendor=\"%s\" uefi_revision=0x%08x uefi=%u.%u\n", or_unknown(vendor),
	      efi_firmware_revision(), efi_revision() >> 16, (efi_revision() & 0xffff) / 10);
}

static void print_memory(const struct boot_info *boot)
{
	uint64_t usable = 0;

	for (uint64_t i = 0; i < boot->memory_count; i++)
		if (boot->memory[i].type == BOOT_MEMORY_USABLE)
			usable += boot->memory[i].length;
	print("# head memory_mib=%lu\n", usable >> 20);
}

void head_print_run(const struct options *options)
{
	static const char *const ir[] = {"both", "on", "off"};
	char date[RTC_TEXT_SIZE];

	print("# head date=%s test=%s ir=%s fires=%lu moves=%lu seed=%lu irtes=%u\n",
	      rtc_read(date) ? "unknown" : date, options->test, ir[options->ir], options->fires,
	      options->moves, options->seed, options->irtes);
}

void head_print_machine(const struct boot_info *boot)
{

	print_cpu();
	print_firmware();
	print_memory(boot);
}
