// SPDX-License-Identifier: MIT
/*
 * The gallery of IMS drivers that get it wrong: the mail's first point (a driver's writer is
 * trusted to get address and data right) and its second (without remapping nobody knows whether he
 * did).
 *
 * Each case is measured twice, in each phase. One by one: a move with a message in each of its
 * windows in turn, and one after each move, so that what must be lost is lost in every run. Then
 * the storm, in which device and mover know nothing of each other. With remapping the irq has the
 * same driver, which is then never asked to move anything.
 *
 * A case that hands on is about what comes later. Once an irq has moved and nothing can be in
 * flight to its old vector (kernel/irq/drain.c), that vector is given to another irq. A device that
 * still has the old message sends it to that one, which can make nothing of it: lost.
 */
#include <asm-generic/errno.h>

#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/gallery/table.h"
#include "tests/idle_store.h"
#include "tests/suite.h"

#define ROUNDS    4   /* through all windows */
#define HANDED_ON 100 /* moves */
#define NEVER     99U

/*
 * There are many cases, and each loses more than a few, or nothing at all. And that a message came
 * in nowhere has to be proven each time, which takes as long as a hundred that came in.
 */
#define FIRES_PART         2
#define FIRES_PART_MISSING 10

/*
 * Where virtual CPUs outnumber the host's the mover may make thousands of moves for each message,
 * and keep the device from the other. After so many it has had its chances.
 */
#define MOVES_PER_FIRE 64

/*
 * An irq keeps the vectors of so many CPUs that it has been on. A message that names one from long
 * ago is then still known to be for this irq.
 */
#define RECEIVERS_MAX 8
_Static_assert(RECEIVERS_MAX < IRQ_VECTORS_MAX, "none is given back in between");

static struct gallery {
	const struct gallery_case *c;
	struct arm arm;
	const struct protocol *driver;
	struct protocol watched;   /* the same, and it is noted when it is asked to move */
	uint64_t driver_called;    /* so often was it */
	uint64_t store_written;    /* and so often was its store, since it was set up */
	struct message set_up;     /* what was in it then */
	unsigned int window;       /* of the move under way: the one with a message, */
	unsigned int windows_seen; /* and how many there were */
	int refused;               /* the device's error, of a message in a window */
	struct idle_store idle;
	struct irq *heir; /* which gets the vectors that are left behind */
} gallery;

static void watched_move(struct move *move)
{
	gallery.driver_called++;
	gallery.driver->move(move);
}

/* The store's own operations, while those below stand in for them. */
static const struct message_store_ops *own_ops;

static void watched_write(struct message_store *store, enum message_word word, uint32_t value)
{
	gallery.store_written++;
	own_ops->write(store, word, value);
}

static void watched_mask(struct message_store *store)
{
	gallery.store_written++;
	own_ops->mask(store);
}

static void watched_unmask(struct message_store *store)
{
	gallery.store_written++;
	own_ops->unmask(store);
}

static struct message_store_ops watched_ops;

/* From here to unwatch_store() each write is counted. */
static void watch_store(struct message_store *store)
{
	store->ops->read(store, &gallery.set_up);
	own_ops = store->ops;
	watched_ops = *own_ops;
	watched_ops.write = watched_write;
	if (store_maskable(store)) {
		watched_ops.mask = watched_mask;
		watched_ops.unmask = watched_unmask;
	}
	store->ops = &watched_ops;
}

static void unwatch_store(struct message_store *store)
{
	store->ops = own_ops;
}

static void at_window(struct irq *irq, unsigned int window)
{
	struct arm *arm = &gallery.arm;

	(void)irq;
	gallery.windows_seen = window + 1;
	if (window != gallery.window)
		return;
	ledger_open(&arm->ledger);
	gallery.refused = arm->source->ops->fire(arm->source, arm->slot);
	if (gallery.refused)
		ledger_cancel(&arm->ledger);
}

/* One move with a message in its window `window`, and one after it. */
static int move_in_window(unsigned int window)
{
	struct arm *arm = &gallery.arm;
	int error;

	gallery.window = window;
	gallery.refused = 0;
	arm->irq->at_window = at_window;
	error = arm_move(arm);
	arm->irq->at_window = NULL;
	arm_settle(arm);
	if (!error)
		error = gallery.refused;
	return error ? error : arm_fire(arm);
}

static int each_window(void)
{
	int error = 0;

	for (unsigned int round = 0; round < ROUNDS && !error; round++) {
		unsigned int window = 0;

		do
			error = move_in_window(window++);
		while (!error && window < gallery.windows_seen);
	}
	return error;
}

/* A vector's new owner knows nothing of the device: it is as lost as any stray. */
static void heir_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	ledger_stray_handler(irq, arrival, context);
}

/* What the irq has left behind, by the kernel's own rule, and then to the next who needs one. */
static int hand_on(const struct irq_target *left)
{
	int error;

	irq_drain(NULL);
	if (!irq_hold(gallery.heir))
		return -EBUSY;
	error = vector_claim(gallery.heir, left->cpu, left->vector);
	if (!error)
		error = irq_move(gallery.heir, left->cpu);
	irq_let_go(gallery.heir);
	return error;
}

/* A message that may find the vector in other hands, and one that the device was told of before. */
static int move_and_hand_on(void)
{
	struct arm *arm = &gallery.arm;
	const struct irq_target left = arm->irq->target;
	int error = arm_move(arm);

	if (!error)
		error = hand_on(&left);
	if (!error)
		error = arm_fire(arm);
	return error ? error : arm_fire(arm);
}

static int begin_heir(void)
{
	struct irq_request request;
	int error;

	idle_store_init(&gallery.idle, true);
	request = idle_request(&gallery.idle, NULL, false);
	request.protocol = protocol_find("masked");
	error = irq_alloc(&request, &gallery.heir);
	if (error)
		return error;
	error = irq_request(gallery.heir, gallery.arm.roles.first_receiver, heir_handler,
	                    heir_handler, &gallery.arm.ledger);
	if (error)
		irq_free(gallery.heir);
	return error;
}

/* The first message is for the device to have a copy at all. */
static int hand_on_again_and_again(void)
{
	int error = begin_heir();

	if (error)
		return error;
	error = arm_fire(&gallery.arm);
	for (unsigned int n = 0; n < HANDED_ON && !error; n++)
		error = move_and_hand_on();
	irq_release(gallery.heir);
	irq_free(gallery.heir);
	return error;
}

static void judge_direct(struct test_run *run, enum gallery_part part, uint64_t lost)
{
	const struct ledger *ledger = &gallery.arm.ledger;

	if (gallery.c->expected != EXPECT_LOSS)
		test_check(run, !lost, "lost %lu of %lu messages, expected to lose none: %s", lost,
		           ledger->fired, gallery.c->remark);
	else if (part == GALLERY_ONE_BY_ONE)
		test_check(run, lost, "lost none of %lu messages, and one was sent wherever it can",
		           ledger->fired);
	else if (!lost)
		print("# %s: expected to lose, lost none in %lu moves\n", run->name,
		      gallery.arm.mover.moves);
}

static void judge(struct test_run *run, enum gallery_part part)
{
	uint64_t lost = ledger_lost(&gallery.arm.ledger);

	arm_check_books(run, &gallery.arm);
	if (run->phase == PHASE_DIRECT)
		judge_direct(run, part, lost);
	else
		test_check(run, !lost, "lost %lu of %lu messages with remapping, must lose none",
		           lost, gallery.arm.ledger.fired);
	gallery_table_add(gallery.c, run->phase, part, &gallery.arm.ledger);
}

static void one_by_one(struct test_run *run)
{
	struct arm *arm = &gallery.arm;
	int error = gallery.c->hand_on ? hand_on_again_and_again() : each_window();

	arm_prove(arm);
	test_check(run, !error, "a move, or a message amid it, failed: error %d", error);
	print("# %s: one by one: lost %lu of %lu messages\n", run->name, ledger_lost(&arm->ledger),
	      arm->ledger.fired);
	judge(run, GALLERY_ONE_BY_ONE);
}

static void storm(struct test_run *run)
{
	struct arm *arm = &gallery.arm;
	uint64_t part = arm->ledger.outcomes[OUTCOME_MISSING] ? FIRES_PART_MISSING : FIRES_PART;
	uint64_t fires = run->options->fires / part + 1;
	int error;

	ledger_init(&arm->ledger);
	arm->mover.limit = run->options->moves ? run->options->moves : fires * MOVES_PER_FIRE;
	error = arm_run(arm, fires);
	test_check(run, !error, "%s refused to fire: error %d", arm->source->name, error);
	test_check(run, !arm->mover.error, "a move failed: error %d", arm->mover.error);
	arm_print_result(arm, run->options->seed);
	judge(run, GALLERY_STORM);
}

/* The seed's third point: the message is written once, and the driver has nothing to get wrong. */
static void check_left_alone(struct test_run *run)
{
	struct message now;

	gallery.arm.irq->store->ops->read(gallery.arm.irq->store, &now);
	test_check(
	        run, !gallery.driver_called && !gallery.store_written,
	        "with remapping the driver was asked to move %lu times, and its slot was written "
	        "%lu times",
	        gallery.driver_called, gallery.store_written);
	test_check(run, !memcmp(&now, &gallery.set_up, sizeof(now)),
	           "with remapping the slot changed from %08x, %08x to %08x, %08x",
	           gallery.set_up.address_lo, gallery.set_up.data, now.address_lo, now.data);
}

static void measure(struct test_run *run)
{
	struct message_store *store = gallery.arm.irq->store;

	watch_store(store);
	one_by_one(run);
	if (!gallery.c->hand_on && !run->failed)
		storm(run);
	unwatch_store(store);
	if (run->phase == PHASE_REMAPPED)
		check_left_alone(run);
	else
		test_check(run, gallery.driver_called && gallery.store_written,
		           "without remapping nobody asked the driver to move anything");
}

/* With remapping there is no right way that mistakes could be compared with. */
static const struct gallery_case *nth_case(enum test_phase phase, unsigned int n)
{
	const struct gallery_case *c;

	for (unsigned int i = 0; (c = gallery_case(i)); i++)
		if ((phase == PHASE_DIRECT || c->expected != EXPECT_NO_LOSS) &&
		    arms_source_of_kind(c->kind) && n-- == 0)
			break;
	return c;
}

static void show(struct test_run *run)
{
	const struct gallery_case *c = nth_case(run->phase, run->instance);

	memset(&gallery, 0, sizeof(gallery));
	gallery.c = c;
	gallery.window = NEVER;
	gallery.driver = protocol_find(c->protocol);
	gallery.watched = *gallery.driver;
	gallery.watched.move = watched_move;
	if (!arm_open(run, &gallery.arm, arms_source_of_kind(c->kind), &gallery.watched))
		return;
	if (gallery.arm.roles.receivers > RECEIVERS_MAX)
		gallery.arm.roles.receivers = RECEIVERS_MAX;
	measure(run);
	arm_close(run, &gallery.arm);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	while (nth_case(phase, count))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct gallery_case *c = nth_case(phase, instance);

	format(buffer, size, "%s.%s%s%s", c->kind, c->protocol, c->hand_on ? ".handed-on" : "",
	       phase == PHASE_REMAPPED ? ".remapped" : "");
}

#define NEEDS "no device with interrupt message storage (lsi53c895a does as if)"

TEST(22, gallery_direct) = {
        .name = "gallery",
        .checks = "without remapping each way in which a driver of IMS gets its slot wrong loses "
                  "messages, or is lucky for a reason that can be named (the mail's #1 and #2)",
        .failure = "a mistake went unpunished, or the right way beside it lost a message, or luck "
                   "ran out: this device is not like those it was right for",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NEEDS,
        .run = show,
};

TEST(22, gallery_remapped) = {
        .name = "gallery",
        .checks = "with remapping the same drivers lose nothing, since their slot is never touched "
                  "after it was set up (the mail's #3)",
        .failure = "a message was lost in a move through the IRTE, or a move wrote to the device",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NEEDS,
        .run = show,
};
