# SPDX-License-Identifier: MIT
# Fuzzers of the table parsers, of the device model and of what decodes a guest's instructions: `make fuzz` (clang's
# libFuzzer) looks for inputs, `make check` replays those that are kept in tests/fuzz/corpus/NAME/.
#
# Each tests/fuzz/fuzz_NAME.c is one target; its lines "// links:" are as in tests/host/.

FUZZERS    := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_CC    := clang
FUZZ_FLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing \
              -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
              -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow \
              -Itests/host/instead -I.
SECONDS    := 600

# Bytes; of a table, enough for one entry more than the kernel has room for.
FUZZ_ROOM_acpi := 4096
FUZZ_ROOM_decode := 8208
FUZZ_ROOM_dmar := 4096
FUZZ_ROOM_dsa  := 2048
FUZZ_ROOM_fadt := 512
FUZZ_ROOM_hpet := 128
FUZZ_ROOM_madt := 8192
FUZZ_ROOM_mcfg := 1024
FUZZ_ROOM_smbios := 1024
FUZZ_ROOM_spcr := 128
FUZZ_ROOM_vfiouser := 2048

fuzz_links   = $(shell sed -n 's,^// links: ,,p' tests/fuzz/fuzz_$(1).c)
fuzz_sources = tests/fuzz/fuzz_$(1).c tests/fuzz/fuzz.c $(call fuzz_links,$(1))

# Only the search changes inputs.
fuzz_objects   = $(patsubst %.c,$(BUILD)/fuzz/%.o,$(fuzz_sources) $(wildcard tests/fuzz/mutate_$(1).c))
replay_objects = $(patsubst %.c,$(BUILD)/host/%.o,$(fuzz_sources) tests/fuzz/replay.c)

REPLAYS := $(FUZZERS:%=$(BUILD)/host/replay_%)
$(foreach name,$(FUZZERS),$(eval $(BUILD)/fuzz/fuzz_$(name): $(call fuzz_objects,$(name))))
$(foreach name,$(FUZZERS),$(eval $(BUILD)/host/replay_$(name): $(call replay_objects,$(name))))

$(FUZZERS:%=$(BUILD)/fuzz/fuzz_%):
	$(call say,LD,$@)
	$(FUZZ_CC) $(FUZZ_FLAGS) -o $@ $^

$(BUILD)/fuzz/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

$(REPLAYS):
	$(call say,LD,$@)
	$(CC) $(HOST_CFLAGS) -o $@ $^

# Also the tables that the kernel is booted with: tests/qemu/hostile/.
HOSTILE := $(BUILD)/host/hostile/written

$(HOSTILE): $(wildcard tests/qemu/hostile/*) tests/qemu/tables.py
	$(call say,TABLES,$(@D))
	tests/qemu/hostile/seeds $(@D)
	touch $@

check: $(REPLAYS) | $(HOSTILE)

fuzz:
	tests/deps clang
	$(MAKE) $(FUZZERS:%=fuzz-%)

$(FUZZERS:%=fuzz-%): fuzz-%: $(BUILD)/fuzz/fuzz_% $(HOSTILE)
	tests/fuzz/run $(BUILD) $* $(SECONDS) $(FUZZ_ROOM_$*)

-include $(wildcard $(BUILD)/fuzz/*/*.d $(BUILD)/fuzz/*/*/*.d $(BUILD)/fuzz/*/*/*/*.d)
.PHONY: fuzz $(FUZZERS:%=fuzz-%)
