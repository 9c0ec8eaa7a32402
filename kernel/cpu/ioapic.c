// SPDX-License-Identifier: MIT
#include "kernel/cpu/ioapic.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/lock.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/registers.h"

#define IOREGSEL    0x00
#define IOWIN       0x10
#define EOIR        0x40
#define IOAPIC_SIZE 0x44

#define IOAPICVER         0x01
#define VER_MAX_ENTRY     GENMASK_ULL(23, 16)
#define VER_PRQ           BIT_ULL(15) /* pin assertion register: of some chipsets */
#define VER_VERSION       GENMASK_ULL(7, 0)
#define VERSION_WITH_EOIR 0x20

#define IOREDTBL_LOW(pin)  (0x10 + 2 * (uint32_t)(pin))
#define IOREDTBL_HIGH(pin) (0x11 + 2 * (uint32_t)(pin))

struct ioapic {
	volatile uint8_t *registers;
	uint32_t gsi_base;
	uint32_t pins;
	uint8_t id;
	uint8_t version;
	struct spinlock lock; /* for IOREGSEL and IOWIN, and steps that belong together */
};

static struct ioapic ioapics[MADT_IO_APICS_MAX];
static uint32_t ioapic_count;
static const struct madt *overrides;

static uint32_t read_locked(struct ioapic *ioapic, uint32_t index)
{
	mmio_write32(ioapic->registers + IOREGSEL, index);
	return mmio_read32(ioapic->registers + IOWIN);
}

static void write_locked(struct ioapic *ioapic, uint32_t index, uint32_t value)
{
	mmio_write32(ioapic->registers + IOREGSEL, index);
	mmio_write32(ioapic->registers + IOWIN, value);
}

/*
 * All else stays as what ran before has left it: the end of an interrupt that was on its way finds
 * its pin by vector and trigger mode, and QEMU's IO-APIC notices that a level has gone only while
 * the entry is level-triggered.
 */
static void leave_masked(struct ioapic *ioapic, uint32_t low)
{
	write_locked(ioapic, low, read_locked(ioapic, low) | (uint32_t)RTE_LOW_MASK);
}

/* Why `ioapic` cannot be beside those before it, or NULL. */
static const char *fault_beside_others(const struct ioapic *ioapic)
{
	if (ioapic->gsi_base + ioapic->pins < ioapic->gsi_base)
		return "its GSIs go beyond 32 bits";
	for (const struct ioapic *other = ioapics; other < ioapics + ioapic_count; other++) {
		if (other->id == ioapic->id)
			return "another one has its id";
		if (ioapic->gsi_base < other->gsi_base + other->pins &&
		    other->gsi_base < ioapic->gsi_base + ioapic->pins)
			return "another one has some of its GSIs";
	}
	return NULL;
}

/*
 * The version register's other bits are reserved and read as 0 (82093AA, 3.2.2); where nothing
 * answers they do not, or the version is 0. NULL with `ioapic` complete and its pins masked, or why
 * not.
 */
static const char *identify(struct ioapic *ioapic, const struct madt_io_apic *found)
{
	const char *why;
	uint32_t version;

	ioapic->id = found->id;
	ioapic->gsi_base = found->gsi_base;
	version = read_locked(ioapic, IOAPICVER);
	ioapic->version = (uint8_t)field_get(VER_VERSION, version);
	ioapic->pins = (uint32_t)field_get(VER_MAX_ENTRY, version) + 1;
	if (!ioapic->version || version & ~(VER_MAX_ENTRY | VER_VERSION | VER_PRQ))
		return "nothing there has an IO-APIC's version";
	why = fault_beside_others(ioapic);
	for (uint32_t pin = 0; !why && pin < ioapic->pins; pin++)
		leave_masked(ioapic, IOREDTBL_LOW(pin));
	return why;
}

static const char *find_io_apic(struct ioapic *ioapic, const struct madt_io_apic *found)
{
	char owner[REGISTERS_OWNER_SIZE];
	const char *why;

	format(owner, sizeof(owner), "IO-APIC %u", found->id);
	ioapic->registers = registers_claim(owner, found->address, IOAPIC_SIZE, &why);
	if (!ioapic->registers)
		return why;
	why = identify(ioapic, found);
	if (why)
		registers_give_up(ioapic->registers);
	return why;
}

void ioapic_init(const struct madt *madt, uint32_t verbose)
{
	overrides = madt;
	ioapic_count = 0;
	if (!madt->io_apic_count)
		print("# ioapic: MADT lists none: no pin can be used\n");
	for (uint32_t i = 0; i < madt->io_apic_count; i++) {
		const struct madt_io_apic *found = &madt->io_apics[i];
		struct ioapic *ioapic = &ioapics[ioapic_count];
		const char *why;

		*ioapic = (struct ioapic){0};
		why = find_io_apic(ioapic, found);
		if (why) {
			print("# ioapic: id %u at 0x%x refused: %s\n", found->id, found->address,
			      why);
			continue;
		}
		ioapic_count++;
		if (verbose)
			print("# ioapic: id %u at 0x%x, version %02xh, GSI %u to %u, all masked\n",
			      found->id, found->address, ioapic->version, ioapic->gsi_base,
			      ioapic->gsi_base + ioapic->pins - 1);
	}
}

uint32_t ioapic_gsi_end(void)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < ioapic_count; i++)
		if (ioapics[i].gsi_base + ioapics[i].pins > end)
			end = ioapics[i].gsi_base + ioapics[i].pins;
	return end;
}

static struct ioapic *ioapic_of(uint32_t gsi)
{
	for (uint32_t i = 0; i < ioapic_count; i++)
		if (gsi >= ioapics[i].gsi_base && gsi - ioapics[i].gsi_base < ioapics[i].pins)
			return &ioapics[i];
	return NULL;
}

static int take_pin(uint32_t gsi, bool level, bool active_low, struct ioapic_pin *pin)
{
	struct ioapic *ioapic = ioapic_of(gsi);

	if (!ioapic)
		return -ENOENT;
	*pin = (struct ioapic_pin){
	        .ioapic = ioapic,
	        .gsi = gsi,
	        .number = (uint8_t)(gsi - ioapic->gsi_base),
	        .ioapic_id = ioapic->id,
	        .level = level,
	        .active_low = active_low,
	        .low = (uint32_t)(RTE_LOW_MASK | field_set(RTE_LOW_LEVEL, level) |
	                          field_set(RTE_LOW_ACTIVE_LOW, active_low)),
	};
	ioapic_write_low(pin, 0);
	return 0;
}

int ioapic_pin_by_gsi(uint32_t gsi, struct ioapic_pin *pin)
{
	return take_pin(gsi, true, true, pin);
}

int ioapic_pin_by_isa(uint8_t irq, struct ioapic_pin *pin)
{
	for (uint32_t i = 0; overrides && i < overrides->override_count; i++) {
		const struct madt_override *o = &overrides->overrides[i];

		if (o->source == irq)
			return take_pin(o->gsi, (o->flags & MADT_TRIGGER) == MADT_TRIGGER_LEVEL,
			                (o->flags & MADT_POLARITY) == MADT_POLARITY_LOW, pin);
	}
	return take_pin(irq, false, false, pin);
}

uint64_t ioapic_read_entry(const struct ioapic_pin *pin)
{
	struct ioapic *ioapic = pin->ioapic;
	uint64_t flags = spin_lock_irqsave(&ioapic->lock);
	uint64_t entry = (uint64_t)read_locked(ioapic, IOREDTBL_HIGH(pin->number)) << 32;

	entry |= read_locked(ioapic, IOREDTBL_LOW(pin->number));
	spin_unlock_irqrestore(&ioapic->lock, flags);
	return entry;
}

void ioapic_write_high(const struct ioapic_pin *pin, uint32_t high)
{
	struct ioapic *ioapic = pin->ioapic;
	uint64_t flags = spin_lock_irqsave(&ioapic->lock);

	write_locked(ioapic, IOREDTBL_HIGH(pin->number), high);
	spin_unlock_irqrestore(&ioapic->lock, flags);
}

/* Changes the bits in `mask` to those in `value`. One store, and `low` follows it. */
static void change_low(struct ioapic_pin *pin, uint64_t mask, uint64_t value)
{
	struct ioapic *ioapic = pin->ioapic;
	uint64_t flags = spin_lock_irqsave(&ioapic->lock);

	pin->low = (uint32_t)((pin->low & ~mask) | (value & mask));
	write_locked(ioapic, IOREDTBL_LOW(pin->number), pin->low);
	spin_unlock_irqrestore(&ioapic->lock, flags);
}

void ioapic_write_low(struct ioapic_pin *pin, uint32_t low)
{
	change_low(pin, RTE_LOW_LOGICAL | RTE_LOW_MODE | RTE_LOW_VECTOR, low);
}

void ioapic_mask(struct ioapic_pin *pin)
{
	change_low(pin, RTE_LOW_MASK, RTE_LOW_MASK);
}

void ioapic_unmask(struct ioapic_pin *pin)
{
	change_low(pin, RTE_LOW_MASK, 0);
}

bool ioapic_remote_irr(const struct ioapic_pin *pin)
{
	return ioapic_read_entry(pin) & RTE_LOW_REMOTE_IRR;
}

/*
 * An entry that is edge-triggered has no remote IRR: made one for a moment it forgets it. Masked
 * meanwhile, for the line may be active. Linux's __eoi_ioapic_pin() does the same.
 */
static void forget_remote_irr(struct ioapic_pin *pin)
{
	struct ioapic *ioapic = pin->ioapic;
	uint32_t low = IOREDTBL_LOW(pin->number);
	uint64_t flags = spin_lock_irqsave(&ioapic->lock);

	if (read_locked(ioapic, low) & RTE_LOW_REMOTE_IRR) {
		write_locked(ioapic, low, (uint32_t)((pin->low | RTE_LOW_MASK) & ~RTE_LOW_LEVEL));
		write_locked(ioapic, low, pin->low);
	}
	spin_unlock_irqrestore(&ioapic->lock, flags);
}

bool ioapic_has_eoi_register(const struct ioapic_pin *pin)
{
	return pin->ioapic->version >= VERSION_WITH_EOIR;
}

/* The EOI register takes a vector, as the broadcast does: that of this pin's entry. */
void ioapic_end_of_interrupt(struct ioapic_pin *pin)
{
	if (ioapic_has_eoi_register(pin))
		mmio_write32(pin->ioapic->registers + EOIR,
		             (uint32_t)field_get(RTE_LOW_VECTOR, pin->low));
	else
		forget_remote_irr(pin);
}
