// SPDX-License-Identifier: MIT
#include "kernel/cpu/smp.h"

#include <asm-generic/errno.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp_call.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/message.h"
#include "kernel/memory.h"
#include "kernel/paging.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/time.h"

#define ONE_MIB         (1ULL << 20)
#define INIT_DELAY_US   10000
#define STARTUP_WAIT_US 200
#define ONLINE_WAIT_US  1000000
#define RETURN_WAIT_US  10000000 /* it was there before, so it is only slow */
#define ABSENT_IN_A_ROW 4        /* one second each: a table with hundreds would hang */

struct trampoline_parameters {
	uint64_t cr3;
	uint64_t cpu;
	uint64_t stack;
	uint64_t entry;
};

extern char trampoline_start[], trampoline_end[], trampoline_parameters[];

static struct cpu *cpus[CPU_MAX];
static uint32_t count;
static void (*lead_there)(struct cpu *cpu); /* of smp_init_led() */
static uint64_t trampoline_page;            /* physical, below 1 MiB; 0: there is none */

struct cpu *cpu_get(uint32_t index)
{
	return index < count ? cpus[index] : NULL;
}

uint32_t cpu_count(void)
{
	return count;
}

uint32_t cpu_count_to(uint32_t apic_id)
{
	uint32_t n = 0;

	while (n < count && cpus[n]->apic_id <= apic_id)
		n++;
	return n;
}

/* A usable page for the trampoline: below 1 MiB, not page 0. */
static uint64_t low_page(const struct boot_info *boot)
{
	uint64_t page = 0;

	for (uint64_t i = 0; i < boot->memory_count; i++) {
		const struct boot_memory *m = &boot->memory[i];
		uint64_t end = (m->base + m->length < ONE_MIB ? m->base + m->length : ONE_MIB);

		end &= -PAGE_SIZE;
		if (m->type == BOOT_MEMORY_USABLE && end >= m->base + PAGE_SIZE && end > PAGE_SIZE)
			page = end - PAGE_SIZE;
	}
	return page;
}

static bool came_online(struct cpu *cpu, uint64_t us)
{
	struct deadline deadline = deadline_in_us(us);

	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
		if (deadline_passed(&deadline))
			return false;
	return true;
}

static void lead_to(struct cpu *cpu)
{
	struct trampoline_parameters *parameters =
	        (void *)(trampoline_page + (uint64_t)(trampoline_parameters - trampoline_start));

	parameters->cr3 = paging_root();
	parameters->cpu = (uint64_t)cpu;
	parameters->stack = cpu->stack_top;
	parameters->entry = (uint64_t)smp_enter;
}

static bool start(struct cpu *cpu, uint64_t wait_us)
{
	lead_to(cpu);
	apic_send_startup(cpu->apic_id, (uint32_t)trampoline_page);
	if (came_online(cpu, STARTUP_WAIT_US))
		return true;
	apic_send_startup(cpu->apic_id, (uint32_t)trampoline_page);
	return came_online(cpu, wait_us);
}

static void show_trampoline(void)
{
	paging_show_low_page(trampoline_page);
	memcpy((void *)trampoline_page, trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
}

/* An INIT takes such a CPU back to where it waits to be led. */
static int restart_led(struct cpu *cpu)
{
	apic_send_init(cpu->apic_id);
	lead_there(cpu);
	return came_online(cpu, RETURN_WAIT_US) ? 0 : -ETIMEDOUT;
}

int smp_restart(uint32_t index)
{
	struct cpu *cpu = cpus[index];
	bool up;

	if (lead_there)
		return restart_led(cpu);
	show_trampoline();
	apic_send_init(cpu->apic_id);
	delay_us(INIT_DELAY_US);
	up = start(cpu, RETURN_WAIT_US);
	if (!up)
		apic_send_init(cpu->apic_id);
	paging_hide_low_page(trampoline_page);
	return up ? 0 : -ETIMEDOUT;
}

/*
 * Not this CPU, not one that is not there yet. In xAPIC mode a destination has eight bits: what is
 * cut off an id would leave that of another CPU, this one among them.
 */
static bool can_be_started(const struct madt_cpu *cpu)
{
	return cpu->enabled && cpu->apic_id != apic_id() && apic_can_name(cpu->apic_id);
}

static void print_what_is_odd(const struct madt *madt)
{
	uint32_t beyond = 0;
	bool listed = false;

	for (uint32_t i = 0; i < madt->cpu_count; i++) {
		beyond += !apic_can_name(madt->cpus[i].apic_id);
		listed |= madt->cpus[i].apic_id == apic_id();
	}
	if (beyond)
		print("# smp: MADT has %u APIC ids beyond %u, which xAPIC mode cannot reach: they "
		      "are left out\n",
		      beyond, XAPIC_LAST_ID);
	if (!listed)
		print("# smp: MADT does not list this CPU (APIC id %u)\n", apic_id());
}

static void nothing(void *argument)
{
	(void)argument;
}

static bool called_or_started(const struct cpu *cpu, uint32_t starts, uint64_t us)
{
	struct deadline deadline = deadline_in_us(us);

	while (!__atomic_load_n(&cpu->call_done, __ATOMIC_SEQ_CST) &&
	       __atomic_load_n(&cpu->starts, __ATOMIC_SEQ_CST) == starts)
		if (deadline_passed(&deadline))
			return false;
	return true;
}

/*
 * A CPU that runs answers a call and ignores a SIPI; one that an INIT has stopped does it the other
 * way round (Intel SDM vol. 3, 11.4.7.3 "Local APIC State After an INIT Reset"). So it is sent
 * both, the call first, and does one of the two. One that was started may find the call waiting
 * and answer it, too, but only after it has counted its start.
 */
static int call_or_start(struct cpu *cpu)
{
	uint32_t starts = cpu->starts;

	smp_call_prepare(cpu, nothing, NULL);
	apic_send(cpu->apic_id, VECTOR_CALL);
	delay_us(INIT_DELAY_US);
	apic_send_startup(cpu->apic_id, (uint32_t)trampoline_page);
	if (!called_or_started(cpu, starts, STARTUP_WAIT_US)) {
		apic_send_startup(cpu->apic_id, (uint32_t)trampoline_page);
		if (!called_or_started(cpu, starts, RETURN_WAIT_US))
			return -ETIMEDOUT;
	}
	if (__atomic_load_n(&cpu->starts, __ATOMIC_SEQ_CST) == starts)
		return 0;
	/* The call was lost with all that its local APIC held, or not: it has to be answered. */
	apic_send(cpu->apic_id, VECTOR_CALL);
	smp_call_wait(cpu);
	return 1;
}

int smp_recover(uint32_t index)
{
	struct cpu *cpu = cpus[index];
	int result;

	smp_call_turn(cpu);
	show_trampoline();
	lead_to(cpu);
	result = call_or_start(cpu);
	paging_hide_low_page(trampoline_page);
	smp_call_end_turn(cpu);
	return result;
}

static uint32_t absent; /* in a row: they did not answer */

/* False when no more can be added. */
static bool add(uint32_t id)
{
	struct cpu *cpu;

	if (absent == ABSENT_IN_A_ROW) {
		print("# smp: the %u before it did not answer: the CPU with APIC id %u and "
		      "those after it are not tried\n",
		      absent, id);
		return false;
	}
	cpu = cpu_create(count, id);
	if (!cpu) {
		print("# smp: no memory for CPU %u and those after it\n", count);
		return false;
	}
	if (start(cpu, ONLINE_WAIT_US)) {
		absent = 0;
		cpus[count] = cpu;
		__atomic_store_n(&count, count + 1, __ATOMIC_RELEASE);
		return true;
	}
	print("# smp: the CPU with APIC id %u does not answer to INIT-SIPI-SIPI: it is left out\n",
	      id);
	/* Back to its wait for a SIPI: the trampoline goes away soon. */
	apic_send_init(id);
	absent++;
	return true;
}

/* Those whose APIC ids a message can name, or the others: cpu.h has the order. */
static bool start_each(const struct madt *madt, uint32_t limit, bool can_be_named)
{
	for (uint32_t i = 0; i < madt->cpu_count && count < limit; i++) {
		const struct madt_cpu *cpu = &madt->cpus[i];

		if ((cpu->apic_id <= MESSAGE_APIC_ID_MAX) == can_be_named && can_be_started(cpu) &&
		    !add(cpu->apic_id))
			return false;
	}
	return true;
}

static void start_others(const struct madt *madt, uint32_t limit)
{
	show_trampoline();
	for (uint32_t i = 0; i < madt->cpu_count; i++)
		if (can_be_started(&madt->cpus[i]))
			apic_send_init(madt->cpus[i].apic_id);
	delay_us(INIT_DELAY_US);

	if (start_each(madt, limit, true))
		start_each(madt, limit, false);
	paging_hide_low_page(trampoline_page);
}

void smp_init(const struct madt *madt, const struct boot_info *boot, uint32_t limit)
{
	cpus[0] = this_cpu();
	cpus[0]->online = true;
	count = 1;
	if (madt)
		print_what_is_odd(madt);
	if (!madt || !madt->cpu_count || limit == 1)
		return;
	trampoline_page = low_page(boot);
	if (!trampoline_page) {
		print("# smp: no free page below 1 MiB, the other CPUs stay off\n");
		return;
	}
	start_others(madt, limit && limit < CPU_MAX ? limit : CPU_MAX);
}

int smp_init_led(uint32_t wanted, void (*lead)(struct cpu *cpu))
{
	lead_there = lead;
	cpus[0] = this_cpu();
	cpus[0]->online = true;
	for (count = 1; count < wanted;) {
		struct cpu *cpu = cpu_create(count, count);

		if (!cpu)
			return -ENOMEM;
		lead(cpu);
		wait_begin("cpu %lu to come online", count);
		while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
			pause();
		wait_end();
		cpus[count] = cpu;
		__atomic_store_n(&count, count + 1, __ATOMIC_RELEASE);
	}
	return 0;
}
