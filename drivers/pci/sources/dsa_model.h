/* SPDX-License-Identifier: MIT */
/*
 * What the device model of DSA (tests/qemu/dsa/, docs/dsa-model.md) has and no silicon has: a
 * control block, through which the kernel says how the model is to behave and reads what it did.
 *
 * It is found by a vendor-specific capability (PCI 3.0, 6.8 "Capabilities List", id 09h) with
 * DSA_MODEL_SIGNATURE; who does not find one has silicon before him, or another model. Each
 * register is read and written whole, in its own width, aligned; what is reserved reads as 0.
 *
 * Settings hold for all that happens after the write: for each message that is sampled, for each
 * descriptor that is accepted from then on. A function level reset puts those of the model's
 * command line back and the counters to 0; the device's own Reset Device command touches neither.
 * Counters run modulo 2^32 or 2^64; take differences.
 *
 * An interrupt's way through the model:
 *
 *     asked for -> [pending, while masked] -> queue -> sampled -> [held] -> sent -> acknowledged
 *
 * Sampled: the slot's words are read, the two of the address first and the data next, each at a
 * moment of its own, so that an update in between tears the message, as on a bus. From then on
 * nothing that is written to the slot changes the message. Acknowledged: QEMU has replied, so the
 * message is in a local APIC, or the remapping unit has dropped it. A read of a BAR overtakes what
 * is on its way; therefore DSA_MODEL_IMS_BUSY.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_DSA_MODEL_H
#define RETARGET_DRIVERS_PCI_SOURCES_DSA_MODEL_H

#include "kernel/bits.h"

/* The capability: offsets from its start. */
#define DSA_MODEL_CAP_LENGTH    0x02 /* 8 bits, DSA_MODEL_CAP_SIZE */
#define DSA_MODEL_CAP_VERSION   0x03 /* 8 bits, DSA_MODEL_VERSION */
#define DSA_MODEL_CAP_SIGNATURE 0x04 /* 32 bits */
#define DSA_MODEL_CAP_WHERE     0x08 /* 32 bits: where the control block is */
#define DSA_MODEL_WHERE_BAR     GENMASK_ULL(2, 0)
#define DSA_MODEL_WHERE_OFFSET  GENMASK_ULL(31, 3) /* in place: a multiple of 8 */
#define DSA_MODEL_CAP_SIZE      0x0c
#define DSA_MODEL_SIGNATURE     0x6d415344 /* "DSAm" in memory */
#define DSA_MODEL_VERSION       1

/*
 * A bit of an IMS entry's control word that is reserved on silicon and reads as 0 there: a message
 * of this slot has been sampled and not yet been acknowledged. Read only. Who masks a slot and then
 * reads this bit as 0 knows that none is on its way, and that none is sampled until he unmasks it.
 */
#define DSA_MODEL_IMS_BUSY BIT_ULL(4)

/*
 * What it is. 32 bits, read only. The model has as many IMS entries as it was told to, GENCAP only
 * knows multiples of IMS_SIZE_UNIT and is rounded up; handles are refused for entries beyond.
 */
#define DSA_MODEL_IMS_ENTRIES  0x00
#define DSA_MODEL_MSIX_CARRIER 0x04 /* the MSI-X entry reserved for DSA_MODEL_MODE_CARRIER */

/*
 * How it sends. 32 bits.
 *
 * CARRIER: the model writes each message into its own reserved MSI-X entry and has that one sent.
 * Such a message carries the function's source id, which remapping checks; a device's DMA, as the
 * model sends otherwise, carries none in QEMU. MSI-X must be enabled, Bus Master Enable set and the
 * entry unmasked, and nobody else may write the entry. Slower. Is any of that not so, messages are
 * REFUSED.
 *
 * COALESCE: an interrupt asked for while the slot has one in the queue is merged into that one, as
 * devices do that keep one request bit for each slot. (Behind a mask there is one pending bit, and
 * all are merged into it, in any mode.)
 */
#define DSA_MODEL_MODE          0x10
#define DSA_MODEL_MODE_CARRIER  BIT_ULL(0)
#define DSA_MODEL_MODE_COALESCE BIT_ULL(1)

/*
 * How it misbehaves. 32 bits.
 *
 * LATE: for DSA_MODEL_LATE_NS after a slot's address or data is written, the words from before are
 * sent, though reads show the new ones: a device with a cache. PENDING_DROPPED: what is asked for
 * while the slot is masked is forgotten. MASK_IGNORED: masked slots send. DESCRIPTOR_LOST: of the
 * descriptors accepted each DSA_MODEL_LOSE_EVERYth is forgotten: no completion record, no
 * interrupt.
 */
#define DSA_MODEL_MISBEHAVE       0x14
#define MISBEHAVE_LATE            BIT_ULL(0)
#define MISBEHAVE_PENDING_DROPPED BIT_ULL(1)
#define MISBEHAVE_MASK_IGNORED    BIT_ULL(2)
#define MISBEHAVE_DESCRIPTOR_LOST BIT_ULL(3)
#define DSA_MODEL_LOSE_EVERY      0x18 /* 32 bits; 0 counts as 1 */
#define DSA_MODEL_HOLD_NS         0x20 /* 64 bits: from sampling to sending, at least */
#define DSA_MODEL_TEAR_NS         0x28 /* 64 bits: from sampling the address to the data */
#define DSA_MODEL_LATE_NS         0x30 /* 64 bits */
#define DSA_MODEL_NS_MAX          UINT64_C(100000000000) /* of each of the three; more is cut */

/*
 * Sending by itself: slots FIRST .. FIRST + COUNT - 1 in turn, for ever, DSA_MODEL_RATE a second in
 * all (0: as fast as it goes). 32 bits each. Writing 1 to DSA_MODEL_LOOP starts it, 0 stops it; it
 * reads as 1 as long as it may still ask for an interrupt. FIRST and COUNT are cut to what there
 * is. Descriptors are served meanwhile.
 *
 * With DSA_MODEL_TURNS 0 nothing else paces it: a slot whose message is in the queue, held or on
 * its way is passed by, but a local APIC merges two in one vector. Otherwise it is the bus address
 * of COUNT struct source_turn (kernel/irq/source.h), 8 bytes each, through which slots are handed
 * back and forth as that header says: turn n belongs to slot FIRST + n. They are read by DMA,
 * all at once, and written one by one. It is fixed at the start.
 */
#define DSA_MODEL_RATE  0x40
#define DSA_MODEL_FIRST 0x44
#define DSA_MODEL_COUNT 0x48
#define DSA_MODEL_LOOP  0x4c
#define DSA_MODEL_TURNS 0x50 /* 64 bits */

/*
 * What it did, of all slots together: 64 bits each, read only. Once DSA_MODEL_OUTSTANDING is 0,
 *
 *     REQUESTED = SAMPLED + COALESCED + DROPPED + slots that are pending
 *     SAMPLED = ACKNOWLEDGED + REFUSED
 *     DESCRIPTORS = COMPLETED + LOST
 */
#define DSA_MODEL_REQUESTED    0x80 /* interrupts asked for, by descriptors or by the loop */
#define DSA_MODEL_SAMPLED      0x88
#define DSA_MODEL_SENT         0x90 /* handed to QEMU */
#define DSA_MODEL_ACKNOWLEDGED 0x98 /* QEMU has replied that it took it */
#define DSA_MODEL_REFUSED      0xa0 /* QEMU has replied with an error: no bus master, not remapped */
#define DSA_MODEL_COALESCED    0xa8 /* merged into another: COALESCE, or a second behind a mask */
#define DSA_MODEL_DROPPED      0xb0 /* forgotten: PENDING_DROPPED, or by a reset */
#define DSA_MODEL_DESCRIPTORS  0xb8 /* accepted by a WQ */
#define DSA_MODEL_LOST         0xc0 /* of these, forgotten: DESCRIPTOR_LOST, or by an abort or reset */
#define DSA_MODEL_COMPLETED    0xc8 /* of these, done, well or not */
#define DSA_MODEL_TORN         0xd0 /* writes to a portal that made no whole descriptor */
#define DSA_MODEL_LOOPED       0xd8 /* interrupts the loop asked for since it was last started */

/*
 * 64 bits, read only: 0 when nothing is under way: no descriptor accepted and not done, no
 * completion record that QEMU has not replied to, no interrupt in the queue, none sampled that is
 * not acknowledged. What waits behind a mask does not count.
 */
#define DSA_MODEL_OUTSTANDING 0xe0

/* 64 bits, read only: descriptors that a WQ did not accept, being disabled or full. */
#define DSA_MODEL_REJECTED 0xe8

/* For each slot, 32 bits each, read only: as those above. */
#define DSA_MODEL_SLOTS             0x10000
#define DSA_MODEL_SLOT_SIZE         0x20
#define DSA_MODEL_SLOT_REQUESTED    0x00
#define DSA_MODEL_SLOT_SAMPLED      0x04
#define DSA_MODEL_SLOT_ACKNOWLEDGED 0x08
#define DSA_MODEL_SLOT_REFUSED      0x0c
#define DSA_MODEL_SLOT_COALESCED    0x10
#define DSA_MODEL_SLOT_DROPPED      0x14

#endif
