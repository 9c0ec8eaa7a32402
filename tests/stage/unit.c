// SPDX-License-Identifier: MIT
// The remapping unit, by raw registers: VT-d r5.10, 11.4, Register Descriptions.
#include "tests/stage/stage.h"

#define VER    0x00
#define CAP    0x08
#define ECAP   0x10
#define GCMD   0x18
#define GSTS   0x1c
#define RTADDR 0x20
#define FSTS   0x34
#define FECTL  0x38
#define FEDATA 0x3c
#define FEADDR 0x40
#define PMEN   0x64
#define IRTA   0xb8

#define TE    (1U << 31)
#define SRTP  (1U << 30)
#define IRE   (1U << 25)
#define SIRTP (1U << 24)
#define CFI   (1U << 23)
#define EPM   (1U << 31)
#define PRS   1U
#define IM    (1U << 31)

#define CAP_LO_PMR      (3U << 5) /* PLMR, PHMR */
#define CAP_LO_SAGAW_39 (1U << 9) /* tables of three levels */
#define CAP_HI_1GIB     (1U << 3) /* bit 35 */
#define ECAP_LO_EIM     (1U << 4)
#define ECAP_LO_PT      (1U << 6)
#define ECAP_HI_SMTS    (1U << 11) /* bit 43 */
#define IRTA_EIME       (1U << 11)
#define IRTA_256        7U
#define SCALABLE        (1U << 10)

#define PATIENCE 10000000

#define PAGE __attribute__((aligned(4096)))

static uint64_t root[512] PAGE, contexts[512] PAGE, levels[512] PAGE;
static uint64_t table[512] PAGE;

static uint32_t reg(uint32_t offset)
{
	return read32(UNIT_BASE + offset);
}

static void wait_for(uint32_t offset, uint32_t bit, const char *what)
{
	for (uint32_t i = 0; !(reg(offset) & bit); i++)
		need(i < PATIENCE, what);
}

/* What is on stays on, and the one-shot bits are not given again. */
static void command(uint32_t bit, const char *what)
{
	write32(UNIT_BASE + GCMD, (reg(GSTS) & 0x96ffffff) | bit);
	wait_for(GSTS, bit, what);
}

void unit_check(void)
{
	need(reg(VER) && reg(VER) != ~0U, "no remapping unit at fed90000");
}

static void set_root(uint32_t mode)
{
	write64(UNIT_BASE + RTADDR, (uintptr_t)root | mode);
	command(SRTP, "GSTS.RTPS does not become 1");
}

/* One context table for all buses, one entry for all functions. Domain 1, three levels. */
static void fill_tables(uint64_t translation, uint64_t second_level)
{
	for (uint32_t i = 0; i < 512; i += 2) {
		root[i] = (uintptr_t)contexts | 1;
		contexts[i] = second_level | translation << 2 | 1;
		contexts[i + 1] = 1 << 8 | 1;
	}
	/* Read and write; bit 7: the page is of 1 GiB. */
	for (uint64_t i = 0; i < 512; i++)
		levels[i] = i << 30 | 0x83;
}

void unit_translate(void)
{
	if (asked_for("pmen")) {
		need(reg(CAP) & CAP_LO_PMR, "CAP has neither PLMR nor PHMR");
		write32(UNIT_BASE + PMEN, EPM);
		wait_for(PMEN, PRS, "PMEN.PRS does not become 1");
	}
	if (asked_for("scalable")) {
		need(reg(ECAP + 4) & ECAP_HI_SMTS, "ECAP.SMTS is 0");
		set_root(SCALABLE);
		return;
	}
	if (asked_for("te-pass")) {
		need(reg(ECAP) & ECAP_LO_PT, "ECAP.PT is 0");
		fill_tables(2, 0);
	} else if (asked_for("te-identity")) {
		need(reg(CAP + 4) & CAP_HI_1GIB, "CAP.SLLPS has no pages of 1 GiB");
		fill_tables(0, (uintptr_t)levels);
	} else if (!asked_for("te-nothing")) {
		return;
	}
	need(reg(CAP) & CAP_LO_SAGAW_39, "CAP.SAGAW has no tables of three levels");
	set_root(0);
	command(TE, "GSTS.TES does not become 1");
}

void unit_remap(void)
{
	uint32_t extended = asked_for("ir-x2apic") ? IRTA_EIME : 0;

	if (!asked_for("ir") && !extended)
		return;
	need(!extended || reg(ECAP) & ECAP_LO_EIM, "ECAP.EIM is 0");
	table[2 * TABLE_ENTRY] = PIN_VECTOR << 16 | 1;
	write64(UNIT_BASE + IRTA, (uintptr_t)table | extended | IRTA_256);
	command(SIRTP, "GSTS.IRTPS does not become 1");
	if (asked_for("cfi"))
		command(CFI, "GSTS.CFIS does not become 1");
	command(IRE, "GSTS.IRES does not become 1");
}

void unit_event(void)
{
	bool masked = asked_for("event-masked");

	if (!masked && !asked_for("event"))
		return;
	write32(UNIT_BASE + FEDATA, EVENT_VECTOR);
	write32(UNIT_BASE + FEADDR, LAPIC_BASE);
	write32(UNIT_BASE + FECTL, masked ? IM : 0);
}

void unit_say(void)
{
	say("# stage: leaves GSTS ");
	say_hex(reg(GSTS));
	say(", FSTS ");
	say_hex(reg(FSTS));
	say(", FECTL ");
	say_hex(reg(FECTL));
	say(", IQH ");
	say_hex(reg(0x80));
	say(", IQT ");
	say_hex(reg(0x88));
	say(", IECTL ");
	say_hex(reg(0xa0));
	say("\r\n");
}
