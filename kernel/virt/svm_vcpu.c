// SPDX-License-Identifier: MIT
// One vCPU by SVM: its VMCB, entry and exit, and events that are given to it.
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/virt/svm.h"
#include "kernel/virt/vmcb.h"

#define CR0_START (BIT_ULL(31) | BIT_ULL(16) | BIT_ULL(5) | BIT_ULL(4) | BIT_ULL(0))
#define CR4_START BIT_ULL(5) /* PAE */
#define DR6_RESET 0xffff0ff0
#define DR7_RESET 0x400
#define PAT_RESET 0x0007040600070406
#define RFLAGS_1  BIT_ULL(1) /* always one */

/* 4.8 "Long-Mode Segment Descriptors", as a VMCB has their attributes. */
#define SEGMENT_CODE64 0xa9b
#define SEGMENT_DATA   0xc93
#define SEGMENT_TSS64  0x08b
#define SEGMENT_LDT    0x082

#define VECTOR_DB 1
#define VECTOR_GP 13
#define VECTOR_AC 17

/*
 * Of which the delivery can raise the next one, without an end in which the CPU would take an
 * interrupt: the host would have lost it (CVE-2015-8104, CVE-2015-5307).
 */
#define INTERCEPTED_EXCEPTIONS (1U << VECTOR_DB | 1U << VECTOR_AC)

/* What an instruction is long that is intercepted and has no operand. */
#define LENGTH_HLT     1
#define LENGTH_CPUID   2
#define LENGTH_MSR     2
#define LENGTH_VMMCALL 3

struct vm_cpu {
	struct vm_registers registers;
	struct vmcb *vmcb;
	uint32_t asid;
	uint32_t ran_on; /* 1 + the host CPU's index; 0: it has not run yet */
	bool stepping;
};

struct vm_cpu *vm_create(uint32_t number)
{
	struct vm_cpu *vm = memory_alloc(sizeof(*vm), 64);

	if (!vm || !svm_io_map() || !svm_msr_map())
		return NULL;
	vm->vmcb = memory_alloc_pages(1);
	vm->asid = number + 1; /* 0 is the host's (15.16 "TLB Control") */
	return vm->vmcb ? vm : NULL;
}

static void set_intercepts(struct vmcb *vmcb)
{
	vmcb->intercept_cr_read = BIT_ULL(8); /* the TPR is the virtual local APIC's */
	vmcb->intercept_cr_write = BIT_ULL(8);
	vmcb->intercept_1 = INTERCEPT_SHUTDOWN | INTERCEPT_TASK | INTERCEPT_MSR | INTERCEPT_IO |
	                    INTERCEPT_INVLPGA | INTERCEPT_HLT | INTERCEPT_INVD | INTERCEPT_CPUID |
	                    INTERCEPT_RDPMC | INTERCEPT_INIT | INTERCEPT_NMI | INTERCEPT_INTR;
	vmcb->intercept_2 = INTERCEPT_XSETBV | INTERCEPT_MWAIT | INTERCEPT_MONITOR |
	                    INTERCEPT_SKINIT | INTERCEPT_CLGI | INTERCEPT_STGI | INTERCEPT_VMSAVE |
	                    INTERCEPT_VMLOAD | INTERCEPT_VMMCALL | INTERCEPT_VMRUN;
	vmcb->intercept_exceptions = INTERCEPTED_EXCEPTIONS;
	vmcb->iopm_base = svm_io_map();
	vmcb->msrpm_base = svm_msr_map();
}

static void set_segments(struct vmcb *vmcb)
{
	const struct vmcb_segment data = {0x10, SEGMENT_DATA, UINT32_MAX, 0};

	vmcb->cs = (struct vmcb_segment){0x08, SEGMENT_CODE64, UINT32_MAX, 0};
	vmcb->ds = vmcb->es = vmcb->ss = data;
	vmcb->fs = vmcb->gs = (struct vmcb_segment){0, SEGMENT_DATA, UINT32_MAX, 0};
	vmcb->tr = (struct vmcb_segment){0, SEGMENT_TSS64, 0xffff, 0};
	vmcb->ldtr = (struct vmcb_segment){0, SEGMENT_LDT, 0xffff, 0};
}

void vm_reset(struct vm_cpu *vm, const struct vm_start *start)
{
	struct vmcb *vmcb = vm->vmcb;

	*vmcb = (struct vmcb){0};
	set_intercepts(vmcb);
	set_segments(vmcb);
	vmcb->asid = vm->asid;
	vmcb->interrupt_control = V_INTR_MASKING;
	vmcb->nested_control = NP_ENABLE;
	vmcb->nested_cr3 = start->nested_cr3;
	vmcb->efer = EFER_SVME | EFER_LMA | EFER_LME;
	vmcb->cr0 = CR0_START;
	vmcb->cr3 = start->cr3;
	vmcb->cr4 = CR4_START;
	vmcb->dr6 = DR6_RESET;
	vmcb->dr7 = DR7_RESET;
	vmcb->pat = PAT_RESET;
	vm->registers = (struct vm_registers){
	        .rip = start->rip, .rdi = start->rdi, .rsi = start->rsi, .rflags = RFLAGS_1};
	vm->ran_on = 0;
	vm->stepping = false;
}

struct vm_registers *vm_registers(struct vm_cpu *vm)
{
	return &vm->registers;
}

uint64_t vm_cr3(const struct vm_cpu *vm)
{
	return vm->vmcb->cr3;
}

/*
 * With GIF off no interrupt and no NMI comes in (15.17 "Global Interrupt Flag,
 * STGI and CLGI Instructions"). RFLAGS.IF is on at VMRUN, for it is what lets the host's interrupts
 * end the guest, whatever the guest's own IF says (15.21.1 "Physical (INTR) Interrupt Masking in
 * EFLAGS", V_INTR_MASKING).
 */
void vm_hold(void)
{
	__asm__ volatile("clgi" : : : "memory");
	sti();
}

void vm_release(void)
{
	__asm__ volatile("stgi" : : : "memory");
}

/*
 * A software interrupt of the guest's own is not given again: its instruction has not ended, and
 * does it anew. One that was injected has no instruction. EXITINTINFO's reserved bits are no part
 * of it: nobody promises that they are 0.
 */
static uint64_t to_be_delivered_again(uint64_t event, uint64_t injected)
{
	const uint64_t same = EVENT_V | EVENT_TYPE | EVENT_VECTOR;
	const uint64_t all = same | EVENT_EV | EVENT_ERROR_CODE;

	if (!(event & EVENT_V))
		return 0;
	if (field_get(EVENT_TYPE, event) != EVENT_TYPE_SOFTWARE)
		return event & all;
	return (event & same) == injected ? injected : 0;
}

static void run(struct vm_cpu *vm, bool flush)
{
	struct vmcb *vmcb = vm->vmcb;
	uint32_t cpu = this_cpu()->index;

	vmcb->tlb_control = flush || vm->ran_on != cpu + 1 ? TLB_FLUSH_ALL : 0;
	vm->ran_on = cpu + 1;
	vmcb->rax = vm->registers.rax;
	vmcb->rsp = vm->registers.rsp;
	vmcb->rip = vmcb->next_rip = vm->registers.rip; /* a CPU with NRIPS pushes next_rip */
	vmcb->rflags = vm->registers.rflags | (vm->stepping ? RFLAGS_TF : 0);
	svm_run((uint64_t)vmcb, &vm->registers, svm_host_state(cpu));
	vm->registers.rax = vmcb->rax;
	vm->registers.rsp = vmcb->rsp;
	vm->registers.rip = vmcb->rip;
	vm->registers.rflags = vmcb->rflags & ~(vm->stepping ? RFLAGS_TF : 0);
}

static void fatal(struct vm_exit *exit, const char *reason, uint64_t detail)
{
	exit->kind = VM_EXIT_FATAL;
	exit->reason = reason;
	exit->detail = detail;
}

static void memory(struct vm_exit *exit)
{
	exit->kind = VM_EXIT_MEMORY;
	exit->address = exit->info2;
	exit->write = exit->info1 & NPF_WRITE;
	exit->fetch = exit->info1 & NPF_FETCH;
	exit->walk = exit->info1 & NPF_WALK;
}

static void instruction(struct vm_exit *exit, enum vm_exit_kind kind, uint8_t length)
{
	exit->kind = kind;
	exit->length = length;
}

static void translate(const struct vm_cpu *vm, struct vm_exit *exit)
{
	switch (exit->code) {
	case EXIT_INTR:
	case EXIT_NMI:
		exit->kind = VM_EXIT_HOST_INTERRUPT;
		break;
	case EXIT_VINTR:
		exit->kind = VM_EXIT_WINDOW;
		break;
	case EXIT_CPUID:
		instruction(exit, VM_EXIT_CPUID, LENGTH_CPUID);
		break;
	case EXIT_HLT:
		instruction(exit, VM_EXIT_HALT, LENGTH_HLT);
		break;
	case EXIT_VMMCALL:
		instruction(exit, VM_EXIT_HYPERCALL, LENGTH_VMMCALL);
		break;
	case EXIT_MSR:
		instruction(exit, VM_EXIT_MSR, LENGTH_MSR);
		exit->write = exit->info1;
		break;
	case EXIT_NPF:
		memory(exit);
		break;
	case EXIT_IO:
		fatal(exit, exit->info1 & IO_INPUT ? "reads from port %lx" : "writes to port %lx",
		      field_get(IO_PORT, exit->info1));
		break;
	case EXIT_SHUTDOWN:
		fatal(exit, "had a triple fault, the last at cr2 %lx", vm->vmcb->cr2);
		break;
	case EXIT_INVALID:
		fatal(exit, "is in a state that VMRUN refuses (cr0 %lx)", vm->vmcb->cr0);
		break;
	default:
		fatal(exit, "does what it may not (#VMEXIT %lx)", exit->code);
	}
}

/*
 * VMRUN restores the interrupt shadow with which the guest came out (15.21.5 "Interrupt Shadows").
 * An emulator may forget it, and the host's next interrupt then bring the guest out without one,
 * though its instruction is still to come. So where it has not moved, it is in the shadow yet.
 */
static void run_and_keep_shadow(struct vm_cpu *vm, bool flush)
{
	uint64_t shadow = vm->vmcb->interrupt_shadow & INTERRUPT_SHADOW;
	uint64_t rip = vm->registers.rip;

	run(vm, flush);
	if (vm->registers.rip == rip)
		vm->vmcb->interrupt_shadow |= shadow;
}

void vm_enter(struct vm_cpu *vm, bool flush, struct vm_exit *exit)
{
	struct vmcb *vmcb = vm->vmcb;
	uint64_t injected = vmcb->event;

	run_and_keep_shadow(vm, flush);
	*exit = (struct vm_exit){
	        .code = vmcb->exit_code, .info1 = vmcb->exit_info_1, .info2 = vmcb->exit_info_2};
	if (vm->stepping && exit->code == EXIT_EXCEPTION(VECTOR_DB)) {
		exit->kind = VM_EXIT_WINDOW;
		vmcb->interrupt_shadow = 0; /* the instruction in it has ended */
	} else {
		translate(vm, exit);
	}
	vmcb->event = to_be_delivered_again(vmcb->exit_event, injected);

	/* What was asked for holds for one entry. */
	vmcb->intercept_1 &= ~(uint32_t)INTERCEPT_VINTR;
	vmcb->interrupt_control = V_INTR_MASKING;
	if (vm->stepping) {
		vmcb->dr6 = DR6_RESET;
		vm->stepping = false;
	}
}

/* An instruction that ends, ends the shadow of the one before. */
void vm_skip(struct vm_cpu *vm, uint8_t length)
{
	vm->registers.rip += length;
	vm->vmcb->interrupt_shadow = 0;
}

bool vm_interrupts_on(const struct vm_cpu *vm)
{
	return vm->registers.rflags & RFLAGS_IF;
}

bool vm_can_inject(const struct vm_cpu *vm)
{
	return vm_interrupts_on(vm) && !(vm->vmcb->interrupt_shadow & INTERRUPT_SHADOW) &&
	       !(vm->vmcb->event & EVENT_V);
}

/*
 * As INT n would, and not as an external interrupt, which is the type for it: at CPL 0, the only
 * one of a guest here, both do the same (at CPL 3 a gate's DPL would stand in the way). QEMU's TCG
 * delivers an event of that type within VMRUN and leaves it pending: when its thread is called out
 * of its loop before the next #VMEXIT or PAUSE, as for a change of the machine's memory map, it
 * delivers it once more (virt.once).
 *
 * 15.20 "Event Injection" wants a CPU with NRIPS for this type. One without it, as TCG's, pushes
 * RIP, and here next_rip is the same.
 */
void vm_inject(struct vm_cpu *vm, uint8_t vector)
{
	vm->vmcb->event = EVENT_V | field_set(EVENT_TYPE, EVENT_TYPE_SOFTWARE) | vector;
}

void vm_inject_gp(struct vm_cpu *vm)
{
	vm->vmcb->event =
	        EVENT_V | EVENT_EV | field_set(EVENT_TYPE, EVENT_TYPE_EXCEPTION) | VECTOR_GP;
}

/*
 * A virtual interrupt that is pending and intercepted (15.21.4 "Injecting Virtual (INTR)
 * Interrupts") has the guest come out as it would take one. VMRUN restores the interrupt shadow
 * with which the guest came out, and the virtual interrupt waits for its end; but an emulator may
 * forget it, and then the guest would be interrupted between STI and HLT: the handler's message to
 * who halts next would come too early, and the halt would not end. So the instruction in the shadow
 * is stepped over.
 */
void vm_ask_for_window(struct vm_cpu *vm)
{
	if (vm->vmcb->interrupt_shadow & INTERRUPT_SHADOW) {
		vm->stepping = true;
		return;
	}
	vm->vmcb->intercept_1 |= (uint32_t)INTERCEPT_VINTR;
	vm->vmcb->interrupt_control = V_INTR_MASKING | V_IGN_TPR | V_INTR_PRIO | V_IRQ;
}

/* VMRUN demands EFER.SVME; a guest that sees it has nothing of it, as each instruction is refused.
 */
int vm_read_msr(const struct vm_cpu *vm, uint32_t msr, uint64_t *value)
{
	if (msr == MSR_EFER)
		*value = vm->vmcb->efer & ~EFER_SVME;
	else if (msr == IA32_PAT)
		*value = vm->vmcb->pat;
	else
		return -ENOENT;
	return 0;
}

static bool is_pat(uint64_t value)
{
	for (int i = 0; i < 8; i++) {
		uint8_t type = (uint8_t)(value >> 8 * i);

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

int vm_write_msr(struct vm_cpu *vm, uint32_t msr, uint64_t value)
{
	const uint64_t fixed = EFER_LMA | EFER_LME;

	if (msr == IA32_PAT) {
		if (!is_pat(value))
			return -EINVAL;
		vm->vmcb->pat = value;
		return 0;
	}
	if (msr != MSR_EFER)
		return -ENOENT;
	if ((value & fixed) != fixed || value & ~(fixed | EFER_NXE))
		return -EINVAL;
	vm->vmcb->efer = value | EFER_SVME;
	return 0;
}

void vm_print(const struct vm_cpu *vm, uint32_t vcpu)
{
	const struct vm_registers *r = &vm->registers;
	const struct vmcb *vmcb = vm->vmcb;

	print("# vcpu %u: rip %lx, rsp %lx, rbp %lx, rflags %lx%s, cr2 %lx, cr3 %lx\n"
	      "# vcpu %u: rax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx\n"
	      "# vcpu %u: last #VMEXIT %lx, %lx, %lx; event %lx\n",
	      vcpu, r->rip, r->rsp, r->rbp, r->rflags,
	      vmcb->interrupt_shadow & INTERRUPT_SHADOW ? " (in an interrupt shadow)" : "",
	      vmcb->cr2, vmcb->cr3, vcpu, r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, vcpu,
	      vmcb->exit_code, vmcb->exit_info_1, vmcb->exit_info_2, vmcb->event);
}
