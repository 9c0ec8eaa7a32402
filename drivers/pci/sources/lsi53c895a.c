// SPDX-License-Identifier: MIT
/*
 * The LSI53C895A SCSI controller as interrupt message storage. Its SCRIPTS processor runs small
 * programs from its own RAM or from host memory, and one instruction, Memory Move, copies four
 * bytes from anywhere to anywhere. A program that moves a data word to an address at fee00000h
 * sends an interrupt message, and the two operands are the message store, as free of rules as any
 * IMS. Nothing touches the SCSI bus.
 *
 * What is cited is the LSI53C895A PCI to Ultra2 SCSI Controller Technical Manual, version 2.2.
 *
 * What the store can show: the chip fetches an instruction, its address operand and then the data,
 * in this order, so between the fetches of one fire a mover can change one operand or both.
 *   - QEMU fetches word by word inside the register write that starts the program. SCRIPT RAM is
 *     registers to it: the CPU's stores wait until the program has ended, and a fire is torn only
 *     when it falls between two stores. Host RAM it reads while other CPUs write, so there the
 *     operands of one fire can differ in age either way.
 *   - Silicon fetches the instruction in bursts, ahead if prefetch is on, and the data much later
 *     through its DMA FIFO. open() turns prefetch off; the start of a program flushes it anyway
 *     (chapter 2, "Prefetching SCRIPTS Instructions"), so no fire uses operands older than itself.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stddef.h>

#include "drivers/pci/sources/lsi53c895a.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

#define LSI_VENDOR        0x1000
#define LSI_DEVICE        0x0012
#define LSI_REGISTERS_BAR 1
#define LSI_RAM_BAR       2
#define LSI_TIMEOUT_US    1000000

/* One slot: the program and, behind it, the data it moves. */
struct script {
	uint32_t send[3];      /* of `data`; its third word is the message's address */
	uint32_t interrupt[2]; /* its second one, the slot's number, appears in register DSPS */
	uint32_t data;         /* the message's data */
};
_Static_assert(sizeof(struct script) <= LSI_SLOT_WORDS * sizeof(uint32_t), "fits its slot");

/* Registers that must have certain bits clear while this driver has the chip. */
static const struct {
	uint8_t offset;
	uint8_t clear;
	uint8_t restore; /* the bits that are written back in the end */
} quiet_bytes[] = {
        {LSI_DIEN, 0xff, 0xff},
        {LSI_SIEN0, 0xff, 0xff},
        {LSI_SIEN1, 0xff, 0xff},
        {LSI_DMODE, 0xff, 0xff},
        {LSI_DCNTL, DCNTL_PFF | DCNTL_PFEN | DCNTL_SSM | DCNTL_STD,
         0xff & ~(DCNTL_PFF | DCNTL_STD)},
};
/* The scratch registers only so that they are given back: programs work with them. */
static const uint8_t quiet_words[] = {LSI_MMRS,     LSI_MMWS,     LSI_SFS,      LSI_SCRATCHA,
                                      LSI_SCRATCHC, LSI_SCRATCHD, LSI_SCRATCHE, LSI_SCRATCHF};

_Static_assert(sizeof(quiet_bytes) == LSI_QUIET_BYTES * sizeof(quiet_bytes[0]), "room to save");
_Static_assert(sizeof(quiet_words) == LSI_QUIET_WORDS, "room to save");

/*
 * Whether the chip may be taken: no program running and no dialogue on the SCSI bus. What a
 * firmware driver left in the status registers is read away, or it would stop our programs.
 */
static int lsi_check_idle(struct lsi *lsi)
{
	if (mmio_read8(lsi->registers + LSI_ISTAT1) & ISTAT1_SRUN)
		return -EBUSY;
	if (mmio_read8(lsi->registers + LSI_ISTAT0) & ISTAT0_CON)
		return -EBUSY;
	if (mmio_read8(lsi->registers + LSI_SCNTL1) & SCNTL1_CON)
		return -EBUSY;
	mmio_read8(lsi->registers + LSI_SIST0);
	mmio_read8(lsi->registers + LSI_SIST1);
	mmio_read8(lsi->registers + LSI_DSTAT);
	if (mmio_read8(lsi->registers + LSI_ISTAT0) & (ISTAT0_SIP | ISTAT0_DIP))
		return -EIO;
	return 0;
}

static void lsi_quiet(struct lsi *lsi)
{
	for (unsigned int n = 0; n < LSI_QUIET_BYTES; n++) {
		volatile uint8_t *byte = lsi->registers + quiet_bytes[n].offset;

		lsi->bytes[n] = mmio_read8(byte);
		mmio_write8(byte, lsi->bytes[n] & ~quiet_bytes[n].clear);
	}
	for (unsigned int n = 0; n < LSI_QUIET_WORDS; n++) {
		lsi->words[n] = mmio_read32(lsi->registers + quiet_words[n]);
		mmio_write32(lsi->registers + quiet_words[n], 0);
	}
}

static void lsi_restore(struct lsi *lsi)
{
	for (unsigned int n = 0; n < LSI_QUIET_WORDS; n++)
		mmio_write32(lsi->registers + quiet_words[n], lsi->words[n]);
	for (unsigned int n = 0; n < LSI_QUIET_BYTES; n++)
		mmio_write8(lsi->registers + quiet_bytes[n].offset,
		            lsi->bytes[n] & quiet_bytes[n].restore);
}

/* Until a slot holds a message it copies its data word onto itself. */
static void write_script(struct lsi_slot *slot, volatile struct script *script)
{
	lsi_put_move(script->send, &script->data, &script->data);
	lsi_put(script->interrupt, SCRIPTS_INTERRUPT, slot->number);
	ims_store_init(&slot->ims, &script->send[2], &script->data,
	               (volatile uint32_t *)(slot->lsi->registers + LSI_ISTAT0));
	slot->fire = lsi_bus_address(script);
}

static void in_device_memory(struct lsi_slot *slot)
{
	write_script(slot, (volatile struct script *)lsi_ram_of(slot));
	slot->lsi->loop = (volatile struct loop *)(slot->lsi->ram + LSI_LOOP_OFFSET);
}

static void in_queue_memory(struct lsi_slot *slot)
{
	write_script(slot, (volatile struct script *)lsi_queue_of(slot));
	slot->lsi->loop = (volatile struct loop *)(slot->lsi->queue + LSI_LOOP_OFFSET);
}

static const struct lsi_kind lsi_device = {
        .name = "ims-device", .loops = true, .setup = in_device_memory};
static const struct lsi_kind lsi_queue = {
        .name = "ims-queue", .loops = true, .setup = in_queue_memory};
static const struct lsi_kind *const kinds[LSI_KINDS] = {&lsi_device, &lsi_queue, &lsi_masked,
                                                        &lsi_posted, &lsi_cached};

static void lsi_set_up_slots(struct lsi *lsi, const struct lsi_kind *kind)
{
	for (unsigned int n = 0; n < LSI_RAM_WORDS; n++)
		lsi->ram_words[n] = mmio_read32(&lsi->ram[n]);
	for (unsigned int n = 0; n < LSI_SLOTS; n++) {
		lsi->slots[n] = (struct lsi_slot){.lsi = lsi, .number = n};
		kind->setup(&lsi->slots[n]);
	}
}

static int lsi_open(struct source *source)
{
	struct lsi *lsi = source->device;
	int error;

	if (lsi->open)
		return -EBUSY;
	lsi->command = pci_enable(lsi->function);
	if (mmio_read32(lsi->registers + LSI_ISTAT0) == UINT32_MAX)
		error = source_drop(source, -EIO, "its registers read as all ones",
		                    "whether it is idle", 0);
	else
		error = lsi_check_idle(lsi);
	if (error) {
		pci_restore(lsi->function, lsi->command);
		return error;
	}
	/* Silicon is PCI 2.2 and ignores INTx Disable; the cleared DIEN and SIEN do it there. */
	pci_write16(lsi->function, PCI_COMMAND,
	            pci_read16(lsi->function, PCI_COMMAND) | PCI_COMMAND_INTX_DISABLE);
	lsi_quiet(lsi);
	lsi_set_up_slots(lsi, kinds[source - lsi->sources]);
	lsi->running = false;
	lsi->open = source;
	return 0;
}

/* One 32-bit write: the chip starts on the last byte and must have the others by then. */
void lsi_start(struct lsi *lsi, uint32_t address)
{
	lsi->running = true;
	mmio_write32(lsi->registers + LSI_DSP, address);
}

int lsi_finish(struct lsi *lsi, uint64_t timeout_us, uint8_t *reason)
{
	struct deadline deadline = deadline_in_us(timeout_us);
	uint8_t status;

	do {
		status = mmio_read8(lsi->registers + LSI_ISTAT0);
		if (status & ISTAT0_SIP) /* someone reset the SCSI bus under us */
			return -EIO;
		if (status & ISTAT0_DIP) {
			*reason = mmio_read8(lsi->registers + LSI_DSTAT) & DSTAT_REASONS;
			lsi->running = false;
			return 0;
		}
	} while (!deadline_passed(&deadline));
	return -ETIMEDOUT;
}

/* Also where somebody else had the chip meanwhile: a guest (drivers/pci/assign.h). */
static bool lsi_is_running(const struct lsi *lsi)
{
	return lsi->running || mmio_read8(lsi->registers + LSI_ISTAT1) & ISTAT1_SRUN;
}

/*
 * For a program that did not end, which none of ours should: told to, and then reset, since one
 * that waits for the SCSI bus goes on waiting otherwise.
 */
static void lsi_stop(struct lsi *lsi)
{
	uint8_t reason;

	mmio_write8(lsi->registers + LSI_ISTAT0, ISTAT0_ABRT);
	lsi_finish(lsi, LSI_TIMEOUT_US, &reason);
	mmio_write8(lsi->registers + LSI_ISTAT0, ISTAT0_SRST);
	mmio_write8(lsi->registers + LSI_ISTAT0, 0);
	lsi->running = false;
}

static void lsi_close(struct source *source)
{
	struct lsi *lsi = source->device;

	if (lsi_is_running(lsi))
		lsi_stop(lsi);
	for (unsigned int n = 0; n < LSI_RAM_WORDS; n++)
		mmio_write32(&lsi->ram[n], lsi->ram_words[n]);
	lsi_restore(lsi);
	pci_restore(lsi->function, lsi->command);
	lsi->open = NULL;
}

static struct message_store *lsi_store(struct source *source, unsigned int slot)
{
	struct lsi *lsi = source->device;

	return &lsi->slots[slot].ims.store;
}

/* The chip's lock is held. */
static int run(struct lsi *lsi, uint32_t address)
{
	uint8_t reason;
	int error;

	if (lsi->running)
		return -EBUSY;
	lsi_start(lsi, address);
	error = lsi_finish(lsi, LSI_TIMEOUT_US, &reason);
	if (error)
		return error;
	return reason == DSTAT_SIR ? 0 : -EIO;
}

/*
 * With interrupts off: a protocol that is called to this CPU may have to run a program, too, and
 * would wait for ever for the one that it interrupted.
 */
int lsi_run(struct lsi *lsi, uint32_t address)
{
	uint64_t flags = spin_lock_irqsave(&lsi->lock);
	int error = run(lsi, address);

	spin_unlock_irqrestore(&lsi->lock, flags);
	return error;
}

static int lsi_fire(struct source *source, unsigned int slot)
{
	struct lsi *lsi = source->device;
	int error = source->dropped ? -EIO : lsi_run(lsi, lsi->slots[slot].fire);

	if (error != -ETIMEDOUT)
		return error;
	return source_drop(source, error, "it did not answer", "to run a program", LSI_TIMEOUT_US);
}

/* The answer to a read comes back behind the messages sent before it. */
void lsi_flush_chip(struct lsi *lsi)
{
	uint64_t flags = spin_lock_irqsave(&lsi->lock);

	mmio_read32(lsi->registers + LSI_ISTAT0);
	spin_unlock_irqrestore(&lsi->lock, flags);
}

static void lsi_flush(struct source *source)
{
	lsi_flush_chip(source->device);
}

static const struct source_ops lsi_ops = {
        .open = lsi_open,
        .close = lsi_close,
        .store = lsi_store,
        .fire = lsi_fire,
        .flush = lsi_flush,
};

static const struct source_ops lsi_looping_ops = {
        .open = lsi_open,
        .close = lsi_close,
        .store = lsi_store,
        .fire = lsi_fire,
        .flush = lsi_flush,
        .loop = &lsi_source_loop,
};

static int lsi_register(struct lsi *lsi, unsigned int n)
{
	struct source *source = &lsi->sources[n];

	*source = (struct source){
	        .name = "lsi53c895a",
	        .kind = kinds[n]->name,
	        .caches = kinds[n]->caches,
	        .leaf = &irq_leaf_ims,
	        .requester = pci_requester(lsi->function),
	        .slots = LSI_SLOTS,
	        .ops = kinds[n]->loops ? &lsi_looping_ops : &lsi_ops,
	        .device = lsi,
	};
	pci_location(lsi->function, source->location);
	return source_register(source);
}

static int lsi_probe(struct pci_function *function)
{
	const size_t size = LSI_RAM_WORDS * sizeof(uint32_t);
	struct lsi *lsi = memory_alloc(sizeof(*lsi), _Alignof(struct lsi));
	uint64_t registers_size, ram_size;
	int error = 0;

	if (!lsi)
		return -ENOMEM;
	lsi->queue = memory_alloc(size, sizeof(uint32_t));
	lsi->loop_count = memory_alloc(sizeof(*lsi->loop_count), sizeof(*lsi->loop_count));
	if (!lsi->queue || !lsi->loop_count)
		return -ENOMEM;
	lsi->function = function;
	lsi->registers = pci_map_bar(function, LSI_REGISTERS_BAR, &registers_size);
	lsi->ram = pci_map_bar(function, LSI_RAM_BAR, &ram_size);
	if (!lsi->registers || registers_size < LSI_REGISTERS_SIZE)
		return -ENXIO;
	if (!lsi->ram || ram_size < size || (uintptr_t)lsi->ram + ram_size > UINT32_MAX)
		return -ENXIO;
	for (unsigned int n = 0; n < LSI_KINDS && !error; n++)
		error = lsi_register(lsi, n);
	return error;
}

PCI_DRIVER(lsi53c895a) = {
        .name = "lsi53c895a",
        .vendor = LSI_VENDOR,
        .device = LSI_DEVICE,
        .probe = lsi_probe,
};
