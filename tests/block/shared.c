// SPDX-License-Identifier: MIT
/*
 * Why multi-vector MSI without remapping is refused: it is had by force (tests/block/msi_row.h),
 * and one irq of the row moves alone by the only means there is, the address and the data that all
 * share. Then all move together, which is the other way out, and what that costs is counted. The
 * same with remapping, where one does move alone, is tests/block/alone.c.
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/block/msi_row.h"
#include "tests/suite.h"

/* The message whose irq moves alone; the one whose place in the new row is another irq's. */
#define MOVED 1
#define TAKEN 2

/* Where the capability stands in a move; the columns of the table. */
enum step {
	AT_HOME,          /* all vectors in a row on one CPU, as allocated */
	ADDRESS,          /* MOVED has gone to the other CPU, with the same vector */
	ADDRESS_AND_DATA, /* the same with a vector in another row */
	TORN,             /* all go together: the address is written, the data not yet */
	TOGETHER,         /* both are */
	TWO_STEP,         /* all go back, by Linux's two steps and a look for each of them */
	STEPS,
};

enum ending { DELIVERED, STRAY, STOLEN, SENT_AGAIN, NOWHERE, TWICE };

static const char *const ending_names[] = {"", "stray", "stolen", "sent again", "nowhere", "twice"};

/* Written down from the argument above: who shares an address is sent there. */
static const struct expectation {
	const char *name;
	enum ending moved, taken, others;
} expectations[STEPS] = {
        [AT_HOME] = {"at home", DELIVERED, DELIVERED, DELIVERED},
        [ADDRESS] = {"one: address", DELIVERED, STRAY, STRAY},
        [ADDRESS_AND_DATA] = {"one: and data", DELIVERED, STOLEN, STRAY},
        [TORN] = {"all: torn", STRAY, STRAY, STRAY},
        [TOGETHER] = {"all", DELIVERED, DELIVERED, DELIVERED},
        [TWO_STEP] = {"all: two-step", SENT_AGAIN, SENT_AGAIN, SENT_AGAIN},
};

/* What became of one message. */
struct landing {
	uint32_t owned;  /* came in at the target of its irq, */
	uint32_t stray;  /* at a pair that nobody has, */
	uint32_t stolen; /* at another irq's, or at an old one of its own */
	uint32_t cpu;
	uint8_t vector;
};

static struct {
	struct msi_row row;
	uint32_t home, away; /* CPUs */
	struct fillers other_device;
	struct irq *other; /* its irq */
	enum step step;
	unsigned int number; /* of the message on its way; */
	bool several;        /* more than one is: then by the irq that it reaches */
	struct landing landings[STEPS][MSI_BLOCK_MAX];
	uint32_t found; /* by the look into the IRR */
} test;

static struct landing *landing_of(unsigned int number)
{
	return &test.landings[test.step][test.several ? number : test.number];
}

static void note(struct landing *landing, uint32_t *what, const struct irq_arrival *arrival)
{
	landing->cpu = arrival->cpu;
	landing->vector = arrival->vector;
	__atomic_add_fetch(what, 1, __ATOMIC_SEQ_CST);
}

static void own_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	unsigned int number = (unsigned int)(uintptr_t)context;
	struct landing *landing = landing_of(number);
	bool right = (test.several || number == test.number) &&
	             arrival->generation == irq->target.generation;

	note(landing, right ? &landing->owned : &landing->stolen, arrival);
}

/* Of a message that was sent again, the copy's place counts: the original may come in later. */
static void stray_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct landing *landing = landing_of((unsigned int)(uintptr_t)context);

	(void)irq;
	if (test.step == TWO_STEP)
		__atomic_add_fetch(&landing->stray, 1, __ATOMIC_SEQ_CST);
	else
		note(landing, &landing->stray, arrival);
}

static void other_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)context;
	note(landing_of(0), &landing_of(0)->stolen, arrival);
}

/* Only of the step whose messages go where no irq has ever had a vector. */
static bool foreseen(const struct irq_arrival *arrival)
{
	if (test.step != ADDRESS_AND_DATA)
		return false;
	note(landing_of(0), &landing_of(0)->stray, arrival);
	return true;
}

static enum ending ending_of(const struct landing *landing)
{
	if (landing->owned == 1 && landing->stray == 1 && !landing->stolen)
		return SENT_AGAIN;
	if (landing->owned + landing->stray + landing->stolen > 1)
		return TWICE;
	if (landing->owned)
		return DELIVERED;
	if (landing->stray)
		return STRAY;
	return landing->stolen ? STOLEN : NOWHERE;
}

static void check_message(struct test_run *run, unsigned int n, enum ending expected)
{
	const struct landing *landing = &test.landings[test.step][n];
	const struct message *words = &test.row.words;
	enum ending ending = ending_of(landing);

	if (!test_check(run, ending == expected,
	                "%s: message %u is \"%s\", expected \"%s\" (\"\": delivered)",
	                expectations[test.step].name, n, ending_names[ending],
	                ending_names[expected]))
		return;
	test_check(run,
	           cpu_get(landing->cpu)->apic_id == message_destination(words) &&
	                   landing->vector == (words->data | n),
	           "%s: message %u came in at cpu %u, vector %02x, which is not what the "
	           "capability says",
	           expectations[test.step].name, n, landing->cpu, landing->vector);
}

static void check_step(struct test_run *run)
{
	const struct expectation *e = &expectations[test.step];

	test_check(run, !test.row.error, "%s: a message or a move was refused: error %d", e->name,
	           test.row.error);
	for (unsigned int n = 0; n < test.row.messages; n++)
		check_message(run, n, n == MOVED ? e->moved : n == TAKEN ? e->taken : e->others);
}

static void fire_each(struct test_run *run, enum step step)
{
	test.step = step;
	for (unsigned int n = 0; n < test.row.messages; n++) {
		test.number = n;
		msi_row_fire(&test.row, n);
		barrier();
	}
	check_step(run);
}

/* There, alone, and back. The device is silent but in fire_each(). */
static void move_one(struct test_run *run, enum step step, unsigned int base)
{
	struct msi_row *row = &test.row;
	unsigned int home_base = row->words.data;
	struct irq *irq = row->irqs[MOVED];

	msi_row_move(row, irq, test.away, (uint8_t)(base + MOVED));
	vector_free_others(irq, &irq->target);
	msi_row_write(row, test.away, base);
	fire_each(run, step);
	msi_row_move(row, irq, test.home, (uint8_t)(home_base + MOVED));
	vector_free_others(irq, &irq->target);
	msi_row_write(row, test.home, home_base);
}

/* Into a row where one vector is somebody else's. */
static void move_one_to_other_row(struct test_run *run, unsigned int base)
{
	if (test.row.messages > TAKEN)
		msi_row_move(&test.row, test.other, test.away, (uint8_t)(base + TAKEN));
	vector_foresee(foreseen);
	move_one(run, ADDRESS_AND_DATA, base);
	vector_foresee(NULL);
	msi_row_move(&test.row, test.other, 0, VECTOR_DEVICE_LAST);
	vector_free_others(test.other, &test.other->target);
}

/* By a plain rewrite: its one window hits all messages at once. */
static void move_together(struct test_run *run, unsigned int base)
{
	unsigned int home_base = test.row.words.data;

	msi_row_move_all(&test.row, test.away, base);
	msi_row_write(&test.row, test.away, home_base);
	fire_each(run, TORN);
	msi_row_write(&test.row, test.away, base);
	fire_each(run, TOGETHER);
	msi_row_leave_all(&test.row);
}

/* On the old CPU with interrupts off, as kernel/irq/protocols/two_step.c, with a look for each. */
static void two_step_for_all(void *argument)
{
	unsigned int base = *(unsigned int *)argument;

	msi_row_write(&test.row, test.away, base);
	for (unsigned int n = 0; n < test.row.messages; n++)
		msi_row_fire(&test.row, n);
	msi_row_write(&test.row, test.home, base);
	for (unsigned int n = 0; n < test.row.messages; n++)
		if (apic_irr((uint8_t)(base + n))) {
			test.found++;
			apic_send(cpu_get(test.home)->apic_id, (uint8_t)(base + n));
		}
}

static void move_back_by_two_step(struct test_run *run, unsigned int base)
{
	msi_row_move_all(&test.row, test.home, base);
	test.step = TWO_STEP;
	test.several = true;
	smp_call(test.away, two_step_for_all, &base);
	barrier(); /* the originals have come in, and what was sent again; */
	barrier(); /* that, too, where it was sent after its CPU had taken the first one */
	test.several = false;
	check_step(run);
	msi_row_leave_all(&test.row);
}

/* One vector of each row is somebody's: any irq finds room, and all together do not. */
static void find_no_row(struct test_run *run)
{
	struct msi_row *row = &test.row;
	unsigned int rows = 0;
	int error = 0;

	for (unsigned int base = msi_row_first(row); msi_row_exists(row, base) && !error;
	     base += row->messages, rows++)
		error = vector_claim(test.other, test.away, (uint8_t)(base + row->messages / 2));
	test_check(run, !error, "a vector of each row cannot be taken: error %d", error);
	test_check(run, msi_row_claim(row, test.away, msi_row_first(row)) == -ENOSPC,
	           "a row of %u is found where each has a vector that is taken", row->messages);
	error = irq_set_affinity(row->irqs[MOVED], test.away);
	test_check(run, !error, "no room for one irq: error %d", error);
	vector_free_others(test.other, &test.other->target);
	print("# block.shared %u of the %u vectors of cpu %u are taken, one in each row: no row of "
	      "%u (-ENOSPC), and room for one irq alone\n",
	      rows, VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1, test.away, row->messages);
}

static void print_row(unsigned int n)
{
	char line[STEPS * 20];
	int length = 0;

	for (enum step step = 0; step < STEPS; step++) {
		const struct landing *l = &test.landings[step][n];
		char cell[32];

		format(cell, sizeof(cell), "%u:%02x %s", l->cpu, l->vector,
		       ending_names[ending_of(l)]);
		length += format(line + length, sizeof(line) - (size_t)length,
		                 step + 1 < STEPS ? "%-15s" : "%s", cell);
	}
	print("# block.shared %-9u%s\n", n, line);
}

static void print_table(void)
{
	unsigned int messages = test.row.messages;

	print("# block.shared %s, %u messages: irq %u goes from cpu %u to cpu %u alone, all go "
	      "there, all go back\n",
	      test.row.block.source->name, messages, MOVED, test.home, test.away);
	print("# block.shared %-9s%-15s%-15s%-15s%-15s%-15s%s\n", "message",
	      expectations[AT_HOME].name, expectations[ADDRESS].name,
	      expectations[ADDRESS_AND_DATA].name, expectations[TORN].name,
	      expectations[TOGETHER].name, expectations[TWO_STEP].name);
	for (unsigned int n = 0; n < messages; n++)
		print_row(n);
	print("# block.shared all together take %u vectors in a row, aligned, while the old %u are "
	      "still answered; %u looks into the IRR, %u messages sent again\n",
	      messages, messages, messages, test.found);
}

static bool claim_row(struct test_run *run, uint32_t cpu, unsigned int from, unsigned int *base)
{
	int found = msi_row_claim(&test.row, cpu, from);

	*base = (unsigned int)found;
	return test_check(run, found >= 0, "no row to move to on cpu %u: error %d", cpu, found);
}

static void steps(struct test_run *run)
{
	unsigned int size = test.row.messages;
	unsigned int home_base = test.row.words.data;
	unsigned int base;

	fire_each(run, AT_HOME);
	move_one(run, ADDRESS, home_base);
	move_one_to_other_row(run, home_base + size);
	if (!claim_row(run, test.away, home_base + size, &base))
		return;
	move_together(run, base);
	if (!claim_row(run, test.home, base + size, &base))
		return;
	move_back_by_two_step(run, base);
	print_table();
	find_no_row(run);
}

static int request_all(void)
{
	int error = msi_row_request(&test.row, test.home, own_handler, stray_handler);

	fillers_init(&test.other_device, NULL, false);
	test.other_device.request.protocol = protocol_find("masked");
	if (!error)
		error = fillers_alloc(&test.other_device, &test.other);
	return error ? error : irq_request(test.other, 0, other_handler, NULL, NULL);
}

static void direct(struct test_run *run)
{
	int error;

	memset(&test, 0, sizeof(test));
	test.home = cpu_count() >= 3 ? 1 : 0;
	test.away = test.home + 1;
	if (!msi_row_open(run, &test.row, msi_block_source(run->instance, 2)))
		return;
	error = request_all();
	if (test_check(run, !error, "the irqs are refused: error %d", error))
		steps(run);
	fillers_free(&test.other_device);
	msi_row_free(&test.row);
	msi_row_close(&test.row);
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return msi_block_sources(2);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", msi_block_source(instance, 2)->name);
}

TEST(45, block_shared_direct) = {
        .name = "block.shared",
        .checks = "without remapping, the vectors of a device with several MSI messages share one "
                  "address and cannot move alone: where one goes, all are sent (the mail's point "
                  "2: multi-vector MSI is not supported on x86 unless interrupt remapping is "
                  "enabled; PCIe 6.0, 7.7.1.5 \"Message Data Register for MSI\")",
        .failure = "a message came in elsewhere than its capability says",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = MSI_BLOCK_NO_MESSAGES,
        .run = direct,
};
