// SPDX-License-Identifier: MIT
// Devices that guests have: assigned, used there, and taken back.
#include "tests/virt/device.h"

#include <asm-generic/errno.h>
#include <linux/pci_regs.h>

#include "drivers/pci/stores.h"
#include "kernel/cpu/cpu.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"
#include "kernel/print.h"
#include "kernel/virt/guest/pv_ir_domain.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/virt/run.h"
#include "tests/virt/within.h"

/* Arguments. A constant is at the same address on both sides. */
enum { DESCRIPTION = DEVICE_ARGUMENTS, KIND = DEVICE_ARGUMENTS + 2 };

static bool can_be_assigned(const struct source *source)
{
	const struct pci_function *function = pci_function_of(&source->requester);

	return function && function->config && !source->requester.bus_only &&
	       (source->leaf == &irq_leaf_msix || source->leaf == &irq_leaf_ims);
}

struct source *device_source(unsigned int n)
{
	struct source *source;

	for (unsigned int s = 0; (source = arms_source(s)); s++)
		if (can_be_assigned(source) && n-- == 0)
			return source;
	return NULL;
}

unsigned int device_sources(enum test_phase phase)
{
	unsigned int count = 0;

	(void)phase;
	while (device_source(count))
		count++;
	return count;
}

void device_label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct source *source = device_source(instance);

	(void)phase;
	if (source)
		format(buffer, size, "%s.%s", source->name, source->kind);
}

static void read_config(const struct device *device, uint32_t words[64])
{
	for (uint16_t n = 0; n < 64; n++)
		words[n] = pci_read32(device->assigned.function, (uint16_t)(n * 4));
}

static const char *why_not(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "its registers share a page with another device's";
	case -ENXIO:
		return "its message words are memory, and no registers to trap";
	case -ENOMEM:
		return "the arena has no room for what its assignment takes";
	default:
		return NULL;
	}
}

bool device_assign(struct test_run *run, struct device *device, struct guest *guest,
                   struct source *source, const struct trap_ops *words, void *owner)
{
	int error;

	if (arm_was_dropped(run, source))
		return false;
	if (source->slots > BACKING_SLOTS_MAX) {
		test_skip(run, "%s has %u slots, and all of a guest's devices together %u",
		          source->name, source->slots, BACKING_SLOTS_MAX);
		return false;
	}
	device->assigned.function = pci_function_of(&source->requester);
	read_config(device, device->config);
	error = assign(&device->assigned, guest, source, words, owner);
	if (why_not(error)) {
		test_skip(run, "%s", why_not(error));
		return false;
	}
	if (!test_check(run, !error, "%s cannot be assigned: error %d", source->name, error))
		return false;
	assign_describe(&device->assigned, &guest->shared->arguments[DESCRIPTION]);
	guest->shared->arguments[KIND] = (uint64_t)source->kind;
	return true;
}

/* PCI_STATUS has bits that report what went by. */
static bool is_as_found(const struct device *device, uint16_t *where)
{
	uint32_t now[64];

	read_config(device, now);
	for (*where = 0; *where < 64; ++*where) {
		uint32_t differs = now[*where] ^ device->config[*where];

		if (*where == PCI_COMMAND / 4)
			differs &= 0xffff;
		if (differs)
			return false;
	}
	return true;
}

/* The source is open, so that all entries are masked, as they were. */
static void check_table(struct test_run *run, const struct assigned *assigned)
{
	for (unsigned int n = 0; n < assigned->entries * PCI_MSIX_ENTRY_SIZE / 4; n++) {
		uint32_t now = mmio_read32(&assigned->table[n]);

		if (now != assigned->found[n])
			test_fail(run, "word %u of its MSI-X table is %08x and was %08x", n, now,
			          assigned->found[n]);
	}
}

void device_end(struct test_run *run, struct device *device)
{
	struct source *source = device->assigned.source;
	uint16_t where;
	int error;

	assign_end(&device->assigned);
	test_check(run, is_as_found(device, &where),
	           "%s comes back with another dword at %02x of its configuration space: %08x "
	           "before, %08x now",
	           source->name, where * 4, device->config[where],
	           pci_read32(device->assigned.function, (uint16_t)(where * 4)));
	error = source_open(source);
	if (!test_check(run, !error, "the host cannot open %s any more: error %d", source->name,
	                error))
		return;
	check_table(run, &device->assigned);
	source->ops->close(source);
}

struct source *device_find(struct guest_shared *shared)
{
	struct source *source;
	int error = assigned_probe(&shared->arguments[DESCRIPTION]);

	if (error)
		panic("the device does not show up: error %d", error);
	for (unsigned int n = 0; (source = source_get(n)); n++)
		if (source->kind == (const char *)shared->arguments[KIND])
			return source;
	panic("its driver has no source of kind %s", (const char *)shared->arguments[KIND]);
}

struct irq *device_request(struct source *source, irq_handler *handler, void *context)
{
	const struct irq_request request = {.leaf = source->leaf,
	                                    .store = source->ops->store(source, 0),
	                                    .requester = source->requester,
	                                    .name = source->name};
	struct irq *irq = NULL;
	int error = irq_set_remapping_domain(&pv_ir_domain);

	if (!error)
		error = irq_alloc(&request, &irq);
	if (!error)
		error = irq_request(irq, 0, handler, NULL, context);
	if (error)
		panic("%s has no irq in the guest: error %d", source->name, error);
	return irq;
}

static void fire_at_each_cpu(struct test_run *run, struct arm *arm)
{
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++) {
		check_error(run, irq_set_affinity(arm->irq, cpu), 0, "a move");
		check_delivers(run, arm, "after a move");
	}
}

static void use(struct guest_shared *shared)
{
	struct test_run *run = within_begin(shared, "virt.device");
	struct source *source = device_find(shared);
	struct arm arm;

	if (irq_set_remapping_domain(&pv_ir_domain))
		panic("no remapping domain");
	if (arm_open(run, &arm, source, arms_lossless_for(source, true))) {
		fire_at_each_cpu(run, &arm);
		arm_prove(&arm);
		arm_check_books(run, &arm);
		arm_close(run, &arm);
	}
	within_end(run);
}

/* What the guest does to its message words where they are trapped: done for it, and counted. */
static struct forwarded {
	struct source *source;
	uint64_t reads, writes, odd;
} forwarded;

static volatile uint32_t *word_of(uint64_t offset)
{
	struct message_store *store = forwarded.source->ops->store(
	        forwarded.source, (unsigned int)(offset / PCI_MSIX_ENTRY_SIZE));
	const struct ims_store *ims = (struct ims_store *)store;
	uint64_t word = offset % PCI_MSIX_ENTRY_SIZE;

	if (forwarded.source->leaf == &irq_leaf_msix)
		return (volatile uint32_t *)(((struct msix_store *)store)->entry + word);
	return word == PCI_MSIX_ENTRY_DATA ? ims->data : ims->address;
}

/* Entries of an MSI-X table that the source does not have are masked in open(), and no more. */
static bool is_of_a_slot(uint64_t offset)
{
	return offset / PCI_MSIX_ENTRY_SIZE < forwarded.source->slots;
}

static uint64_t forward_read(void *owner, uint64_t offset, unsigned int size)
{
	(void)owner;
	forwarded.reads++;
	if (size == sizeof(uint32_t) && is_of_a_slot(offset))
		return mmio_read32(word_of(offset));
	forwarded.odd++;
	return 0;
}

static void forward_write(void *owner, uint64_t offset, unsigned int size, uint64_t value)
{
	(void)owner;
	forwarded.writes++;
	if (size == sizeof(uint32_t) && is_of_a_slot(offset))
		mmio_write32(word_of(offset), (uint32_t)value);
	else if (value != PCI_MSIX_ENTRY_CTRL_MASKBIT)
		forwarded.odd++;
}

static void report(const struct device *device)
{
	const struct assigned *assigned = &device->assigned;
	const struct backing_counts *counts = &assigned->guest->backings->counts;
	struct exits exits;

	guest_exits(assigned->guest, &exits);
	print("# virt.device: %s: exits: %lu for configuration space, %lu for storage, of these "
	      "%lu for message words; %lu calls; %lu messages posted\n",
	      assigned->source->name, assigned->config.reads + assigned->config.writes,
	      assigned->storage.reads + assigned->storage.writes,
	      forwarded.reads + forwarded.writes, counts->updates, counts->posts);
}

static void check_exits(struct test_run *run, const struct device *device)
{
	const struct trap *config = &device->assigned.config, *storage = &device->assigned.storage;
	const struct guest *guest = device->assigned.guest;
	uint64_t trapped = config->reads + config->writes + storage->reads + storage->writes;
	struct exits exits;

	guest_exits(guest, &exits);
	test_check(run, exits.count[VM_EXIT_MEMORY] == trapped,
	           "%lu exits for memory, but %lu trapped accesses", exits.count[VM_EXIT_MEMORY],
	           trapped);
	test_check(run, guest->backings->counts.posts >= guest->vcpus,
	           "only %lu messages came in through the host", guest->backings->counts.posts);
	test_check(run, !storage->length == !forwarded.writes,
	           "%lu message words were written through the host", forwarded.writes);
	test_check(run, !storage->length || !device->assigned.table || forwarded.reads,
	           "no control word of MSI-X was read through the host");
	test_check(run, !forwarded.odd, "%lu accesses to message words that no driver does",
	           forwarded.odd);
}

static void use_device(struct test_run *run, const struct trap_ops *words)
{
	static const struct guest_task task = {"use its device", use};
	static struct device device;
	struct source *source = device_source(run->instance);
	struct guest *guest = virt_load(run, 2);
	int error;

	forwarded = (struct forwarded){.source = source};
	if (!guest || !device_assign(run, &device, guest, source, words, NULL))
		return;
	error = backing_assign(guest_backings(guest), source, true, NULL);
	test_check(run, !error, "it cannot have backings: error %d", error);
	within_tell(run, guest);
	virt_run(run, guest, &task);
	report(&device);
	check_exits(run, &device);
	device_end(run, &device);
	backing_end(guest->backings);
}

static void device_is_used(struct test_run *run)
{
	use_device(run, NULL);
}

static void trapped_device_is_used(struct test_run *run)
{
	static const struct trap_ops ops = {.read = forward_read, .write = forward_write};

	use_device(run, &ops);
}

TEST(72, virt_device) = {
        .name = "virt.device",
        .checks = "a guest's driver finds and opens the device it was assigned, DMA reaches its "
                  "memory, its message comes in on each of its CPUs; the host gets the device back "
                  "as it was",
        .failure = "guests cannot be measured with real devices, or a device is lost with them",
        .phase = PHASE_REMAPPED,
        .cpus = 3,
        .instances = device_sources,
        .label = device_label,
        .needs = NO_DEVICE,
        .run = device_is_used,
};

TEST(72, virt_device_trapped) = {
        .name = "virt.device-trapped",
        .checks = "the same with the message storage trapped: each access comes out, message words "
                  "go to the host and all else to the device",
        .failure = "what monitors do today cannot be compared with",
        .phase = PHASE_REMAPPED,
        .cpus = 3,
        .instances = device_sources,
        .label = device_label,
        .needs = NO_DEVICE,
        .run = trapped_device_is_used,
};
