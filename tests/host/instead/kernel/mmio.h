/* SPDX-License-Identifier: MIT */
/*
 * In the place of the kernel's header in the unit tests: what a device's register does is a
 * function. Where a program has no fake device, registers are plain memory (tests/host/shim.c).
 */
#ifndef RETARGET_KERNEL_MMIO_H
#define RETARGET_KERNEL_MMIO_H

#include <stdint.h>

/* `size` in bytes: 1, 2, 4 or 8. */
uint64_t fake_mmio_read(const volatile void *address, unsigned int size);
void fake_mmio_write(volatile void *address, unsigned int size, uint64_t value);

static inline uint8_t mmio_read8(const volatile void *address)
{
	return (uint8_t)fake_mmio_read(address, 1);
}

static inline uint16_t mmio_read16(const volatile void *address)
{
	return (uint16_t)fake_mmio_read(address, 2);
}

static inline uint32_t mmio_read32(const volatile void *address)
{
	return (uint32_t)fake_mmio_read(address, 4);
}

static inline uint64_t mmio_read64(const volatile void *address)
{
	return fake_mmio_read(address, 8);
}

static inline void mmio_write8(volatile void *address, uint8_t value)
{
	fake_mmio_write(address, 1, value);
}

static inline void mmio_write16(volatile void *address, uint16_t value)
{
	fake_mmio_write(address, 2, value);
}

static inline void mmio_write32(volatile void *address, uint32_t value)
{
	fake_mmio_write(address, 4, value);
}

static inline void mmio_write64(volatile void *address, uint64_t value)
{
	fake_mmio_write(address, 8, value);
}

#endif
