; SPDX-License-Identifier: MIT
;
; Where a started CPU begins: 16-bit real mode at the page whose number the startup IPI carried.
; kernel/cpu/smp.c copies trampoline_start .. trampoline_end there and fills in the parameters. From
; there in two steps to 64-bit mode, on the kernel's own page tables, which map this page for now.

section .rodata
align 16
global trampoline_start
global trampoline_end
global trampoline_parameters

; Offset from the page's start: the copy runs at another address than it was linked for.
%define at(label) ((label) - trampoline_start)

bits 16
trampoline_start:
        cli
        cld
        mov ax, cs
        mov ds, ax
        movzx ebx, ax
        shl ebx, 4                              ; linear address of the page

        lea eax, [ebx + at(protected_mode)]
        mov [at(far_jump_32)], eax
        lea eax, [ebx + at(long_mode)]
        mov [at(far_jump_64)], eax
        lea eax, [ebx + at(gdt)]
        mov [at(gdt_pointer) + 2], eax

        o32 lgdt [at(gdt_pointer)]
        mov eax, cr0
        or al, 1                                ; PE
        mov cr0, eax
        jmp far dword [at(far_jump_32)]

bits 32
protected_mode:
        mov ax, 16
        mov ds, ax
        mov ss, ax
        mov eax, cr4
        or eax, 1 << 5                          ; PAE
        mov cr4, eax
        mov eax, [ebx + at(parameter_cr3)]
        mov cr3, eax
        mov ecx, 0xc0000080                     ; IA32_EFER
        rdmsr
        or eax, (1 << 8) | (1 << 11)            ; LME, NXE: the tables have execute-disable bits
        wrmsr
        mov eax, cr0
        and eax, ~((1 << 30) | (1 << 29))       ; CD, NW: caches are off after INIT
        or eax, (1 << 31) | (1 << 16)           ; PG, WP
        mov cr0, eax
        jmp far [ebx + at(far_jump_64)]

bits 64
long_mode:
        mov rdi, [rbx + at(parameter_cpu)]
        mov rsp, [rbx + at(parameter_stack)]
        mov rax, [rbx + at(parameter_entry)]
        xor ebp, ebp
        call rax                                ; void smp_entry(struct cpu *), does not return

align 8
gdt:
        dq 0
        dq 0x00cf9b000000ffff                   ; 08: 32-bit code
        dq 0x00cf93000000ffff                   ; 10: data
        dq 0x00af9b000000ffff                   ; 18: 64-bit code
gdt_pointer:
        dw 4 * 8 - 1
        dd 0
far_jump_32:
        dd 0
        dw 0x08
far_jump_64:
        dd 0
        dw 0x18

align 8
; struct trampoline_parameters, kernel/cpu/smp.c
trampoline_parameters:
parameter_cr3:   dq 0
parameter_cpu:   dq 0
parameter_stack: dq 0
parameter_entry: dq 0
trampoline_end:
