// SPDX-License-Identifier: MIT
#include "tests/virt/guest_source.h"

#include <asm-generic/errno.h>

#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/panic.h"
#include "kernel/print.h"
#include "tests/virt/run.h"
#include "tests/virt/within.h"

enum order { IS_MASKABLE, READ, WRITE, FLUSH, MASK, UNMASK, PENDING, FIRE, SEND_OUT, SETTLE, END };

/* guest_shared.arguments and .results. The numbers are written last and read first. */
enum { NUMBER, ORDER, FIRST, SECOND, REMAPPED };
enum { DONE, RESULT, WORDS };

/* The host's. */
static struct guest *guest;
static struct device device;
static struct source source;
static struct message_store store;

/* The guest's. */
static uint64_t arrived;

/* Its answer; -EIO when it has ended. Also with interrupts off: no order but SETTLE needs CPU 0. */
static int64_t tell(enum order order, uint64_t first, uint64_t second)
{
	struct guest_shared *shared = guest->shared;
	uint64_t number = shared->arguments[NUMBER] + 1;

	shared->arguments[ORDER] = order;
	shared->arguments[FIRST] = first;
	shared->arguments[SECOND] = second;
	__atomic_store_n(&shared->arguments[NUMBER], number, __ATOMIC_SEQ_CST);
	vcpu_post(guest->vcpu[0], VECTOR_CALL);
	wait_begin("the guest to carry out order %lu", order);
	while (__atomic_load_n(&shared->results[DONE], __ATOMIC_SEQ_CST) != number &&
	       !guest_has_ended(guest))
		pause();
	wait_end();
	if (shared->results[DONE] != number)
		return -EIO;
	return (int64_t)shared->results[RESULT];
}

static void store_read(struct message_store *of, struct message *message)
{
	const uint64_t *words = &guest->shared->results[WORDS];

	(void)of;
	tell(READ, 0, 0);
	*message = (struct message){.address_lo = (uint32_t)words[MESSAGE_ADDRESS_LO],
	                            .address_hi = (uint32_t)words[MESSAGE_ADDRESS_HI],
	                            .data = (uint32_t)words[MESSAGE_DATA]};
}

static void store_write(struct message_store *of, enum message_word word, uint32_t value)
{
	(void)of;
	tell(WRITE, word, value);
}

static void store_flush(struct message_store *of)
{
	(void)of;
	tell(FLUSH, 0, 0);
}

static void store_mask(struct message_store *of)
{
	(void)of;
	tell(MASK, 0, 0);
}

static void store_unmask(struct message_store *of)
{
	(void)of;
	tell(UNMASK, 0, 0);
}

static bool store_pending(struct message_store *of)
{
	(void)of;
	return tell(PENDING, 0, 0) > 0;
}

static const struct message_store_ops ops_without_mask = {
        .read = store_read, .write = store_write, .flush = store_flush};
static const struct message_store_ops ops_with_mask = {
        .read = store_read,
        .write = store_write,
        .flush = store_flush,
        .mask = store_mask,
        .unmask = store_unmask,
        .pending = store_pending,
};

static struct message_store *store_of(struct source *of, unsigned int slot)
{
	(void)of, (void)slot;
	return &store;
}

static int fire(struct source *of, unsigned int slot)
{
	(void)of, (void)slot;
	return (int)tell(FIRE, 0, 0);
}

static void send_out(struct source *of)
{
	(void)of;
	tell(SEND_OUT, 0, 0);
}

static void take(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)arrival, (void)context;
	arrived++;
}

static int64_t settle(struct source *of)
{
	int64_t count;

	of->ops->flush(of);
	barrier();
	count = (int64_t)arrived;
	arrived = 0;
	return count;
}

static int64_t carry_out(struct source *of, struct guest_shared *shared)
{
	struct message_store *to = of->ops->store(of, 0);
	const uint64_t *arguments = shared->arguments;
	struct message message;

	switch ((enum order)arguments[ORDER]) {
	case IS_MASKABLE:
		return store_maskable(to);
	case READ:
		to->ops->read(to, &message);
		shared->results[WORDS + MESSAGE_ADDRESS_LO] = message.address_lo;
		shared->results[WORDS + MESSAGE_ADDRESS_HI] = message.address_hi;
		shared->results[WORDS + MESSAGE_DATA] = message.data;
		return 0;
	case WRITE:
		to->ops->write(to, (enum message_word)arguments[FIRST],
		               (uint32_t)arguments[SECOND]);
		return 0;
	case FLUSH:
		to->ops->flush(to);
		return 0;
	case MASK:
		to->ops->mask(to);
		return 0;
	case UNMASK:
		to->ops->unmask(to);
		return 0;
	case PENDING:
		return to->ops->pending(to);
	case FIRE:
		return of->ops->fire(of, 0);
	case SEND_OUT:
		of->ops->flush(of);
		return 0;
	case SETTLE:
		return settle(of);
	case END:
		break;
	}
	return 0;
}

/* The host's CALL finds nothing to call for; it wakes. */
static void wait_for_order(const struct guest_shared *shared, uint64_t last)
{
	cli();
	while (__atomic_load_n(&shared->arguments[NUMBER], __ATOMIC_SEQ_CST) == last) {
		sti_hlt();
		cli();
	}
	sti();
}

static void serve(struct guest_shared *shared)
{
	struct source *real = device_find(shared);
	int error = real->ops->open(real);
	uint64_t number = 0;

	if (error)
		panic("%s does not open in the guest: error %d", real->name, error);
	if (shared->arguments[REMAPPED])
		device_request(real, take, NULL);
	do {
		wait_for_order(shared, number++);
		shared->results[RESULT] = (uint64_t)carry_out(real, shared);
		__atomic_store_n(&shared->results[DONE], number, __ATOMIC_SEQ_CST);
	} while (shared->arguments[ORDER] != END);
}

/* Everything of the real one that tests ask for, but what it does. */
static void pose_as(const struct source *real)
{
	static const struct source_ops ops = {.store = store_of, .fire = fire, .flush = send_out};

	store.ops = tell(IS_MASKABLE, 0, 0) > 0 ? &ops_with_mask : &ops_without_mask;
	store.wide = false;
	source = *real;
	source.ops = &ops;
	source.slots = 1;
	format(source.name, sizeof(source.name), "guest");
}

struct source *guest_source_begin(struct test_run *run, struct source *real, uint32_t cpu)
{
	static const struct guest_task task = {"serve", serve};
	bool remapped = run->phase == PHASE_REMAPPED;
	int error = 0;

	guest = virt_load(run, 1);
	if (!guest || !device_assign(run, &device, guest, real, NULL, NULL))
		return NULL;
	guest->shared->arguments[REMAPPED] = remapped;
	if (remapped)
		error = backing_assign(guest_backings(guest), real, true, NULL);
	if (!error)
		error = guest_start(guest, &task, cpu);
	if (!test_check(run, !error, "the guest does not start: error %d", error)) {
		device_end(run, &device);
		return NULL;
	}
	pose_as(real);
	return &source;
}

struct irq *guest_source_irq(void)
{
	return guest->backings ? guest->backings->slot[0].irq : NULL;
}

uint64_t guest_source_settle(void)
{
	return (uint64_t)tell(SETTLE, 0, 0);
}

void guest_source_end(struct test_run *run)
{
	tell(END, 0, 0);
	virt_finish(run, guest);
	device_end(run, &device);
	if (guest->backings)
		backing_end(guest->backings);
}
