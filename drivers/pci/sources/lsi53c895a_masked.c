// SPDX-License-Identifier: MIT
/*
 * A slot with a mask bit and a pending bit, as the entries of Intel's Data Streaming Accelerator
 * have them: address, data and a control word. The chip has no such bits; the slot's program makes
 * them, in SCRIPT RAM:
 *
 *     fire      masked? then set pending, and that is all
 *               else send the message
 *     unmask    clear mask; pending? then clear that and send the message
 *
 * Mask and pending are bytes of their own, so that the CPU can set the one while the chip sets the
 * other. The CPU sets the mask by a store, and has the chip clear it: as the chip runs one program
 * at a time, no fire comes between the unmask's look at the pending bit and its message.
 */
#include <stddef.h>

#include "drivers/pci/sources/lsi53c895a.h"
#include "kernel/mmio.h"

/* The bytes of the control word, and the bit of each. */
#define MASK_BYTE    0
#define PENDING_BYTE 1
#define SET          1

#define SCRATCHA(byte) (LSI_SCRATCHA + (byte))

struct masked_script {
	struct {
		uint32_t load_control[2], look_at_mask[2], jump_if_masked[2];
		uint32_t send[3], sent[2];
		uint32_t set_pending[2], store_pending[2], held_back[2];
	} fire;
	struct {
		uint32_t clear_mask[2], store_mask[2];
		uint32_t load_control[2], look_at_pending[2], end_unless_pending[2];
		uint32_t clear_pending[2], store_pending[2], jump_to_send[2];
	} unmask;
	uint32_t data;
	uint32_t control;
};
_Static_assert(sizeof(struct masked_script) <= LSI_SLOT_WORDS * sizeof(uint32_t), "fits its slot");
_Static_assert(offsetof(struct masked_script, unmask) == 17 * sizeof(uint32_t), "no gaps");

static struct lsi_slot *slot_of(struct message_store *store)
{
	return (struct lsi_slot *)store; /* its first member's first */
}

static volatile uint8_t *control_byte(struct message_store *store, unsigned int byte)
{
	return (volatile uint8_t *)slot_of(store)->control + byte;
}

/*
 * A program that is under way may have looked at the mask before it was set, and not have sent yet;
 * so this waits for its end.
 */
static void masked_flush(struct message_store *store)
{
	lsi_flush_chip(slot_of(store)->lsi);
}

static void masked_mask(struct message_store *store)
{
	mmio_write8(control_byte(store, MASK_BYTE), SET);
}

/* A chip that no longer ends its programs refuses to fire, too, and that is noticed. */
static void masked_unmask(struct message_store *store)
{
	lsi_run(slot_of(store)->lsi, slot_of(store)->serve);
}

static bool masked_pending(struct message_store *store)
{
	return mmio_read8(control_byte(store, PENDING_BYTE)) & SET;
}

static void masked_write_control(struct message_store *store, uint32_t value)
{
	mmio_write32(slot_of(store)->control, value);
}

static const struct message_store_ops masked_ops = {
        .read = ims_read,
        .write = ims_write,
        .flush = masked_flush,
        .mask = masked_mask,
        .unmask = masked_unmask,
        .pending = masked_pending,
        .write_control = masked_write_control,
};

static void write_fire(volatile struct masked_script *script, uint32_t control, uint32_t tag)
{
	lsi_put(script->fire.load_control, SCRIPTS_LOAD(LSI_SCRATCHA, 4), control);
	lsi_put(script->fire.look_at_mask, SCRIPTS_BITS_TO_SFBR(SCRATCHA(MASK_BYTE), SET), 0);
	lsi_put(script->fire.jump_if_masked, SCRIPTS_JUMP_IF(SET),
	        lsi_bus_address(script->fire.set_pending));
	lsi_put_move(script->fire.send, &script->data, &script->data);
	lsi_put(script->fire.sent, SCRIPTS_INTERRUPT, tag);
	lsi_put(script->fire.set_pending, SCRIPTS_SET(SCRATCHA(PENDING_BYTE), SET), 0);
	lsi_put(script->fire.store_pending, SCRIPTS_STORE(SCRATCHA(PENDING_BYTE), 1),
	        control + PENDING_BYTE);
	lsi_put(script->fire.held_back, SCRIPTS_INTERRUPT, tag);
}

static void write_unmask(volatile struct masked_script *script, uint32_t control, uint32_t tag)
{
	lsi_put(script->unmask.clear_mask, SCRIPTS_SET(SCRATCHA(MASK_BYTE), 0), 0);
	lsi_put(script->unmask.store_mask, SCRIPTS_STORE(SCRATCHA(MASK_BYTE), 1),
	        control + MASK_BYTE);
	lsi_put(script->unmask.load_control, SCRIPTS_LOAD(LSI_SCRATCHA, 4), control);
	lsi_put(script->unmask.look_at_pending, SCRIPTS_BITS_TO_SFBR(SCRATCHA(PENDING_BYTE), SET),
	        0);
	lsi_put(script->unmask.end_unless_pending, SCRIPTS_INTERRUPT_UNLESS(SET), tag);
	lsi_put(script->unmask.clear_pending, SCRIPTS_SET(SCRATCHA(PENDING_BYTE), 0), 0);
	lsi_put(script->unmask.store_pending, SCRIPTS_STORE(SCRATCHA(PENDING_BYTE), 1),
	        control + PENDING_BYTE);
	lsi_put(script->unmask.jump_to_send, SCRIPTS_JUMP, lsi_bus_address(script->fire.send));
}

/* Masked at first, as a slot that nobody has taken. */
static void set_up_masked(struct lsi_slot *slot)
{
	volatile struct masked_script *script = (volatile struct masked_script *)lsi_ram_of(slot);
	uint32_t control = lsi_bus_address(&script->control);

	write_fire(script, control, slot->number);
	write_unmask(script, control, slot->number);
	mmio_write32(&script->control, SET << 8 * MASK_BYTE);
	ims_store_init(&slot->ims, &script->fire.send[2], &script->data,
	               (volatile uint32_t *)(slot->lsi->registers + LSI_ISTAT0));
	slot->ims.store.ops = &masked_ops;
	slot->control = &script->control;
	slot->fire = lsi_bus_address(&script->fire);
	slot->serve = lsi_bus_address(&script->unmask);
}

const struct lsi_kind lsi_masked = {.name = "ims-masked", .setup = set_up_masked};
