// SPDX-License-Identifier: MIT
/*
 * The guest's table of contents, as kernel/main.c is the host's: from what the host hands over to
 * the task. There is no ACPI, no port and no device but what the host has assigned.
 */
#include <stddef.h>

#include "boot/boot_info.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/trap.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/time.h"
#include "kernel/virt/guest.h"
#include "kernel/virt/guest/host.h"
#include "kernel/virt/guest/start.h"
#include "kernel/virt/shared.h"

_Noreturn void guest_main(void);
_Noreturn void guest_follow(uint32_t vcpu);

struct boot_info guest_boot_info;
struct guest_shared guest_shared;

/* entry.asm: for vCPUs 1 and up; 0: not yet. */
extern uint64_t guest_stacks[GUEST_VCPUS];
uint64_t guest_stacks[GUEST_VCPUS];

/* vCPU `cpu->index` waits in entry.asm for this. */
static void lead(struct cpu *cpu)
{
	guest_shared.cpu[cpu->index] = cpu;
	__atomic_store_n(&guest_stacks[cpu->index], cpu->stack_top, __ATOMIC_RELEASE);
}

_Noreturn void guest_follow(uint32_t vcpu)
{
	paging_enable_protection();
	write_cr3(paging_root());
	smp_enter(guest_shared.cpu[vcpu]);
}

static void start_cpus(void)
{
	struct cpu *cpu = cpu_create(0, 0);

	if (!cpu)
		panic("no memory for the first CPU");
	trap_init();
	cpu_load(cpu);
	guest_shared.cpu[0] = cpu;
	if (apic_init(OPTIONS_APIC_X2APIC, false))
		panic("the local APIC cannot be used in x2APIC mode");
	cpu->apic_id = apic_id();
	sti();
	if (smp_init_led(guest_shared.vcpus, lead))
		panic("no memory for %u CPUs", guest_shared.vcpus);
	if (vector_init())
		panic("no memory for the vectors of %u CPUs", cpu_count());
}

_Noreturn void guest_main(void)
{
	guest_host_init();
	memory_init(&guest_boot_info);
	time_take(guest_shared.ticks_per_us);
	start_cpus();
	guest_shared.task->run(&guest_shared);
	guest_host_done();
}
