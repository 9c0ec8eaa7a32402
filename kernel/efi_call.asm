; SPDX-License-Identifier: MIT
;
; uint64_t efi_call(uint64_t function, uint64_t page_tables, uint64_t stack_top,
;                   const uint64_t arguments[5])
;
; UEFI 2.10, 2.3.4 "x64 Platforms": firmware has the calling convention of Microsoft's compilers.
; Arguments in RCX, RDX, R8, R9 and on the stack above 32 bytes that the callee may use; the stack
; aligned to 16 at the call; RBX, RBP, RDI, RSI, R12 to R15 are the caller's. It runs on its own
; stack and page tables, which both also map what this code stands in.

section .text
global efi_call
efi_call:
        push rbx
        push r12
        mov rbx, rsp
        mov r12, cr3
        mov rax, rdi
        mov r10, rcx                    ; on the old stack, which stays mapped
        mov cr3, rsi
        lea rsp, [rdx - 48]             ; 32 bytes, the fifth argument, 8 to stay aligned
        mov rcx, [r10]
        mov rdx, [r10 + 8]
        mov r8, [r10 + 16]
        mov r9, [r10 + 24]
        mov r11, [r10 + 32]
        mov [rsp + 32], r11
        cld
        call rax
        mov cr3, r12
        mov rsp, rbx
        pop r12
        pop rbx
        ret
