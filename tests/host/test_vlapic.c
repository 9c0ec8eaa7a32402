// SPDX-License-Identifier: MIT
// links: kernel/virt/vlapic.c
//
// A vCPU's local APIC against Intel SDM vol. 3, chapter 11.
#include <asm-generic/errno.h>
#include <pthread.h>

#include "kernel/bits.h"
#include "kernel/cpu/apic_access.h"
#include "kernel/virt/vlapic.h"
#include "tests/host/unit.h"

#define MSR(reg)    (0x800 + (reg) / 16)
#define SELF_IPI    0x3f0
#define PPR         0x0a0
#define TMR         0x180
#define ID          0x12345
#define FIRST_LEGAL 16

static struct vlapic apic;
static struct vlapic_ipi ipi;

static int write_reg(uint32_t reg, uint64_t value)
{
	return vlapic_write(&apic, MSR(reg), value, &ipi);
}

static uint64_t read_reg(uint32_t reg)
{
	uint64_t value;

	assert_int_equal(vlapic_read(&apic, MSR(reg), &value), 0);
	return value;
}

static int start(void **state)
{
	(void)state;
	vlapic_init(&apic, ID);
	assert_int_equal(write_reg(APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | 0xff), 0);
	return 0;
}

static void take(uint8_t vector)
{
	assert_int_equal(vlapic_next(&apic), vector);
	vlapic_accept(&apic, vector);
}

static void eoi(void)
{
	assert_int_equal(write_reg(APIC_EOI, 0), 0);
}

static void the_highest_vector_comes_first(void **state)
{
	static const uint8_t order[] = {0x31, 0xee, 0x20, 0x2f, 0x80, 0x9f};
	static const uint8_t taken[] = {0xee, 0x9f, 0x80, 0x31, 0x2f, 0x20};

	(void)state;
	for (unsigned int i = 0; i < sizeof(order); i++)
		assert_int_equal(vlapic_post(&apic, order[i]), VLAPIC_NEW);
	for (unsigned int i = 0; i < sizeof(taken); i++) {
		take(taken[i]);
		eoi();
	}
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
}

static void every_legal_vector_comes_as_itself(void **state)
{
	(void)state;
	for (unsigned int vector = FIRST_LEGAL; vector < 256; vector++) {
		assert_int_equal(vlapic_post(&apic, (uint8_t)vector), VLAPIC_NEW);
		assert_int_equal(read_reg(APIC_IRR + vector / 32 * 16), 1U << vector % 32);
		take((uint8_t)vector);
		assert_int_equal(read_reg(APIC_IRR + vector / 32 * 16), 0);
		assert_int_equal(read_reg(APIC_ISR + vector / 32 * 16), 1U << vector % 32);
		assert_int_equal(read_reg(PPR), vector & 0xf0);
		eoi();
		assert_int_equal(read_reg(APIC_ISR + vector / 32 * 16), 0);
	}
}

static void what_is_pending_already_merges(void **state)
{
	(void)state;
	assert_int_equal(vlapic_post(&apic, 0x55), VLAPIC_NEW);
	assert_int_equal(vlapic_post(&apic, 0x55), VLAPIC_MERGED);
	take(0x55);
	/* One in service and one pending are two. */
	assert_int_equal(vlapic_post(&apic, 0x55), VLAPIC_NEW);
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
	eoi();
	take(0x55);
	eoi();
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
}

/* 11.8.4: what has no higher class than what is in service waits; a higher one nests. */
static void a_class_in_service_holds_back_its_own_and_lower_ones(void **state)
{
	(void)state;
	assert_int_equal(vlapic_post(&apic, 0x55), VLAPIC_NEW);
	take(0x55);
	assert_int_equal(vlapic_post(&apic, 0x5f), VLAPIC_NEW);
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
	assert_int_equal(vlapic_post(&apic, 0x61), VLAPIC_NEW);
	take(0x61);
	assert_int_equal(read_reg(PPR), 0x60);
	eoi(); /* the highest ends first */
	assert_int_equal(read_reg(PPR), 0x50);
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
	eoi();
	take(0x5f);
	eoi();
	assert_int_equal(read_reg(PPR), 0);
}

static void an_eoi_with_nothing_in_service_does_nothing(void **state)
{
	(void)state;
	assert_int_equal(vlapic_post(&apic, 0x55), VLAPIC_NEW);
	eoi();
	take(0x55);
}

static void the_task_priority_holds_back(void **state)
{
	(void)state;
	assert_int_equal(write_reg(APIC_TPR, 0x57), 0);
	assert_int_equal(read_reg(APIC_TPR), 0x57);
	assert_int_equal(read_reg(PPR), 0x57);
	assert_int_equal(vlapic_post(&apic, 0x5f), VLAPIC_NEW);
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
	assert_int_equal(vlapic_post(&apic, 0x60), VLAPIC_NEW);
	take(0x60);
	assert_int_equal(read_reg(PPR), 0x60);
	eoi();
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
	assert_int_equal(write_reg(APIC_TPR, 0x4f), 0);
	take(0x5f);
	assert_int_equal(read_reg(PPR), 0x50);
	assert_int_equal(write_reg(APIC_TPR, 0x5a), 0);
	assert_int_equal(read_reg(PPR), 0x5a); /* equal classes: the task's, with its sub-class */
}

static void a_disabled_one_takes_nothing(void **state)
{
	(void)state;
	vlapic_init(&apic, ID);
	assert_int_equal(vlapic_post(&apic, 0x55), VLAPIC_REFUSED);
	start(NULL);
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
	assert_int_equal(vlapic_post(&apic, 0x55), VLAPIC_NEW);
	assert_int_equal(write_reg(APIC_SPURIOUS, 0xff), 0);
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
	assert_int_equal(vlapic_post(&apic, 0x56), VLAPIC_REFUSED);
	assert_int_equal(write_reg(APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | 0xff), 0);
	take(0x55);
}

static void an_illegal_vector_is_dropped_and_recorded(void **state)
{
	(void)state;
	assert_int_equal(vlapic_post(&apic, 15), VLAPIC_REFUSED);
	assert_int_equal(vlapic_next(&apic), VLAPIC_NOTHING);
	assert_int_equal(write_reg(APIC_ICR_LOW, 15), 0);
	assert_int_equal(write_reg(SELF_IPI, 3), 0);
	assert_int_equal(read_reg(APIC_ESR), 0); /* a write latches (11.5.3) */
	assert_int_equal(write_reg(APIC_ESR, 0), 0);
	assert_int_equal(read_reg(APIC_ESR), BIT_ULL(6) | BIT_ULL(5));
	assert_int_equal(write_reg(APIC_ESR, 0), 0);
	assert_int_equal(read_reg(APIC_ESR), 0);
}

static void the_fixed_registers_read_as_they_are(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(read_reg(APIC_ID), ID);
	assert_int_equal(read_reg(APIC_VERSION), 0x50014);
	assert_int_equal(read_reg(APIC_LDR), (uint64_t)(ID >> 4) << 16 | 1 << (ID & 15));
	assert_int_equal(read_reg(APIC_SPURIOUS), APIC_SPURIOUS_ENABLE | 0xff);
	assert_int_equal(read_reg(TMR + 0x70), 0);
	assert_int_equal(vlapic_read(&apic, IA32_APIC_BASE, &value), 0);
	assert_int_equal(value, 0xfee00c00);
	assert_int_equal(vlapic_write(&apic, IA32_APIC_BASE, value, &ipi), 0);
	assert_int_equal(vlapic_write(&apic, IA32_APIC_BASE, value & ~APIC_BASE_EXTD, &ipi),
	                 -EINVAL);
	vlapic_init(&apic, 0);
	assert_int_equal(vlapic_read(&apic, IA32_APIC_BASE, &value), 0);
	assert_int_equal(value, 0xfee00d00);
}

static void the_lvt_holds_what_is_written(void **state)
{
	static const uint32_t entries[VLAPIC_LVTS] = {APIC_LVT_TIMER,       APIC_LVT_THERMAL,
	                                              APIC_LVT_PERFORMANCE, APIC_LVT_LINT0,
	                                              APIC_LVT_LINT1,       APIC_LVT_ERROR};

	(void)state;
	for (unsigned int i = 0; i < VLAPIC_LVTS; i++) {
		assert_int_equal(read_reg(entries[i]), APIC_LVT_MASKED);
		assert_int_equal(write_reg(entries[i], 0x30 + i), 0);
		assert_int_equal(write_reg(entries[i], 1U << 12), -EINVAL);
		assert_int_equal(write_reg(entries[i], 1ULL << 32), -EINVAL);
	}
	for (unsigned int i = 0; i < VLAPIC_LVTS; i++)
		assert_int_equal(read_reg(entries[i]), 0x30 + i);
	assert_int_equal(write_reg(APIC_SPURIOUS, 0xff), 0);
	assert_int_equal(read_reg(APIC_LVT_LINT0), APIC_LVT_MASKED | 0x33);
	assert_int_equal(write_reg(APIC_LVT_LINT0, 0x44), 0);
	assert_int_equal(read_reg(APIC_LVT_LINT0), APIC_LVT_MASKED | 0x44);
}

/* Each MSR of the range: what may be read, what written, with no bit set and with each one. */
static void what_is_reserved_is_refused(void **state)
{
	static const struct {
		uint32_t reg;
		bool read, write;
		uint64_t bits;
	} known[] = {
	        {APIC_ID, true, false, 0},
	        {APIC_VERSION, true, false, 0},
	        {APIC_TPR, true, true, 0xff},
	        {PPR, true, false, 0},
	        {APIC_EOI, false, true, 0},
	        {APIC_LDR, true, false, 0},
	        {APIC_SPURIOUS, true, true, 0x1ff},
	        {APIC_ESR, true, true, 0},
	        {APIC_ICR_LOW, true, true, 0xffffffff000ccfff},
	        {APIC_LVT_TIMER, true, true, 0x700ff},
	        {APIC_LVT_THERMAL, true, true, 0x107ff},
	        {APIC_LVT_PERFORMANCE, true, true, 0x107ff},
	        {APIC_LVT_LINT0, true, true, 0x1a7ff},
	        {APIC_LVT_LINT1, true, true, 0x1a7ff},
	        {APIC_LVT_ERROR, true, true, 0x100ff},
	        {APIC_TIMER_INITIAL, true, true, 0},
	        {APIC_TIMER_CURRENT, true, false, 0},
	        {APIC_TIMER_DIVIDE, true, true, 0xb},
	        {SELF_IPI, false, true, 0xff},
	};

	(void)state;
	for (uint32_t reg = 0; reg < 0x1000; reg += 16) {
		bool words = (reg >= APIC_ISR && reg < APIC_ESR);
		bool read = words, write = false;
		uint64_t bits = 0, value;

		for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (known[i].reg == reg) {
				read = known[i].read;
				write = known[i].write;
				bits = known[i].bits;
			}
		assert_int_equal(vlapic_read(&apic, MSR(reg), &value), read ? 0 : -EINVAL);
		assert_int_equal(write_reg(reg, 0) < 0, !write);
		for (unsigned int bit = 0; bit < 64; bit++)
			assert_int_equal(write_reg(reg, 1ULL << bit) < 0, !(bits & 1ULL << bit));
	}
}

static void other_msrs_are_not_its_own(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(vlapic_has_msr(0x800) && vlapic_has_msr(0x8ff) && vlapic_has_msr(0x1b));
	assert_false(vlapic_has_msr(0x7ff) || vlapic_has_msr(0x900) || vlapic_has_msr(0x10));
	assert_int_equal(vlapic_read(&apic, 0x10, &value), -EINVAL);
	assert_int_equal(vlapic_write(&apic, 0x900, 0, &ipi), -EINVAL);
}

static void an_icr_write_says_what_to_send(void **state)
{
	uint64_t nmi_to_others = ICR_ALL_BUT_SELF | ICR_DELIVERY_NMI | ICR_LEVEL_ASSERT;

	(void)state;
	assert_int_equal(write_reg(APIC_ICR_LOW, 5ULL << 32 | ICR_LEVEL_ASSERT | 0x2f), 1);
	assert_int_equal(ipi.destination, 5);
	assert_int_equal(ipi.vector, 0x2f);
	assert_int_equal(ipi.mode, VLAPIC_FIXED);
	assert_true(vlapic_names(&ipi, 0, 5));
	assert_false(vlapic_names(&ipi, 5, 4));
	assert_int_equal(read_reg(APIC_ICR_LOW), 5ULL << 32 | ICR_LEVEL_ASSERT | 0x2f);

	assert_int_equal(write_reg(APIC_ICR_LOW, nmi_to_others), 1); /* an NMI has no vector */
	assert_int_equal(ipi.mode, VLAPIC_NMI);
	assert_false(vlapic_names(&ipi, 3, 3));
	assert_true(vlapic_names(&ipi, 3, 4));

	assert_int_equal(write_reg(APIC_ICR_LOW, ICR_ALL_INCLUDING_SELF | 0x20), 1);
	assert_true(vlapic_names(&ipi, 3, 3) && vlapic_names(&ipi, 3, 0));

	assert_int_equal(write_reg(APIC_ICR_LOW, 1ULL << 18 | 0x20), 1);
	assert_true(vlapic_names(&ipi, 3, 3));
	assert_false(vlapic_names(&ipi, 3, 0));

	assert_int_equal(write_reg(SELF_IPI, 0x77), 1);
	assert_int_equal(ipi.vector, 0x77);
	assert_true(vlapic_names(&ipi, 0, 0));
	assert_false(vlapic_names(&ipi, 0, 1));

	assert_int_equal(write_reg(APIC_ICR_LOW, 0xffffffffULL << 32 | 0x20), 1);
	assert_true(vlapic_names(&ipi, 3, 3) && vlapic_names(&ipi, 3, ID));
}

static void a_logical_destination_names_members_of_one_cluster(void **state)
{
	(void)state;
	assert_int_equal(write_reg(APIC_ICR_LOW, 0x00020005ULL << 32 | BIT_ULL(11) | 0x40), 1);
	for (uint32_t id = 0; id < 256; id++)
		assert_int_equal(vlapic_names(&ipi, 0, id), id == 0x20 || id == 0x22);
}

/*
 * Two posters and the owner, all in one word: each NEW is one that is taken, and none is taken
 * without one. How often they meet is up to the machine that this runs on.
 */
#define ROUNDS  5000000
#define POSTERS 2
static struct poster {
	pthread_t thread;
	uint8_t first; /* of its 16 vectors */
	uint64_t posted;
	bool done;
} posters[POSTERS];

static void *post_many(void *argument)
{
	struct poster *self = argument;

	for (unsigned int i = 0; i < ROUNDS; i++)
		self->posted += vlapic_post(&apic, (uint8_t)(self->first + i % 16)) == VLAPIC_NEW;
	__atomic_store_n(&self->done, true, __ATOMIC_SEQ_CST);
	return NULL;
}

static uint64_t take_all(void)
{
	uint64_t taken = 0;
	int vector;

	while ((vector = vlapic_next(&apic)) != VLAPIC_NOTHING) {
		vlapic_accept(&apic, (uint8_t)vector);
		eoi();
		taken++;
	}
	return taken;
}

static void none_is_lost_between_host_cpus(void **state)
{
	uint64_t taken = 0, posted = 0;

	(void)state;
	for (unsigned int i = 0; i < POSTERS; i++) {
		posters[i] = (struct poster){.first = (uint8_t)(0x40 + i * 16)};
		assert_int_equal(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]),
		                 0);
	}
	for (unsigned int i = 0; i < POSTERS; i++)
		while (!__atomic_load_n(&posters[i].done, __ATOMIC_SEQ_CST))
			taken += take_all();
	for (unsigned int i = 0; i < POSTERS; i++) {
		assert_int_equal(pthread_join(posters[i].thread, NULL), 0);
		posted += posters[i].posted;
	}
	taken += take_all();
	assert_int_equal(taken, posted);
	assert_true(taken >= 32);
}

#define STARTED(test) cmocka_unit_test_setup(test, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        STARTED(the_highest_vector_comes_first),
	        STARTED(every_legal_vector_comes_as_itself),
	        STARTED(what_is_pending_already_merges),
	        STARTED(a_class_in_service_holds_back_its_own_and_lower_ones),
	        STARTED(an_eoi_with_nothing_in_service_does_nothing),
	        STARTED(the_task_priority_holds_back),
	        STARTED(a_disabled_one_takes_nothing),
	        STARTED(an_illegal_vector_is_dropped_and_recorded),
	        STARTED(the_fixed_registers_read_as_they_are),
	        STARTED(the_lvt_holds_what_is_written),
	        STARTED(what_is_reserved_is_refused),
	        STARTED(other_msrs_are_not_its_own),
	        STARTED(an_icr_write_says_what_to_send),
	        STARTED(a_logical_destination_names_members_of_one_cluster),
	        STARTED(none_is_lost_between_host_cpus),
	};

	return cmocka_run_group_tests_name("vlapic", tests, NULL, NULL);
}
