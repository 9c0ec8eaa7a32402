/* SPDX-License-Identifier: MIT */
/*
 * The virtual machine control block, and the bits in it that are used here. AMD APM vol. 2 (24593,
 * rev. 3.42), appendix B "Layout of VMCB", tables B-1 and B-2; exit codes: appendix C "SVM
 * Intercept Exit Codes".
 */
#ifndef RETARGET_KERNEL_VIRT_VMCB_H
#define RETARGET_KERNEL_VIRT_VMCB_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/bits.h"

struct vmcb_segment {
	uint16_t selector;
	uint16_t attributes; /* bits 55:52 and 47:40 of a descriptor, put together */
	uint32_t limit;
	uint64_t base;
};
_Static_assert(sizeof(struct vmcb_segment) == 16, "AMD APM vol. 2, table B-2");

struct vmcb {
	/* Table B-1, control area. */
	uint16_t intercept_cr_read, intercept_cr_write;
	uint16_t intercept_dr_read, intercept_dr_write;
	uint32_t intercept_exceptions;
	uint32_t intercept_1; /* 00ch */
	uint32_t intercept_2; /* 010h */
	uint8_t reserved1[0x040 - 0x014];
	uint64_t iopm_base;
	uint64_t msrpm_base;
	uint64_t tsc_offset;
	uint32_t asid;
	uint8_t tlb_control;
	uint8_t reserved2[3];
	uint64_t interrupt_control; /* 060h */
	uint64_t interrupt_shadow;  /* 068h */
	uint64_t exit_code;
	uint64_t exit_info_1;
	uint64_t exit_info_2;
	uint64_t exit_event;     /* EXITINTINFO */
	uint64_t nested_control; /* 090h */
	uint8_t reserved3[0x0a8 - 0x098];
	uint64_t event; /* EVENTINJ */
	uint64_t nested_cr3;
	uint64_t lbr_control;
	uint64_t clean; /* 0c0h */
	uint64_t next_rip;
	uint8_t reserved4[0x400 - 0x0d0];

	/* Table B-2, state save area. */
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t reserved5[0x4cb - 0x4a0];
	uint8_t cpl;
	uint32_t reserved6;
	uint64_t efer; /* 4d0h */
	uint8_t reserved7[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t reserved8[0x5d8 - 0x580];
	uint64_t rsp;
	uint8_t reserved9[0x5f8 - 0x5e0];
	uint64_t rax;
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t cr2;
	uint8_t reserved10[0x668 - 0x648];
	uint64_t pat; /* 668h */
	uint8_t reserved11[0x1000 - 0x670];
};
_Static_assert(sizeof(struct vmcb) == 4096, "AMD APM vol. 2, 15.5.1 \"Basic Operation\"");
_Static_assert(offsetof(struct vmcb, intercept_1) == 0x00c, "table B-1");
_Static_assert(offsetof(struct vmcb, iopm_base) == 0x040, "table B-1");
_Static_assert(offsetof(struct vmcb, asid) == 0x058, "table B-1");
_Static_assert(offsetof(struct vmcb, tlb_control) == 0x05c, "table B-1");
_Static_assert(offsetof(struct vmcb, interrupt_control) == 0x060, "table B-1");
_Static_assert(offsetof(struct vmcb, exit_code) == 0x070, "table B-1");
_Static_assert(offsetof(struct vmcb, exit_event) == 0x088, "table B-1");
_Static_assert(offsetof(struct vmcb, nested_control) == 0x090, "table B-1");
_Static_assert(offsetof(struct vmcb, event) == 0x0a8, "table B-1");
_Static_assert(offsetof(struct vmcb, nested_cr3) == 0x0b0, "table B-1");
_Static_assert(offsetof(struct vmcb, clean) == 0x0c0, "table B-1");
_Static_assert(offsetof(struct vmcb, next_rip) == 0x0c8, "table B-1");
_Static_assert(offsetof(struct vmcb, es) == 0x400, "table B-2");
_Static_assert(offsetof(struct vmcb, tr) == 0x490, "table B-2");
_Static_assert(offsetof(struct vmcb, cpl) == 0x4cb, "table B-2");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "table B-2");
_Static_assert(offsetof(struct vmcb, cr4) == 0x548, "table B-2");
_Static_assert(offsetof(struct vmcb, rip) == 0x578, "table B-2");
_Static_assert(offsetof(struct vmcb, rsp) == 0x5d8, "table B-2");
_Static_assert(offsetof(struct vmcb, rax) == 0x5f8, "table B-2");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "table B-2");
_Static_assert(offsetof(struct vmcb, pat) == 0x668, "table B-2");

/* 00ch */
#define INTERCEPT_SHUTDOWN BIT_ULL(31)
#define INTERCEPT_FERR     BIT_ULL(30)
#define INTERCEPT_TASK     BIT_ULL(29)
#define INTERCEPT_MSR      BIT_ULL(28)
#define INTERCEPT_IO       BIT_ULL(27)
#define INTERCEPT_INVLPGA  BIT_ULL(26)
#define INTERCEPT_HLT      BIT_ULL(24)
#define INTERCEPT_INVD     BIT_ULL(22)
#define INTERCEPT_CPUID    BIT_ULL(18)
#define INTERCEPT_RDPMC    BIT_ULL(15)
#define INTERCEPT_VINTR    BIT_ULL(4)
#define INTERCEPT_INIT     BIT_ULL(3)
#define INTERCEPT_NMI      BIT_ULL(1)
#define INTERCEPT_INTR     BIT_ULL(0)

/* 010h */
#define INTERCEPT_XSETBV  BIT_ULL(13)
#define INTERCEPT_MWAIT   BIT_ULL(11)
#define INTERCEPT_MONITOR BIT_ULL(10)
#define INTERCEPT_SKINIT  BIT_ULL(6)
#define INTERCEPT_CLGI    BIT_ULL(5)
#define INTERCEPT_STGI    BIT_ULL(4)
#define INTERCEPT_VMSAVE  BIT_ULL(3)
#define INTERCEPT_VMLOAD  BIT_ULL(2)
#define INTERCEPT_VMMCALL BIT_ULL(1)
#define INTERCEPT_VMRUN   BIT_ULL(0)

#define TLB_FLUSH_ALL 1 /* 05ch */

/* 060h */
#define V_INTR_VECTOR  GENMASK_ULL(39, 32)
#define V_INTR_MASKING BIT_ULL(24)
#define V_IGN_TPR      BIT_ULL(20)
#define V_INTR_PRIO    GENMASK_ULL(19, 16)
#define V_IRQ          BIT_ULL(8)
#define V_TPR          GENMASK_ULL(7, 0)

#define INTERRUPT_SHADOW BIT_ULL(0) /* 068h */
#define NP_ENABLE        BIT_ULL(0) /* 090h */

/*
 * EVENTINJ (15.20 "Event Injection") and EXITINTINFO (15.7.2 "Intercepts During IDT Interrupt
 * Delivery").
 */
#define EVENT_ERROR_CODE     GENMASK_ULL(63, 32)
#define EVENT_V              BIT_ULL(31)
#define EVENT_EV             BIT_ULL(11)
#define EVENT_TYPE           GENMASK_ULL(10, 8)
#define EVENT_TYPE_EXCEPTION 3
#define EVENT_TYPE_SOFTWARE  4
#define EVENT_VECTOR         GENMASK_ULL(7, 0)

#define EXIT_EXCEPTION(n) (0x040 + (n))
#define EXIT_INTR         0x060
#define EXIT_NMI          0x061
#define EXIT_INIT         0x063
#define EXIT_VINTR        0x064
#define EXIT_CPUID        0x072
#define EXIT_HLT          0x078
#define EXIT_IO           0x07b
#define EXIT_MSR          0x07c
#define EXIT_SHUTDOWN     0x07f
#define EXIT_VMMCALL      0x081
#define EXIT_NPF          0x400
#define EXIT_INVALID      UINT64_MAX

/* EXITINFO1 of a nested page fault (15.25.6 "Nested versus Guest Page Faults, Fault Ordering"). */
#define NPF_WALK  BIT_ULL(33)
#define NPF_FETCH BIT_ULL(4)
#define NPF_WRITE BIT_ULL(1)

#define IO_PORT  GENMASK_ULL(31, 16) /* EXITINFO1 of an access to a port */
#define IO_INPUT BIT_ULL(0)

#endif
