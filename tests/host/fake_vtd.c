// SPDX-License-Identifier: MIT
#include "tests/host/fake_vtd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/vtd/descriptor.h"
#include "drivers/vtd/regs.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/registers.h"
#include "kernel/time.h"
#include "tests/host/unit.h"

#define READS_UNTIL_DONE 3
#define CALL_US          100 /* what a look at the clock takes */
#define ARENA            (1 << 20)
#define DEVICE_TLB       3
#define ONE_SHOT         (GSTS_RTPS | GSTS_IRTPS)

struct fake_vtd fake_vtd;

static uint8_t registers[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t arena[ARENA] __attribute__((aligned(65536)));
static size_t arena_used;
static uint64_t clock_us;
static char told[512];
static uint32_t commanded;      /* GCMD bit whose answer has not been seen yet */
static unsigned int reads_left; /* of GSTS until it is done */
static uint32_t gcmd;

void fake_vtd_start(void)
{
	memset(arena, 0, sizeof(arena));
	arena_used = 0;
	commanded = 0;
	gcmd = 0;
	fake_vtd_forget();
	fake_vtd = (struct fake_vtd){
	        .cap = CAP_PLMR | CAP_PHMR,
	        .ecap = ECAP_QI | ECAP_IR | ECAP_C | ECAP_EIM,
	        .fectl = (uint32_t)FECTL_IM,
	        .iectl = (uint32_t)IECTL_IM,
	};
}

struct dmar_drhd fake_vtd_drhd(void)
{
	return (struct dmar_drhd){.base = (uint64_t)registers, .size = sizeof(registers)};
}

const char *fake_vtd_told(void)
{
	return told;
}

void fake_vtd_forget(void)
{
	told[0] = 0;
}

static void tell(const char *prefix, const char *what)
{
	size_t length = strlen(told);

	snprintf(told + length, sizeof(told) - length, "%s%s ", prefix, what);
}

void *memory_alloc(size_t size, size_t align)
{
	size_t at = (arena_used + align - 1) & ~(align - 1);

	assert_true(at + size <= sizeof(arena));
	arena_used = at + size;
	return arena + at;
}

void *memory_alloc_pages(size_t count)
{
	return memory_alloc(count * PAGE_SIZE, PAGE_SIZE);
}

uint64_t memory_physical(const void *pointer)
{
	return (uint64_t)pointer;
}

volatile void *memory_map_device(uint64_t physical, uint64_t length)
{
	(void)length;
	return (volatile void *)physical;
}

void registers_give_up(const volatile void *claimed)
{
	(void)claimed;
}

volatile void *registers_claim(const char *owner, uint64_t physical, uint64_t length,
                               const char **why)
{
	(void)owner;
	*why = NULL;
	return memory_map_device(physical, length);
}

struct deadline deadline_in_us(uint64_t us)
{
	return (struct deadline){.ticks = clock_us + us};
}

bool deadline_passed(struct deadline *deadline)
{
	bool was_up = deadline->up;

	clock_us += CALL_US;
	deadline->up = clock_us > deadline->ticks;
	return was_up;
}

static void carry_out(uint32_t bit)
{
	if (gcmd & bit)
		fake_vtd.gsts |= bit & ~fake_vtd.never_sets;
	else
		fake_vtd.gsts &= ~(bit & ~fake_vtd.never_clears);
	if (bit == GCMD_QIE && !(fake_vtd.gsts & GSTS_QIES))
		fake_vtd.iqh = 0;
}

static uint32_t read_gsts(void)
{
	if (commanded && reads_left && !--reads_left)
		carry_out(commanded);
	if (commanded && !reads_left)
		commanded = 0; /* the answer has been seen */
	return fake_vtd.gsts;
}

static const char *name_of(uint32_t bit)
{
	switch (bit) {
	case GCMD_TE:
		return "TE";
	case GCMD_SRTP:
		return "SRTP";
	case GCMD_QIE:
		return "QIE";
	case GCMD_IRE:
		return "IRE";
	case GCMD_SIRTP:
		return "SIRTP";
	case GCMD_CFI:
		return "CFI";
	default:
		return "?";
	}
}

static void write_gcmd(uint32_t value)
{
	uint32_t changed = (value ^ (fake_vtd.gsts & ~ONE_SHOT)) & ~ONE_SHOT;
	uint32_t bit = changed | (value & ONE_SHOT);

	assert_false(commanded);
	assert_true(bit && !(bit & (bit - 1)));
	gcmd = value;
	commanded = bit;
	reads_left = READS_UNTIL_DONE;
	if (bit & ONE_SHOT)
		fake_vtd.gsts &= ~bit;
	tell(bit & ONE_SHOT ? "" : value & bit ? "+" : "-", name_of(bit));
}

static void complete(const struct vtd_descriptor *wait)
{
	uint32_t data = (uint32_t)field_get(WAIT_STATUS_DATA, wait->lo);

	tell("", "WAIT");
	if (wait->lo & WAIT_SW && !fake_vtd.completes_nothing)
		*(volatile uint32_t *)(wait->hi & WAIT_STATUS_ADDRESS) = data;
}

/* With IQE hardware stops, with the head where it is. */
static void do_descriptor(const struct vtd_descriptor *descriptor)
{
	switch (descriptor->lo & DESCRIPTOR_TYPE) {
	case DESCRIPTOR_TYPE_IEC:
		tell("", "IEC");
		break;
	case DESCRIPTOR_TYPE_WAIT:
		complete(descriptor);
		break;
	case DEVICE_TLB:
		fake_vtd.fsts |= fake_vtd.device_error;
		break;
	default:
		fake_vtd.fsts |= FSTS_IQE;
		break;
	}
}

/* With ITE the wait descriptors that are pending are aborted: they are passed over. */
static void run_queue(void)
{
	uint64_t size = PAGE_SIZE << field_get(IQA_QS, fake_vtd.iqa);
	uint64_t step = fake_vtd.iqa & IQA_DW ? 32 : 16;

	if (fake_vtd.fetches_nothing || !(fake_vtd.gsts & GSTS_QIES) || fake_vtd.fsts & FSTS_IQE)
		return;
	if (fake_vtd.iqt % step)
		return;
	if (fake_vtd.iqt >= size)
		fake_vtd.fsts |= FSTS_IQE;
	while (fake_vtd.iqh != fake_vtd.iqt && !(fake_vtd.fsts & FSTS_IQE)) {
		const struct vtd_descriptor *at =
		        (const void *)((fake_vtd.iqa & IQA_IQA) + fake_vtd.iqh);

		if (step == 32 && (at[1].lo || at[1].hi))
			fake_vtd.fsts |= FSTS_IQE; /* reserved */
		else if (!(fake_vtd.fsts & (FSTS_ITE | FSTS_ICE)))
			do_descriptor(at);
		if (fake_vtd.fsts & FSTS_IQE)
			return;
		fake_vtd.iqh = (fake_vtd.iqh + step) % size;
	}
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	uint64_t offset = (uint64_t)address - (uint64_t)registers;
	uint64_t value = 0;

	if (offset >= sizeof(registers)) {
		memcpy(&value, (const void *)address, size);
		return value;
	}
	switch (offset) {
	case VER_REG:
		return 0x10;
	case CAP_REG:
		return fake_vtd.cap;
	case ECAP_REG:
		return fake_vtd.ecap;
	case GSTS_REG:
		return read_gsts();
	case RTADDR_REG:
		return fake_vtd.rtaddr;
	case FSTS_REG:
		return fake_vtd.fsts;
	case FECTL_REG:
		return fake_vtd.fectl;
	case PMEN_REG:
		return fake_vtd.pmen;
	case IQH_REG:
		return fake_vtd.iqh;
	case IQT_REG:
		return fake_vtd.iqt;
	case IQA_REG:
		return fake_vtd.hides_width ? fake_vtd.iqa & ~IQA_DW : fake_vtd.iqa;
	case ICS_REG:
		return fake_vtd.ics;
	case IECTL_REG:
		return fake_vtd.iectl;
	case IQERCD_REG:
		return fake_vtd.iqercd;
	case IRTA_REG:
		return fake_vtd.irta;
	default:
		return 0;
	}
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t value)
{
	uint64_t offset = (uint64_t)address - (uint64_t)registers;

	if (offset >= sizeof(registers)) {
		memcpy((void *)address, &value, size);
		return;
	}
	switch (offset) {
	case GCMD_REG:
		write_gcmd((uint32_t)value);
		break;
	case RTADDR_REG:
		fake_vtd.rtaddr = value;
		break;
	case FSTS_REG:
		fake_vtd.fsts &= ~(uint32_t)value | FSTS_PPF;
		run_queue();
		break;
	case FECTL_REG:
		fake_vtd.fectl = (uint32_t)value;
		break;
	case PMEN_REG:
		tell("", "PMEN");
		if (!(value & PMEN_EPM) && !fake_vtd.pmen_never_clears)
			fake_vtd.pmen = 0;
		break;
	case IQT_REG:
		if (!(fake_vtd.gsts & GSTS_QIES))
			tell("", "IQT");
		fake_vtd.iqt = value;
		run_queue();
		break;
	case IQA_REG:
		assert_false(fake_vtd.gsts & GSTS_QIES);
		tell("", "IQA");
		fake_vtd.iqa = value;
		break;
	case ICS_REG:
		fake_vtd.ics &= ~(uint32_t)value;
		break;
	case IECTL_REG:
		fake_vtd.iectl = (uint32_t)value;
		break;
	case IRTA_REG:
		tell("", "IRTA");
		fake_vtd.irta = value;
		break;
	default:
		break;
	}
}
