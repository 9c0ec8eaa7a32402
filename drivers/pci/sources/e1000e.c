// SPDX-License-Identifier: MIT
/*
 * Sources "e1000e": Intel's 82574 and 82583 (QEMU's e1000e is an 82574L), and the controllers of
 * the chipsets, 82577 to I219, which have MSI alone. The network side stays off.
 *
 * Kind "msix": ICS raises the cause of a queue, IVAR leads it to a vector, EIAC clears it as the
 * message goes. The four queues are four slots; no queue is ever on.
 * Kind "msi": ICS raises the one cause that IMS lets through. The MSI of these chips has no mask
 * bit: it is the case that Linux's two-step protocol is made for, on machines that people have.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/sources/e1000e.h"
#include "kernel/memory.h"
#include "kernel/print.h"

static const struct nic_chip chips[] = {
        {0x10d3, "82574L"},  {0x10f6, "82574L"},  {0x150c, "82583V"},  {0x10ea, "82577LM"},
        {0x10eb, "82577LC"}, {0x10ef, "82578DM"}, {0x10f0, "82578DC"}, {0x1502, "82579LM"},
        {0x1503, "82579V"},  {0x153a, "I217-LM"}, {0x153b, "I217-V"},  {0x155a, "I218-LM"},
        {0x1559, "I218-V"},  {0x15a0, "I218-LM"}, {0x15a1, "I218-V"},  {0x15a2, "I218-LM"},
        {0x15a3, "I218-V"},  {0x156f, "I219-LM"}, {0x1570, "I219-V"},  {0x15b7, "I219-LM"},
        {0x15b8, "I219-V"},  {0x15b9, "I219-LM"}, {0x15d7, "I219-LM"}, {0x15d8, "I219-V"},
        {0x15e3, "I219-LM"}, {0x15d6, "I219-V"},  {0x15bd, "I219-LM"}, {0x15be, "I219-V"},
        {0x15bb, "I219-LM"}, {0x15bc, "I219-V"},  {0x15df, "I219-LM"}, {0x15e0, "I219-V"},
        {0x15e1, "I219-LM"}, {0x15e2, "I219-V"},  {0x0d4e, "I219-LM"}, {0x0d4f, "I219-V"},
        {0x0d4c, "I219-LM"}, {0x0d4d, "I219-V"},  {0x0d53, "I219-LM"}, {0x0d55, "I219-V"},
        {0x15fb, "I219-LM"}, {0x15fc, "I219-V"},  {0x15f9, "I219-LM"}, {0x15fa, "I219-V"},
        {0x15f4, "I219-LM"}, {0x15f5, "I219-V"},  {0x0dc5, "I219-LM"}, {0x0dc6, "I219-V"},
        {0x1a1e, "I219-LM"}, {0x1a1f, "I219-V"},  {0x1a1c, "I219-LM"}, {0x1a1d, "I219-V"},
        {0x0dc7, "I219-LM"}, {0x0dc8, "I219-V"},  {0x550a, "I219-LM"}, {0x550b, "I219-V"},
        {0x550c, "I219-LM"}, {0x550d, "I219-V"},  {0x550e, "I219-LM"}, {0x550f, "I219-V"},
        {0x5510, "I219-LM"}, {0x5511, "I219-V"},  {0x57a0, "I219-LM"}, {0x57a1, "I219-V"},
        {0, NULL},
};

static int msix_open(struct source *source)
{
	return e1000e_take_msix(source->device);
}

static struct message_store *msix_store(struct source *source, unsigned int slot)
{
	struct e1000e *e1000e = source->device;

	return &e1000e->msix[slot].store;
}

/* The former message did not leave: a mask does not hold it back for so long. */
static int drop_if_late(struct source *source, int error)
{
	const struct e1000e *e1000e = source->device;

	return error == -EBUSY ? nic_drop(source, e1000e->registers) : error;
}

static int msix_fire(struct source *source, unsigned int slot)
{
	return source->dropped ? -EIO
	                       : drop_if_late(source, e1000e_fire_msix(source->device, slot));
}

static void msix_flush(struct source *source)
{
	const struct e1000e *e1000e = source->device;

	if (source->dropped)
		return;
	e1000e_flush_msix(e1000e);
	nic_drop_if_reset(source, e1000e->registers + NIC_IMS, ICR_QUEUE(0));
}

static int msi_open(struct source *source)
{
	return e1000e_take_msi(source->device);
}

static struct message_store *msi_store(struct source *source, unsigned int slot)
{
	struct e1000e *e1000e = source->device;

	(void)slot;
	return &e1000e->msi.store;
}

static int msi_fire(struct source *source, unsigned int slot)
{
	(void)slot;
	return source->dropped ? -EIO : drop_if_late(source, e1000e_fire_msi(source->device));
}

static void msi_flush(struct source *source)
{
	const struct e1000e *e1000e = source->device;

	if (source->dropped)
		return;
	e1000e_flush_msi(e1000e);
	nic_drop_if_reset(source, e1000e->registers + NIC_IMS, ICR_TXDW);
}

static void e1000e_close(struct source *source)
{
	e1000e_give_back(source->device);
}

static const struct source_ops msix_ops = {
        .open = msix_open,
        .close = e1000e_close,
        .store = msix_store,
        .fire = msix_fire,
        .flush = msix_flush,
};

static const struct source_ops msi_ops = {
        .open = msi_open,
        .close = e1000e_close,
        .store = msi_store,
        .fire = msi_fire,
        .flush = msi_flush,
};

/* One that does not send what it is told is left out, with a line that says so. */
static int add(struct e1000e *e1000e, struct source *source, const struct source *as,
               const char *why_not)
{
	char location[16];

	if (!why_not)
		return nic_register(source, as, e1000e->chip, e1000e->function);
	pci_location(e1000e->function, location);
	print("# pci: %s at %s is no source of %s: %s\n", e1000e->chip->name, location, as->kind,
	      why_not);
	return 0;
}

static int add_msix(struct e1000e *e1000e)
{
	const struct source as = {
	        .name = "e1000e",
	        .kind = "msix",
	        .leaf = &irq_leaf_msix,
	        .slots = e1000e->vectors < E1000E_SLOTS_MAX ? e1000e->vectors : E1000E_SLOTS_MAX,
	        .ops = &msix_ops,
	        .device = e1000e,
	};

	return add(e1000e, &e1000e->msix_source, &as, e1000e_measure_msix(e1000e));
}

static int add_msi(struct e1000e *e1000e)
{
	const struct source as = {
	        .name = "e1000e",
	        .kind = "msi",
	        .leaf = &irq_leaf_msi,
	        .slots = 1,
	        .ops = &msi_ops,
	        .device = e1000e,
	};

	return add(e1000e, &e1000e->msi_source, &as, e1000e_measure_msi(e1000e));
}

static int e1000e_probe(struct pci_function *function)
{
	const struct nic_chip *chip = nic_chip(chips, function);
	struct e1000e *e1000e;
	int vectors, error = 0;

	if (!chip)
		return 0; /* another driver's, or nobody's */
	e1000e = memory_alloc(sizeof(*e1000e), 16);
	if (!e1000e)
		return -ENOMEM;
	e1000e->function = function;
	e1000e->chip = chip;
	e1000e->registers = nic_map(function, E1000E_REGISTERS_SIZE);
	if (!e1000e->registers)
		return -ENODEV;
	vectors = msix_size(function);
	if (vectors > 0)
		e1000e->vectors = vectors < E1000E_VECTORS_MAX ? vectors : E1000E_VECTORS_MAX;
	if (e1000e->vectors)
		error = add_msix(e1000e);
	if (!error && pci_capability(function, PCI_CAP_ID_MSI))
		error = add_msi(e1000e);
	return error;
}

PCI_DRIVER(e1000e) = {"e1000e", NIC_VENDOR, PCI_ANY, NIC_CLASS, e1000e_probe};
