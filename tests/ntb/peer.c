// SPDX-License-Identifier: MIT
#include "tests/ntb/peer.h"

#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/string.h"
#include "tests/arms.h"

/* A peer fires at most so many messages before it looks into its mailbox again. */
#define FIRES_BETWEEN_READS_MAX 16

static struct ntb *ntb_of(const struct source *source)
{
	return source->device;
}

static struct ntb *ntb_of_store(struct message_store *store)
{
	return (struct ntb *)((char *)store - offsetof(struct ntb, store));
}

static void host_read(struct message_store *store, struct message *message)
{
	*message = ntb_of_store(store)->written;
}

/*
 * The data word is the last one a client writes before it rings: with it the mail is complete. A
 * protocol that writes it first would mail a torn pair, and never the whole one.
 */
static void host_write(struct message_store *store, enum message_word word, uint32_t value)
{
	struct ntb *ntb = ntb_of_store(store);
	uint64_t flags = spin_lock_irqsave(&ntb->lock);

	switch (word) {
	case MESSAGE_ADDRESS_LO:
		ntb->written.address_lo = value;
		break;
	case MESSAGE_ADDRESS_HI:
		ntb->written.address_hi = value;
		break;
	case MESSAGE_DATA:
		ntb->written.data = value;
		ntb->mailbox.message = ntb->written;
		ntb->mailbox.number++;
		break;
	}
	spin_unlock_irqrestore(&ntb->lock, flags);
}

/* The mail is in its box. Who reads it when is beyond the reach of any read of ours. */
static void host_flush(struct message_store *store)
{
	(void)ntb_posted(ntb_of_store(store));
}

static const struct message_store_ops host_ops = {
        .read = host_read,
        .write = host_write,
        .flush = host_flush,
};

uint64_t ntb_posted(struct ntb *ntb)
{
	uint64_t flags = spin_lock_irqsave(&ntb->lock);
	uint64_t number = ntb->mailbox.number;

	spin_unlock_irqrestore(&ntb->lock, flags);
	return number;
}

bool ntb_has_mail(struct ntb *ntb, unsigned int n)
{
	return ntb->peer[n].copy.number != ntb_posted(ntb);
}

/* The device sends when this CPU tells it to, so that it is quiet while its slot is written. */
void ntb_read_mail(struct ntb *ntb, unsigned int n)
{
	struct ntb_peer *peer = &ntb->peer[n];
	uint64_t flags = spin_lock_irqsave(&ntb->lock);
	struct ntb_mail mail = ntb->mailbox;

	spin_unlock_irqrestore(&ntb->lock, flags);
	if (mail.number == peer->copy.number)
		return;
	ntb->reads++;
	peer->copy = mail;
	peer->store->ops->write(peer->store, MESSAGE_ADDRESS_LO, mail.message.address_lo);
	peer->store->ops->write(peer->store, MESSAGE_ADDRESS_HI, mail.message.address_hi);
	peer->store->ops->write(peer->store, MESSAGE_DATA, mail.message.data);
	peer->store->ops->flush(peer->store);
}

static void read_mail_now_and_then(struct ntb *ntb, unsigned int n)
{
	struct ntb_peer *peer = &ntb->peer[n];

	if (ntb->reads_when_told)
		return;
	if (peer->copy.number && peer->fires_to_go) {
		peer->fires_to_go--;
		return;
	}
	ntb_read_mail(ntb, n);
	peer->fires_to_go = random_below(&ntb->random, FIRES_BETWEEN_READS_MAX + 1);
}

static int ntb_open(struct source *source)
{
	struct ntb *ntb = ntb_of(source);
	int error = source_open(ntb->device);

	for (unsigned int n = 0; !error && n < ntb->peers; n++)
		ntb->peer[n].store = ntb->device->ops->store(ntb->device, n);
	return error;
}

static void ntb_close(struct source *source)
{
	struct ntb *ntb = ntb_of(source);

	ntb->device->ops->close(ntb->device);
}

static struct message_store *ntb_store(struct source *source, unsigned int slot)
{
	(void)slot;
	return &ntb_of(source)->store;
}

/* The message may come in before the device says that it is sent: `firing` is set first. */
static int ntb_fire(struct source *source, unsigned int slot)
{
	struct ntb *ntb = ntb_of(source);
	unsigned int n = ntb->peers > 1 ? random_below(&ntb->random, ntb->peers) : 0;
	int error;

	(void)slot;
	read_mail_now_and_then(ntb, n);
	__atomic_store_n(&ntb->firing, &ntb->peer[n], __ATOMIC_RELEASE);
	error = ntb->device->ops->fire(ntb->device, n);
	ntb->stale += !error && ntb_has_mail(ntb, n);
	return error;
}

static void ntb_flush(struct source *source)
{
	struct ntb *ntb = ntb_of(source);

	ntb->device->ops->flush(ntb->device);
}

static const struct source_ops ntb_ops = {
        .open = ntb_open,
        .close = ntb_close,
        .store = ntb_store,
        .fire = ntb_fire,
        .flush = ntb_flush,
};

bool ntb_is_stale(struct ntb *ntb, uint32_t cpu, uint8_t vector)
{
	const struct ntb_peer *peer = __atomic_load_n(&ntb->firing, __ATOMIC_ACQUIRE);

	return peer && peer->copy.number != ntb_posted(ntb) &&
	       !message_is_remappable(&peer->copy.message) &&
	       message_destination(&peer->copy.message) == cpu_get(cpu)->apic_id &&
	       message_vector(&peer->copy.message) == vector;
}

bool ntb_init(struct ntb *ntb, unsigned int peers, uint64_t seed)
{
	struct source *device = arms_source_of_kind("ims-queue");

	if (!device)
		return false;
	memset(ntb, 0, sizeof(*ntb));
	ntb->source = *device;
	ntb->source.kind = "ntb";
	ntb->source.slots = 1;
	ntb->source.ops = &ntb_ops;
	ntb->source.device = ntb;
	ntb->store.ops = &host_ops;
	ntb->device = device;
	ntb->peers = peers;
	ntb->random = random_init(seed);
	return true;
}
