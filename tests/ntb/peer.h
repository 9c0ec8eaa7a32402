/* SPDX-License-Identifier: MIT */
/*
 * The far side of a non-transparent bridge, for tests: a source whose message is held by peers that
 * learn of a new address/data pair only by mail.
 *
 *     host                      bridge        peer                      device
 *     ----                      ------        ----                      ------
 *     writes its copy,
 *     the data word last -----> mailbox ....> reads its mail now and
 *                               (newest       then; writes the pair
 *                               mail only)    into the device's slot
 *                                             fires ------------------> sends what the slot holds
 *
 * The host's copy is a struct message_store: irq.c, leaf.c and the protocols move it like any
 * other. A mail is posted as a whole, and the slot is written while the device is quiet, so nothing
 * is ever torn: what the peer fires is a pair that the host once meant. The store's flush reaches
 * the mailbox. It cannot reach the peer, and a read across the bridge orders nothing that the peer
 * does later.
 *
 * The CPU that fires is the peer; the device is an LSI53C895A with its slots in queue memory, and
 * each peer has one of them. Linux's drivers/ntb/msi.c works this way: it hands out a pair and says
 * when it changes, and its client mails it, by scratchpad registers and a doorbell, say.
 */
#ifndef RETARGET_TESTS_NTB_PEER_H
#define RETARGET_TESTS_NTB_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/source.h"
#include "kernel/lock.h"
#include "kernel/random.h"

#define NTB_PEERS_MAX 2

/* What a test says that needs the device and finds none. */
#define NTB_NO_DEVICE "no device with interrupt message storage (docs/hardware.md lists them)"

/* One address/data pair on its way, and which it is of all that were posted: 1 the first. */
struct ntb_mail {
	struct message message;
	uint64_t number;
};

struct ntb_peer {
	struct ntb_mail copy;        /* the mail it read last; number 0: none */
	unsigned int fires_to_go;    /* before it reads its mail again */
	struct message_store *store; /* its slot in the device */
};

struct ntb {
	struct source source;       /* what the host sees; `kind` is "ntb" */
	struct message_store store; /* the host's copy */
	struct source *device;
	unsigned int peers;
	struct ntb_peer peer[NTB_PEERS_MAX];
	struct random random;
	bool reads_when_told; /* and not by itself */

	struct spinlock lock;   /* of what follows */
	struct message written; /* the host's copy, word by word */
	struct ntb_mail mailbox;

	const struct ntb_peer *firing; /* the one that fired last */
	uint64_t reads;                /* mails that were read */
	uint64_t stale; /* messages whose pair had been replaced when the device had sent them */
};

/*
 * Puts `peers` (1 or 2) before a device that is there; false where there is none. Each peer reads
 * its mail before its first fire, and then every so many fires as `seed` says, 0 to 16 in between;
 * where there are two, each fire is one's or the other's. `ntb` lives as long as its source is
 * used.
 */
bool ntb_init(struct ntb *ntb, unsigned int peers, uint64_t seed);

/* Whether the mailbox holds a mail that peer `n` has not read. */
bool ntb_has_mail(struct ntb *ntb, unsigned int n);

/* Peer `n` reads its mail now. The source is open, and no other CPU fires. */
void ntb_read_mail(struct ntb *ntb, unsigned int n);

/* How many mails the host has posted. */
uint64_t ntb_posted(struct ntb *ntb);

/*
 * Whether a message that came in at `cpu` and `vector` is the one that was fired last, from a copy
 * that has been replaced since. May be called in a handler.
 */
bool ntb_is_stale(struct ntb *ntb, uint32_t cpu, uint8_t vector);

#endif
