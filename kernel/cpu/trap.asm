; SPDX-License-Identifier: MIT
;
; 256 entries, one common way into C. On arrival the CPU has pushed, from high to low:
;
;       SS RSP RFLAGS CS RIP [error code]
;
; an entry adds a 0 where there is no error code, and its vector; trap_common adds the registers, so
; that RSP points at a struct trap_frame (kernel/cpu/trap.h).

extern trap_handler
global trap_entries

ENTRY_SIZE equ 16
; Intel SDM vol. 3, table 6-1: exceptions that push an error code
%define has_error_code(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)

section .text
align ENTRY_SIZE
trap_entries:
%assign vector 0
%rep 256
        align ENTRY_SIZE
  %if !has_error_code(vector)
        push byte 0
  %endif
        push strict dword vector
        jmp near trap_common
  %assign vector vector + 1
%endrep

align 16
trap_common:
        push rax
        push rbx
        push rcx
        push rdx
        push rsi
        push rdi
        push rbp
        push r8
        push r9
        push r10
        push r11
        push r12
        push r13
        push r14
        push r15
        cld
        mov rdi, rsp
        call trap_handler
        pop r15
        pop r14
        pop r13
        pop r12
        pop r11
        pop r10
        pop r9
        pop r8
        pop rbp
        pop rdi
        pop rsi
        pop rdx
        pop rcx
        pop rbx
        pop rax
        add rsp, 16                     ; vector and error code
        iretq
