// SPDX-License-Identifier: MIT
#include "drivers/vtd/unit.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/command.h"
#include "drivers/vtd/regs.h"
#include "kernel/cpu/instructions.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/registers.h"
#include "kernel/string.h"

#define CACHE_LINE 64 /* what CLFLUSH works on in every x86-64 CPU */

/*
 * Hardware that does not snoop reads memory, not this CPU's cache (ECAP.C = 0). No fence is needed
 * before a register write that follows: CLFLUSH is ordered with all stores (Intel SDM vol. 2A,
 * CLFLUSH).
 */
static void sync(const struct vtd_unit *unit, const void *from, size_t length)
{
	if (unit->ecap & ECAP_C)
		return;
	for (size_t i = 0; i < length; i += CACHE_LINE)
		clflush((const uint8_t *)from + i);
}

static size_t table_size(uint32_t entries)
{
	return entries * sizeof(struct irte);
}

/* How far the registers reach: 11.4 footnote 1, some may lie beyond the first page. */
static uint64_t reach(uint64_t cap, uint64_t ecap, uint64_t length)
{
	uint64_t faults = 16 * field_get(CAP_FRO, cap) + FRCD_SIZE * (field_get(CAP_NFR, cap) + 1);
	uint64_t iotlb = 16 * field_get(ECAP_IRO, ecap) + 16;
	uint64_t end = faults > iotlb ? faults : iotlb;

	return end > length ? end : length;
}

/*
 * For good: remapping that is switched on again has the same table. 11.4.10, Interrupt Remapping
 * Table Address Register, asks for 4 KiB alignment only, but there are processors that want a
 * larger table aligned to its size (Xeon E7 v2 datasheet, vol. 2, VTD_INTR_REMAP_TABLE_BASE).
 */
static int take_memory(struct vtd_unit *unit, uint32_t entries)
{
	size_t size = table_size(entries) > PAGE_SIZE ? table_size(entries) : PAGE_SIZE;
	uint64_t *taken = memory_alloc(vtd_indexes_bytes(entries), sizeof(*taken));

	unit->table = memory_alloc(size, size);
	if (!taken || !unit->table)
		return -ENOMEM;
	vtd_indexes_init(&unit->indexes, taken, entries);
	return 0;
}

/* 11.4.7.5 and 11.4.9.8: the upper address registers must be there with ECAP.EIM. */
static void widen_events(struct vtd_unit *unit)
{
	if (!(unit->ecap & ECAP_EIM))
		return;
	if (!vtd_event_widen(&unit->fault_event) ||
	    (unit->ecap & ECAP_QI && !vtd_event_widen(&unit->completion_event)))
		print("# %s: has ECAP.EIM, but no upper address for its events: they reach APIC "
		      "ids up to %u\n",
		      unit->name, MESSAGE_APIC_ID_MAX);
}

/*
 * The queue's memory comes first, as one that was left on is ended with its help; the unit is made
 * quiet even where memory is short. A fault that is not cleared would keep the fault event of the
 * next one back (7.3, Non-Recoverable Fault Event). Whose they are is worth a line each: they are
 * the predecessor's last words.
 */
static int take_over(struct vtd_unit *unit, uint32_t entries)
{
	int memory = vtd_queue_init(&unit->queue, unit->name, unit->registers);
	int error;

	vtd_unit_print_left_on(unit);
	error = vtd_unit_disable(unit);
	if (!error)
		error = memory;
	if (error)
		return error;
	vtd_fault_report(&unit->faults);
	widen_events(unit);
	return take_memory(unit, entries);
}

/*
 * The other bits of the version are reserved and read as 0 (11.4.1, Version Register): not so where
 * nothing answers or something else is. NULL with the registers claimed and read, or why not.
 */
static const char *find_registers(struct vtd_unit *unit, const struct dmar_drhd *drhd,
                                  uint32_t *version)
{
	const char *why;

	unit->registers = registers_claim(unit->name, drhd->base, drhd->size, &why);
	if (!unit->registers)
		return why;
	*version = mmio_read32(unit->registers + VER_REG);
	unit->cap = mmio_read64(unit->registers + CAP_REG);
	unit->ecap = mmio_read64(unit->registers + ECAP_REG);
	if (!*version || *version & ~(VER_MAX | VER_MIN)) {
		registers_give_up(unit->registers);
		return "nothing there has a remapping unit's version";
	}
	if (!registers_claim(unit->name, drhd->base, reach(unit->cap, unit->ecap, drhd->size),
	                     &why))
		return why;
	return NULL;
}

int vtd_unit_init(struct vtd_unit *unit, unsigned int number, const struct dmar_drhd *drhd,
                  uint32_t entries)
{
	uint32_t version = 0;
	const char *why;

	memset(unit, 0, sizeof(*unit));
	format(unit->name, sizeof(unit->name), "vtd%u", number);
	unit->segment = drhd->segment;
	why = find_registers(unit, drhd, &version);
	if (why) {
		print("# %s: DMAR's address %lx refused: %s\n", unit->name, drhd->base, why);
		return -ENODEV;
	}
	vtd_event_init(&unit->fault_event, unit->registers + FECTL_REG);
	vtd_event_init(&unit->completion_event, unit->registers + IECTL_REG);
	unit->faults = (struct vtd_fault_log){
	        .name = unit->name,
	        .segment = drhd->segment,
	        .registers = unit->registers,
	        .cap = unit->cap,
	};
	print("# head unit=%s at=%llx version=%llu.%llu cap=%016llx ecap=%016llx gsts=%08x "
	      "posted_interrupts=%s\n",
	      unit->name, (unsigned long long)drhd->base,
	      (unsigned long long)field_get(VER_MAX, version),
	      (unsigned long long)field_get(VER_MIN, version), (unsigned long long)unit->cap,
	      (unsigned long long)unit->ecap, mmio_read32(unit->registers + GSTS_REG),
	      unit->cap & CAP_PI ? "offered" : "no");
	if (unit->ecap & ECAP_IRREQ)
		print("# %s: blocks all messages while remapping is off (ECAP.IRREQ): what is sent "
		      "then goes missing\n",
		      unit->name);
	return take_over(unit, entries);
}

int vtd_unit_queue_on(struct vtd_unit *unit)
{
	if (mmio_read32(unit->registers + GSTS_REG) & GSTS_QIES)
		return 0;
	vtd_queue_reset(&unit->queue);
	return vtd_switch(unit, GCMD_QIE, true, "GSTS.QIES");
}

/*
 * CAP.ESIRTPS would spare the invalidation, but one more does no harm and is at the start the
 * queue's first proof of life.
 */
int vtd_unit_set_table(struct vtd_unit *unit, uint64_t physical, uint32_t entries)
{
	uint64_t irta = physical | field_set(IRTA_S, __builtin_ctz(entries) - 1);
	int error;

	mmio_write64(unit->registers + IRTA_REG, unit->extended ? irta | IRTA_EIME : irta);
	error = vtd_command_once(unit, GCMD_SIRTP, "GSTS.IRTPS");
	if (!error)
		error = vtd_queue_submit(&unit->queue, vtd_iec_global());
	return error;
}

int vtd_unit_set_own_table(struct vtd_unit *unit)
{
	return vtd_unit_set_table(unit, memory_physical(unit->table), unit->indexes.size);
}

int vtd_unit_set_extended(struct vtd_unit *unit, bool extended)
{
	unit->extended = extended;
	return vtd_unit_set_own_table(unit);
}

/*
 * The new table must be in force, and nothing of another one cached, before anything is remapped:
 * SIRTP, IRTPS, global invalidation, IRE (6.7, Set Interrupt Remapping Table Pointer Operation).
 */
static int start(struct vtd_unit *unit)
{
	int error = vtd_unit_queue_on(unit);

	if (!error)
		error = vtd_unit_set_own_table(unit);
	if (!error)
		error = vtd_switch(unit, GCMD_IRE, true, "GSTS.IRES");
	return error;
}

int vtd_unit_set_compatibility(struct vtd_unit *unit, bool pass)
{
	return vtd_switch(unit, GCMD_CFI, pass, "GSTS.CFIS");
}

int vtd_unit_enable(struct vtd_unit *unit, bool extended)
{
	int error;

	unit->extended = extended;
	memset(unit->table, 0, table_size(unit->indexes.size));
	vtd_indexes_init(&unit->indexes, unit->indexes.taken, unit->indexes.size);
	sync(unit, unit->table, table_size(unit->indexes.size));

	error = start(unit);
	if (error)
		vtd_unit_disable(unit);
	return error;
}

int vtd_unit_allocate(struct vtd_unit *unit, unsigned int count)
{
	int index;

	spin_lock(&unit->indexes_lock);
	index = vtd_indexes_take(&unit->indexes, count);
	spin_unlock(&unit->indexes_lock);
	return index;
}

void vtd_unit_free(struct vtd_unit *unit, uint16_t index, unsigned int count)
{
	spin_lock(&unit->indexes_lock);
	vtd_indexes_give_back(&unit->indexes, index, count);
	spin_unlock(&unit->indexes_lock);
}

uint32_t vtd_unit_used(struct vtd_unit *unit)
{
	uint32_t count;

	spin_lock(&unit->indexes_lock);
	count = unit->indexes.count;
	spin_unlock(&unit->indexes_lock);
	return count;
}

int vtd_unit_invalidate(struct vtd_unit *unit, uint16_t index)
{
	sync(unit, &unit->table[index], sizeof(struct irte));
	return vtd_queue_submit(&unit->queue, vtd_iec_index(index, 0));
}

/*
 * A not-present entry is cached only in caching mode (CAP.CM), but the invalidation also flushes
 * the write buffers of old chipsets (CAP.RWBF; 6.8, Write Buffer Flushing), so it is done always.
 */
int vtd_unit_publish_new(struct vtd_unit *unit, uint16_t index, const struct irte *value)
{
	irte_publish_new(&unit->table[index], value);
	return vtd_unit_invalidate(unit, index);
}

int vtd_unit_store_target(struct vtd_unit *unit, uint16_t index, const struct irte *value)
{
	return irte_publish_target(&unit->table[index], value);
}

int vtd_unit_withdraw(struct vtd_unit *unit, uint16_t index)
{
	irte_withdraw(&unit->table[index]);
	return vtd_unit_invalidate(unit, index);
}
