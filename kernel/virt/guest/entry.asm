; SPDX-License-Identifier: MIT
;
; A guest's vCPUs begin here, all at once (kernel/virt/guest/start.h). vCPU 0 sets the guest up; the
; others wait for the stack that it makes for them.

section .text
extern boot_stack_top
extern guest_main
extern guest_follow
extern guest_stacks
global guest_entry

guest_entry:
        cli
        cld
        xor ebp, ebp
        test esi, esi
        jnz .wait
        lea rsp, [rel boot_stack_top]
        call guest_main                 ; does not return
.wait:
        pause
        mov rsp, [guest_stacks + rsi * 8]
        test rsp, rsp
        jz .wait
        mov edi, esi
        call guest_follow               ; does not return
