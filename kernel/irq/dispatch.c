// SPDX-License-Identifier: MIT
#include "kernel/irq/dispatch.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"

static uint64_t before_start;
static uint8_t before_start_vector;

void irq_before_start(uint8_t vector)
{
	apic_eoi();
	before_start++;
	before_start_vector = vector;
}

void irq_print_before_start(void)
{
	if (before_start)
		print("# vectors: %lu messages were pending when this kernel started, and are "
		      "dropped; the last had vector %02x\n",
		      before_start, before_start_vector);
}

void irq_dispatch(uint8_t vector)
{
	switch (vector) {
	case VECTOR_BARRIER:
		apic_eoi();
		barrier_interrupt();
		break;
	case VECTOR_CALL:
		/*
		 * The call may move an interrupt and look for it in the IRR: it ends before the
		 * EOI, as Linux moves an interrupt in the middle of another.
		 */
		smp_call_interrupt();
		apic_eoi();
		break;
	case VECTOR_WAKE: /* has done its work */
		apic_eoi();
		break;
	case VECTOR_SPURIOUS:
		/* Intel SDM vol. 3, 11.9 "Spurious Interrupt": no EOI. */
		break;
	case VECTOR_SHUTDOWN:
		vector_shutdown_arrived(this_cpu()->index);
		break;
	default:
		vector_arrived(this_cpu()->index, vector);
	}
}
