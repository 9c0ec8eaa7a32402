// SPDX-License-Identifier: MIT
// What else may be on when a kernel starts: pins, messages, DMA, the local APIC's mode.
#include "tests/stage/stage.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc

#define EDU_ID         0x11e81234U
#define EDU_RAISE      0x60
#define EDU_DMA_FROM   0x80
#define EDU_DMA_TO     0x88
#define EDU_DMA_COUNT  0x90
#define EDU_DMA_CMD    0x98
#define EDU_DMA_RUN    1U
#define EDU_BUFFER     0x40000
#define EDU_MSI        0x40 /* its MSI capability; 64-bit address, no mask */
#define MEMORY_READ_AT 0x100000
#define EDU_MAX        4

#define COM1_PIN   4
#define COM1_IER   0x3f9
#define COM1_MCR   0x3fc
#define IER_THRE   2
#define MCR_OUT2   8
#define LEVEL_PINS 20 /* INTA of q35's slots 0 to 24: one of four pins from here on */
#define RTE_LEVEL  (1U << 15)
#define RTE_IRR    (1U << 14)

#define APIC_SVR         0xf0
#define APIC_SVR_ENABLE  0x100
#define APIC_BASE_MSR    0x1b
#define APIC_BASE_X2APIC 0xc00

#define PATIENCE 100000000

static uint32_t edus[EDU_MAX]; /* configuration address of each */
static uint32_t edu_count;

static void out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static uint32_t in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static uint32_t config_read(uint32_t function, uint32_t offset)
{
	out32(CONFIG_ADDRESS, function | offset);
	return in32(CONFIG_DATA);
}

static void config_write(uint32_t function, uint32_t offset, uint32_t value)
{
	out32(CONFIG_ADDRESS, function | offset);
	out32(CONFIG_DATA, value);
}

/* Those on the root bus, with memory decoding and bus mastering on. */
static void find_edus(void)
{
	for (uint32_t slot = 0; slot < 32 && edu_count < EDU_MAX; slot++) {
		uint32_t function = 1U << 31 | slot << 11;

		if (config_read(function, 0) != EDU_ID)
			continue;
		config_write(function, 4, 6);
		edus[edu_count++] = function;
	}
}

static uintptr_t bar0(uint32_t function)
{
	return config_read(function, 0x10) & ~15U;
}

static void fault(uint32_t function)
{
	uintptr_t edu = bar0(function);

	write32(edu + EDU_DMA_FROM, MEMORY_READ_AT);
	write32(edu + EDU_DMA_TO, EDU_BUFFER);
	write32(edu + EDU_DMA_COUNT, 4);
	write32(edu + EDU_DMA_CMD, EDU_DMA_RUN);
	for (uint32_t i = 0; read32(edu + EDU_DMA_CMD) & EDU_DMA_RUN; i++)
		need(i < PATIENCE, "an edu's DMA does not end");
}

static bool remapping(void)
{
	return asked_for("ir") || asked_for("ir-x2apic");
}

static void write_pin(uint32_t pin, uint32_t high, uint32_t low)
{
	write32(IOAPIC_BASE, 0x11 + 2 * pin);
	write32(IOAPIC_BASE + 0x10, high);
	write32(IOAPIC_BASE, 0x10 + 2 * pin);
	write32(IOAPIC_BASE + 0x10, low);
}

/* Active high. Remappable: index[14:0] in 63:49, bit 48 set (VT-d r5.10, 5.1.5.1, I/OxAPIC
 * Programming). */
static void open_pin(uint32_t pin, uint32_t low)
{
	write_pin(pin, remapping() ? TABLE_ENTRY << 17 | 1 << 16 : 0, low);
}

static void leave_level(uint32_t function)
{
	uint32_t pin = LEVEL_PINS + (function >> 11 & 3);

	open_pin(pin, RTE_LEVEL | (remapping() ? PIN_VECTOR : LEVEL_VECTOR));
	write32(bar0(function) + EDU_RAISE, 1);
	write32(IOAPIC_BASE, 0x10 + 2 * pin);
	need(read32(IOAPIC_BASE + 0x10) & RTE_IRR, "the level has not been sent");
}

static void leave_msi(uint32_t function)
{
	uint32_t handle = LAPIC_BASE | TABLE_ENTRY << 5 | 1 << 4;

	config_write(function, EDU_MSI + 4, remapping() ? handle : LAPIC_BASE);
	config_write(function, EDU_MSI + 8, 0);
	config_write(function, EDU_MSI + 12, remapping() ? 0 : PIN_VECTOR);
	config_write(function, EDU_MSI, config_read(function, EDU_MSI) | 1 << 16);
}

static void enter_x2apic(void)
{
	uint32_t a = 1, b, c = 0, d, low, high;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	need(c & 1U << 21, "this CPU has no x2APIC mode");
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(APIC_BASE_MSR));
	low |= APIC_BASE_X2APIC;
	__asm__ volatile("wrmsr" : : "a"(low), "d"(high), "c"(APIC_BASE_MSR));
}

void devices_leave(void)
{
	find_edus();
	need(edu_count || !(asked_for("faults") || asked_for("level") || asked_for("msi")),
	     "there is no edu on the root bus");
	/* So that what is sent is pending in it when the kernel starts. */
	write32(LAPIC_BASE + APIC_SVR, read32(LAPIC_BASE + APIC_SVR) | APIC_SVR_ENABLE);
	for (uint32_t i = 0; asked_for("faults") && i < edu_count; i++)
		fault(edus[i]);
	if (asked_for("pin")) {
		open_pin(COM1_PIN, PIN_VECTOR);
		out8(COM1_MCR, in8(COM1_MCR) | MCR_OUT2);
		out8(COM1_IER, IER_THRE);
	}
	if (asked_for("level"))
		leave_level(edus[0]);
	for (uint32_t i = 0; asked_for("msi") && i < edu_count; i++)
		leave_msi(edus[i]);
	if (asked_for("x2apic"))
		enter_x2apic();
}
