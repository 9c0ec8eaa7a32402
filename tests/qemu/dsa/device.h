/* SPDX-License-Identifier: MIT */
/*
 * The modelled device: Intel DSA as far as interrupt message storage needs it, and the control
 * block of drivers/pci/sources/dsa_model.h. Everything here is pure: no socket, thread, clock or
 * file. The caller holds one lock around each call, sets `now` before it, and carries out what
 * device_step() asks for.
 *
 *     config.c     configuration space          registers.c   registers and tables of BAR 0
 *     command.c    the command register         portal.c      work queues and their descriptors
 *     ims.c        the slots                    control.c     the control block
 *     engine.c     what is sent, and when       carrier.c     through the reserved MSI-X entry
 *     loop.c       sending by itself            device.c      all of them put together
 */
#ifndef RETARGET_TESTS_QEMU_DSA_DEVICE_H
#define RETARGET_TESTS_QEMU_DSA_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/pci/sources/dsa_model.h"
#include "drivers/pci/sources/dsa_regs.h"
#include "kernel/irq/source.h"

#define DEVICE_IMS_MAX  2048
#define DEVICE_WQS      8
#define DEVICE_GROUPS   4
#define DEVICE_ENGINES  4
#define DEVICE_WQ_TOTAL 128 /* entries */
#define DEVICE_VECTORS  10  /* of MSI-X: 0 for commands and errors, the last is the carrier */
#define DEVICE_CARRIER  (DEVICE_VECTORS - 1)

/* Where things are in BAR 0. */
#define BAR0_SIZE      0x10000
#define BAR0_GRPCFG    0x0200
#define BAR0_WQCFG     0x0300
#define BAR0_MSIX_PERM 0x0400
#define BAR0_PERFMON   0x1000 /* reads as 0: there are no counters */
#define BAR0_MSIX      0x2000
#define BAR0_PBA       0x3000
#define BAR0_IMS       0x4000
#define BAR2_SIZE      (DEVICE_WQS * PORTALS_SIZE)
#define BAR4_SIZE      0x20000
#define CONTROL_BAR    4

#define CONFIG_SIZE 0x1000

/* Regions, numbered as VFIO numbers those of a PCI device. */
enum device_region {
	REGION_BAR0 = 0,
	REGION_BAR2 = 2,
	REGION_BAR4 = 4,
	REGION_CONFIG = 7,
	REGIONS = 9,
};

/* What can be set through the control block; the command line gives what a reset restores. */
struct device_settings {
	uint32_t mode;
	uint32_t misbehave;
	uint32_t lose_every;
	uint64_t hold_ns, tear_ns, late_ns;
	uint32_t rate;
};

struct device_options {
	unsigned int ims;     /* entries, 1 .. DEVICE_IMS_MAX */
	unsigned int handles; /* interrupt handles it has for IMS */
	struct device_settings settings;
};

/* One message on its way, from sampling on. Times in ns; 0: not yet. */
struct device_message {
	unsigned int slot;
	uint32_t address_lo, address_hi, data;
	uint64_t asked, sampled, complete, sent, acknowledged;
	bool carried;
	uint64_t turn_at; /* the address of the turn that it has; 0: it has none */
	uint32_t turn;
	int error; /* that QEMU replied with */
};

struct device_slot {
	struct dsa_ims_entry entry; /* control without IMS_PENDING and DSA_MODEL_IMS_BUSY */
	struct dsa_ims_entry old;   /* what MISBEHAVE_LATE still sees until `late_until` */
	uint64_t late_until;
	bool pending;
	bool handle;        /* somebody has requested it */
	bool in_ring;       /* in device.ring */
	uint32_t waiting;   /* interrupts asked for and not sampled, without a pending one */
	uint32_t in_flight; /* sampled and not acknowledged */
	uint64_t asked;     /* when the one that waited longest came in */
	uint64_t turn_at;   /* the address of the turn that it has; 0: it has none */
	uint32_t turn;
	uint32_t requested, sampled, acknowledged, refused, coalesced, dropped;
};

/* A ring of numbers, each in it at most once. */
struct device_ring {
	uint16_t at[DEVICE_IMS_MAX];
	unsigned int head, count;
};

/* Eight-byte pieces of a descriptor, as they come in at one 64-byte place of a portal. */
struct device_assembly {
	uint8_t bytes[64];
	uint8_t filled;
};

struct device_wq {
	uint32_t config[WQCFG_SIZE_MIN / 4];
	unsigned int state; /* WQ_STATE_... */
	unsigned int occupancy;
};

struct device_work {
	struct dsa_descriptor descriptor;
	uint8_t wq;
	bool ims; /* its handle is one of IMS */
};

/* A DMA transaction that is to be sent, or has been and is not replied to. */
enum device_purpose {
	FOR_NOBODY, /* a reset came in between */
	FOR_MESSAGE,
	FOR_COMPLETION,
	FOR_TURN,        /* taking a slot, or giving it back */
	FOR_TURNS,       /* reading them */
	FOR_CARRIER,     /* writing the reserved entry */
	FOR_CARRIER_SENT /* reading it back */
};

struct device_transaction {
	enum device_purpose purpose;
	bool used;
	uint64_t address;
	uint32_t size;
	uint8_t data[32];
	struct device_message message; /* FOR_MESSAGE */
	int vector;                    /* FOR_COMPLETION: sent once it is written; -1: none */
};

#define DEVICE_TRANSACTIONS 64 /* not replied to at once */
#define DEVICE_OUTGOING     8  /* above this nothing new is begun, */
#define DEVICE_OUTGOING_MAX 12 /* but what is under way still has room */
#define DEVICE_HELD         256

enum carrier_state {
	CARRIER_IDLE,
	CARRIER_WRITING,
	CARRIER_RAISE,
	CARRIER_RAISED,
	CARRIER_READING
};

enum loop_state { LOOP_STOPPED, LOOP_VISIT, LOOP_READ, LOOP_READING };

struct device_counters {
	uint64_t requested, sampled, sent, acknowledged, refused, coalesced, dropped;
	uint64_t descriptors, lost, completed, torn, looped, rejected;
};

struct device {
	uint64_t now; /* ns, set by the caller, never 0, never back */
	struct device_options options;

	uint8_t config[CONFIG_SIZE];

	uint32_t gencfg, genctrl, intcause, cmd, cmdsts;
	unsigned int state; /* GENSTS_STATE */
	uint64_t swerr[SWERR_WORDS];
	uint64_t groups[DEVICE_GROUPS][GRPCFG_SIZE / 8];
	uint32_t msix_perm[DEVICE_VECTORS];
	bool msix_handle[DEVICE_VECTORS];
	unsigned int handles_used;

	struct device_wq wqs[DEVICE_WQS];
	struct device_assembly assembly[DEVICE_WQS][PORTALS_SIZE / 64];
	struct device_work work[DEVICE_WQ_TOTAL];
	unsigned int work_head, work_count;

	struct device_slot slots[DEVICE_IMS_MAX];
	struct device_ring ring; /* slots with interrupts that wait */

	struct device_settings settings;
	uint32_t loop_first, loop_count;
	uint64_t loop_turns;
	enum loop_state loop;
	bool loop_stop;
	uint32_t loop_at; /* the slot it visits next, from loop_start on */
	uint32_t loop_start, loop_end;
	uint64_t loop_address; /* of the turns, 0: none */
	uint64_t loop_due;
	bool loop_any; /* one of this round was free */
	struct source_turn turns[DEVICE_IMS_MAX];

	bool sampling; /* between the address and the data */
	struct device_message sample;
	struct device_message held[DEVICE_HELD];
	unsigned int held_head, held_count;
	struct device_transaction outgoing[DEVICE_OUTGOING_MAX];
	unsigned int outgoing_head, outgoing_count;
	struct device_transaction transactions[DEVICE_TRANSACTIONS];
	unsigned int transactions_used;
	uint32_t vectors; /* MSI-X vectors to be raised */

	enum carrier_state carrier;
	struct device_message carried;
	bool has_vector[DEVICE_VECTORS]; /* QEMU listens: MSI-X is enabled, the entry in use */

	struct device_counters counters;

	/* What happens, for a log; never NULL. `event` is a word, `value` explains it. */
	void (*on_message)(struct device *device, const struct device_message *message);
	void (*on_event)(struct device *device, const char *event, unsigned int slot,
	                 uint64_t value);
	void *context; /* theirs */
};

/* As after power-on. `options` are copied; the callbacks are set to ones that do nothing. */
void device_init(struct device *device, const struct device_options *options);

/* A function level reset: as device_init(), but that transactions not replied to still will be. */
void device_reset(struct device *device);

/* Bytes of `region`; 0: there is none. */
uint64_t device_region_size(unsigned int region);

/*
 * `size` bytes at `offset`, both within the region; what no register takes is read as 0 or dropped.
 * Whatever its size, an access acts on the device as naturally aligned ones of at most 8 bytes do.
 */
void device_read(struct device *device, unsigned int region, uint64_t offset, uint8_t *bytes,
                 size_t size);
void device_write(struct device *device, unsigned int region, uint64_t offset, const uint8_t *bytes,
                  size_t size);

/* What the caller is to do now, without the lock. */
enum device_do {
	DO_WAIT,           /* nothing, until `wake` or until something else was called */
	DO_AGAIN,          /* nothing; call again at once */
	DO_WRITE,          /* DMA: `size` bytes of `data` to `address`; then device_replied(id) */
	DO_READ,           /* DMA: `size` bytes from `address`; then device_replied(id) */
	DO_RAISE,          /* MSI-X `vector` */
	DO_RAISE_AND_WAIT, /* the same, wait until QEMU has seen it, then device_raised() */
};

struct device_action {
	enum device_do what;
	uint16_t id;
	unsigned int vector;
	uint64_t address;
	uint32_t size;
	uint8_t data[32];
	uint64_t wake; /* DO_WAIT: ns, UINT64_MAX: nothing is due */
};

/* One small piece of work. While it sends by itself there may be no end to them. */
struct device_action device_step(struct device *device);

/* When device_step() next has something to do: 0 at once, UINT64_MAX not until it is called on. */
uint64_t device_due(const struct device *device);

/*
 * The reply to the transaction `id`: an errno or 0, and what was read. -EPROTO when there is none
 * of that id, or too few bytes.
 */
int device_replied(struct device *device, uint16_t id, int error, const uint8_t *bytes,
                   size_t size);

/* After DO_RAISE_AND_WAIT. `seen` is false when QEMU did not look in time. */
void device_raised(struct device *device, bool seen);

/* Whether an MSI-X vector can be raised. */
void device_set_vector(struct device *device, unsigned int vector, bool usable);

/* What DSA_MODEL_OUTSTANDING reads. */
uint64_t device_outstanding(const struct device *device);

#endif
