/* SPDX-License-Identifier: MIT */
/* In the place of the kernel's header in the unit tests: what a port does is a function of the
 * test. */
#ifndef RETARGET_KERNEL_CPU_PORTS_H
#define RETARGET_KERNEL_CPU_PORTS_H

#include <stdint.h>

/* `size` in bytes: 1, 2 or 4. */
uint32_t fake_port_read(uint16_t port, unsigned int size);
void fake_port_write(uint16_t port, unsigned int size, uint32_t value);

static inline uint8_t io_read8(uint16_t port)
{
	return (uint8_t)fake_port_read(port, 1);
}

static inline uint16_t io_read16(uint16_t port)
{
	return (uint16_t)fake_port_read(port, 2);
}

static inline uint32_t io_read32(uint16_t port)
{
	return fake_port_read(port, 4);
}

static inline void io_write8(uint16_t port, uint8_t value)
{
	fake_port_write(port, 1, value);
}

static inline void io_write16(uint16_t port, uint16_t value)
{
	fake_port_write(port, 2, value);
}

static inline void io_write32(uint16_t port, uint32_t value)
{
	fake_port_write(port, 4, value);
}

#endif
