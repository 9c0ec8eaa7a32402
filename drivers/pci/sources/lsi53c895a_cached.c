// SPDX-License-Identifier: MIT
/*
 * A slot in queue memory of which the chip has a copy: its program sends from the copy, in SCRIPT
 * RAM, and brings that up to date only then, for the next time.
 *
 *     fire        the first one: refresh
 *                 send the message from the copy
 *     refresh     copy.address = slot.address
 *                 copy.data = slot.data
 *
 * So what the driver writes takes effect one message late. Two kinds of device are like that, and
 * differ in one thing:
 *   - ims-posted: what is written waits on its way, as a posted write does, and the store's flush
 *     forces it to arrive: it runs the program from `refresh` on. This keeps the contract of
 *     kernel/irq/store.h, and what follows it is safe.
 *   - ims-cached: the device knows no way to be told. A read of one of its registers, which is all
 *     that a driver can do, changes nothing about the copy. This breaks the contract.
 *
 * The refresh reads the address first and then the data, and a protocol changes the data first, so
 * that a refresh amid the two steps of Linux's protocol never makes a pair {new, o}. Program and
 * copy change themselves in SCRIPT RAM: prefetch is off (lsi53c895a.c).
 */
#include "drivers/pci/sources/lsi53c895a.h"
#include "kernel/mmio.h"

struct cached_script {
	uint32_t start[2]; /* a jump to `load`, which turns it into one to `send` */
	uint32_t load[2][3], loaded[3];
	uint32_t send[3]; /* its third word: the address in the copy */
	uint32_t refresh[2][3];
	uint32_t end[2];
	uint32_t data; /* in the copy */
	uint32_t send_address;
};
_Static_assert(sizeof(struct cached_script) <= LSI_SLOT_WORDS * sizeof(uint32_t), "fits its slot");

/* What the driver sees, in host memory. */
struct cached_slot {
	uint32_t address;
	uint32_t data;
};

static void put_refresh(volatile uint32_t (*moves)[3], volatile struct cached_script *script,
                        const volatile struct cached_slot *memory)
{
	lsi_put_move(moves[0], &memory->address, &script->send[2]);
	lsi_put_move(moves[1], &memory->data, &script->data);
}

static void set_up_cached(struct lsi_slot *slot)
{
	volatile struct cached_script *script = (volatile struct cached_script *)lsi_ram_of(slot);
	volatile struct cached_slot *memory = (volatile struct cached_slot *)lsi_queue_of(slot);

	lsi_put(script->start, SCRIPTS_JUMP, lsi_bus_address(script->load));
	put_refresh(script->load, script, memory);
	lsi_put_move(script->loaded, &script->send_address, &script->start[1]);
	lsi_put_move(script->send, &script->data, &script->data);
	put_refresh(script->refresh, script, memory);
	lsi_put(script->end, SCRIPTS_INTERRUPT, slot->number);
	mmio_write32(&script->send_address, lsi_bus_address(script->send));
	mmio_write32(&memory->address, lsi_bus_address(&script->data));
	ims_store_init(&slot->ims, &memory->address, &memory->data,
	               (volatile uint32_t *)(slot->lsi->registers + LSI_ISTAT0));
	slot->fire = lsi_bus_address(script);
	slot->serve = lsi_bus_address(script->refresh);
}

static void posted_flush(struct message_store *store)
{
	const struct lsi_slot *slot = (const struct lsi_slot *)store; /* its first member's first */

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	lsi_run(slot->lsi, slot->serve);
}

static const struct message_store_ops posted_ops = {
        .read = ims_read,
        .write = ims_write,
        .flush = posted_flush,
};

static void set_up_posted(struct lsi_slot *slot)
{
	set_up_cached(slot);
	slot->ims.store.ops = &posted_ops;
}

const struct lsi_kind lsi_posted = {.name = "ims-posted", .caches = true, .setup = set_up_posted};
const struct lsi_kind lsi_cached = {.name = "ims-cached", .caches = true, .setup = set_up_cached};
