// SPDX-License-Identifier: MIT
// links: kernel/acpi/madt.c

#include "kernel/acpi/madt.h"
#include "tests/fuzz/fuzz.h"

static struct madt madt, again;

static unsigned int count_entries(const struct acpi_header *table)
{
	const uint8_t *bytes = (const uint8_t *)table;
	unsigned int count = 0;

	for (size_t at = 44; at < table->length; at += bytes[at + 1])
		count++;
	return count;
}

static void check_cpus(void)
{
	static uint8_t seen[1 << 16];

	for (uint32_t i = 0; i < madt.cpu_count; i++) {
		const struct madt_cpu *cpu = &madt.cpus[i];

		fuzz_check(cpu->apic_id != 0xffffffff);
		fuzz_check(cpu->enabled || cpu->online_capable);
		if (cpu->apic_id < sizeof(seen))
			fuzz_check(!seen[cpu->apic_id]++);
	}
	for (uint32_t i = 0; i < madt.cpu_count; i++)
		if (madt.cpus[i].apic_id < sizeof(seen))
			seen[madt.cpus[i].apic_id] = 0;
}

static void check_madt(const struct acpi_header *table)
{
	fuzz_check(madt.cpu_count <= MADT_CPUS_MAX);
	fuzz_check(madt.io_apic_count <= MADT_IO_APICS_MAX);
	fuzz_check(madt.override_count <= MADT_OVERRIDES_MAX);
	fuzz_check(madt.cpu_count + madt.io_apic_count + madt.override_count + madt.left_out +
	                   madt.senseless <=
	           count_entries(table));
	for (uint32_t i = 0; i < madt.override_count; i++)
		fuzz_check(madt.overrides[i].source <= 15);
	check_cpus();
}

static int parse(const struct acpi_header *table, void *out, const char **why)
{
	return madt_parse(table, out, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct fuzz_parser parser = {parse, &madt, &again, sizeof(madt), check_madt};

	fuzz_parser(&parser, bytes, size);
	return 0;
}
