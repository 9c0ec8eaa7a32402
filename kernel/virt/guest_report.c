// SPDX-License-Identifier: MIT
// What a guest was at: for a report of the guest's end, or of a hang of the whole.
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/image.h"
#include "kernel/print.h"
#include "kernel/virt/guest.h"

static void print_vectors(const char *what, const uint32_t words[8])
{
	bool none = true;

	print(", %s", what);
	for (unsigned int v = 0; v < 256; v++)
		if (__atomic_load_n(&words[v / 32], __ATOMIC_RELAXED) >> v % 32 & 1) {
			print(" %02x", v);
			none = false;
		}
	if (none)
		print(" none");
}

/*
 * A constant of the kernel that is to be printed with one number. The guest has the choice, and is
 * to find none by which print() would follow a pointer.
 */
static bool is_wait(const char *text)
{
	unsigned int numbers = 0;

	if (text < _rodata_start || text >= _rodata_end)
		return false;
	for (; *text; text++)
		if (*text == '%') {
			if (text[1] != 'l' || (text[2] != 'u' && text[2] != 'x'))
				return false;
			numbers++;
		}
	return numbers <= 1;
}

/* The records of kernel/cpu/wait.h. The guest may have broken them. */
static void print_waits(const struct guest *guest, const struct vcpu *vcpu)
{
	const struct cpu *cpu =
	        guest_pointer(guest, (uint64_t)guest->shared->cpu[vcpu->index], sizeof(*cpu));

	for (uint32_t i = 0; cpu && i < CPU_WAITS && i < cpu->waiting; i++) {
		if (!cpu->waits[i].number || !is_wait(cpu->waits[i].what))
			continue;
		print("# vcpu %u waits for ", vcpu->index);
		print(cpu->waits[i].what, cpu->waits[i].which);
		print(" (in the guest)\n");
	}
}

static void print_vcpu(const struct guest *guest, const struct vcpu *vcpu)
{
	static const char *const modes[] = {
	        [VCPU_OUT] = "in the host",
	        [VCPU_ENTERED] = "in the guest",
	        [VCPU_HALTED] = "halted",
	};

	print("# vcpu %u on cpu %u: %s, %lu exits, %lu interrupts given", vcpu->index,
	      vcpu->host_cpu, modes[vcpu->mode], exits_total(&vcpu->exits), vcpu->exits.injected);
	print_vectors("pending (IRR)", vcpu->apic.irr);
	print_vectors("in service (ISR)", vcpu->apic.isr);
	print("\n");
	vm_print(vcpu->vm, vcpu->index);
	print_waits(guest, vcpu);
}

void guest_print_vcpus(const struct guest *guest)
{
	for (uint32_t i = 0; i < guest->vcpus; i++)
		print_vcpu(guest, guest->vcpu[i]);
}
