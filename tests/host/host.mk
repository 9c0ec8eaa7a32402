# SPDX-License-Identifier: MIT
# Unit tests of pure code on the build machine: `make check`.
#
# Each tests/host/test_NAME.c is one program. Its line "// links: kernel/a.c kernel/b.c" names the
# kernel's files under test; shim.c stands in for the rest of the kernel. kernel/string.c is never
# among them: the C library has those functions, and AddressSanitizer watches them.
# Headers in tests/host/instead/ stand in for the kernel's of the same name.
# Each tests/host/tables/NAME.dsl becomes an ACPI table for them (see tests/host/fixture.h).

HOST_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing -fno-common \
               -fsanitize=address,undefined -fno-sanitize-recover=all \
               -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow \
               -Itests/host/instead -I. \
               -DTABLES='"$(BUILD)/host/tables"'

# clang puts red zones between the entries of a linker section, too, which tears the table apart.
ifneq ($(findstring clang,$(CC)),)
HOST_CFLAGS += -mllvm -asan-globals=0 -Wno-unused-command-line-argument
endif

HOST_LDFLAGS := -Wl,-T,tests/host/protocols.ld

HOST_TESTS  := $(sort $(basename $(notdir $(wildcard tests/host/test_*.c))))
HOST_TABLES := $(patsubst tests/host/%.dsl,$(BUILD)/host/%.aml,$(wildcard tests/host/tables/*.dsl))
HOST_COMMON := tests/host/shim.c tests/host/fixture.c

# One line for each program; where one fails, a second run shows what cmocka has to say about it.
# The time-out turns a parser that hangs into a failure.
PROVE := CMOCKA_MESSAGE_OUTPUT=TAP prove --exec 'timeout 120'

check: $(HOST_TESTS:%=$(BUILD)/host/%) $(HOST_TABLES)
	@$(PROVE) $(filter-out %.aml,$^) || { $(PROVE) --failures --comments $(filter-out %.aml,$^); exit 1; }

host_sources = tests/host/$(1).c $(HOST_COMMON) $(shell sed -n 's,^// links: ,,p' tests/host/$(1).c)
host_objects = $(patsubst %.c,$(BUILD)/host/%.o,$(host_sources))
$(foreach test,$(HOST_TESTS),$(eval $(BUILD)/host/$(test): $(call host_objects,$(test))))

$(HOST_TESTS:%=$(BUILD)/host/%):
	$(call say,LD,$@)
	$(CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^ -lcmocka

$(BUILD)/host/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

# iasl says what it did even when all is well; that is shown only when it fails.
$(BUILD)/host/%.aml: tests/host/%.dsl
	@mkdir -p $(@D)
	@timeout 60 iasl -p $(basename $@) $< >$@.log 2>&1 || { cat $@.log; exit 1; }

-include $(wildcard $(BUILD)/host/*/*.d $(BUILD)/host/*/*/*.d $(BUILD)/host/*/*/*/*.d)
.PHONY: check
