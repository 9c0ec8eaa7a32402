// SPDX-License-Identifier: MIT
/*
 * What the tool costs on top of the bare operation, as ratios within one run. Batches of the one
 * and the other take turns, so that a busy host slows both; no ratio is ever asserted.
 *
 * The fires while moving are compared with a bare loop alone, and with the same bare loop beside a
 * bare mover: with fewer host CPUs than virtual ones a CPU that moves takes time from those that
 * fire and receive, whatever it does.
 */
#include "drivers/vtd/regs.h"
#include "drivers/vtd/vtd.h"
#include "kernel/bits.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/suite.h"

#define BATCHES  20
#define BARRIERS 20

static uint64_t permille(uint64_t part, uint64_t whole)
{
	return whole ? part * 1000 / whole : 0;
}

static void print_ratio(const char *what, uint64_t ratio, const char *goal)
{
	print("# bench %s ratio=%lu.%03lu goal=%s\n", what, ratio / 1000, ratio % 1000, goal);
}

static void count(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	uint64_t *counter = context;

	(void)irq, (void)arrival;
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELEASE);
}

/* The bare loop: write the fire register, take the interrupt, count. Returns its ticks. */
static uint64_t bare_fires(struct arm *arm, uint64_t fires)
{
	uint64_t counter = 0, start;

	arm->irq->context = &counter;
	arm->irq->handler = count;
	wait_begin_renewed("the message of a bare loop of %lu", fires, &counter);
	start = time_ticks();
	for (uint64_t i = 0; i < fires; i++) {
		uint64_t seen = __atomic_load_n(&counter, __ATOMIC_ACQUIRE);

		arm->source->ops->fire(arm->source, arm->slot);
		while (__atomic_load_n(&counter, __ATOMIC_ACQUIRE) == seen)
			pause();
	}
	start = time_ticks() - start;
	wait_end();
	arm->irq->handler = ledger_handler;
	arm->irq->context = &arm->ledger;
	return start;
}

/* On each CPU that receives while the arm moves, in equal shares: their prices differ widely. */
static uint64_t bare_fires_on_each_receiver(struct test_run *run, struct arm *arm, uint64_t fires)
{
	uint64_t ticks = 0;

	for (uint32_t i = 0; i < arm->roles.receivers; i++) {
		if (irq_set_affinity(arm->irq, arm->roles.first_receiver + i))
			test_fail(run, "a move failed");
		ticks += bare_fires(arm, fires / arm->roles.receivers);
	}
	return ticks;
}

/* The parts of one remapped move and nothing around them, on the entry of a live irq. */
struct bare_mover {
	struct vtd_unit *unit;
	uint32_t index;
	uint64_t words[2]; /* the entry's low quadword for two targets that the irq owns */
};

static void bare_mover_init(struct bare_mover *mover, struct arm *arm)
{
	const struct irq_layer *remapping = &arm->irq->chain[1];

	mover->unit = remapping->unit;
	mover->index = remapping->index;
	for (int i = 0; i < 2; i++) {
		irq_set_affinity(arm->irq, cpu_count() - 1 - i);
		mover->words[i] = mover->unit->table[mover->index].lo;
	}
}

static void bare_move(const struct bare_mover *mover, uint64_t word)
{
	struct vtd_queue *queue = &mover->unit->queue;
	struct vtd_descriptor *slot = &queue->descriptors[queue->tail];

	mmio_write64(&mover->unit->table[mover->index].lo, word);
	queue->sequence++;
	slot[0] = vtd_iec_index((uint16_t)mover->index, 0);
	slot[1] = vtd_wait_status(queue->status_physical, queue->sequence);
	queue->tail = (queue->tail + 2) % (PAGE_SIZE / sizeof(*slot));
	mmio_write32(queue->registers + IQT_REG, (uint32_t)field_set(IQT_QT, queue->tail));
	while (*queue->status != queue->sequence)
		pause();
}

/* Ends on the word the irq's own records say. */
static void bare_moves(const struct bare_mover *mover, uint64_t pairs)
{
	for (uint64_t i = 0; i < pairs; i++) {
		bare_move(mover, mover->words[0]);
		bare_move(mover, mover->words[1]);
	}
}

static int bare_moves_of_two(void *context)
{
	bare_moves(context, 1);
	return 0;
}

static uint64_t bare_fires_beside_bare_moves(struct arm *arm, uint64_t fires)
{
	struct bare_mover bare;
	struct mover mover = {.move = bare_moves_of_two, .context = &bare};
	uint64_t ticks;

	bare_mover_init(&bare, arm);
	mover_start(&mover);
	ticks = bare_fires(arm, fires);
	mover_stop(&mover);
	return ticks;
}

static uint64_t per_second(uint64_t count, uint64_t ticks)
{
	return count * 1000000000 / (time_ns(ticks) + 1);
}

static void bench_fire(struct test_run *run, struct arm *arm)
{
	uint64_t share = run->options->fires / BATCHES / arm->roles.receivers + 1;
	uint64_t batch = share * arm->roles.receivers, all = BATCHES * batch;
	uint64_t alone = 0, beside = 0, moving = 0;

	for (int i = 0; i < BATCHES && !run->failed; i++) {
		alone += bare_fires_on_each_receiver(run, arm, batch);
		beside += bare_fires_beside_bare_moves(arm, batch);
		test_check(run, !arm_run(arm, batch), "the device refused to fire");
		moving += arm->ticks;
	}
	print("# bench fire bare=%lu/s bare-beside-bare-moves=%lu/s moving=%lu/s moves=%lu\n",
	      per_second(all, alone), per_second(all, beside), per_second(all, moving),
	      arm->mover.moves);
	print_ratio("fire moving:bare", permille(alone, moving), "0.8 or more");
	print_ratio("fire moving:bare-beside-bare-moves", permille(beside, moving), "0.8 or more");
}

static void bench_move(struct test_run *run, struct arm *arm)
{
	const uint32_t cpus[2] = {cpu_count() - 1, cpu_count() - 2};
	uint64_t pairs = run->options->fires / BATCHES / 2 + 1, all = BATCHES * 2 * pairs;
	uint64_t bare = 0, full = 0;
	struct bare_mover mover;

	bare_mover_init(&mover, arm);
	for (int i = 0; i < BATCHES; i++) {
		uint64_t start = time_ticks();

		for (uint64_t n = 0; n < 2 * pairs; n++)
			if (irq_set_affinity(arm->irq, cpus[n & 1]))
				test_fail(run, "a move failed");
		full += time_ticks() - start;
		start = time_ticks();
		bare_moves(&mover, pairs);
		bare += time_ticks() - start;
	}
	print("# bench move bare=%luns full=%luns\n", time_ns(bare) / all, time_ns(full) / all);
	print_ratio("move full:bare", permille(full, bare), "1.2 or less");
}

/* What each proof costs: all CPUs answer. It grows with their number, and with the host's work. */
static void bench_barrier(void)
{
	uint64_t start = time_ticks();

	for (unsigned int n = 0; n < BARRIERS; n++)
		barrier();
	print("# bench barrier cpus=%u %luns\n", cpu_count(),
	      time_ns(time_ticks() - start) / BARRIERS);
}

static void bench_memory(void)
{
	uint64_t used = memory_image_size() + memory_used();
	uint64_t budget = (1ULL << 20) + cpu_count() * (64ULL << 10);

	print("# bench memory used=%luKiB budget=%luKiB\n", used >> 10, budget >> 10);
	print_ratio("memory used:budget", permille(used, budget), "1 or less");
}

static void bench(struct test_run *run)
{
	struct source *source = arms_source(run->instance);
	struct arm arm;

	if (!arm_open(run, &arm, source, arms_lossless_protocol(true)))
		return;
	bench_move(run, &arm);
	bench_fire(run, &arm);
	bench_barrier();
	bench_memory();
	arm_close(run, &arm);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct source *source = arms_source(instance);

	(void)phase;
	format(buffer, size, "%s.%s", source->name, source->kind);
}

TEST(90, bench) = {
        .name = "bench",
        .checks = "what the tool costs on top of a bare move and a bare fire",
        .failure = "moves or fires do not work at all",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .on_demand = true,
        .instances = arms_one_if_any,
        .label = label,
        .needs = NO_SOURCE,
        .run = bench,
};
