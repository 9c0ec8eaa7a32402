; SPDX-License-Identifier: MIT
;
; void svm_run(uint64_t vmcb, struct vm_registers *registers, uint64_t host_vmcb);
;
; One VMRUN (AMD APM vol. 2, 15.5 "VMRUN Instruction"). VMRUN and the exit themselves exchange RAX,
; RSP, RIP, RFLAGS, CS, SS, DS, ES, GDTR, IDTR and the control registers. The rest is exchanged here:
; general registers, and by VMSAVE and VMLOAD what else the guest has of its own: FS, GS, TR, LDTR,
; KernelGSBase, the MSRs of SYSCALL and SYSENTER (15.5.2 "VMSAVE and VMLOAD Instructions"). The
; host's of those stand in `host_vmcb` meanwhile. All three are physical, and at their own addresses.
;
; GIF is off all the way, so that nobody asks for this_cpu() while GS is the guest's.

section .text
global svm_run

; struct vm_registers, kernel/virt/vm.h
RBX_AT equ 8
RCX_AT equ 16
RDX_AT equ 24
RSI_AT equ 32
RDI_AT equ 40
RBP_AT equ 48
R8_AT  equ 56

svm_run:
        push rbp
        push rbx
        push r12
        push r13
        push r14
        push r15
        push rdx
        push rsi
        mov rax, rdx
        vmsave

        mov rax, rdi
        mov rbx, [rsi + RBX_AT]
        mov rcx, [rsi + RCX_AT]
        mov rdx, [rsi + RDX_AT]
        mov rdi, [rsi + RDI_AT]
        mov rbp, [rsi + RBP_AT]
%assign n 8
%rep 8
        mov r%[n], [rsi + R8_AT + (n - 8) * 8]
  %assign n n + 1
%endrep
        mov rsi, [rsi + RSI_AT]
        vmload
        vmrun
        vmsave                          ; RAX is the host's again: the VMCB

        mov rax, [rsp]
        mov [rax + RBX_AT], rbx
        mov [rax + RCX_AT], rcx
        mov [rax + RDX_AT], rdx
        mov [rax + RSI_AT], rsi
        mov [rax + RDI_AT], rdi
        mov [rax + RBP_AT], rbp
%assign n 8
%rep 8
        mov [rax + R8_AT + (n - 8) * 8], r%[n]
  %assign n n + 1
%endrep
        pop rsi
        pop rax                         ; host_vmcb
        vmload
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbx
        pop rbp
        ret
