# SPDX-License-Identifier: MIT
#
# build/BOOTX64.EFI, the UEFI application, with GNU-EFI; and build/esp/, a directory laid out as an
# EFI system partition, which QEMU takes as it is: -drive file=fat:rw:build/esp,format=raw
# Included by the top Makefile.

EFI_INCLUDE ?= /usr/include/efi
EFI_LIB     ?= /usr/lib

# Freestanding code as the firmware calls it: position independent (it is loaded anywhere and
# relocates itself), 16-bit characters, no red zone (firmware's interrupts use this stack), and
# the Microsoft calling convention for firmware's functions alone (GNU_EFI_USE_MS_ABI).
EFI_CFLAGS  := -std=gnu11 -O2 -g -ffreestanding -fpic -fshort-wchar -mno-red-zone \
               -fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing \
               -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow \
               -DGNU_EFI_USE_MS_ABI -I. \
               -isystem $(EFI_INCLUDE) -isystem $(EFI_INCLUDE)/x86_64
EFI_LDFLAGS := -nostdlib -shared -Bsymbolic -znocombreloc -znoexecstack --no-undefined \
               -T $(EFI_LIB)/elf_x86_64_efi.lds

# What the PE file is made of; all else of the ELF file, debugging information above all, stays out.
EFI_SECTIONS := .text .sdata .data .rodata .dynamic .dynsym .rel .rela .reloc

EFI_C       := $(sort $(wildcard boot/uefi/*.c)) boot/memory_map.c
EFI_OBJECTS := $(EFI_C:%.c=$(BUILD)/uefi/%.o)

$(BUILD)/uefi/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(CC) $(EFI_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/uefi/bootx64.so: $(EFI_OBJECTS) $(BUILD)/objects
	$(call say,LD,$@)
	ld $(EFI_LDFLAGS) -o $@ $(EFI_LIB)/crt0-efi-x86_64.o $(EFI_OBJECTS) $(shell $(CC) -print-file-name=libz.a) \
		-L$(EFI_LIB) -lefi -lgnuefi

$(BUILD)/BOOTX64.EFI: $(BUILD)/uefi/bootx64.so
	$(call say,EFI,$@)
	objcopy $(EFI_SECTIONS:%=-j %) --target efi-app-x86_64 $< $@

# The kernel goes without its debugging information: firmware reads slowly.
$(BUILD)/esp/retarget/retarget.elf: $(BUILD)/retarget.elf
	@mkdir -p $(@D)
	objcopy --strip-debug $< $@

$(BUILD)/esp/EFI/BOOT/BOOTX64.EFI: $(BUILD)/BOOTX64.EFI
	@mkdir -p $(@D)
	cp $< $@

esp: $(BUILD)/esp/EFI/BOOT/BOOTX64.EFI $(BUILD)/esp/retarget/retarget.elf

-include $(EFI_OBJECTS:.o=.d)
.PHONY: esp
