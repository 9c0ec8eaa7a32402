// SPDX-License-Identifier: MIT
#include "kernel/acpi/acpi.h"

#include <asm-generic/errno.h>

#include "kernel/acpi/check.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/string.h"

/* ACPI 6.5, 5.2.5.1 "Finding the RSDP on IA-PC Systems". */
#define BIOS_AREA        0xe0000ULL
#define BIOS_AREA_SIZE   0x20000ULL
#define RSDP_ALIGNMENT   16
#define ROOT_ENTRIES_MAX 256
#define REFUSALS_NAMED   8 /* a root table of garbage lists thousands of tables */

/* What the root table lists. */
static struct listed_table {
	uint64_t address;
	char signature[4];
	const struct acpi_header *table; /* NULL: refused */
} listed[ROOT_ENTRIES_MAX];
static unsigned int listed_count;
static unsigned int refusals;

static void print_refused(const char *signature, uint64_t address, const char *reason)
{
	char text[5];

	if (++refusals > REFUSALS_NAMED) {
		if (refusals == REFUSALS_NAMED + 1)
			print("# acpi: more tables than these %u are refused: the others are not "
			      "named\n",
			      REFUSALS_NAMED);
		return;
	}
	acpi_signature_text(signature, text);
	print("# acpi: table %s at 0x%llx refused: %s\n", text, (unsigned long long)address,
	      reason);
}

/* The whole table at `address`, NULL (and a printed reason) when it is broken. */
static const struct acpi_header *map_table(uint64_t address, char signature[4])
{
	const struct acpi_header *header = memory_map_table(address, sizeof(*header));
	const struct acpi_header *table = NULL;
	const char *reason;

	memcpy(signature, "????", 4);
	if (!header) {
		print_refused(signature, address, "there is no memory");
		return NULL;
	}
	memcpy(signature, header->signature, 4);
	reason = acpi_header_fault(header);
	if (!reason) {
		table = memory_map_table(address, header->length);
		reason = table ? acpi_table_fault(table) : "it reaches past the end of memory";
	}
	if (reason) {
		print_refused(signature, address, reason);
		return NULL;
	}
	return table;
}

/* The root table at `address` if it is there and sound. */
static const struct acpi_header *map_root(uint64_t address, const char *name)
{
	const struct acpi_header *root;
	char signature[4];

	if (!address)
		return NULL;
	root = map_table(address, signature);
	if (root && memcmp(signature, name, 4)) {
		print_refused(signature, address, "the RSDP calls it a root table");
		return NULL;
	}
	return root;
}

static bool is_listed(uint64_t address)
{
	for (unsigned int i = 0; i < listed_count; i++)
		if (listed[i].address == address)
			return true;
	return false;
}

/*
 * The addresses stand unaligned behind the header: 8 bytes each in an XSDT, 4 in an RSDT. Firmware
 * in the field leaves zeros among them, and lists a table twice; neither is worth a word.
 */
static void list_tables(uint64_t root_address, const struct acpi_header *root, const char *name,
                        unsigned int entry_size)
{
	const uint8_t *entries = (const uint8_t *)(root + 1);
	size_t count = (root->length - sizeof(*root)) / entry_size;
	bool lists_itself = false;

	for (size_t i = 0; i < count; i++) {
		struct listed_table *entry = &listed[listed_count];
		uint64_t address = 0;

		memcpy(&address, entries + i * entry_size, entry_size);
		if (address == root_address && !lists_itself)
			print("# acpi: %s lists itself\n", name);
		lists_itself |= address == root_address;
		if (!address || address == root_address || is_listed(address))
			continue;
		if (listed_count == ROOT_ENTRIES_MAX) {
			print("# acpi: %s lists more than %u tables: the rest is ignored\n", name,
			      ROOT_ENTRIES_MAX);
			return;
		}
		entry->address = address;
		entry->table = map_table(address, entry->signature);
		listed_count++;
	}
}

/* The physical address of an RSDP in the BIOS area, 0 when there is none. */
static uint64_t search_rsdp(void)
{
	/*
	 * The other place to look, the extended BIOS data area, is known only to page 0, which is
	 * never mapped. A firmware that keeps the RSDP there boots by a loader that hands it over.
	 */
	const uint8_t *area = memory_map_table(BIOS_AREA, BIOS_AREA_SIZE);

	if (!area)
		return 0;
	for (uint64_t offset = 0; offset < BIOS_AREA_SIZE; offset += RSDP_ALIGNMENT)
		if (!acpi_rsdp_fault((const struct acpi_rsdp *)(area + offset)))
			return BIOS_AREA + offset;
	return 0;
}

/* What revision 2 added to the RSDP: NULL with the XSDT's address, or the reason to ignore it. */
static const char *read_xsdt_address(uint64_t address, uint64_t *xsdt)
{
	const struct acpi_rsdp *rsdp = memory_map_table(address, sizeof(*rsdp));
	const char *reason;

	if (!rsdp)
		return "it cannot be mapped";
	reason = acpi_rsdp_length_fault(rsdp);
	if (reason)
		return reason;
	rsdp = memory_map_table(address, rsdp->length);
	if (!rsdp)
		return "it cannot be mapped";
	if (!acpi_checksum_holds(rsdp, rsdp->length))
		return "its extended checksum is wrong";
	*xsdt = rsdp->xsdt;
	return *xsdt ? NULL : "its address is 0";
}

static const struct acpi_header *map_xsdt(uint64_t address, uint64_t *xsdt)
{
	const char *reason = read_xsdt_address(address, xsdt);

	if (reason)
		print("# acpi: RSDP at 0x%llx names no XSDT: %s\n", (unsigned long long)address,
		      reason);
	return map_root(*xsdt, "XSDT");
}

/* ACPI 6.5, 5.2.7: the XSDT takes precedence, and has room for addresses beyond 4 GiB. */
static int list_root(uint64_t address, const struct acpi_rsdp *rsdp)
{
	const struct acpi_header *root = NULL;
	uint64_t xsdt = 0;

	if (rsdp->revision >= 2)
		root = map_xsdt(address, &xsdt);
	if (root) {
		list_tables(xsdt, root, "XSDT", 8);
		return 0;
	}
	root = map_root(rsdp->rsdt, "RSDT");
	if (root) {
		list_tables(rsdp->rsdt, root, "RSDT", 4);
		return 0;
	}
	print("# acpi: RSDP at 0x%llx leads to no sound XSDT or RSDT\n",
	      (unsigned long long)address);
	return -EINVAL;
}

int acpi_init(uint64_t address)
{
	const struct acpi_rsdp *rsdp;
	const char *reason;

	listed_count = 0;
	refusals = 0;
	if (!address)
		address = search_rsdp();
	if (!address) {
		print("# acpi: no RSDP, neither handed over at boot nor in 0xe0000..0xfffff\n");
		return -ENOENT;
	}
	rsdp = memory_map_table(address, ACPI_RSDP_LENGTH_0);
	reason = rsdp ? acpi_rsdp_fault(rsdp) : "it cannot be mapped";
	if (reason) {
		print("# acpi: RSDP at 0x%llx refused: %s\n", (unsigned long long)address, reason);
		return -EINVAL;
	}
	return list_root(address, rsdp);
}

const struct acpi_header *acpi_table(const char *signature, unsigned int n)
{
	for (unsigned int i = 0; i < listed_count; i++)
		if (listed[i].table && !memcmp(listed[i].signature, signature, 4) && !n--)
			return listed[i].table;
	return NULL;
}

const struct acpi_header *acpi_only_table(const char *signature)
{
	if (acpi_table(signature, 1))
		print("# acpi: there are several sound tables %s: the first one counts\n",
		      signature);
	return acpi_table(signature, 0);
}

bool acpi_table_broken(const char *signature)
{
	for (unsigned int i = 0; i < listed_count; i++)
		if (!listed[i].table && !memcmp(listed[i].signature, signature, 4))
			return true;
	return false;
}
