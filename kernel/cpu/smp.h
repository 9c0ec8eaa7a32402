/* SPDX-License-Identifier: MIT */
/*
 * The other CPUs: starting them, and having them do things. A CPU with nothing to do waits with
 * interrupts on. One that has left service does nothing at all, and what it is asked to do is not
 * done: cpu_get(index)->online tells.
 */
#ifndef RETARGET_KERNEL_CPU_SMP_H
#define RETARGET_KERNEL_CPU_SMP_H

#include <stdint.h>

#include "boot/boot_info.h"
#include "kernel/acpi/madt.h"
#include "kernel/cpu/cpu.h"

/*
 * Starts the CPUs that `madt` names, at most `limit` in all (0: no limit), by INIT-SIPI-SIPI (Intel
 * SDM vol. 3, 9.4.4 "MP Initialization Example"). One that does not answer costs a line and is left
 * out. cpu_create() and apic_init() have been done for this one. `madt` may be NULL: this CPU
 * alone.
 */
void smp_init(const struct madt *madt, const struct boot_info *boot, uint32_t limit);

/*
 * The same for CPUs that somebody else has started, as a host its guest's, and that wait to be led:
 * there are `wanted` in all, with APIC ids from 0 on. lead() has the one that belongs to `cpu` go
 * to smp_enter(), on cpu->stack_top and with paging_root() loaded. -ENOMEM.
 */
int smp_init_led(uint32_t wanted, void (*lead)(struct cpu *cpu));
_Noreturn void smp_enter(struct cpu *cpu);

/*
 * Runs `function` on CPU `index`, in interrupt context with interrupts off, and waits until it is
 * done. The caller has interrupts on and may be that CPU itself.
 */
void smp_call(uint32_t index, void (*function)(void *), void *argument);

/*
 * Has CPU `index`, not the caller's own, run `function` outside of any interrupt, with interrupts
 * on. smp_wait() returns when it has ended; only the CPU that started it may wait for it, or start
 * another one before.
 */
void smp_start(uint32_t index, void (*function)(void *), void *argument);
void smp_wait(uint32_t index);

/* The receiving end of smp_call(); kernel/irq/dispatch.c calls it. */
void smp_call_interrupt(void);

/*
 * For kernel/irq/hotplug.c, which says what else there is to do. On the CPU that leaves, with
 * interrupts off, in a task of smp_start(): does what others have called it for, and lets no
 * further call in; then marks it offline, after which calls return at once. The CPU halts when its
 * task returns. Between the two, others that call it wait.
 */
void smp_take_last_calls(void);
void smp_leave(void);

/*
 * Starts CPU `index`, which has left, by INIT-SIPI-SIPI: the INIT clears all that its local APIC
 * held. 0 when it is online again, or -ETIMEDOUT when it does not answer: it stays out then.
 */
int smp_restart(uint32_t index);

/*
 * For tests: whether an INIT has reached CPU `index`, which was idle and in service; one that it
 * has reached is started again. Between the INIT and this call nobody may wait for the CPU, not
 * even a barrier. Returns 1 when there was one, 0 when the CPU has run all the time, -ETIMEDOUT
 * when it neither runs nor starts.
 */
int smp_recover(uint32_t index);

#endif
