# SPDX-License-Identifier: MIT
# `make` builds everything, `make help` lists what else there is.

ifeq ($(origin CC),default)
CC := gcc
endif
NASM  ?= nasm
BUILD := build

CFLAGS    := -std=gnu11 -O2 -g -ffreestanding -fno-pic -mcmodel=kernel -mno-red-zone \
             -mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables \
             -fno-omit-frame-pointer -fno-strict-aliasing -fno-common \
             -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow -I.
NASMFLAGS := -f elf64 -I. -I$(BUILD)/ -Werror
LDFLAGS   := -nostdlib -static -no-pie -z noexecstack -z max-page-size=4096 --build-id=none

MAKEFLAGS += --no-builtin-rules --no-print-directory

# Without V=1 a recipe is one short line; with it, its commands.
ifneq ($(V),1)
.SILENT:
say = printf '  %-6s %s\n' $(1) $(2)
endif

# Folders of tests/ are suites, but for these.
APART      := tests/fuzz/% tests/host/% tests/linux/% tests/stage/%
KERNEL_C   := $(sort $(wildcard boot/*.c kernel/*.c kernel/*/*.c kernel/*/*/*.c drivers/*/*.c \
                                drivers/*/*/*.c tests/*.c) \
                     $(filter-out $(APART),$(wildcard tests/*/*.c)))
KERNEL_ASM := $(sort $(wildcard boot/*.asm kernel/*.asm kernel/*/*.asm kernel/*/*/*.asm))
OBJECTS    := $(KERNEL_C:%.c=$(BUILD)/%.o) $(KERNEL_ASM:%.asm=$(BUILD)/%.asm.o)

all: $(BUILD)/retarget.elf $(BUILD)/BOOTX64.EFI esp $(BUILD)/retarget.iso net $(BUILD)/stage.elf

include boot/uefi/uefi.mk boot/iso.mk boot/net.mk tests/host/host.mk tests/fuzz/fuzz.mk \
        tests/qemu/qemu.mk tests/stage/stage.mk tests/qemu/dsa/dsa.mk tests/report/report.mk \
        tests/fleet/fleet.mk

# Debian's zlib1g-dev and libqrcodegen-dev; kernel/libraries.h says how they are called.
LIBRARIES := $(shell $(CC) -print-file-name=libqrcodegen.a) $(shell $(CC) -print-file-name=libz.a)

$(BUILD)/retarget.elf: $(OBJECTS) linker.ld $(BUILD)/objects
	$(call say,LD,$@)
	$(LD) $(LDFLAGS) -T linker.ld -o $@ $(OBJECTS) $(LIBRARIES)

$(BUILD)/%.o: %.c
	$(call say,CC,$<)
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.asm.o: %.asm
	$(call say,NASM,$<)
	mkdir -p $(@D)
	$(NASM) $(NASMFLAGS) -MD $(@:.o=.d) -MP -o $@ $<

# Built in, from Debian's package fonts-spleen.
FONT_FILES := $(addprefix $(BUILD)/fonts/,8x16 12x24 16x32)

$(FONT_FILES): $(BUILD)/fonts/%: kernel/screen/make-font
	$(call say,FONT,$@)
	mkdir -p $(@D)
	kernel/screen/make-font /usr/share/consolefonts/spleen-$*.psfu.gz $@

$(BUILD)/kernel/screen/glyphs.asm.o: $(FONT_FILES)

# The commit that is built, "-dirty" with changes to it; only kernel/head.c knows it.
COMMIT := $(or $(shell git describe --always --dirty 2>/dev/null),unknown)

$(BUILD)/commit: FORCE | $(BUILD)
	echo '$(COMMIT)' >$@.new
	cmp -s $@.new $@ || cp $@.new $@

$(BUILD)/kernel/head.o: private CFLAGS += -DRETARGET_COMMIT='"$(COMMIT)"'
$(BUILD)/kernel/head.o: $(BUILD)/commit

# What was compiled with other flags, or by another compiler, is compiled anew.
HOST_OBJECTS := $(sort $(foreach test,$(HOST_TESTS),$(call host_objects,$(test))) \
                $(foreach name,$(FUZZERS),$(call replay_objects,$(name))))
$(OBJECTS) $(EFI_OBJECTS) $(HOST_OBJECTS) $(STAGE_OBJECTS) $(MODEL_OBJECTS): $(BUILD)/flags

$(BUILD)/flags: FORCE | $(BUILD)
	$(file >$@.new,$(CC) $(CFLAGS) $(NASM) $(NASMFLAGS) $(EFI_CFLAGS) $(HOST_CFLAGS) $(STAGE_CFLAGS) $(MODEL_FLAGS))
	cmp -s $@.new $@ || cp $@.new $@

# What is not there any more is not in what is linked either.
$(BUILD)/objects: FORCE | $(BUILD)
	$(file >$@.new,$(OBJECTS) $(EFI_OBJECTS) $(STAGE_OBJECTS) $(MODEL_OBJECTS) $(LDFLAGS))
	cmp -s $@.new $@ || cp $@.new $@

$(BUILD):
	mkdir -p $@

deps:
	tests/deps build

# The tools of lint include both compilers.
lint:
	tests/deps build lint
	tests/lint '$(CFLAGS)' '$(EFI_CFLAGS)'

clean:
	rm -rf $(BUILD)

help:
	sed -n 's/^#: \{0,1\}//p' Makefile

#: make              build everything: build/retarget.elf, BOOTX64.EFI, retarget.iso
#: make run          boot it in QEMU with OVMF; ends with the table of lost messages
#: make test         unit tests, then the machines that are marked quick; a quarter of an hour
#: make test-all     every machine on every version of QEMU it is for (tests/qemu/machines.ini);
#:                   TIMES=10 says what is not the same in each run; JOBS=2 runs two side by side;
#:                   MACHINES="pvh@* *@11.1" some
#: make screenshots  docs/images from a real run: menu, running screen, table, QR code
#: make machines-page   docs/machines.md from what the last make test-all found
#: make tests-page      docs/tests.md: what it has of the tests' own words; make check compares it
#: make hostile      broken ACPI tables, one boot each; CASES="dmar-endless ..." for some, ON=11.1
#: make fuzz         libFuzzer on the table parsers, the model of DSA and what decodes a guest's
#:                   instructions; SECONDS=20 for a quick one
#: make witness      the messages as QEMU's trace has them, against the kernel's books
#: make breaks       breaks the kernel on purpose: whether the witness notices each
#: make soak         a million messages in each arm of the storm, two million of DSA's, the witnesses
#:                   beside them; FIRES=20000 for quick ones, LOAD=2 with busy loops on the host,
#:                   MACHINES=soak-dsa@11.1 for one
#: make repeat       the explorer's table, ten times: whether it is the same, byte for byte
#: make bench        what the tool costs on top of the bare operations, and how fast it starts
#: make report       build/report/report.html, report.json and JUnit, of the last make run, or of
#:                   RUNS="A=serial.log B=photo.png": with two or more, side by side
#: make linux-dsa    Linux's driver of Intel DSA on the device model of it; two minutes
#: make fleet        many machines by labgrid, one report; PLACES="board1 board2:stick" of the
#:                   coordinator in $LG_COORDINATOR, else QEMU and two places of its own
#: make check        the unit tests alone, on this machine
#: make iso          build/retarget.iso: for a CD, or by dd for a USB stick; BIOS and UEFI
#: make usb DEVICE=/dev/sdX   writes it to a stick, of which all is lost; FORCE=1 for what is not removable
#: make net          build/net/: for machines that boot from the network by PXE; BIOS and UEFI
#: make gdb          boot it in gdb, up to kernel_main()
#: make lint         check the form of all sources
#: make deps         install the Debian packages that are missing (run, test and lint do it, too)
#: make clean        remove build/
#:
#: For make run and make gdb:
#:   OPTIONS="..."   for the kernel: test=GLOB ir=both|on|off fires=N verbose=0..3 list ...
#:   FIRMWARE=       ovmf (our own UEFI loader), bios (GRUB, from the ISO) or pvh (qemu -kernel)
#:   SMP=4 MEM=256M  number of CPUs, memory
#:   DEVICES="..."   sources, as QEMU's -device takes them: "edu qemu-xhci lsi53c895a"
#:   MACHINE=run     another machine; `tests/qemu/run list` names them
#:
#: For all:
#:   QEMU=...        another qemu-system-x86_64
#:   CC=clang        another compiler
#:   V=1             show the commands
#:   BUILD=build     another folder to build in

-include $(OBJECTS:.o=.d)

FORCE:
.DELETE_ON_ERROR:
.PHONY: all deps lint clean help FORCE
