// SPDX-License-Identifier: MIT
// links: drivers/vtd/dmar.c
#include <asm-generic/errno.h>

#include "drivers/vtd/dmar.h"
#include "tests/fuzz/fuzz.h"

static struct dmar dmar, again;

/* The units in the table, counted by another walk than the parser's. */
static unsigned int count_units(const struct acpi_header *table)
{
	const uint8_t *bytes = (const uint8_t *)table;
	unsigned int count = 0;

	for (size_t at = 48; at < table->length; at += bytes[at + 2] | bytes[at + 3] << 8)
		count += !bytes[at] && !bytes[at + 1];
	return count;
}

static void check_unit(const struct dmar_drhd *drhd, unsigned int scopes_before)
{
	fuzz_check(drhd->base && drhd->base % 4096 == 0);
	fuzz_check(drhd->size >= 4096 && drhd->size <= 4096U << 15);
	fuzz_check(drhd->first_scope == scopes_before);
	for (const struct dmar_drhd *other = dmar.drhds; other < drhd; other++) {
		fuzz_check(other->base != drhd->base);
		fuzz_check(!(other->include_pci_all && drhd->include_pci_all &&
		             other->segment == drhd->segment));
	}
}

static void check_result(int error, const struct dmar_source *source)
{
	fuzz_check(error == 0 || error == -ENOENT || error == -EOPNOTSUPP);
	if (!error)
		fuzz_check(source->drhd >= dmar.drhds &&
		           source->drhd < dmar.drhds + dmar.drhd_count);
}

/* What a scope names has to be found, and no other unit may be found in its place. */
static void check_scope(const struct dmar_drhd *drhd, const struct dmar_scope *scope)
{
	struct dmar_hop chain[DMAR_HOPS_MAX];
	struct dmar_source source;
	int error;

	fuzz_check(scope->hop_count >= 1 && scope->hop_count <= DMAR_HOPS_MAX);
	if (scope->type == DMAR_SCOPE_IO_APIC) {
		error = dmar_io_apic(&dmar, scope->enumeration_id, &source);
		check_result(error, &source);
		fuzz_check(error == -EOPNOTSUPP || (!error && source.drhd == drhd));
	}
	if (scope->type != DMAR_SCOPE_ENDPOINT && scope->type != DMAR_SCOPE_SUB_HIERARCHY)
		return;
	for (unsigned int i = 0; i < scope->hop_count; i++)
		chain[i] = (struct dmar_hop){(uint8_t)(scope->start_bus + i), scope->hops[i]};
	fuzz_check(dmar_drhd_for_pci(&dmar, drhd->segment, chain, scope->hop_count));
	fuzz_check(dmar_drhd_for_pci(&dmar, drhd->segment, chain, scope->hop_count)->segment ==
	           drhd->segment);
}

static void check_dmar(const struct acpi_header *table)
{
	struct dmar_source source;
	unsigned int scopes = 0;

	fuzz_check(dmar.drhd_count >= 1 && dmar.drhd_count <= DMAR_DRHDS_MAX);
	fuzz_check(dmar.drhd_count == count_units(table));
	fuzz_check(dmar.scope_count <= DMAR_SCOPES_MAX);
	for (unsigned int i = 0; i < dmar.drhd_count; i++) {
		check_unit(&dmar.drhds[i], scopes);
		scopes += dmar.drhds[i].scope_count;
	}
	fuzz_check(scopes == dmar.scope_count);
	for (unsigned int i = 0; i < dmar.drhd_count; i++)
		for (unsigned int j = 0; j < dmar.drhds[i].scope_count; j++)
			check_scope(&dmar.drhds[i], &dmar.scopes[dmar.drhds[i].first_scope + j]);
	for (unsigned int id = 0; id < 256; id++) {
		check_result(dmar_io_apic(&dmar, (uint8_t)id, &source), &source);
		check_result(dmar_hpet(&dmar, (uint8_t)id, &source), &source);
	}
}

static int parse(const struct acpi_header *table, void *out, const char **why)
{
	return dmar_parse(table, out, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct fuzz_parser parser = {parse, &dmar, &again, sizeof(dmar), check_dmar};

	fuzz_parser(&parser, bytes, size);
	return 0;
}
