// SPDX-License-Identifier: MIT
#include "tests/host/fake_dsa.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

struct fake_dsa fake_dsa;

static const struct pci_function function;
static uint8_t bar0[BAR0_SIZE], bar2[BAR2_SIZE]; /* only their addresses count */
static struct dsa_completion records[FAKE_DSA_SLOTS] __attribute__((aligned(DSA_COMPLETION_ALIGN)));
static struct dsa_slot *submitted[FAKE_DSA_SLOTS];
static uint64_t clock_us;

/* What the device writes: a completion record, or a message. */
static void take_write(const struct device_action *action)
{
	uint32_t data;

	if (action->size == sizeof(struct dsa_completion)) {
		assert_true(action->address >= (uintptr_t)records &&
		            action->address < (uintptr_t)(records + FAKE_DSA_SLOTS));
		memcpy((void *)(uintptr_t)action->address, action->data, action->size);
		return;
	}
	assert_int_equal(action->address, 0xfee00000);
	memcpy(&data, action->data, sizeof(data));
	assert_true(data < FAKE_DSA_SLOTS);
	fake_dsa.sent[data]++;
}

/* All that the device does by itself, until it has nothing to do. */
static void let_run(void)
{
	struct device_action action;

	while (!fake_dsa.deaf && (action = device_step(&fake_dsa.device)).what != DO_WAIT) {
		if (action.what == DO_WRITE)
			take_write(&action);
		if (action.what == DO_WRITE || action.what == DO_READ)
			device_replied(&fake_dsa.device, action.id, 0, action.data, action.size);
	}
}

/* The region that holds `size` bytes there, and where in it they are. */
static unsigned int region_of(uintptr_t address, unsigned int size, uint64_t *offset)
{
	if (address >= (uintptr_t)bar0 && address + size <= (uintptr_t)(bar0 + sizeof(bar0))) {
		*offset = address - (uintptr_t)bar0;
		return REGION_BAR0;
	}
	*offset = address - (uintptr_t)bar2;
	assert_true(*offset + size <= sizeof(bar2));
	return REGION_BAR2;
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	uint64_t offset, value = 0;
	unsigned int region = region_of((uintptr_t)address, size, &offset);

	if (!fake_dsa.lazy || offset == DSA_CMDSTS)
		let_run();
	device_read(&fake_dsa.device, region, offset, (uint8_t *)&value, size);
	return value;
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t value)
{
	uint64_t offset;
	unsigned int region = region_of((uintptr_t)address, size, &offset);

	fake_dsa.writes++;
	device_write(&fake_dsa.device, region, offset, (uint8_t *)&value, size);
}

static void set_command(uint16_t value)
{
	fake_dsa.command = value;
	device_write(&fake_dsa.device, REGION_CONFIG, PCI_COMMAND, (uint8_t *)&value,
	             sizeof(value));
}

uint16_t pci_enable(const struct pci_function *f)
{
	uint16_t found = fake_dsa.command;

	assert_ptr_equal(f, &function);
	set_command(found | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	return found;
}

void pci_restore(const struct pci_function *f, uint16_t command)
{
	assert_ptr_equal(f, &function);
	set_command(command);
}

void pci_write16(const struct pci_function *f, uint16_t offset, uint16_t value)
{
	assert_ptr_equal(f, &function);
	assert_int_equal(offset, PCI_COMMAND);
	set_command(value);
}

int msix_size(const struct pci_function *f)
{
	(void)f;
	return DEVICE_VECTORS;
}

int msix_stores_init(struct msix_store *stores, unsigned int count, const struct pci_function *f)
{
	(void)stores, (void)f;
	assert_true(count <= DSA_MSIX_MAX);
	return 0;
}

void msix_enable(const struct pci_function *f)
{
	(void)f;
}

void msix_disable(const struct pci_function *f)
{
	(void)f;
}

uint64_t memory_physical(const void *pointer)
{
	return (uintptr_t)pointer;
}

/* A second goes by with each look at the clock. */
struct deadline deadline_in_us(uint64_t us)
{
	return (struct deadline){.ticks = clock_us + us};
}

bool deadline_passed(struct deadline *deadline)
{
	bool was_up = deadline->up;

	clock_us += 1000000;
	deadline->up = clock_us > deadline->ticks;
	return was_up && deadline->up;
}

uint64_t fake_dsa_read(uint32_t offset)
{
	uint64_t word = 0;

	device_read(&fake_dsa.device, REGION_BAR0, offset, (uint8_t *)&word, sizeof(word));
	return word;
}

void fake_dsa_write(uint32_t offset, uint32_t value)
{
	device_write(&fake_dsa.device, REGION_BAR0, offset, (uint8_t *)&value, sizeof(value));
	let_run();
}

static struct dsa_layout layout(void)
{
	struct dsa_layout layout = dsa_layout_of(&(struct dsa_capabilities){
	        .gencap = fake_dsa_read(DSA_GENCAP),
	        .wqcap = fake_dsa_read(DSA_WQCAP),
	        .grpcap = fake_dsa_read(DSA_GRPCAP),
	        .engcap = fake_dsa_read(DSA_ENGCAP),
	        .offsets = fake_dsa_read(DSA_OFFSETS_LO),
	        .cmdcap = (uint32_t)fake_dsa_read(DSA_CMDCAP),
	});

	layout.ims_entries = FAKE_DSA_SLOTS;
	return layout;
}

void fake_dsa_reset(void)
{
	const struct device_options options = {.ims = FAKE_DSA_SLOTS, .handles = FAKE_DSA_SLOTS};

	memset(&fake_dsa, 0, sizeof(fake_dsa));
	memset(records, 0, sizeof(records));
	device_init(&fake_dsa.device, &options);
	fake_dsa.device.now = 1;
	fake_dsa.driver = (struct dsa){
	        .function = &function,
	        .location = "0000:00:06.0",
	        .registers = bar0,
	        .portal = bar2 + PORTAL_UNLIMITED_IMS,
	        .layout = layout(),
	        .slots = fake_dsa.slots,
	        .submitted = submitted,
	};
	for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++) {
		fake_dsa.slots[n].record = &records[n];
		dsa_ims_init(&fake_dsa.driver, n);
	}
	set_command(COMMAND_FOUND);
	shim_forget_printed();
}
