# SPDX-License-Identifier: MIT
#
# `make run`, `gdb`, `test`, `test-all`, `hostile`, `witness`, `breaks`, `soak`, `repeat` and `bench`.
# They begin with tests/deps, and only then is make called again for the build: what make finds in this
# machine's folders may have been installed just now.

TABLES := $(BUILD)/tables/dmar-no-unit.aml

$(TABLES): tests/qemu/make-tables tests/qemu/tables.py tests/qemu/table_loader.py
	$(call say,TABLES,$(@D))
	tests/qemu/make-tables $(@D)

# On all CPUs, unless make was told how many jobs to run.
build_all = $(MAKE) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

# --NAME=VALUE where the user gave the variable, even an empty value.
given = $(if $(filter undefined,$(origin $(1))),,--$(2)='$($(1))')

RUN = tests/qemu/run --build=$(BUILD) $(call given,SMP,smp) $(call given,MEM,mem) \
      $(call given,DEVICES,devices) $(call given,OPTIONS,options) \
      $(call given,FIRMWARE,firmware) $(MACHINE)

run:
	tests/deps build
	$(build_all) all $(TABLES)
	$(RUN)

gdb:
	tests/deps build gdb
	$(build_all) $(BUILD)/retarget.elf
	$(RUN) --gdb

# Machines whose trace is looked at.
WITNESSED := witness witness-explore witness-async witness-order witness-dsa@11.1

# How the result leaves a machine.
WAYS_OUT := codes-bios all-ways file-stick

test:
	tests/deps build
	$(build_all) all $(TABLES)
	$(build_all) check
	tests/qemu/run-all $(BUILD)
	tests/qemu/hostile/run $(BUILD) few
	tests/qemu/witness $(BUILD) $(WITNESSED)
	tests/qemu/killed $(BUILD) dsa@11.1
	tests/qemu/reboots $(BUILD)
	tests/qemu/ways-out $(BUILD) $(WAYS_OUT)
	tests/report/same $(BUILD) $(WAYS_OUT)
	tests/fleet/fleet $(BUILD)
	$(MAKE) page-check

test-all:
	tests/deps build
	$(build_all) all $(TABLES)
	tests/qemu/run-all $(BUILD) $(call given,TIMES,times) $(call given,JOBS,jobs) \
	    $(call given,MINUTES,minutes) \
	    $(if $(MACHINES),$(foreach each,$(MACHINES),'$(each)'),--all)
	$(if $(MACHINES),,tests/qemu/hostile/run --on all $(BUILD))
	$(if $(MACHINES),,tests/qemu/ways-out $(BUILD) $(WAYS_OUT) codes file file-grub codes-all)

hostile:
	tests/deps build
	$(build_all) $(BUILD)/retarget.elf
	tests/qemu/hostile/run $(call given,ON,on) $(BUILD) $(CASES)

screenshots:
	tests/deps build
	$(build_all) all
	tests/qemu/screenshots $(BUILD) docs/images

# The table of docs/machines.md, from what test-all left.
machines-page:
	tests/qemu/machines-page $(BUILD)

# What docs/tests.md has of the tests' own words.
tests-page: $(BUILD)/retarget.elf
	tests/tests-page --write $< docs/tests.md

witness:
	tests/deps build
	$(build_all) $(BUILD)/retarget.elf $(BUILD)/dsa-model
	tests/qemu/witness $(BUILD) $(WITNESSED)

breaks:
	tests/deps build
	tests/qemu/breaks $(BUILD)

soak:
	tests/deps build
	$(build_all) $(BUILD)/retarget.elf $(BUILD)/dsa-model
	tests/qemu/soak $(BUILD) $(MACHINES) $(call given,FIRES,fires) $(call given,LOAD,load)

repeat:
	tests/deps build
	$(build_all) $(BUILD)/retarget.elf
	tests/qemu/repeat $(BUILD)

bench:
	tests/deps build
	$(build_all) $(BUILD)/retarget.elf
	tests/qemu/bench $(BUILD)

# Linux's own driver on the device model of DSA.
linux-dsa:
	tests/deps build
	$(build_all) $(BUILD)/dsa-model
	tests/linux/dsa --build=$(BUILD)

check: | check-tests-page

check-tests-page: $(BUILD)/retarget.elf
	tests/tests-page $< docs/tests.md

# The judge of the machines' reports is judged itself, with the unit tests.
check: | check-judge

check-judge:
	set -e; for each in $(filter-out %/test_dsa_socket.py,$(wildcard tests/qemu/test_*.py)); do \
		python3 -B $$each; done

.PHONY: run gdb test test-all machines-page tests-page check-tests-page screenshots hostile witness \
        breaks soak repeat bench linux-dsa check-judge
