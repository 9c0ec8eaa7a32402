// SPDX-License-Identifier: MIT
#include "tests/fuzz/dsa_watch.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define STEPS_MAX  4096    /* in a row that need nothing from outside: more is a hang */
#define ROUNDS_MAX 2000000 /* until all has come to rest */
#define SLOTS_FEW  16      /* to be looked at after each step */
#define TABLES_MAX 16

/* What the fuzzer itself knows of a slot. */
struct shadow {
	bool written, unmasked; /* ever */
	uint64_t values[3];     /* that its words ever had: one bit for each hash of one */
};

/* Where the loop may hand turns back. */
struct table {
	uint64_t address, size;
};

struct device watch_device;
struct watch_pending watch_pending[WATCH_PENDING_MAX];
unsigned int watch_pending_count;
bool watch_waits;

static struct shadow shadows[DEVICE_IMS_MAX];
static struct table tables[TABLES_MAX];
static unsigned int table_count; /* more than there is room for: no longer looked at */
static bool mask_ignored;        /* ever */

/* The books, at any moment. */
static void check_books(void)
{
	const struct device_counters *counters = &watch_device.counters;
	uint64_t waiting = 0, in_flight = 0, sampled = 0, requested = 0, ended = 0;

	for (unsigned int n = 0; n < watch_device.options.ims; n++) {
		const struct device_slot *slot = &watch_device.slots[n];

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
	return !(watch_device.slots[slot].entry.control & IMS_MASK) ||
	       (watch_device.settings.misbehave & MISBEHAVE_MASK_IGNORED);
}

static uint64_t hash_bit(uint64_t value)
{
	return UINT64_C(1) << (value * UINT64_C(0x9e3779b97f4a7c15) >> 58);
}

static void note_words(unsigned int slot)
{
	const struct dsa_ims_entry *entry = &watch_device.slots[slot].entry;

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
	bool found = table_count > TABLES_MAX;

	for (unsigned int n = 0; !found && n < table_count; n++)
		found = transaction->address - tables[n].address < tables[n].size;
	fuzz_check(found); /* else it writes where the guest has something else */
}

static void put_pending(const struct device_action *action)
{
	const struct device_transaction *transaction = &watch_device.transactions[action->id];

	fuzz_check(watch_pending_count < WATCH_PENDING_MAX);
	for (unsigned int n = 0; n < watch_pending_count; n++)
		fuzz_check(watch_pending[n].id != action->id); /* two that cannot be told apart */
	fuzz_check(action->size);
	fuzz_check(action->size <=
	           (action->what == DO_READ ? WATCH_READ_MAX : sizeof(action->data)));
	if (transaction->purpose == FOR_MESSAGE)
		check_message(transaction);
	if (transaction->purpose == FOR_TURN)
		check_turn(transaction);
	if (transaction->purpose == FOR_COMPLETION)
		fuzz_check(!(action->address % DSA_COMPLETION_ALIGN));
	watch_pending[watch_pending_count++] = (struct watch_pending){
	        .id = action->id,
	        .size = action->what == DO_READ ? action->size : 0,
	};
}

/* One step; whether it did anything. */
static bool step(void)
{
	struct device_action action;
	uint64_t due = device_due(&watch_device), sampled = watch_device.counters.sampled;

	action = device_step(&watch_device);
	fuzz_check(watch_device.counters.sampled == sampled || may_send(watch_device.sample.slot));
	/* Else the sender would sleep on. */
	fuzz_check(action.what == DO_WAIT || due <= watch_device.now);
	switch (action.what) {
	case DO_WRITE:
	case DO_READ:
		put_pending(&action);
		break;
	case DO_RAISE_AND_WAIT:
		watch_waits = true;
		fuzz_check(action.vector == DEVICE_CARRIER);
		break;
	case DO_RAISE:
		fuzz_check(action.vector < DEVICE_VECTORS);
		break;
	case DO_WAIT:
		fuzz_check(action.wake > watch_device.now);
		return false;
	default:
		break;
	}
	return true;
}

void watch_steps(unsigned int steps)
{
	while (steps-- && !watch_waits && step()) {
		if (watch_device.options.ims <= SLOTS_FEW)
			check_books();
	}
}

/* What is answered with too few bytes is not answered. */
void watch_reply(unsigned int which, int error, const uint8_t *bytes, size_t size)
{
	struct watch_pending one = watch_pending[which];
	bool needed = watch_device.transactions[one.id].purpose == FOR_TURNS;

	if (device_replied(&watch_device, one.id, error, bytes, size) == 0)
		watch_pending[which] = watch_pending[--watch_pending_count];
	else
		fuzz_check(needed && !error && size < one.size);
}

void watch_write(unsigned int region, uint64_t offset, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	if (offset + size > device_region_size(region))
		return;
	memcpy(bytes, &value, 8);
	device_write(&watch_device, region, offset, bytes, size);
	for (size_t n = 0; region == REGION_BAR0 && n < size; n++) {
		uint64_t slot = (offset + n - BAR0_IMS) / sizeof(struct dsa_ims_entry);

		if (offset + n >= BAR0_IMS && slot < watch_device.options.ims) {
			shadows[slot].written = true;
			note_words((unsigned int)slot);
		}
	}
}

/* Whether it has begun anew, elsewhere. */
static void look_at_loop(void)
{
	struct table table = {watch_device.loop_address,
	                      8ull * (watch_device.loop_end - watch_device.loop_start)};

	if (watch_device.loop == LOOP_STOPPED || !table.address)
		return;
	if (table_count && table_count <= TABLES_MAX &&
	    tables[table_count - 1].address == table.address &&
	    tables[table_count - 1].size == table.size)
		return;
	if (table_count < TABLES_MAX)
		tables[table_count] = table;
	if (table_count <= TABLES_MAX)
		table_count++;
}

void watch_check(void)
{
	if (watch_device.settings.misbehave & MISBEHAVE_MASK_IGNORED)
		mask_ignored = true;
	look_at_loop();
	check_books();
}

void watch_raised(bool seen)
{
	watch_waits = false;
	device_raised(&watch_device, seen);
}

void watch_reset(void)
{
	watch_waits = false;
	device_reset(&watch_device);
}

void watch_start(const struct device_options *options)
{
	memset(shadows, 0, sizeof(shadows));
	for (unsigned int n = 0; n < DEVICE_IMS_MAX; n++)
		shadows[n].values[0] = shadows[n].values[1] = shadows[n].values[2] = hash_bit(0);
	watch_pending_count = table_count = 0;
	watch_waits = mask_ignored = false;
	device_init(&watch_device, options);
}

void watch_come_to_rest(void)
{
	uint8_t zeros[WATCH_READ_MAX] = {0};
	unsigned int rounds = 0;

	watch_write(REGION_BAR4, DSA_MODEL_LOOP, 0, 4);
	while (device_outstanding(&watch_device)) {
		fuzz_check(rounds++ < ROUNDS_MAX);
		if (watch_waits)
			watch_raised(true);
		watch_steps(STEPS_MAX);
		while (watch_pending_count)
			watch_reply(0, 0, zeros, watch_pending[0].size);
		watch_device.now += UINT64_C(100000000);
		check_books();
	}
	fuzz_check(watch_device.counters.descriptors ==
	           watch_device.counters.completed + watch_device.counters.lost);
	fuzz_check(watch_device.counters.sampled ==
	           watch_device.counters.acknowledged + watch_device.counters.refused);
}
