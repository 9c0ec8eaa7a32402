// SPDX-License-Identifier: MIT
/*
 * Sources "igb": Intel's 82576, 82580, I350, I354, I210 and I211 network controllers, whose
 * interrupt causes software may set. Their data sheets describe the same registers at the same
 * places; sections and titles are those of "Intel Ethernet Controller I210 Datasheet". What they
 * differ in is how many vectors they have (82576, I350: 25, 82580: 10, I210, I211: 5), as many as
 * their MSI-X table has entries, and the unit of EITR, of which 0 is none in all.
 *
 * Kind "msix": bit n of EICS sends vector n, and EIAC clears the cause with the sending.
 * Kind "msi": a bit of ICS raises the one cause that IMS lets through. A cause that is set already
 * sends nothing, so the former one is cleared first. This is the maskable MSI of this project.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "drivers/pci/sources/intel_nic.h"
#include "drivers/pci/stores.h"
#include "kernel/bits.h"
#include "kernel/irq/source.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"

#define IGB_SLOTS_MAX 8

/*
 * 8.8 "Interrupt Register Descriptions". NIC_ICR to NIC_IMC lie at 1500h to 150ch and, for drivers
 * of older controllers, where those had them, too (8.1, the aliases in its register summary); QEMU
 * has them there only.
 */
#define IGB_GPIE           0x1514
#define GPIE_MULTIPLE_MSIX BIT_ULL(4)
#define GPIE_PBA_SUPPORT   BIT_ULL(31)
#define IGB_EICS           0x1520
#define IGB_EIMS           0x1524
#define IGB_EIMC           0x1528
#define IGB_EIAC           0x152c
#define IGB_EIAM           0x1530
#define IGB_EICR           0x1580
#define EICR_OTHER_CAUSE   BIT_ULL(31) /* with one vector: any bit of ICR */
#define IGB_EITR(vector)   (0x1680 + 4 * (vector))
#define IGB_IVAR_MISC      0x1740 /* which vectors the timer and the other causes have */
#define IGB_REGISTERS_SIZE 0x1744

/*
 * What is saved; of EITR as many as there are slots. GPIE decides what the others mean, and is
 * given back before them.
 */
static const uint16_t saved[] = {
        NIC_IMS,       NIC_RCTL,    NIC_TCTL,    IGB_EIMS,    IGB_EIAC,    IGB_EIAM,
        IGB_IVAR_MISC, IGB_GPIE,    IGB_EITR(0), IGB_EITR(1), IGB_EITR(2), IGB_EITR(3),
        IGB_EITR(4),   IGB_EITR(5), IGB_EITR(6), IGB_EITR(7),
};
#define SAVED_MAX   (sizeof(saved) / sizeof(saved[0]))
#define SAVED_FIXED (SAVED_MAX - IGB_SLOTS_MAX)

struct igb {
	struct source msix_source;
	struct source msi_source;
	const struct pci_function *function;
	const struct nic_chip *chip;
	uint16_t command_found;
	uint32_t found[SAVED_MAX];
	bool in_use; /* by one of its two sources */
	volatile uint8_t *registers;
	struct msix_store msix[IGB_SLOTS_MAX];
	struct msi_store msi;
};

static const struct nic_chip chips[] = {
        {0x10c9, "82576"}, {0x10e6, "82576"}, {0x10e7, "82576"}, {0x10e8, "82576"},
        {0x150a, "82576"}, {0x150d, "82576"}, {0x1518, "82576"}, {0x1526, "82576"},
        {0x150e, "82580"}, {0x150f, "82580"}, {0x1510, "82580"}, {0x1511, "82580"},
        {0x1516, "82580"}, {0x1527, "82580"}, {0x1521, "I350"},  {0x1522, "I350"},
        {0x1523, "I350"},  {0x1524, "I350"},  {0x1546, "I350"},  {0x1f40, "I354"},
        {0x1f41, "I354"},  {0x1f45, "I354"},  {0x1533, "I210"},  {0x1534, "I210"},
        {0x1535, "I210"},  {0x1536, "I210"},  {0x1537, "I210"},  {0x1538, "I210"},
        {0x157b, "I210"},  {0x157c, "I210"},  {0x1539, "I211"},  {0, NULL},
};

static unsigned int saved_count(const struct igb *igb)
{
	return SAVED_FIXED + igb->msix_source.slots;
}

static void igb_quiet(const struct igb *igb)
{
	nic_quiet(igb->registers);
	mmio_write32(igb->registers + IGB_EIMC, ~0U);
	mmio_write32(igb->registers + IGB_EICR, ~0U);
}

static void igb_give_back(struct igb *igb)
{
	msix_disable(igb->function);
	msi_disable(igb->function);
	igb_quiet(igb);
	nic_restore(igb->registers, saved, igb->found, saved_count(igb));
	pci_restore(igb->function, igb->command_found);
	igb->in_use = false;
}

/* For one of its sources: no cause let through, none moderated, none with a vector but by EICS. */
static int igb_take(struct igb *igb)
{
	if (igb->in_use)
		return -EBUSY;
	igb->command_found = pci_enable(igb->function);
	if (nic_gone(igb->registers)) {
		pci_restore(igb->function, igb->command_found);
		return -ENODEV;
	}
	igb->in_use = true;
	nic_save(igb->registers, saved, igb->found, saved_count(igb));
	igb_quiet(igb);
	for (unsigned int n = 0; n < igb->msix_source.slots; n++)
		mmio_write32(igb->registers + IGB_EITR(n), 0);
	mmio_write32(igb->registers + IGB_EIAM, 0);
	mmio_write32(igb->registers + IGB_IVAR_MISC, 0);
	return 0;
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
	mmio_write32(igb->registers + IGB_EICR, ~0U); /* bit n is vector n from here on */
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
	int error = nic_check(source, igb->registers, IGB_EIMS, BIT_ULL(slot));

	if (error)
		return error;
	if (nic_wait_for_zero(igb->registers + IGB_EICR, BIT_ULL(slot)))
		return nic_drop(source, igb->registers);
	mmio_write32(igb->registers + IGB_EICS, BIT_ULL(slot));
	return 0;
}

static void igb_msix_flush(struct source *source)
{
	const struct igb *igb = source->device;

	/* The read that finds the causes cleared is answered behind the messages. */
	if (!source->dropped)
		(void)nic_wait_for_zero(igb->registers + IGB_EICR,
		                        GENMASK_ULL(source->slots - 1, 0));
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
	mmio_write32(igb->registers + NIC_ICR, ~0U);
	mmio_write32(igb->registers + IGB_EIMS, EICR_OTHER_CAUSE); /* 7.3.8, table 7-53 */
	mmio_write32(igb->registers + NIC_IMS, ICR_TXDW);
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
	int error = nic_check(source, igb->registers, NIC_IMS, ICR_TXDW);

	(void)slot;
	if (error)
		return error;
	if (nic_wait_for_zero(igb->registers + NIC_ICR, ICR_TXDW))
		return nic_drop(source, igb->registers);
	mmio_write32(igb->registers + NIC_ICS, ICR_TXDW);
	return 0;
}

/*
 * While the mask holds a message back its cause has to stay: a function whose event has been
 * satisfied takes the message back (PCIe 6.0, 6.1.4.5 "Per-vector Masking and Function Masking").
 */
static void igb_msi_flush(struct source *source)
{
	const struct igb *igb = source->device;
	struct message_store *store = igb_msi_store(source, 0);

	if (source->dropped)
		return;
	if (store_maskable(store) && store->ops->pending(store))
		(void)mmio_read32(igb->registers + NIC_STATUS);
	else
		(void)nic_wait_for_zero(igb->registers + NIC_ICR, ICR_TXDW);
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
		return 0;
	const struct source as = {
	        .name = "igb",
	        .kind = "msix",
	        .leaf = &irq_leaf_msix,
	        .slots = vectors < IGB_SLOTS_MAX ? vectors : IGB_SLOTS_MAX,
	        .ops = &igb_msix_ops,
	        .device = igb,
	};
	return nic_register(&igb->msix_source, &as, igb->chip, igb->function);
}

static int igb_register_msi(struct igb *igb)
{
	const struct source as = {
	        .name = "igb",
	        .kind = "msi",
	        .leaf = &irq_leaf_msi,
	        .slots = 1,
	        .ops = &igb_msi_ops,
	        .device = igb,
	};

	if (!pci_capability(igb->function, PCI_CAP_ID_MSI))
		return 0;
	return nic_register(&igb->msi_source, &as, igb->chip, igb->function);
}

static int igb_probe(struct pci_function *function)
{
	const struct nic_chip *chip = nic_chip(chips, function);
	struct igb *igb;

	if (!chip)
		return 0; /* another driver's, or nobody's */
	igb = memory_alloc(sizeof(*igb), 16);
	if (!igb)
		return -ENOMEM;
	igb->function = function;
	igb->chip = chip;
	igb->registers = nic_map(function, IGB_REGISTERS_SIZE);
	if (!igb->registers)
		return -ENODEV;
	int error = igb_register_msix(igb);
	return error ? error : igb_register_msi(igb);
}

PCI_DRIVER(igb) = {"igb", NIC_VENDOR, PCI_ANY, NIC_CLASS, igb_probe};
