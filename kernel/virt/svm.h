/* SPDX-License-Identifier: MIT */
/*
 * AMD's Secure Virtual Machine (AMD APM vol. 2, chapter 15) behind kernel/virt/vm.h: what its own
 * files share.
 */
#ifndef RETARGET_KERNEL_VIRT_SVM_H
#define RETARGET_KERNEL_VIRT_SVM_H

#include <stdint.h>

#include "kernel/bits.h"
#include "kernel/virt/vm.h"

#define IA32_PAT     0x277
#define MSR_EFER     0xc0000080
#define EFER_SVME    BIT_ULL(12)
#define EFER_NXE     BIT_ULL(11)
#define EFER_LMA     BIT_ULL(10)
#define EFER_LME     BIT_ULL(8)
#define MSR_VM_CR    0xc0010114
#define VM_CR_SVMDIS BIT_ULL(4)

#define CPUID_SVM_FEATURES 0x8000000a

/*
 * The maps of 15.10 "IOIO Intercepts" and 15.11 "MSR Intercepts", the same for every vCPU: each
 * port is intercepted, and each MSR but those that VMRUN, VMSAVE and VMLOAD exchange. Physical; 0
 * without memory, on CPU 0.
 */
uint64_t svm_io_map(void);
uint64_t svm_msr_map(void);

/* Physical: the VMCB that holds FS, GS, TR and such of host CPU `cpu` while it runs a guest. */
uint64_t svm_host_state(uint32_t cpu);

/* svm_run.asm */
void svm_run(uint64_t vmcb, struct vm_registers *registers, uint64_t host_vmcb);

#endif
