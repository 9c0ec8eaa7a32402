; SPDX-License-Identifier: MIT
;
; Into the first stage and out of it: 32-bit protected mode without paging, as PVH has it at both
; ends, so that there is no mode to change.

; Xen x86/HVM direct boot ABI: the 32-bit physical entry point as an ELF note
section .note.pvh note alloc noexec nowrite align=4
        dd 4, 4, 18                     ; name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY
        db "Xen", 0
        dd stage_start

section .text
bits 32
extern stage_main
global stage_start
stage_start:
        cli
        cld
        mov esp, stack_top
        push ebx                        ; struct start_info *
        call stage_main
.never:
        hlt
        jmp .never

; _Noreturn void stage_leave(entry, struct start_info *)
global stage_leave
stage_leave:
        mov eax, [esp + 4]
        mov ebx, [esp + 8]
        jmp eax

section .bss align=16
        resb 16384
stack_top:
