/* SPDX-License-Identifier: MIT */
/*
 * Device registers in memory. One call is one access of exactly the width named; the compiler
 * neither splits, merges nor reorders them against each other or against other memory accesses.
 */
#ifndef RETARGET_KERNEL_MMIO_H
#define RETARGET_KERNEL_MMIO_H

#include <stdint.h>

static inline uint8_t mmio_read8(const volatile void *address)
{
	uint8_t value;

	__asm__ volatile("movb %1, %0"
	                 : "=q"(value)
	                 : "m"(*(const volatile uint8_t *)address)
	                 : "memory");
	return value;
}

static inline uint16_t mmio_read16(const volatile void *address)
{
	uint16_t value;

	__asm__ volatile("movw %1, %0"
	                 : "=r"(value)
	                 : "m"(*(const volatile uint16_t *)address)
	                 : "memory");
	return value;
}

static inline uint32_t mmio_read32(const volatile void *address)
{
	uint32_t value;

	__asm__ volatile("movl %1, %0"
	                 : "=r"(value)
	                 : "m"(*(const volatile uint32_t *)address)
	                 : "memory");
	return value;
}

static inline uint64_t mmio_read64(const volatile void *address)
{
	uint64_t value;

	__asm__ volatile("movq %1, %0"
	                 : "=r"(value)
	                 : "m"(*(const volatile uint64_t *)address)
	                 : "memory");
	return value;
}

static inline void mmio_write8(volatile void *address, uint8_t value)
{
	__asm__ volatile("movb %1, %0"
	                 : "=m"(*(volatile uint8_t *)address)
	                 : "q"(value)
	                 : "memory");
}

static inline void mmio_write16(volatile void *address, uint16_t value)
{
	__asm__ volatile("movw %1, %0"
	                 : "=m"(*(volatile uint16_t *)address)
	                 : "r"(value)
	                 : "memory");
}

static inline void mmio_write32(volatile void *address, uint32_t value)
{
	__asm__ volatile("movl %1, %0"
	                 : "=m"(*(volatile uint32_t *)address)
	                 : "r"(value)
	                 : "memory");
}

static inline void mmio_write64(volatile void *address, uint64_t value)
{
	__asm__ volatile("movq %1, %0"
	                 : "=m"(*(volatile uint64_t *)address)
	                 : "r"(value)
	                 : "memory");
}

#endif
