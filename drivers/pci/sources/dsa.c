// SPDX-License-Identifier: MIT
/*
 * Sources "dsa" and "iax": Intel's Data Streaming Accelerator and In-Memory Analytics Accelerator,
 * the devices that have interrupt message storage of their own, and for which Linux had its IMS.
 * One message is one NOOP descriptor. What is cited is "Intel Data Streaming Accelerator
 * Architecture Specification" (341204).
 *
 * Kind "ims": an entry of its storage. Behind QEMU's vfio-user-pci it may be a model of ours
 * (docs/dsa-model.md), which the driver knows by a capability; it drives it no differently, but can
 * tell more of what is on its way, and has it send by itself.
 *
 * Kind "ims-carrier", of that model alone and not registered: the same, and its messages carry the
 * requester id that QEMU lacks in those that a device writes.
 *
 * Never run on silicon yet.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/sources/dsa.h"
#include "drivers/pci/sources/dsa_control.h"
#include "drivers/pci/sources/dsa_model.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/string.h"

static int drop_if_late(struct source *source, int error)
{
	return error != -ETIMEDOUT ? error
	                           : source_drop(source, error, "it did not answer",
	                                         "to run a command", DSA_TIMEOUT_US);
}

static int dsa_open(struct source *source)
{
	struct dsa *dsa = source->device;
	int error;

	if (dsa->open)
		return -EBUSY;
	dsa->open = source;
	for (unsigned int n = 0; n < source->slots; n++)
		dsa_ims_init(dsa, n);
	error = dsa_take(dsa);
	if (error)
		dsa->open = NULL;
	return drop_if_late(source, error);
}

static void dsa_close(struct source *source)
{
	struct dsa *dsa = source->device;

	dsa_give_back(dsa);
	dsa->open = NULL;
}

static struct message_store *dsa_store(struct source *source, unsigned int slot)
{
	struct dsa *dsa = source->device;

	return &dsa->slots[slot].store;
}

static int dsa_fire(struct source *source, unsigned int slot)
{
	struct dsa *dsa = source->device;
	uint64_t flags = spin_lock_irqsave(&dsa->lock);
	int error = dsa_submit(dsa, &dsa->slots[slot]);

	spin_unlock_irqrestore(&dsa->lock, flags);
	return drop_if_late(source, error);
}

/* While it sends by itself there is no end of it, and each slot's own flush has to do. */
static void dsa_flush(struct source *source)
{
	struct dsa *dsa = source->device;
	uint64_t flags = spin_lock_irqsave(&dsa->lock);
	int error = 0;

	if (dsa->looping)
		for (unsigned int n = 0; n < dsa->looping_slots; n++)
			dsa->slots[n].store.ops->flush(&dsa->slots[n].store);
	else if (!dsa->failed)
		error = dsa_drain(dsa); /* one that failed is said, and fires no more */
	spin_unlock_irqrestore(&dsa->lock, flags);
	drop_if_late(source, error);
}

static const struct source_ops dsa_ops = {
        .open = dsa_open,
        .close = dsa_close,
        .store = dsa_store,
        .fire = dsa_fire,
        .flush = dsa_flush,
};

static const struct source_ops dsa_model_ops = {
        .open = dsa_open,
        .close = dsa_close,
        .store = dsa_store,
        .fire = dsa_fire,
        .flush = dsa_flush,
        .loop = &dsa_source_loop,
};

bool dsa_is(const struct source *source)
{
	return source->ops == &dsa_ops || source->ops == &dsa_model_ops;
}

volatile uint8_t *dsa_model(const struct source *source)
{
	const struct dsa *dsa = source->device;

	return dsa_is(source) ? dsa->model : NULL;
}

struct source *dsa_carrier(unsigned int n)
{
	struct source *source;

	for (unsigned int s = 0; (source = source_get(s)); s++) {
		struct dsa *dsa = source->device;

		if (dsa_is(source) && dsa->model && n-- == 0)
			return &dsa->sources[DSA_CARRIER];
	}
	return NULL;
}

/* The control block of the model; NULL where the function is none of ours. */
static volatile uint8_t *find_model(const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_VNDR);
	volatile uint8_t *bar;
	uint32_t where;

	if (!capability ||
	    pci_read8(function, capability + DSA_MODEL_CAP_LENGTH) < DSA_MODEL_CAP_SIZE ||
	    pci_read8(function, capability + DSA_MODEL_CAP_VERSION) != DSA_MODEL_VERSION ||
	    pci_read32(function, capability + DSA_MODEL_CAP_SIGNATURE) != DSA_MODEL_SIGNATURE)
		return NULL;
	where = pci_read32(function, capability + DSA_MODEL_CAP_WHERE);
	bar = pci_map_bar(function, field_get(DSA_MODEL_WHERE_BAR, where), NULL);
	return bar ? bar + (where & DSA_MODEL_WHERE_OFFSET) : NULL;
}

/* With memory decoding on. */
static void read_layout(struct dsa *dsa)
{
	const struct dsa_capabilities capabilities = {
	        .gencap = mmio_read64(dsa->registers + DSA_GENCAP),
	        .wqcap = mmio_read64(dsa->registers + DSA_WQCAP),
	        .grpcap = mmio_read64(dsa->registers + DSA_GRPCAP),
	        .engcap = mmio_read64(dsa->registers + DSA_ENGCAP),
	        .offsets = mmio_read64(dsa->registers + DSA_OFFSETS_LO),
	        .cmdcap = mmio_read32(dsa->registers + DSA_CMDCAP),
	};

	dsa->layout = dsa_layout_of(&capabilities);
	if (dsa->model) /* which may have one entry */
		dsa->layout.ims_entries = mmio_read32(dsa->model + DSA_MODEL_IMS_ENTRIES);
}

static void set_up_source(struct dsa *dsa, const char *name, enum dsa_kind kind)
{
	struct source *source = &dsa->sources[kind];

	*source = (struct source){
	        .kind = kind == DSA_CARRIER ? "ims-carrier" : DSA_KIND,
	        .identified = kind == DSA_CARRIER || !dsa->model,
	        .leaf = &irq_leaf_ims,
	        .requester = pci_requester(dsa->function),
	        .slots = dsa->layout.ims_entries,
	        .ops = dsa->model ? &dsa_model_ops : &dsa_ops,
	        .device = dsa,
	};
	format(source->name, sizeof(source->name), "%s", name);
	memcpy(source->location, dsa->location, sizeof(source->location));
}

/* `record_size`: the bytes of a completion record, and what it is aligned to. */
static int alloc_slots(struct dsa *dsa, size_t record_size)
{
	unsigned int count = dsa->layout.ims_entries;
	uint8_t *records = memory_alloc(count * record_size, record_size);

	dsa->slots = memory_alloc(count * sizeof(*dsa->slots), _Alignof(struct dsa_slot));
	dsa->submitted = memory_alloc(count * sizeof(struct dsa_slot *), sizeof(struct dsa_slot *));
	if (!records || !dsa->slots || !dsa->submitted)
		return -ENOMEM;
	for (unsigned int n = 0; n < count; n++)
		dsa->slots[n].record = (struct dsa_completion *)(records + n * record_size);
	return 0;
}

/* Its registers and tables, and the portal of work queue 0, are where they should be. */
static bool has_room(const struct dsa *dsa, uint64_t registers_size, uint64_t portals_size)
{
	const struct dsa_layout *layout = &dsa->layout;

	return layout->ims_table + layout->ims_entries * sizeof(struct dsa_ims_entry) <=
	               registers_size &&
	       layout->queue_table + layout->queues * layout->queue_stride <= registers_size &&
	       layout->group_table + layout->groups * GRPCFG_SIZE <= registers_size &&
	       portals_size >= PORTALS_SIZE;
}

/* Nothing is written to it but in its configuration space. */
static int look_at(struct dsa *dsa)
{
	uint64_t registers_size, portals_size;
	volatile uint8_t *portals;
	const char *reason;
	uint16_t command;

	dsa->registers = pci_map_bar(dsa->function, DSA_REGISTERS_BAR, &registers_size);
	portals = pci_map_bar(dsa->function, DSA_PORTALS_BAR, &portals_size);
	if (!dsa->registers || !portals || registers_size < PAGE_SIZE)
		return -ENXIO;
	dsa->portal = portals + PORTAL_UNLIMITED_IMS;
	dsa->model = find_model(dsa->function);
	command = pci_enable(dsa->function);
	read_layout(dsa);
	pci_restore(dsa->function, command);
	reason = dsa_unusable(&dsa->layout);
	if (reason) {
		print("# dsa: %s is no source: %s\n", dsa->location, reason);
		return -ENODEV;
	}
	return has_room(dsa, registers_size, portals_size) ? 0 : -ENXIO;
}

static int probe(struct pci_function *function, const char *name, size_t record_size)
{
	struct dsa *dsa = memory_alloc(sizeof(*dsa), _Alignof(struct dsa));
	int error;

	if (!dsa)
		return -ENOMEM;
	dsa->function = function;
	pci_location(function, dsa->location);
	error = look_at(dsa);
	if (error)
		return error == -ENODEV ? 0 : error;
	error = alloc_slots(dsa, record_size);
	if (error)
		return error;
	set_up_source(dsa, name, DSA_IMS);
	error = source_register(&dsa->sources[DSA_IMS]);
	set_up_source(dsa, dsa->sources[DSA_IMS].name, DSA_CARRIER);
	return error;
}

static int probe_dsa(struct pci_function *function)
{
	return probe(function, "dsa", sizeof(struct dsa_completion));
}

static int probe_iax(struct pci_function *function)
{
	return probe(function, "iax", IAX_COMPLETION_SIZE);
}

PCI_DRIVER(dsa_spr) = {"DSA (Sapphire Rapids)", DSA_PCI_VENDOR, DSA_PCI_DEVICE, 0, probe_dsa};
PCI_DRIVER(iax_spr) = {"IAX (Sapphire Rapids)", DSA_PCI_VENDOR, 0x0cfe, 0, probe_iax};
PCI_DRIVER(dsa_gnr) = {"DSA (Granite Rapids-D)", DSA_PCI_VENDOR, 0x11fb, 0, probe_dsa};
PCI_DRIVER(dsa_dmr) = {"DSA", DSA_PCI_VENDOR, 0x1212, 0, probe_dsa};
PCI_DRIVER(iax_dmr) = {"IAX", DSA_PCI_VENDOR, 0x1216, 0, probe_iax};
