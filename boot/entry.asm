; SPDX-License-Identifier: MIT
;
; From a 32-bit loader to the kernel: the Multiboot2 header, the PVH note and the way into 64-bit
; mode. The UEFI application goes straight to kernel_entry, at the end.

KERNEL_OFFSET    equ 0xffffffff80000000
PAGE_PRESENT_RW  equ 0x3
PAGE_LARGE       equ 0x80
STACK_SIZE       equ 16384

BOOT_MULTIBOOT2  equ 0
BOOT_PVH         equ 1

; Multiboot2 specification 2.0, 3.1.1 "The layout of Multiboot2 header"
section .multiboot2 progbits alloc noexec nowrite align=8
header:
        dd 0xe85250d6                   ; magic
        dd 0                            ; architecture: 32-bit protected mode of i386
        dd header.end - header
        dd -(0xe85250d6 + 0 + (header.end - header))
        align 8
        dw 3, 0                         ; entry address tag: ELF's own entry is the 64-bit one
        dd 12
        dd multiboot2_start
        align 8
        dw 5, 1                         ; framebuffer tag, optional: a loader without one may go on
        dd 20
        dd 1024, 768, 32
        align 8
        dw 0, 0                         ; end tag
        dd 8
.end:

; Xen x86/HVM direct boot ABI: the 32-bit physical entry point as an ELF note
section .note.pvh note alloc noexec nowrite align=4
        dd 4, 8, 18                     ; name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY
        db "Xen", 0
        dq pvh_start

section .boot.bss nobits alloc noexec write align=4096
early_pml4:      resb 4096
early_pdpt_low:  resb 4096
early_pdpt_high: resb 4096
early_pd:        resb 4 * 4096

section .boot progbits alloc exec nowrite align=16
bits 32
multiboot2_start:
        mov ebp, BOOT_MULTIBOOT2        ; EAX = magic (a loader that enters here is one), EBX = information
        jmp enter_long_mode

pvh_start:
        mov ebp, BOOT_PVH               ; EBX = struct hvm_start_info

; Identity map of the low 4 GiB in 2 MiB pages, and the first GiB again at KERNEL_OFFSET.
enter_long_mode:
        cli
        cld
        mov esi, ebx                    ; CPUID overwrites it
        mov eax, 0x80000000
        cpuid
        cmp eax, 0x80000001
        jb no_long_mode
        mov eax, 0x80000001
        cpuid
        mov ebx, esi
        test edx, 1 << 29               ; LM
        jz no_long_mode
        mov edi, early_pml4
        mov ecx, 7 * 4096 / 4
        xor eax, eax
        rep stosd

        mov dword [early_pml4], early_pdpt_low + PAGE_PRESENT_RW
        mov dword [early_pml4 + 511 * 8], early_pdpt_high + PAGE_PRESENT_RW
        mov dword [early_pdpt_low + 0 * 8], early_pd + 0x0000 + PAGE_PRESENT_RW
        mov dword [early_pdpt_low + 1 * 8], early_pd + 0x1000 + PAGE_PRESENT_RW
        mov dword [early_pdpt_low + 2 * 8], early_pd + 0x2000 + PAGE_PRESENT_RW
        mov dword [early_pdpt_low + 3 * 8], early_pd + 0x3000 + PAGE_PRESENT_RW
        mov dword [early_pdpt_high + 510 * 8], early_pd + PAGE_PRESENT_RW

        mov edi, early_pd
        mov eax, PAGE_PRESENT_RW | PAGE_LARGE
.next_page:
        mov [edi], eax
        add edi, 8
        add eax, 0x200000
        jnc .next_page                  ; carries out of 4 GiB after the last page

        mov eax, cr4
        or eax, 1 << 5                  ; CR4.PAE
        mov cr4, eax
        mov eax, early_pml4
        mov cr3, eax
        mov ecx, 0xc0000080             ; IA32_EFER
        rdmsr
        or eax, 1 << 8                  ; LME
        wrmsr
        mov eax, cr0
        or eax, (1 << 31) | 1           ; PG, PE
        mov cr0, eax
        lgdt [early_gdt_pointer]
        jmp 8:long_mode

; There is no console yet: a line to COM1, as firmware or loader left it.
no_long_mode:
        mov esi, no_long_mode_text
        mov dx, 0x3f8
.next_character:
        lodsb
        test al, al
        jz .halt
        out dx, al
        jmp .next_character
.halt:
        hlt
        jmp .halt
no_long_mode_text:
        db "Bail out! this CPU has no 64-bit mode", 13, 10, 0

align 8
early_gdt:
        dq 0
        dq 0x00af9b000000ffff           ; 64-bit code
        dq 0x00cf93000000ffff           ; data
early_gdt_pointer:
        dw $ - early_gdt - 1
        dd early_gdt

bits 64
long_mode:
        mov eax, 16
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov rax, direct_entry
        jmp rax

section .text
extern boot_direct
extern kernel_main
global kernel_entry

direct_entry:
        lea rsp, [rel boot_stack_top]
        mov edi, ebp
        mov esi, ebx
        xor ebp, ebp
        call boot_direct                ; struct boot_info * boot_direct(kind, information)
        mov rdi, rax

; RDI = struct boot_info; see boot/boot_info.h
kernel_entry:
        cli
        cld
        lea rsp, [rel boot_stack_top]
        xor ebp, ebp
        call kernel_main
.never:
        hlt
        jmp .never

section .bss align=16
boot_stack:
        resb STACK_SIZE
global boot_stack_top
boot_stack_top:
