/* SPDX-License-Identifier: MIT */
/*
 * PCI: finding functions, their configuration space, capabilities and BARs, and how the fabric
 * shows their requester id. Names of registers are those of <linux/pci_regs.h>.
 */
#ifndef RETARGET_DRIVERS_PCI_PCI_H
#define RETARGET_DRIVERS_PCI_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/domain.h"

#define PCI_FUNCTIONS_MAX 128

struct pci_function {
	uint16_t segment;
	uint8_t bus;
	uint8_t devfn; /* device 7:3, function 2:0 */
	uint16_t vendor;
	uint16_t device;
	uint32_t class_revision;     /* the dword at PCI_CLASS_REVISION */
	volatile uint8_t *config;    /* its 4 KiB of configuration space; NULL: through ports */
	struct pci_function *parent; /* the bridge it sits behind; NULL on a root bus */
	uint16_t command_at_start;   /* PCI_COMMAND as the firmware left it */

	/* Of a bridge: how many functions behind it are enabled, and PCI_COMMAND before the first.
	 */
	unsigned int users;
	uint16_t command_found;
};

/*
 * Walks every segment and bus that MCFG names, and through ports the buses of segment 0 that it
 * does not. Bridges are followed as the firmware set them up; nothing is numbered anew, and one
 * whose numbers cannot be is left out with a line that says why. Returns the number of functions
 * found, or -ENODEV when there is not one.
 */
int pci_init(void);

/*
 * Without a walk: makes a function known whose 4 KiB of configuration space are mapped at `config`.
 * For a guest, which is told of its device (drivers/pci/assign.h). 0, or -ENODEV when nothing
 * answers.
 */
int pci_adopt(uint16_t segment, uint8_t bus, uint8_t devfn, volatile uint8_t *config);

/* The n-th function in order of discovery, NULL past the end. */
struct pci_function *pci_function_get(unsigned int n);

/* A line "# head" with the first host bridge and the first ISA bridge: the chipset. */
void pci_print_chipset(void);

/* Who made it: "Samsung"; NULL where that is not among the few that are known here. */
const char *pci_vendor_name(uint16_t vendor);

/* A line for each: what it is, where it sits, where its registers are. */
void pci_print_functions(void);

/* Configuration space; `offset` is aligned to the width. Past 255 only with ECAM (reads ~0). */
uint8_t pci_read8(const struct pci_function *function, uint16_t offset);
uint16_t pci_read16(const struct pci_function *function, uint16_t offset);
uint32_t pci_read32(const struct pci_function *function, uint16_t offset);
void pci_write16(const struct pci_function *function, uint16_t offset, uint16_t value);
void pci_write32(const struct pci_function *function, uint16_t offset, uint32_t value);

/* Offset of a capability (PCI_CAP_ID_*), 0 when the function has none. A looping list ends. */
uint8_t pci_capability(const struct pci_function *function, uint8_t id);

/* PCI_EXP_TYPE_* of a PCI Express function, -ENODEV of a conventional one. */
int pci_express_type(const struct pci_function *function);

/*
 * Turns memory decoding and bus mastering on, in every bridge above as well: with either off
 * anywhere on the way, registers read ~0 and messages vanish. Returns PCI_COMMAND as it was, for
 * pci_restore() when the driver is done.
 */
uint16_t pci_enable(const struct pci_function *function);

/*
 * Writes PCI_COMMAND back, and that of each bridge above that nobody needs any more: a bridge that
 * firmware left off keeps the DMA of all that is behind it from memory.
 */
void pci_restore(const struct pci_function *function, uint16_t command);

/*
 * Maps memory BAR `bar` (0..5) as the firmware placed it, above 4 GiB or below. NULL, after a line
 * that says why, when it is not a memory BAR, was given no address, or one out of reach. `size`
 * gets its length in bytes (may be NULL). Decoding is off for a moment.
 */
volatile void *pci_map_bar(const struct pci_function *function, unsigned int bar, uint64_t *size);

/*
 * What memory BAR `bar` holds; nothing is written. False when it is not one of memory. Address 0
 * where there is no BAR, or the firmware gave it none.
 */
struct pci_bar {
	uint64_t address;
	bool wide; /* 64 bits: it takes the next one, too */
};

bool pci_read_bar(const struct pci_function *function, unsigned int bar, struct pci_bar *out);

/*
 * The requester id under which the function's messages reach the remapping hardware: its own, or
 * its bridge's (PCI Express to PCI/PCI-X Bridge Specification 1.0, 2.3; VT-d r4.1, 3.4.1
 * and 5.1.4).
 */
struct requester pci_requester(const struct pci_function *function);

/* The function that pci_requester() made `requester` of; NULL when it is none of a function. */
struct pci_function *pci_function_of(const struct requester *requester);

/* "0000:00:03.0" into `buffer` of at least 16 bytes. */
void pci_location(const struct pci_function *function, char *buffer);

/*
 * A driver for a device that can be a source. probe() is called once for each function that
 * matches (`device` PCI_ANY and `class` 0: any), registers what it drives (source_register()) and
 * returns 0, or a negative errno, printed with the function's location.
 */
#define PCI_ANY 0xffff

struct pci_driver {
	const char *name; /* of the chip: "NVMe controller", "I210" */
	uint16_t vendor;  /* PCI_ANY: any */
	uint16_t device;  /* PCI_ANY: any */
	uint32_t class;   /* 24 bits of class, subclass, interface; 0: any */
	int (*probe)(struct pci_function *function);
};

/* PCI_DRIVER(edu) = { ... }; registers it where it stands. */
#define PCI_DRIVER(ident)                                                                          \
	static const struct pci_driver ident##_driver;                                             \
	__attribute__((used, section("pci_drivers"))) static const struct pci_driver               \
	        *const ident##_driver_entry = &ident##_driver;                                     \
	static const struct pci_driver ident##_driver

/* Calls the probe of every driver for every function it matches. */
void pci_probe_drivers(void);

#endif
