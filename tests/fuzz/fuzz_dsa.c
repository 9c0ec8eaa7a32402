// SPDX-License-Identifier: MIT
// links: tests/qemu/dsa/device.c tests/qemu/dsa/config.c tests/qemu/dsa/registers.c
// links: tests/qemu/dsa/command.c tests/qemu/dsa/portal.c tests/qemu/dsa/ims.c
// links: tests/qemu/dsa/control.c tests/qemu/dsa/engine.c tests/qemu/dsa/carrier.c
// links: tests/qemu/dsa/loop.c
/*
 * The device model of DSA (tests/qemu/dsa/), without its sockets and threads: an input is a
 * sequence of register accesses, descriptors, replies to DMA and pauses, from whoever is worst.
 * After each, the model's books must balance, and no slot may have sent what it must not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "tests/fuzz/fuzz.h"
#include "tests/qemu/dsa/device.h"

#define STEPS_MAX   4096    /* in a row that need nothing from outside: more is a hang */
#define ROUNDS_MAX  2000000 /* until all has come to rest */
#define SLOTS_FEW   16      /* to be looked at after each step */
#define PENDING_MAX 256
#define WAIT_MAX    UINT64_C(20000000000) /* ns; DSA_MODEL_NS_MAX and more */

struct input {
	const uint8_t *bytes;
	size_t size;
};

/* What the fuzzer itself knows of a slot. */
struct shadow {
	bool written, unmasked; /* ever */
	uint64_t values[3];     /* that its words ever had: one bit for each hash of one */
};

/* Where the loop may hand turns back. */
struct table {
	uint64_t address, size;
};

struct pending {
	uint16_t id;
	uint32_t size; /* to be read; 0: a write */
};

static struct device device, before;
static struct shadow shadows[DEVICE_IMS_MAX];
static struct pending pending[PENDING_MAX];
static unsigned int pending_count;
static struct table tables[16];
static unsigned int table_count; /* more than there is room for: no longer looked at */
static bool waits_for_raised, mask_ignored;

/* 0 when there is no more. */
static uint64_t take(struct input *input, size_t bytes)
{
	uint64_t value = 0;
	size_t there = bytes < input->size ? bytes : input->size;

	if (there)
		memcpy(&value, input->bytes, there);
	input->bytes += there;
	input->size -= there;
	return value;
}

/* A number in its short form: most registers are met by small ones, and by those with few bits. */
static uint64_t take_value(struct input *input)
{
	uint8_t form = (uint8_t)take(input, 1);

	switch (form & 7) {
	case 0:
		return form >> 3;
	case 1:
		return take(input, 1);
	case 2:
		return UINT64_C(1) << take(input, 1) % 64;
	case 3:
		return UINT64_MAX;
	case 4:
		return take(input, 4);
	case 5:
		return UINT64_C(0xfee00000) | take(input, 2);
	case 6:
		return UINT64_MAX << take(input, 1) % 64;
	default:
		return take(input, 8);
	}
}

/* The books, at any moment. */
static void check_books(void)
{
	const struct device_counters *counters = &device.counters;
	uint64_t waiting = 0, in_flight = 0, sampled = 0, requested = 0, ended = 0;

	for (unsigned int n = 0; n < device.options.ims; n++) {
		const struct device_slot *slot = &device.slots[n];

		waiting += slot->waiting + slot->pending;
		in_flight += slot->in_flight;
		requested += slot->requested;
		sampled += slot->sampled;
		ended += slot->acknowledged + slot->refused;
		fuzz_check(shadows[n].written || mask_ignored || !slot->sampled);
		fuzz_check(shadows[n].unmasked || mask_ignored || !slot->sampled);
	}
	fuzz_check(counters->requested ==
	           counters->sampled + counters->coalesced + counters->dropped + waiting);
	fuzz_check(counters->sampled == counters->acknowledged + counters->refused + in_flight);
	fuzz_check(counters->descriptors >= counters->completed + counters->lost);
	fuzz_check(counters->sent <= counters->sampled);
	fuzz_check(counters->requested == requested && counters->sampled == sampled);
	fuzz_check(counters->acknowledged + counters->refused == ended);
}

/* Whether a message may be sampled from `slot` as it now stands. */
static bool may_send(unsigned int slot)
{
	return !(device.slots[slot].entry.control & IMS_MASK) ||
	       (device.settings.misbehave & MISBEHAVE_MASK_IGNORED);
}

static uint64_t hash_bit(uint64_t value)
{
	return UINT64_C(1) << (value * UINT64_C(0x9e3779b97f4a7c15) >> 58);
}

static void note_words(unsigned int slot)
{
	const struct dsa_ims_entry *entry = &device.slots[slot].entry;

	shadows[slot].values[0] |= hash_bit(entry->address_lo);
	shadows[slot].values[1] |= hash_bit(entry->address_hi);
	shadows[slot].values[2] |= hash_bit(entry->data);
	if (!(entry->control & IMS_MASK))
		shadows[slot].unmasked = true;
}

static void check_message(const struct device_transaction *transaction)
{
	const struct shadow *shadow = &shadows[transaction->message.slot];
	uint32_t data;

	memcpy(&data, transaction->data, sizeof(data));
	fuzz_check(transaction->size == sizeof(data));
	fuzz_check(shadow->values[0] & hash_bit(transaction->address & UINT32_MAX));
	fuzz_check(shadow->values[1] & hash_bit(transaction->address >> 32));
	fuzz_check(shadow->values[2] & hash_bit(data));
}

static void check_turn(const struct device_transaction *transaction)
{
	bool found = table_count > sizeof(tables) / sizeof(tables[0]);

	for (unsigned int n = 0; !found && n < table_count; n++)
		found = transaction->address - tables[n].address < tables[n].size;
	fuzz_check(found); /* else it writes where the guest has something else */
}

static void put_pending(const struct device_action *action)
{
	const struct device_transaction *transaction = &device.transactions[action->id];

	fuzz_check(pending_count < PENDING_MAX);
	for (unsigned int n = 0; n < pending_count; n++)
		fuzz_check(pending[n].id != action->id); /* two that cannot be told apart */
	fuzz_check(action->size);
	fuzz_check(action->size <=
	           (action->what == DO_READ ? DEVICE_IMS_MAX * 8 : sizeof(action->data)));
	if (transaction->purpose == FOR_MESSAGE)
		check_message(transaction);
	if (transaction->purpose == FOR_TURN)
		check_turn(transaction);
	if (transaction->purpose == FOR_COMPLETION)
		fuzz_check(!(action->address % DSA_COMPLETION_ALIGN));
	pending[pending_count++] = (struct pending){
	        .id = action->id,
	        .size = action->what == DO_READ ? action->size : 0,
	};
}

/* One step; whether it did anything. */
static bool step(void)
{
	struct device_action action;
	uint64_t due = device_due(&device), sampled = device.counters.sampled;

	action = device_step(&device);
	fuzz_check(device.counters.sampled == sampled || may_send(device.sample.slot));
	/* Else the sender would sleep on. */
	fuzz_check(action.what == DO_WAIT || due <= device.now);
	switch (action.what) {
	case DO_WRITE:
	case DO_READ:
		put_pending(&action);
		break;
	case DO_RAISE_AND_WAIT:
		waits_for_raised = true;
		fuzz_check(action.vector == DEVICE_CARRIER);
		break;
	case DO_RAISE:
		fuzz_check(action.vector < DEVICE_VECTORS);
		break;
	case DO_WAIT:
		fuzz_check(action.wake > device.now);
		return false;
	default:
		break;
	}
	return true;
}

static void step_on(unsigned int steps)
{
	while (steps-- && !waits_for_raised && step()) {
		if (device.options.ims <= SLOTS_FEW)
			check_books();
	}
}

/* What is answered with too few bytes is not answered. */
static void reply(unsigned int which, int error, const uint8_t *bytes, size_t size)
{
	struct pending one = pending[which];
	bool needed = device.transactions[one.id].purpose == FOR_TURNS;

	if (device_replied(&device, one.id, error, bytes, size) == 0)
		pending[which] = pending[--pending_count];
	else
		fuzz_check(needed && !error && size < one.size);
}

static void take_reply(struct input *input)
{
	static uint8_t bytes[DEVICE_IMS_MAX * 8];
	unsigned int which = (unsigned int)take(input, 1);
	uint8_t how = (uint8_t)take(input, 1), fill = (uint8_t)take(input, 1);

	if (!pending_count)
		return;
	memset(bytes, fill, sizeof(bytes));
	which %= pending_count;
	reply(which, how % 4 == 1 ? EFAULT : 0, bytes,
	      how % 8 == 7 ? pending[which].size / 2 : pending[which].size);
}

static void take_stray_reply(struct input *input)
{
	uint16_t id = (uint16_t)take(input, 2);
	uint8_t bytes[32] = {0};

	for (unsigned int n = 0; n < pending_count; n++) {
		if (pending[n].id == id)
			return;
	}
	memcpy(&before, &device, sizeof(device));
	fuzz_check(device_replied(&device, id, 0, bytes, sizeof(bytes)) == -EPROTO);
	fuzz_check(!memcmp(&before, &device, sizeof(device)));
}

static void write_value(unsigned int region, uint64_t offset, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	if (offset + size > device_region_size(region))
		return;
	memcpy(bytes, &value, 8);
	device_write(&device, region, offset, bytes, size);
	for (size_t n = 0; region == REGION_BAR0 && n < size; n++) {
		uint64_t slot = (offset + n - BAR0_IMS) / sizeof(struct dsa_ims_entry);

		if (offset + n >= BAR0_IMS && slot < device.options.ims) {
			shadows[slot].written = true;
			note_words((unsigned int)slot);
		}
	}
}

/* What the last operation may have changed. */
static void look_at_settings(void)
{
	struct table table = {device.loop_address, 8ull * (device.loop_end - device.loop_start)};

	if (device.settings.misbehave & MISBEHAVE_MASK_IGNORED)
		mask_ignored = true;
	if (device.loop == LOOP_STOPPED || !table.address)
		return;
	if (table_count && table_count <= 16 && tables[table_count - 1].address == table.address &&
	    tables[table_count - 1].size == table.size)
		return;
	if (table_count < 16)
		tables[table_count] = table;
	if (table_count <= 16)
		table_count++;
}

static const uint8_t regions[] = {REGION_BAR0, REGION_BAR2, REGION_BAR4, REGION_CONFIG};

static void take_write(struct input *input)
{
	unsigned int region = regions[take(input, 1) % sizeof(regions)];
	uint64_t offset = take(input, 3) % device_region_size(region);

	write_value(region, offset, take_value(input), 1 + take(input, 1) % 8);
}

/* A read changes nothing, and tells the same again. */
static void take_read(struct input *input)
{
	unsigned int region = regions[take(input, 1) % sizeof(regions)];
	uint64_t offset = take(input, 3) % device_region_size(region);
	size_t size = 1 + take(input, 1) % 64;
	uint8_t bytes[64], again[64];

	if (offset + size > device_region_size(region))
		return;
	memcpy(&before, &device, sizeof(device));
	device_read(&device, region, offset, bytes, size);
	fuzz_check(!memcmp(&before, &device, sizeof(device)));
	device_read(&device, region, offset, again, size);
	fuzz_check(!memcmp(bytes, again, size));
}

static void take_register_write(struct input *input)
{
	static const uint16_t offsets[] = {DSA_GENCFG,
	                                   DSA_GENCTRL,
	                                   DSA_INTCAUSE,
	                                   DSA_CMD,
	                                   DSA_SWERR,
	                                   BAR0_GRPCFG,
	                                   BAR0_GRPCFG + GRPCFG_ENGINES,
	                                   BAR0_WQCFG,
	                                   BAR0_WQCFG + WQCFG_MODE,
	                                   BAR0_WQCFG + WQCFG_LIMITS};
	uint8_t which = (uint8_t)take(input, 1);

	write_value(REGION_BAR0, offsets[which % 10], take_value(input), which & 0x80 ? 8 : 4);
}

static void command(unsigned int number, uint32_t operand)
{
	write_value(REGION_BAR0, DSA_CMD, field_set(CMD_COMMAND, number) | (operand & CMD_OPERAND),
	            4);
}

static void take_command(struct input *input)
{
	uint8_t number = (uint8_t)take(input, 1);

	command(number % 32, (uint32_t)take_value(input));
}

static void take_slot_write(struct input *input)
{
	unsigned int slot = (unsigned int)(take(input, 2) % device.options.ims);
	uint8_t word = (uint8_t)take(input, 1);

	write_value(REGION_BAR0, BAR0_IMS + 16ull * slot + word % 4 * 4, take_value(input),
	            word & 0x80 ? 8 : 4);
}

static void take_control_write(struct input *input)
{
	uint8_t offset = (uint8_t)take(input, 1);

	write_value(REGION_BAR4, offset & ~3u, take_value(input), offset & 1 ? 8 : 4);
}

/* By what a driver does: on, one WQ, its slots' handles. */
static void set_up(uint8_t how)
{
	write_value(REGION_CONFIG, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	write_value(REGION_BAR0, BAR0_GRPCFG, 1, 8);
	write_value(REGION_BAR0, BAR0_GRPCFG + GRPCFG_ENGINES, 1, 8);
	write_value(REGION_BAR0, BAR0_WQCFG + WQCFG_SIZE, 1u + how % 128, 4);
	write_value(REGION_BAR0, BAR0_WQCFG + WQCFG_MODE,
	            WQCFG_MODE_DEDICATED | field_set(WQCFG_PRIORITY, 1), 4);
	command(COMMAND_ENABLE_DEVICE, 0);
	command(COMMAND_ENABLE_WQ, 0);
	for (unsigned int n = 0; n < 4; n++) {
		command(COMMAND_REQUEST_INTERRUPT_HANDLE, (uint32_t)OPERAND_TABLE_IMS | n);
		command(COMMAND_REQUEST_INTERRUPT_HANDLE, n);
		if (n >= device.options.ims || !(how & 0x80))
			continue;
		write_value(REGION_BAR0, BAR0_IMS + 16 * n, 0xfee00000, 8);
		write_value(REGION_BAR0, BAR0_IMS + 16 * n + DSA_IMS_DATA, 32 + n, 8);
	}
}

static void take_descriptor(struct input *input)
{
	uint8_t where = (uint8_t)take(input, 1), what = (uint8_t)take(input, 1);
	struct dsa_descriptor descriptor = {
	        .flags = (uint32_t)(what & 0x80 ? take(input, 4)
	                                        : (FLAG_COMPLETION_ADDRESS_VALID |
	                                           FLAG_REQUEST_COMPLETION) *
	                                                          (what & 1) |
	                                                  FLAG_REQUEST_INTERRUPT * (what >> 1 & 1)),
	        .interrupt_handle =
	                (uint16_t)(what & 4 ? take(input, 2) : 0x4000 | (what >> 4 & 3)),
	        .completion = what & 8 ? take_value(input) : 0x1000,
	};
	uint64_t offset = (where & 1 ? where * 0x1000ull : PORTAL_UNLIMITED_IMS) % BAR2_SIZE;

	if (what & 0x40) {
		descriptor.pasid = (uint32_t)take_value(input);
		descriptor.source = take_value(input);
		descriptor.reserved = (uint16_t)take_value(input);
	}
	device_write(&device, REGION_BAR2, offset, (const uint8_t *)&descriptor,
	             where & 2 ? 64 : 8 * (1 + where / 4 % 8));
}

static void reset(void)
{
	device_reset(&device);
	waits_for_raised = false;
}

static void operate(struct input *input)
{
	switch (take(input, 1) % 16) {
	case 0:
		take_write(input);
		break;
	case 1:
		take_read(input);
		break;
	case 2:
		take_register_write(input);
		break;
	case 3:
		take_command(input);
		break;
	case 4:
		take_slot_write(input);
		break;
	case 5:
		take_control_write(input);
		break;
	case 6:
	case 7:
		take_descriptor(input);
		break;
	case 8:
		set_up((uint8_t)take(input, 1));
		break;
	case 9:
	case 10:
		step_on(1 + take(input, 1) % 64);
		break;
	case 11:
		take_reply(input);
		break;
	case 12:
		device.now += take_value(input) % WAIT_MAX;
		break;
	case 13:
		take_stray_reply(input);
		break;
	case 14:
		device_set_vector(&device, (unsigned int)take(input, 1) % DEVICE_VECTORS,
		                  take(input, 1) & 1);
		break;
	default:
		if (waits_for_raised) {
			waits_for_raised = false;
			device_raised(&device, take(input, 1) & 1);
		} else if (take(input, 1) == 0xff) {
			reset();
		}
		break;
	}
}

/* With the loop stopped and all replied to, everything comes to an end. */
static void come_to_rest(void)
{
	uint8_t zeros[DEVICE_IMS_MAX * 8] = {0};
	unsigned int rounds = 0;

	write_value(REGION_BAR4, DSA_MODEL_LOOP, 0, 4);
	while (device_outstanding(&device)) {
		fuzz_check(rounds++ < ROUNDS_MAX);
		if (waits_for_raised) {
			waits_for_raised = false;
			device_raised(&device, true);
		}
		step_on(STEPS_MAX);
		while (pending_count)
			reply(0, 0, zeros, pending[0].size);
		device.now += UINT64_C(100000000);
		check_books();
	}
	fuzz_check(device.counters.descriptors == device.counters.completed + device.counters.lost);
	fuzz_check(device.counters.sampled ==
	           device.counters.acknowledged + device.counters.refused);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const unsigned int entries[] = {16, 1, 2, 3, 16, 4, 300, DEVICE_IMS_MAX};
	struct input input = {bytes, size};
	struct device_options options = {0};

	options.ims = entries[take(&input, 1) % 8];
	options.handles = (unsigned int)take(&input, 1) % (options.ims + 1);
	options.settings.lose_every = (uint32_t)take(&input, 1);
	memset(shadows, 0, sizeof(shadows));
	for (unsigned int n = 0; n < DEVICE_IMS_MAX; n++)
		shadows[n].values[0] = shadows[n].values[1] = shadows[n].values[2] = hash_bit(0);
	pending_count = table_count = 0;
	waits_for_raised = mask_ignored = false;
	device_init(&device, &options);
	while (input.size) {
		operate(&input);
		look_at_settings();
		check_books();
	}
	come_to_rest();
	return 0;
}
