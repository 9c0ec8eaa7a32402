// SPDX-License-Identifier: MIT
#include "kernel/virt/trap.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/print.h"
#include "kernel/virt/decode.h"
#include "kernel/virt/fetch.h"
#include "kernel/virt/guest.h"

static struct trap *find(const struct guest *guest, uint64_t address)
{
	for (struct trap *trap = guest->traps; trap; trap = trap->next)
		if (address - trap->address < trap->length)
			return trap;
	return NULL;
}

/* By the numbers of the instruction format (Intel SDM vol. 2, table 2-2). */
static uint64_t *register_of(struct vm_registers *all, unsigned int number)
{
	uint64_t *const registers[] = {&all->rax, &all->rcx, &all->rdx, &all->rbx,
	                               &all->rsp, &all->rbp, &all->rsi, &all->rdi,
	                               &all->r8,  &all->r9,  &all->r10, &all->r11,
	                               &all->r12, &all->r13, &all->r14, &all->r15};

	return registers[number];
}

static void print_bytes(const struct vcpu *vcpu, uint64_t rip, const uint8_t *bytes,
                        unsigned int count)
{
	char text[3 * DECODE_BYTES_MAX + 1] = "";

	for (unsigned int i = 0; i < count; i++)
		format(text + 3 * i, sizeof(text) - 3 * i, " %02x", bytes[i]);
	print("# guest: vcpu %u accesses a trapped page by an instruction that is not emulated, at "
	      "%lx:%s\n",
	      vcpu->index, rip, text);
}

static int decode_current(struct vcpu *vcpu, struct decoded *decoded)
{
	const struct guest *guest = vcpu->guest;
	const struct fetch_memory memory = {
	        .start = guest->block, .size = guest->size, .bytes = (void *)guest->block};
	uint64_t rip = vm_registers(vcpu->vm)->rip;
	uint8_t bytes[DECODE_BYTES_MAX];
	unsigned int count = fetch(&memory, vm_cr3(vcpu->vm), rip, bytes, sizeof(bytes));
	int error = decode(bytes, count, decoded);

	if (error)
		print_bytes(vcpu, rip, bytes, count);
	return error;
}

static void access(struct trap *trap, const struct decoded *decoded, uint64_t offset, uint64_t *reg)
{
	if (decoded->write) {
		__atomic_add_fetch(&trap->writes, 1, __ATOMIC_RELAXED);
		trap->ops->write(trap->owner, offset, decoded->size, decoded_value(decoded, *reg));
	} else {
		__atomic_add_fetch(&trap->reads, 1, __ATOMIC_RELAXED);
		*reg = decoded_result(decoded, *reg,
		                      trap->ops->read(trap->owner, offset, decoded->size));
	}
}

/*
 * The bytes at RIP need not be those that the CPU executed: another vCPU may have changed them
 * since. What they say is done to the address that the CPU named, in the direction that it named.
 * What is aligned to its size does not leave the page.
 */
static int emulate(struct vcpu *vcpu, const struct vm_exit *exit)
{
	struct trap *trap = find(vcpu->guest, exit->address);
	struct decoded decoded;
	uint64_t offset;
	int error;

	if (!trap)
		return -EFAULT;
	error = decode_current(vcpu, &decoded);
	if (error)
		return error;
	offset = exit->address - trap->address;
	if (decoded.write != exit->write || exit->address % decoded.size)
		return -EINVAL;
	access(trap, &decoded, offset, register_of(vm_registers(vcpu->vm), decoded.reg));
	vm_skip(vcpu->vm, decoded.length);
	return 0;
}

void trap_add(struct guest *guest, struct trap *trap)
{
	trap->reads = trap->writes = 0;
	trap->next = guest->traps;
	guest->traps = trap;
	guest->memory = emulate;
}
