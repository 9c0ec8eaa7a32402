# SPDX-License-Identifier: MIT
# `make help` lists what there is.

CC      ?= gcc
NASM    ?= nasm
BUILD   := build

CFLAGS  := -std=gnu11 -O2 -g -ffreestanding -fno-pic -mcmodel=kernel -mno-red-zone \
           -mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables \
           -fno-omit-frame-pointer -fno-strict-aliasing -fno-common \
           -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow -I.
LDFLAGS := -nostdlib -static -no-pie -z noexecstack -z max-page-size=4096 --build-id=none

KERNEL_C   := $(sort $(wildcard boot/*.c kernel/*.c kernel/*/*.c kernel/*/*/*.c drivers/*/*.c drivers/*/*/*.c tests/*.c))
KERNEL_ASM := $(sort $(wildcard boot/*.asm kernel/*.asm kernel/*/*.asm))
OBJECTS    := $(KERNEL_C:%.c=$(BUILD)/%.o) $(KERNEL_ASM:%.asm=$(BUILD)/%.asm.o)

all: $(BUILD)/retarget.elf

$(BUILD)/retarget.elf: $(OBJECTS) linker.ld
	@echo "  LD    $@"
	@ld $(LDFLAGS) -T linker.ld -o $@ $(OBJECTS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.asm.o: %.asm
	@mkdir -p $(@D)
	@echo "  NASM  $<"
	@$(NASM) -f elf64 -g -I. -o $@ $<

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d)
.PHONY: all clean
