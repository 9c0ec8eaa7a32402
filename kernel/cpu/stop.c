// SPDX-License-Identifier: MIT
#include "kernel/cpu/stop.h"

#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/instructions.h"
#include "kernel/lock.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/time.h"

#define BACKTRACE_MAX 16

/* A CPU takes an NMI at once. A virtual one may not be running: then only its lines are missing. */
#define ANSWER_US 2000000

extern char boot_stack_top[];

static uint32_t owner; /* of the last word: 1 + the CPU's index; 0: nobody */

static uint32_t me(void)
{
	return cpu_is_loaded() ? this_cpu()->index + 1 : 1;
}

bool stop_claim(void)
{
	uint32_t found = 0;

	return __atomic_compare_exchange_n(&owner, &found, me(), false, __ATOMIC_ACQ_REL,
	                                   __ATOMIC_ACQUIRE) ||
	       found == me();
}

bool stop_claimed_here(void)
{
	return __atomic_load_n(&owner, __ATOMIC_ACQUIRE) == me();
}

void stop_record(const struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();
	struct cpu_state *state = &cpu->state;

	state->rip = frame->rip;
	state->rsp = frame->rsp;
	state->rbp = frame->rbp;
	state->rflags = frame->rflags;
	apic_read_state(state->irr, state->isr);
	__atomic_store_n(&cpu->stopped, true, __ATOMIC_RELEASE);
}

/* Out of an NMI there is no way back but IRET, so no second one comes. */
static bool at_nmi(struct trap_frame *frame)
{
	uint32_t who = __atomic_load_n(&owner, __ATOMIC_ACQUIRE);

	if (!who)
		return false;
	if (who == me())
		return true; /* it is not to be disturbed */
	stop_record(frame);
	for (;;)
		hlt();
}

void stop_init(void)
{
	trap_at_nmi(at_nmi);
}

static bool all_stopped(void)
{
	for (uint32_t i = 0; i < cpu_count(); i++) {
		const struct cpu *cpu = cpu_get(i);

		if (i + 1 != me() && cpu->online &&
		    !__atomic_load_n(&cpu->stopped, __ATOMIC_ACQUIRE))
			return false;
	}
	return true;
}

void stop_others(void)
{
	struct deadline deadline = deadline_in_us(ANSWER_US);

	/* CPUs that are still the firmware's have its handler for the NMI, which may reset. */
	if (cpu_count() > 1)
		apic_stop_others();
	while (!all_stopped())
		if (deadline_passed(&deadline))
			break;
	spin_locks_ignore();
}

/* The end of the stack that `rsp` points into; of one that is not known, that of its page. */
static uint64_t stack_end(uint64_t rsp)
{
	uint64_t top = (uint64_t)boot_stack_top;

	for (uint32_t i = 0; rsp > top || rsp < top - CPU_STACK_SIZE; i++) {
		if (i == cpu_count())
			return (rsp | 4095) + 1;
		top = cpu_get(i)->stack_top;
	}
	return top;
}

/* The image is built with frame pointers; nothing outside of the stack is followed. */
void stop_print_backtrace(uint64_t rsp, uint64_t rbp)
{
	uint64_t end = stack_end(rsp);

	print("# called from");
	for (int i = 0; i < BACKTRACE_MAX; i++) {
		const uint64_t *frame = (const uint64_t *)rbp;

		if (rbp < rsp || rbp % 8 || rbp + 16 > end)
			break;
		print(" 0x%lx", frame[1]);
		rsp = rbp + 8;
		rbp = frame[0];
	}
	print("\n");
}

/* CPU 0 runs on the stack it booted on. */
static uint32_t cpu_on_stack(const void *place)
{
	uint64_t end = stack_end((uint64_t)place);

	for (uint32_t i = 1; i < cpu_count(); i++)
		if (cpu_get(i)->stack_top == end)
			return i;
	return 0;
}

static void print_holder(const struct spinlock *lock)
{
	if (lock->held)
		print(", which cpu %u holds", cpu_on_stack(lock->holder));
}

static void print_waits(const struct cpu *cpu)
{
	uint32_t depth = cpu->waiting < CPU_WAITS ? cpu->waiting : CPU_WAITS;

	for (uint32_t i = 0; i < depth; i++) {
		const struct cpu_wait *wait = &cpu->waits[i];

		if (!wait->number)
			continue;
		print("# cpu %u waits for ", cpu->index);
		print(wait->what, wait->which);
		if (wait->what == spin_lock_waits_for)
			print_holder((const struct spinlock *)wait->which);
		if (wait->looks)
			print(", since %u s", wait->looks);
		print("\n");
	}
}

static void append_vectors(char *line, size_t size, const uint32_t words[8])
{
	size_t begin = strlen(line);

	for (unsigned int v = 0; v < 256; v++)
		if (words[v / 32] >> v % 32 & 1)
			format(line + strlen(line), size - strlen(line), " %02x", v);
	if (strlen(line) == begin)
		format(line + begin, size - begin, " none");
}

static bool is_pending(const struct cpu_state *state)
{
	for (int i = 0; i < 8; i++)
		if (state->irr[i] | state->isr[i])
			return true;
	return false;
}

static void print_apic(const struct cpu *cpu)
{
	char irr[128] = "", isr[128] = "";

	append_vectors(irr, sizeof(irr), cpu->state.irr);
	append_vectors(isr, sizeof(isr), cpu->state.isr);
	print("# cpu %u local APIC: pending (IRR)%s, in service (ISR)%s\n", cpu->index, irr, isr);
}

/* It halts with interrupts on, nothing is wanted of it and nothing is on its way to it. */
static bool is_idle(const struct cpu *cpu)
{
	return cpu->stopped && cpu->online && cpu->index && !cpu->task && !cpu->call &&
	       !cpu->waiting && cpu->state.rflags & RFLAGS_IF && !is_pending(&cpu->state);
}

static void print_cpu(const struct cpu *cpu)
{
	const struct cpu_state *state = &cpu->state;

	if (!cpu->stopped) {
		print("# cpu %u (APIC id %u)%s: %s\n", cpu->index, cpu->apic_id,
		      cpu->online ? "" : ", out of service",
		      cpu->index + 1 == owner ? "reports this" : "does not answer an NMI");
	} else {
		print("# cpu %u (APIC id %u)%s: interrupts %s,%s rip 0x%lx, rsp 0x%lx\n",
		      cpu->index, cpu->apic_id, cpu->online ? "" : ", out of service",
		      state->rflags & RFLAGS_IF ? "on" : "off", cpu->task ? " in a task," : "",
		      state->rip, state->rsp);
		stop_print_backtrace(state->rsp, state->rbp);
		print_apic(cpu);
	}
	if (cpu->call)
		print("# cpu %u has not taken the call of 0x%lx\n", cpu->index,
		      (uint64_t)cpu->call);
	print_waits(cpu);
}

void stop_print(void)
{
	uint32_t idle = 0;

	for (uint32_t i = 0; i < cpu_count(); i++)
		if (is_idle(cpu_get(i)))
			idle++;
		else
			print_cpu(cpu_get(i));
	if (idle)
		print("# %u other CPUs are idle, with interrupts on and none pending\n", idle);
}
