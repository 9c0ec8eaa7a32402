# SPDX-License-Identifier: MIT
#
# build/stage.elf, the first boot stage that leaves the remapping unit on (tests/stage/stage.h). A
# 32-bit program, for QEMU's -kernel; the kernel goes beside it as -initrd.
# Included by the top Makefile.

STAGE_CFLAGS := -m32 -march=i686 -std=gnu11 -Os -g -ffreestanding -fno-pic -mgeneral-regs-only \
                -fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing \
                -fno-common -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
                -Wshadow -I.

STAGE_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(sort $(wildcard tests/stage/*.c tests/stage/*.asm)))

$(BUILD)/tests/stage/%.c.o: tests/stage/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(CC) $(STAGE_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/stage/%.asm.o: tests/stage/%.asm
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(NASM) -f elf32 -Werror -o $@ $<

$(BUILD)/stage.elf: $(STAGE_OBJECTS) tests/stage/stage.ld $(BUILD)/objects
	$(call say,LD,$@)
	$(LD) -m elf_i386 -nostdlib -static -no-pie -z noexecstack --build-id=none \
		--no-warn-rwx-segments -T tests/stage/stage.ld -o $@ $(STAGE_OBJECTS)

-include $(STAGE_OBJECTS:.o=.d)
