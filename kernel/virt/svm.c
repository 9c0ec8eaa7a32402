// SPDX-License-Identifier: MIT
// SVM of the host's CPUs: whether there is one, and switching it on.
#include "kernel/virt/svm.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/trap.h"
#include "kernel/memory.h"
#include "kernel/virt/shared.h"

#define CPUID_EXTENDED  0x80000000
#define CPUID_SVM       BIT_ULL(2) /* leaf 80000001h, ECX */
#define CPUID_NP        BIT_ULL(0) /* leaf 8000000ah, EDX */
#define MSR_VM_HSAVE_PA 0xc0010117

#define IO_MAP_PAGES  3
#define MSR_MAP_PAGES 2

/* What a CPU needs to run guests. */
static struct host {
	uint64_t save;  /* physical: VMRUN's own place for the host's state */
	uint64_t state; /* physical: svm_host_state() */
} * hosts[CPU_MAX];

/* 15.4 "Enabling SVM". Where firmware has switched it off, VM_CR is locked. */
const char *vm_unavailable(void)
{
	uint64_t control, flags;
	bool readable;

	if (cpuid(CPUID_EXTENDED, 0).eax < CPUID_SVM_FEATURES ||
	    !(cpuid(0x80000001, 0).ecx & CPUID_SVM))
		return "this CPU has no SVM";
	flags = interrupts_save();
	readable = trap_rdmsr(MSR_VM_CR, &control);
	interrupts_restore(flags);
	if (readable && control & VM_CR_SVMDIS)
		return "SVM is switched off (VM_CR.SVMDIS): switch it on in the firmware's setup";
	if (!(cpuid(CPUID_SVM_FEATURES, 0).edx & CPUID_NP))
		return "this CPU's SVM has no nested paging";
	/* EBX: how many address space identifiers there are, the host's among them. */
	if (cpuid(CPUID_SVM_FEATURES, 0).ebx <= GUEST_VCPUS)
		return "this CPU's SVM has too few address space identifiers";
	return NULL;
}

int vm_cpu_prepare(uint32_t cpu)
{
	struct host *host = hosts[cpu];

	if (host)
		return 0;
	host = memory_alloc(sizeof(*host), 8);
	if (!host)
		return -ENOMEM;
	host->save = (uint64_t)memory_alloc_pages(1);
	host->state = (uint64_t)memory_alloc_pages(1);
	if (!host->save || !host->state)
		return -ENOMEM;
	hosts[cpu] = host;
	return 0;
}

void vm_cpu_enable(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, hosts[this_cpu()->index]->save);
}

void vm_cpu_disable(void)
{
	wrmsr(MSR_VM_HSAVE_PA, 0);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SVME);
}

uint64_t svm_host_state(uint32_t cpu)
{
	return hosts[cpu]->state;
}

static uint8_t *all_ones(size_t pages)
{
	uint8_t *map = memory_alloc_pages(pages);

	for (size_t i = 0; map && i < pages * PAGE_SIZE; i++)
		map[i] = 0xff;
	return map;
}

uint64_t svm_io_map(void)
{
	static uint8_t *map;

	if (!map)
		map = all_ones(IO_MAP_PAGES);
	return (uint64_t)map;
}

/* Two bits for each MSR: one for reads, one for writes. */
static void let_through(uint8_t *map, uint32_t msr)
{
	uint32_t place = msr < 0x2000 ? msr : (msr & 0x1fff) + 0x2000;

	map[place / 4] &= (uint8_t) ~(3U << place % 4 * 2);
}

uint64_t svm_msr_map(void)
{
	static const uint32_t exchanged[] = {
	        0x174,      0x175,      0x176,                  /* SYSENTER_CS, _ESP, _EIP */
	        0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, /* STAR, LSTAR, CSTAR, SFMASK */
	        0xc0000100, 0xc0000101, 0xc0000102,             /* FS_BASE, GS_BASE, KernelGSBase */
	};
	static uint8_t *map;

	if (map)
		return (uint64_t)map;
	map = all_ones(MSR_MAP_PAGES);
	for (size_t i = 0; map && i < sizeof(exchanged) / sizeof(exchanged[0]); i++)
		let_through(map, exchanged[i]);
	return (uint64_t)map;
}
