// SPDX-License-Identifier: MIT
#include "kernel/virt/guest.h"

#include <asm-generic/errno.h>
#include <stdarg.h>
#include <stddef.h>

#include "boot/boot_info.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/image.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/time.h"
#include "kernel/virt/guest/start.h"
#include "kernel/virt/guest_image.h"

#define GUEST_MEMORY (2ULL << 20) /* beside the image; memory_init() wants one MiB */

static struct guest guest;

void *guest_pointer(const struct guest *of, uint64_t virtual, uint64_t length)
{
	uint64_t image = virtual - (uint64_t)_image_start;
	uint64_t offset = virtual - of->block;

	if (image < memory_image_size() && length <= memory_image_size() - image)
		return (void *)(of->block + image);
	if (offset < of->size && length <= of->size - offset)
		return (void *)virtual;
	return NULL;
}

static const char *take_block(void)
{
	uint64_t size = guest_image_size() + GUEST_MEMORY;

	if (guest.block)
		return NULL;
	guest.block = (uint64_t)memory_alloc_pages(size / PAGE_SIZE);
	if (!guest.block)
		return "the arena has no room for a guest";
	guest.size = size;
	return NULL;
}

static const char *take_vcpus(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct vcpu *vcpu = guest.vcpu[i];

		if (!vcpu)
			vcpu = guest.vcpu[i] = memory_alloc(sizeof(*vcpu), 64);
		if (vcpu && !vcpu->vm)
			vcpu->vm = vm_create(i);
		if (!vcpu || !vcpu->vm)
			return "the arena has no room for a vCPU";
	}
	return NULL;
}

/* What a boot loader would have found. */
static void describe_machine(void)
{
	struct boot_info *boot = GUEST_COPY(&guest, guest_boot_info);

	*boot = (struct boot_info){.magic = BOOT_INFO_MAGIC,
	                           .path = "guest",
	                           .kernel_physical = guest.block,
	                           .memory_count = 1};
	boot->memory[0] = (struct boot_memory){.base = guest.block + guest_image_size(),
	                                       .length = GUEST_MEMORY,
	                                       .type = BOOT_MEMORY_USABLE};
}

static void reset_vcpu(struct vcpu *vcpu, uint32_t index, uint64_t cr3)
{
	*vcpu = (struct vcpu){.guest = &guest,
	                      .index = index,
	                      .vm = vcpu->vm,
	                      .start = {.rip = (uint64_t)guest_entry,
	                                .cr3 = cr3,
	                                .rdi = (uint64_t)&guest_boot_info,
	                                .rsi = index,
	                                .nested_cr3 = (uint64_t)guest.npt.root}};
	vm_reset(vcpu->vm, &vcpu->start);
	vlapic_init(&vcpu->apic, index);
}

static const char *load(uint32_t vcpus)
{
	const char *why = vm_unavailable();
	uint64_t cr3;

	if (!why && vcpus >= cpu_count())
		why = "a guest needs a CPU beside the first for each of its vCPUs";
	if (!why)
		why = take_block();
	if (!why)
		why = take_vcpus(vcpus);
	if (why)
		return why;
	npt_clear(&guest.npt);
	if (npt_map(&guest.npt, guest.block, guest.size, true))
		return "the arena has no room for nested page tables";
	cr3 = guest_image_load(guest.block);
	describe_machine();
	guest.shared = GUEST_COPY(&guest, guest_shared);
	guest.vcpus = vcpus;
	for (uint32_t i = 0; i < vcpus; i++)
		reset_vcpu(guest.vcpu[i], i, cr3);
	return NULL;
}

struct guest *guest_load(uint32_t vcpus, const char **why)
{
	guest.memory = NULL;
	guest.why[0] = '\0';
	guest.backings = NULL;
	guest.mark = NULL;
	guest.traps = NULL;
	__atomic_store_n(&guest.end, GUEST_STOPPED, __ATOMIC_SEQ_CST);
	*why = load(vcpus);
	return *why ? NULL : &guest;
}

int guest_map(struct guest *to, uint64_t physical, uint64_t length, bool writable)
{
	return npt_map(&to->npt, physical, length, writable);
}

/* The barrier's interrupt brings every vCPU out, and it flushes before it enters again. */
void guest_unmap(struct guest *from, uint64_t physical, uint64_t length)
{
	npt_unmap(&from->npt, physical, length);
	barrier();
}

static int take_host_cpus(uint32_t first)
{
	for (uint32_t i = 0; i < guest.vcpus; i++) {
		uint32_t cpu = first + i;

		if (!cpu || !cpu_get(cpu) || !cpu_get(cpu)->online)
			return -EINVAL;
		if (vm_cpu_prepare(cpu))
			return -ENOMEM;
		guest.vcpu[i]->host_cpu = cpu;
	}
	return 0;
}

int guest_start(struct guest *which, const struct guest_task *task, uint32_t first)
{
	int error = take_host_cpus(first);

	if (error)
		return error;
	which->task = which->shared->task = task;
	which->shared->vcpus = which->vcpus;
	which->shared->ticks_per_us = time_ticks_per_us();
	__atomic_store_n(&which->end, GUEST_RUNS, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < which->vcpus; i++)
		vcpu_start(which->vcpu[i]);
	return 0;
}

/* False: it had ended before. */
static bool end(struct guest *which, enum guest_end how)
{
	uint32_t runs = GUEST_RUNS;

	if (!__atomic_compare_exchange_n(&which->end, &runs, how, false, __ATOMIC_SEQ_CST,
	                                 __ATOMIC_SEQ_CST))
		return false;
	for (uint32_t i = 0; i < which->vcpus; i++)
		vcpu_kick(which->vcpu[i]);
	if (this_cpu()->index)
		apic_send(cpu_get(0)->apic_id, VECTOR_CALL); /* it may halt in guest_wait() */
	return true;
}

void guest_done(struct guest *which)
{
	end(which, GUEST_DONE);
}

void guest_stop(struct guest *which)
{
	end(which, GUEST_STOPPED);
}

void guest_fatal(struct vcpu *vcpu, const char *text_format, ...)
{
	struct guest *which = vcpu->guest;
	char text[sizeof(which->why)];
	va_list arguments;

	va_start(arguments, text_format);
	format_v(text, sizeof(text), text_format, arguments);
	va_end(arguments);
	/* Read after all loops have ended. */
	if (end(which, GUEST_FATAL)) {
		which->why_vcpu = vcpu->index;
		memcpy(which->why, text, sizeof(text));
	}
}

void guest_exits(const struct guest *of, struct exits *sum)
{
	*sum = (struct exits){0};
	for (uint32_t i = 0; i < of->vcpus; i++)
		exits_add(sum, &of->vcpu[i]->exits);
}

/*
 * What the guest's first CPU gets on with, so that the watchdog knows a task that takes long from
 * one that hangs. It may not have that CPU yet.
 */
static uint64_t progress_of(const struct guest *of)
{
	const struct cpu *cpu = guest_pointer(of, (uint64_t)of->shared->cpu[0], sizeof(*cpu));

	return cpu ? __atomic_load_n(&cpu->progress, __ATOMIC_RELAXED) : 0;
}

static void wait_for_end(const struct guest *of)
{
	static uint64_t progress;

	if (guest_has_ended(of))
		return;
	wait_begin_renewed("the guest to end its task, at 0x%lx", (uint64_t)of->task->run,
	                   &progress);
	cli();
	while (!guest_has_ended(of)) {
		sti_hlt();
		progress = progress_of(of);
		cli();
	}
	sti();
	wait_end();
}

int guest_wait_quietly(struct guest *of)
{
	wait_for_end(of);
	for (uint32_t i = 0; i < of->vcpus; i++)
		vcpu_wait(of->vcpu[i]);
	switch (of->end) {
	case GUEST_DONE:
		return 0;
	case GUEST_FATAL:
		return -EFAULT;
	default:
		return -ECANCELED;
	}
}

int guest_wait(struct guest *of)
{
	int error = guest_wait_quietly(of);

	if (error == -EFAULT) {
		print("# guest: vcpu %u %s\n", of->why_vcpu, of->why);
		guest_print_vcpus(of);
	}
	return error;
}

void guest_print(void)
{
	if (guest.vcpus && !guest_has_ended(&guest))
		guest_print_vcpus(&guest);
}
