// SPDX-License-Identifier: MIT
/*
 * Sources "igb": Intel's 82576, I350 and I210 network controllers, whose interrupt causes software
 * may set. Their data sheets describe the same registers; sections and titles are those of "Intel
 * Ethernet Controller I210 Datasheet". The network side stays switched off.
 *
 * Kind "msix": bit n of EICS sends vector n, and EIAC clears the cause with the sending.
 * Kind "msi": a bit of ICS raises the one cause that IMS lets through. A cause that is set already
 * sends nothing, so the former one is cleared first. This is the maskable MSI of this project.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>

#include "drivers/pci/pci.h"
#include "drivers/pci/stores.h"
#include "kernel/bits.h"
#include "kernel/irq/source.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

#define INTEL     0x8086
#define IGB_82576 0x10c9
#define IGB_I350  0x1521
#define IGB_I210  0x1533

#define IGB_SLOTS_MAX 8

/* 8.2.1 "Device Control Register" and 8.2.2 "Device Status Register". */
#define IGB_CTRL                  0x0000
#define CTRL_GIO_MASTER_DISABLE   BIT_ULL(2)
#define CTRL_RST                  BIT_ULL(26)
#define IGB_STATUS                0x0008
#define STATUS_GIO_MASTER_ENABLED BIT_ULL(19)

/*
 * 8.8 "Interrupt Register Descriptions". The first four lie at 1500h to 150ch and, for drivers of
 * older controllers, here too (8.1, the aliases in its register summary); QEMU has them here only.
 */
#define IGB_ICR            0x00c0
#define IGB_ICS            0x00c8
#define IGB_IMS            0x00d0
#define IGB_IMC            0x00d8
#define ICR_TXDW           BIT_ULL(0) /* a transmit descriptor was written back: never, here */
#define IGB_GPIE           0x1514
#define GPIE_MULTIPLE_MSIX BIT_ULL(4)
#define GPIE_PBA_SUPPORT   BIT_ULL(31)
#define IGB_EICS           0x1520
#define IGB_EIMS           0x1524
#define IGB_EIMC           0x1528
#define IGB_EIAC           0x152c
#define IGB_EICR           0x1580
#define EICR_OTHER_CAUSE   BIT_ULL(31) /* with one vector: any bit of ICR */
#define IGB_REGISTERS_SIZE 0x1584

struct igb {
	struct source msix_source;
	struct source msi_source;
	const struct pci_function *function;
	uint16_t command_found;
	bool in_use; /* by one of its two sources */
	volatile uint8_t *registers;
	struct msix_store msix[IGB_SLOTS_MAX];
	struct msi_store msi;
};

static int wait_for_zero(volatile uint8_t *reg, uint32_t mask, uint64_t us)
{
	struct deadline deadline = deadline_in_us(us);

	while (mmio_read32(reg) & mask)
		if (deadline_passed(&deadline))
			return -ETIMEDOUT;
	return 0;
}

/* All causes off, receiver and transmitter off, no moderation: the state after a reset. */
static int igb_reset(const struct igb *igb)
{
	volatile uint8_t *ctrl = igb->registers + IGB_CTRL;

	mmio_write32(igb->registers + IGB_IMC, ~0u);
	mmio_write32(igb->registers + IGB_EIMC, ~0u);

	/* 5.2.3.3 "Master Disable Via CTRL Register": else it cuts a transfer of the firmware's. */
	mmio_write32(ctrl, mmio_read32(ctrl) | CTRL_GIO_MASTER_DISABLE);
	int error = wait_for_zero(igb->registers + IGB_STATUS, STATUS_GIO_MASTER_ENABLED, 100000);
	if (error)
		return error;

	mmio_write32(ctrl, mmio_read32(ctrl) | CTRL_RST);
	delay_us(1000); /* 8.2.1, RST: no access before about 1 ms is over */
	error = wait_for_zero(ctrl, CTRL_RST, 100000);
	if (error)
		return error;
	mmio_write32(ctrl, mmio_read32(ctrl) & ~CTRL_GIO_MASTER_DISABLE);
	mmio_write32(igb->registers + IGB_IMC, ~0u);
	mmio_write32(igb->registers + IGB_EIMC, ~0u);
	return 0;
}

static void igb_give_back(struct igb *igb)
{
	msix_disable(igb->function);
	msi_disable(igb->function);
	(void)igb_reset(igb);
	pci_restore(igb->function, igb->command_found);
	igb->in_use = false;
}

/* For one of its sources; it is given back when that fails. */
static int igb_take(struct igb *igb)
{
	int error;

	if (igb->in_use)
		return -EBUSY;
	igb->in_use = true;
	igb->command_found = pci_enable(igb->function);
	error = igb_reset(igb);
	if (error)
		igb_give_back(igb);
	return error;
}

static int igb_msix_open(struct source *source)
{
	struct igb *igb = source->device;
	uint32_t vectors = GENMASK_ULL(source->slots - 1, 0);
	int error = igb_take(igb);

	if (error)
		return error;
	error = msix_stores_init(igb->msix, source->slots, igb->function);
	if (error) {
		igb_give_back(igb);
		return error;
	}
	msix_enable(igb->function);

	/* 7.3.3.11 "GPIE Register": it decides what the others mean, so it is set before them. */
	mmio_write32(igb->registers + IGB_GPIE, GPIE_MULTIPLE_MSIX | GPIE_PBA_SUPPORT);
	mmio_write32(igb->registers + IGB_EICR, ~0u); /* a reset leaves old causes set */
	mmio_write32(igb->registers + IGB_EIAC, vectors);
	mmio_write32(igb->registers + IGB_EIMS, vectors);
	return 0;
}

static struct message_store *igb_msix_store(struct source *source, unsigned int slot)
{
	struct igb *igb = source->device;

	return &igb->msix[slot].store;
}

/*
 * A cause is set until its message has been sent, even into a masked entry (8.8.7 "Extended
 * Interrupt Auto Clear"). Setting it twice would send once. The section warns of reading EICR, for
 * a read could clear the causes of others; with GPIE.Multiple_MSIX it clears nothing (8.8.17).
 */
static int igb_msix_fire(struct source *source, unsigned int slot)
{
	const struct igb *igb = source->device;

	if (wait_for_zero(igb->registers + IGB_EICR, BIT_ULL(slot), 10000))
		return -EBUSY;
	mmio_write32(igb->registers + IGB_EICS, BIT_ULL(slot));
	return 0;
}

static void igb_msix_flush(struct source *source)
{
	const struct igb *igb = source->device;

	/* The read that finds the causes cleared is answered behind the messages. */
	(void)wait_for_zero(igb->registers + IGB_EICR, GENMASK_ULL(source->slots - 1, 0), 10000);
}

static int igb_msi_open(struct source *source)
{
	struct igb *igb = source->device;
	int error = igb_take(igb);

	if (error)
		return error;
	error = msi_store_init(&igb->msi, igb->function);
	if (error) {
		igb_give_back(igb);
		return error;
	}
	msi_enable(igb->function);

	mmio_write32(igb->registers + IGB_GPIE, 0);
	mmio_write32(igb->registers + IGB_ICR, ~0u);
	mmio_write32(igb->registers + IGB_EIMS, EICR_OTHER_CAUSE); /* 7.3.8, table 7-53 */
	mmio_write32(igb->registers + IGB_IMS, ICR_TXDW);
	return 0;
}

static struct message_store *igb_msi_store(struct source *source, unsigned int slot)
{
	struct igb *igb = source->device;

	(void)slot;
	return &igb->msi.store;
}

/*
 * A read of ICR clears it only if the interrupt was really asserted (8.8.17 "General Purpose
 * Interrupt Enable", NSICR = 0): when it reads as clear, the former message has been sent.
 */
static int igb_msi_fire(struct source *source, unsigned int slot)
{
	const struct igb *igb = source->device;

	(void)slot;
	if (wait_for_zero(igb->registers + IGB_ICR, ICR_TXDW, 10000))
		return -EBUSY;
	mmio_write32(igb->registers + IGB_ICS, ICR_TXDW);
	return 0;
}

static void igb_msi_flush(struct source *source)
{
	const struct igb *igb = source->device;

	(void)wait_for_zero(igb->registers + IGB_ICR, ICR_TXDW, 10000);
}

static void igb_close(struct source *source)
{
	igb_give_back(source->device);
}

static const struct source_ops igb_msix_ops = {
        .open = igb_msix_open,
        .close = igb_close,
        .store = igb_msix_store,
        .fire = igb_msix_fire,
        .flush = igb_msix_flush,
};

static const struct source_ops igb_msi_ops = {
        .open = igb_msi_open,
        .close = igb_close,
        .store = igb_msi_store,
        .fire = igb_msi_fire,
        .flush = igb_msi_flush,
};

static int igb_register_msix(struct igb *igb)
{
	int vectors = msix_size(igb->function);

	if (vectors < 0)
		return vectors;
	igb->msix_source = (struct source){
	        .name = "igb",
	        .kind = "msix",
	        .leaf = &irq_leaf_msix,
	        .requester = pci_requester(igb->function),
	        .slots = vectors < IGB_SLOTS_MAX ? vectors : IGB_SLOTS_MAX,
	        .ops = &igb_msix_ops,
	        .device = igb,
	};
	pci_location(igb->function, igb->msix_source.location);
	return source_register(&igb->msix_source);
}

static int igb_register_msi(struct igb *igb)
{
	if (!pci_capability(igb->function, PCI_CAP_ID_MSI))
		return -ENODEV;
	igb->msi_source = (struct source){
	        .name = "igb",
	        .kind = "msi",
	        .leaf = &irq_leaf_msi,
	        .requester = pci_requester(igb->function),
	        .slots = 1,
	        .ops = &igb_msi_ops,
	        .device = igb,
	};
	pci_location(igb->function, igb->msi_source.location);
	return source_register(&igb->msi_source);
}

static int igb_probe(struct pci_function *function)
{
	struct igb *igb = memory_alloc(sizeof(*igb), 16);
	uint64_t size;

	if (!igb)
		return -ENOMEM;
	igb->function = function;
	igb->registers = pci_map_bar(function, 0, &size);
	if (!igb->registers || size < IGB_REGISTERS_SIZE)
		return -ENODEV;
	int error = igb_register_msix(igb);
	return error ? error : igb_register_msi(igb);
}

PCI_DRIVER(igb_82576) = {"82576", INTEL, IGB_82576, 0, igb_probe};
PCI_DRIVER(igb_i350) = {"I350", INTEL, IGB_I350, 0, igb_probe};
PCI_DRIVER(igb_i210) = {"I210", INTEL, IGB_I210, 0, igb_probe};
