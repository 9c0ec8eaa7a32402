// SPDX-License-Identifier: MIT
#include "kernel/cpu/await.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/dispatch.h"
#include "kernel/time.h"

/*
 * A message or an IPI to a halted CPU, and what that one does about it, take one to four
 * microseconds on hardware.
 */
#define LOOK_US 5

static bool happens_soon(bool (*done)(void *context), void *context)
{
	uint64_t end = time_ticks() + LOOK_US * time_ticks_per_us();

	while (!done(context)) {
		if ((int64_t)(time_ticks() - end) >= 0)
			return false;
		pause();
	}
	return true;
}

/*
 * Either this CPU sees that it is done, or the one who did it sees that this one is halted: each
 * looks at the other's word after it has written its own. An interrupt that comes in between waits
 * until the CPU is halted.
 *
 * Unless an NMI comes between STI and HLT: it ends what STI holds back (Intel SDM vol. 2B, "STI -
 * Set Interrupt Flag"), and an interrupt that waits is taken before HLT. Then the CPU halts
 * although it is done, until the next NMI. Only CPU 0 gets any while it waits, the watchdog's
 * ticks, and each orders the next one, 55 ms later.
 */
void await(bool (*done)(void *context), void *context)
{
	struct cpu *cpu = this_cpu();

	if (happens_soon(done, context))
		return;
	while (!done(context)) {
		cli();
		__atomic_store_n(&cpu->halted, true, __ATOMIC_SEQ_CST);
		if (done(context))
			sti();
		else
			sti_hlt();
	}
	__atomic_store_n(&cpu->halted, false, __ATOMIC_RELAXED);
}

bool await_wake(struct cpu *cpu)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&cpu->halted, __ATOMIC_RELAXED) ||
	    !__atomic_exchange_n(&cpu->halted, false, __ATOMIC_SEQ_CST))
		return false;
	if (cpu != this_cpu())
		apic_send(cpu->apic_id, VECTOR_WAKE);
	return true;
}
