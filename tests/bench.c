// SPDX-License-Identifier: MIT
/*
 * What the tool costs on top of the bare operation, as ratios within one run. Batches of the one
 * and the other take turns, so that a busy host slows both; no ratio is ever asserted.
 */
#include "drivers/vtd/regs.h"
#include "drivers/vtd/vtd.h"
#include "kernel/bits.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/suite.h"

#define BATCHES 20

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
static uint64_t bare_fires(struct arm *arm, uint64_t fires, uint64_t *counter)
{
	uint64_t start = time_ticks();

	for (uint64_t i = 0; i < fires; i++) {
		uint64_t seen = __atomic_load_n(counter, __ATOMIC_ACQUIRE);

		arm->source->ops->fire(arm->source, arm->slot);
		while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) == seen)
			pause();
	}
	return time_ticks() - start;
}

static void bench_fire(struct test_run *run)
{
	struct source *source = source_get(run->instance);
	const struct protocol *protocol = arms_lossless_protocol(run->phase == PHASE_REMAPPED);
	uint64_t batch = run->options->fires / BATCHES + 1;
	uint64_t bare = 0, moving = 0, moves = 0, counter = 0;
	struct arm arm;

	if (!test_check(run, !source->ops->open(source), "%s does not open", source->name))
		return;
	for (int i = 0; i < BATCHES && !run->failed; i++) {
		if (!test_check(run, !arm_begin(&arm, source, 0, protocol, 1), "no irq"))
			break;
		arm.irq->handler = count;
		arm.irq->context = &counter;
		bare += bare_fires(&arm, batch, &counter);
		arm.irq->handler = ledger_handler;
		arm.irq->context = &arm.ledger;
		test_check(run, !arm_run(&arm, batch), "the device refused to fire");
		moving += arm.ticks;
		moves += arm.moves;
		arm_end(&arm);
	}
	source->ops->close(source);
	print("# bench fire source=%s store=%s ir=%s bare=%lu/s moving=%lu/s moves=%lu\n",
	      source->name, source->kind, vtd_enabled() ? "on" : "off",
	      BATCHES * batch * 1000000000 / (time_ns(bare) + 1),
	      BATCHES * batch * 1000000000 / (time_ns(moving) + 1), moves);
	print_ratio("fire", permille(bare, moving), "0.8 or more");
}

/* The parts of one remapped move and nothing around them, on the entry of a live irq. */
struct bare_move {
	struct vtd_unit *unit;
	uint32_t index;
	uint64_t words[2]; /* the entry's low quadword, for two vectors of one CPU */
};

static void bare_moves(const struct bare_move *move, uint64_t moves)
{
	struct vtd_queue *queue = &move->unit->queue;
	uint64_t status = memory_physical((const void *)queue->status);

	for (uint64_t i = 0; i < moves; i++) {
		struct vtd_descriptor *slot = &queue->descriptors[queue->tail];

		mmio_write64(&move->unit->table[move->index].lo, move->words[i & 1]);
		queue->sequence++;
		slot[0] = vtd_iec_index((uint16_t)move->index, 0);
		slot[1] = vtd_wait_status(status, queue->sequence);
		queue->tail = (queue->tail + 2) % (PAGE_SIZE / sizeof(*slot));
		mmio_write32(queue->registers + IQT_REG, (uint32_t)field_set(IQT_QT, queue->tail));
		while (*queue->status != queue->sequence)
			pause();
	}
}

static void bench_move(struct test_run *run)
{
	struct source *source = source_get(run->instance);
	uint64_t bare = 0, full = 0, batch = run->options->fires / BATCHES + 1;
	const uint32_t cpus[2] = {cpu_count() - 1, cpu_count() - 2};
	struct bare_move parts;
	struct arm arm;

	if (!test_check(run, !source->ops->open(source), "%s does not open", source->name))
		return;
	if (!test_check(run, !arm_begin(&arm, source, 0, arms_lossless_protocol(true), 1),
	                "no irq"))
		goto close;
	for (int i = 0; i < BATCHES; i++) {
		uint64_t start = time_ticks();

		for (uint64_t n = 0; n < batch; n++)
			if (irq_set_affinity(arm.irq, cpus[n & 1]))
				test_fail(run, "a move failed");
		full += time_ticks() - start;

		parts.unit = arm.irq->chain[1].unit;
		parts.index = arm.irq->chain[1].index;
		parts.words[1] = parts.unit->table[parts.index].lo;
		parts.words[0] = parts.words[1] ^ field_set(IRTE_LO_V, 1);
		start = time_ticks();
		bare_moves(&parts, batch | 1); /* odd: ends on the word it found */
		bare += time_ticks() - start;
	}
	arm_end(&arm);
	print("# bench move bare=%luns full=%luns\n", time_ns(bare) / (BATCHES * batch),
	      time_ns(full) / (BATCHES * batch));
	print_ratio("move", permille(full, bare), "1.2 or less");
close:
	source->ops->close(source);
}

static unsigned int one_if_any(enum test_phase phase)
{
	(void)phase;
	return source_get(0) ? 1 : 0;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct source *source = source_get(instance);

	format(buffer, size, "%s.%s.%s", source->name, source->kind,
	       arms_lossless_protocol(phase == PHASE_REMAPPED)->name);
}

#define BENCH_FIRE(phase_name)                                                                     \
	{                                                                                          \
		.name = "bench.fire", .checks = "what the ledger and the moves cost a fire",       \
		.failure = "the device does not answer", .phase = phase_name, .cpus = 2,           \
		.on_demand = true, .instances = one_if_any, .label = label, .needs = NO_SOURCE,    \
		.run = bench_fire,                                                                 \
	}

TEST(90, bench_fire_direct) = BENCH_FIRE(PHASE_DIRECT);
TEST(90, bench_fire_remapped) = BENCH_FIRE(PHASE_REMAPPED);

TEST(90, bench_move) = {
        .name = "bench.move",
        .checks = "what irq_set_affinity() costs on top of entry store, invalidation and wait",
        .failure = "moves do not work at all",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .on_demand = true,
        .instances = one_if_any,
        .label = label,
        .needs = NO_SOURCE,
        .run = bench_move,
};
