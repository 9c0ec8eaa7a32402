/* SPDX-License-Identifier: MIT */
/*
 * A first boot stage for QEMU that leaves the machine as firmware or a kernel before may have left
 * it, and then starts the kernel:
 *
 *     qemu -kernel build/stage.elf -initrd build/retarget.elf -append "WORDS -- OPTIONS"
 *
 * WORDS say what is left behind, separated by blanks; OPTIONS are the kernel's. The stage does what
 * the words say in the order of this list, whatever theirs is, prints one line with what the
 * unit's registers say then, and jumps to the kernel's PVH entry. What cannot be had on this
 * machine is an error ("Bail out!", QEMU's exit status 5): a machine that asks for it in vain would
 * show nothing.
 *
 *   te-identity   DMA translation on: all of memory at its own address, by tables
 *   te-pass       the same by pass-through
 *   te-nothing    DMA translation on, and no device may reach anything
 *   scalable      scalable mode's root table latched, translation off
 *   pmen          protected memory regions on
 *   ir ir-x2apic  interrupt remapping on with a table of 256 entries, one of them present
 *   cfi           interrupts in compatibility format are let through
 *   x2apic        the CPU's local APIC in x2APIC mode
 *   event         the fault event unmasked, with a live vector
 *   event-masked  the same, masked: it stays pending if there are faults
 *   faults        each edu reads memory by DMA: under te-nothing each read is a fault
 *   pin           COM1's IO-APIC pin unmasked, remappable if ir is on, and its line asserted once
 *   level         the same with a level-triggered pin, the first edu's INTx, which is not serviced
 *   msi           each edu's MSI on, with a handle of the table above if ir is on
 *   qi            the invalidation queue on; a wait descriptor was the last that it did
 *   qi-bare       the same, nothing was ever queued
 *   qi-iec        the same, an interrupt entry cache invalidation was the last
 *   qi-event      the same, a wait descriptor whose completion event is pending, not serviced
 *   qi-stuck      the same, stopped by an error at its second descriptor of three
 *   qi-tail       the same, stopped by a tail beyond its end
 *   qi-256        with one of the above: 256-bit descriptors
 *
 * Nothing here is shared with drivers/vtd/: a mistake made in both would not show.
 */
#ifndef RETARGET_TESTS_STAGE_STAGE_H
#define RETARGET_TESTS_STAGE_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where QEMU's intel-iommu, IO-APIC and local APIC are. */
#define UNIT_BASE   0xfed90000U
#define IOAPIC_BASE 0xfec00000U
#define LAPIC_BASE  0xfee00000U

/* What is left behind that can send: a vector for each, and the entry of the table for all. */
#define EVENT_VECTOR      0x51
#define PIN_VECTOR        0x52
#define LEVEL_VECTOR      0x53
#define COMPLETION_VECTOR 0x54
#define TABLE_ENTRY       5 /* present: PIN_VECTOR on the CPU with APIC id 0 */

static inline uint32_t read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void write32(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

/* A register of 64 bits in two halves, as VT-d allows; what counts is the write of the upper. */
static inline void write64(uintptr_t address, uint64_t value)
{
	write32(address, (uint32_t)value);
	write32(address + 4, (uint32_t)(value >> 32));
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* main.c: whether `word` is among the stage's words; text and numbers to COM1; the end. */
bool asked_for(const char *word);
void say(const char *text);
void say_hex(uint32_t value);
_Noreturn void bail_out(const char *why);
void need(bool condition, const char *what);

/* unit.c: the remapping unit, before and after the devices. */
void unit_check(void);
void unit_translate(void);
void unit_remap(void);
void unit_event(void);
void unit_say(void);

/* queue.c: its invalidation queue. */
void queue_leave(void);

/* devices.c: what sends. */
void devices_leave(void);

/* load.c: puts the kernel at its place; where it is entered. */
uintptr_t load_kernel(uintptr_t file, size_t size);

#endif
