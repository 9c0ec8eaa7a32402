// SPDX-License-Identifier: MIT
#include "drivers/vtd/fault.h"

#include "drivers/vtd/regs.h"
#include "kernel/mmio.h"
#include "kernel/print.h"

/* The reasons outside of these are address translation faults: 7.1.3, table 30. */
#define INTERRUPT_REASON_FIRST 0x20
#define INTERRUPT_REASON_LAST  0x2f

static bool has_index(uint8_t reason)
{
	/* 11.4.7.6, Fault Recording Registers: for these FI is undefined. */
	switch (reason) {
	case VTD_FAULT_REQUEST_RESERVED:
	case VTD_FAULT_COMPATIBILITY_BLOCKED:
	case VTD_FAULT_REQUEST_MALFORMED:
	case VTD_FAULT_EXTENDED_MODE_REQUIRED:
	case VTD_FAULT_REMAPPING_REQUIRED:
		return false;
	default:
		return true;
	}
}

bool vtd_fault_decode(uint64_t lo, uint64_t hi, struct vtd_fault *fault)
{
	*fault = (struct vtd_fault){
	        .source_id = field_get(FRCD_HI_SID, hi),
	        .reason = field_get(FRCD_HI_FR, hi),
	};
	fault->interrupt =
	        fault->reason >= INTERRUPT_REASON_FIRST && fault->reason <= INTERRUPT_REASON_LAST;
	if (!fault->interrupt) {
		fault->read = field_get(FRCD_HI_T1, hi);
		fault->address = lo & FRCD_LO_FI;
	} else if (has_index(fault->reason)) {
		fault->has_index = true;
		fault->index = field_get(FRCD_LO_FI_INDEX, lo);
	}
	return hi & FRCD_HI_F;
}

const char *vtd_fault_reason(uint8_t reason)
{
	static const char *const text[] = {
	        [0x01] = "root entry not present",
	        [0x02] = "context entry not present",
	        [0x03] = "invalid context entry",
	        [0x04] = "address too wide",
	        [0x05] = "no write permission",
	        [0x06] = "no read permission",
	        [0x07] = "page table not readable",
	        [0x08] = "root table not readable",
	        [0x09] = "context table not readable",
	        [0x0a] = "reserved field set in root entry",
	        [0x0b] = "reserved field set in context entry",
	        [0x0c] = "reserved field set in page table entry",
	        [0x0d] = "translation request blocked",
	        [0x0e] = "address translated into the interrupt range",
	        [VTD_FAULT_REQUEST_RESERVED] = "reserved field set in interrupt request",
	        [VTD_FAULT_INDEX_TOO_LARGE] = "interrupt index beyond the table",
	        [VTD_FAULT_NOT_PRESENT] = "entry not present",
	        [VTD_FAULT_TABLE_UNREADABLE] = "table not readable",
	        [VTD_FAULT_ENTRY_RESERVED] = "reserved field set in entry",
	        [VTD_FAULT_COMPATIBILITY_BLOCKED] = "compatibility format blocked",
	        [VTD_FAULT_SOURCE_ID] = "source id refused",
	        [VTD_FAULT_DESCRIPTOR_UNREADABLE] = "posted descriptor not readable",
	        [VTD_FAULT_DESCRIPTOR_RESERVED] = "reserved field set in posted descriptor",
	        [VTD_FAULT_REQUEST_MALFORMED] = "malformed interrupt request",
	        [VTD_FAULT_EXTENDED_MODE_REQUIRED] = "extended interrupt mode required",
	        [VTD_FAULT_REMAPPING_REQUIRED] = "interrupt remapping required",
	};

	if (reason < sizeof(text) / sizeof(text[0]) && text[reason])
		return text[reason];
	return reason >= 0x30 ? "address translation fault" : "reserved fault reason";
}

static void count(struct vtd_fault_log *log, const struct vtd_fault *fault)
{
	unsigned int i = 0;

	while (i < log->source_count && log->sources[i].last.source_id != fault->source_id)
		i++;
	if (i == VTD_FAULT_SOURCES_MAX)
		return;
	if (i == log->source_count)
		log->source_count++;
	log->sources[i].blocked++;
	log->sources[i].last = *fault;
}

/*
 * One register. F stands in its last doubleword and is set after all else, so it is read first, and
 * clearing it is what gives the register back.
 */
static bool take(volatile uint8_t *record, struct vtd_fault *fault)
{
	const uint32_t f = FRCD_HI_F >> 32;

	if (!(mmio_read32(record + 12) & f))
		return false;
	vtd_fault_decode(mmio_read64(record), mmio_read64(record + 8), fault);
	mmio_write32(record + 12, f);
	return true;
}

unsigned int vtd_fault_registers(const struct vtd_fault_log *log)
{
	return field_get(CAP_NFR, log->cap) + 1;
}

/*
 * 7.2.1, Primary Fault Logging: the registers are a ring. FRI names the one whose fault made PPF
 * go from 0 to 1, and stays there until PPF does so again (11.4.7.1, Fault Status Register): who
 * has left records unread goes on behind the last one that was read. Those in use follow each
 * other, unless somebody has cleared some in between, so an empty one does not end the search.
 */
static unsigned int read_ring(struct vtd_fault_log *log, uint32_t fsts, struct vtd_fault *faults,
                              unsigned int max)
{
	volatile uint8_t *records = log->registers + 16 * field_get(CAP_FRO, log->cap);
	unsigned int size = vtd_fault_registers(log);
	unsigned int record = log->unread ? log->next : field_get(FSTS_FRI, fsts) % size;
	unsigned int found = 0;

	for (unsigned int looked = 0; looked < size && found < max; looked++) {
		if (take(records + record * FRCD_SIZE, &faults[found])) {
			if (faults[found].interrupt)
				count(log, &faults[found]);
			found++;
		}
		record = (record + 1) % size;
	}
	log->next = record;
	return found;
}

/*
 * The overflow is cleared when all records have been read: from then on there is room.
 *
 * With the last F the unit also forgets a fault event that is pending behind its mask (11.4.7.2,
 * Fault Event Control Register). QEMU looks whether it should only when FSTS is written, so that is
 * done even where no bit of it is to be cleared.
 */
unsigned int vtd_fault_poll(struct vtd_fault_log *log, struct vtd_fault *faults, unsigned int max)
{
	uint64_t flags = spin_lock_irqsave(&log->lock);
	uint32_t fsts = mmio_read32(log->registers + FSTS_REG);
	unsigned int found = 0;
	bool overflow;

	if (fsts & FSTS_PPF) {
		found = read_ring(log, fsts, faults, max);
		fsts = mmio_read32(log->registers + FSTS_REG);
	}
	log->unread = fsts & FSTS_PPF;
	overflow = fsts & FSTS_PFO && !log->unread;
	if (found || overflow)
		mmio_write32(log->registers + FSTS_REG, overflow ? FSTS_PFO : 0);
	log->overflows += overflow;
	spin_unlock_irqrestore(&log->lock, flags);
	return found;
}

uint64_t vtd_fault_blocked(struct vtd_fault_log *log, uint16_t source_id, struct vtd_fault *last)
{
	uint64_t flags = spin_lock_irqsave(&log->lock);
	uint64_t blocked = 0;

	for (unsigned int i = 0; i < log->source_count; i++) {
		if (log->sources[i].last.source_id != source_id)
			continue;
		blocked = log->sources[i].blocked;
		if (last)
			*last = log->sources[i].last;
	}
	spin_unlock_irqrestore(&log->lock, flags);
	return blocked;
}

void vtd_fault_print(const struct vtd_fault_log *log, const struct vtd_fault *fault)
{
	char what[48] = "interrupt request";

	if (fault->has_index)
		format(what, sizeof(what), "interrupt request, index %u", fault->index);
	if (!fault->interrupt)
		format(what, sizeof(what), "%s at %llx", fault->read ? "read" : "write",
		       (unsigned long long)fault->address);
	print("# %s: fault %02xh %s: source %04x:%02x:%02x.%u, %s\n", log->name, fault->reason,
	      vtd_fault_reason(fault->reason), log->segment, fault->source_id >> 8,
	      fault->source_id >> 3 & 0x1f, fault->source_id & 7, what);
}

void vtd_fault_report(struct vtd_fault_log *log)
{
	struct vtd_fault fault;

	for (unsigned int n = 0; n <= vtd_fault_registers(log); n++)
		if (vtd_fault_poll(log, &fault, 1))
			vtd_fault_print(log, &fault);
}
