# SPDX-License-Identifier: MIT
# The device model of docs/dsa-model.md, a program of this machine: build/dsa-model. The same under
# sanitizers: `make build/dsa-model-asan` (with UBSan), `make build/dsa-model-tsan`. Its unit tests are
# tests/host/test_dsa_*.c; `make check` has ASan and UBSan watch them, `make check-dsa-threads` TSan the
# one that has threads.

MODEL_C      := $(sort $(wildcard tests/qemu/dsa/*.c))
MODEL_FLAGS  := -std=gnu11 -D_GNU_SOURCE -O2 -g -pthread -fno-omit-frame-pointer \
                -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow -I.
MODEL_KINDS  := dsa-model dsa-model-asan dsa-model-tsan
MODEL_EXTRA_dsa-model-asan := -fsanitize=address,undefined -fno-sanitize-recover=all
MODEL_EXTRA_dsa-model-tsan := -fsanitize=thread

all: $(BUILD)/dsa-model

model_objects = $(MODEL_C:%.c=$(BUILD)/$(1)-objects/%.o)

define model_rules
$(BUILD)/$(1): $(call model_objects,$(1)) $(BUILD)/objects
	$$(call say,LD,$$@)
	$$(CC) $(MODEL_FLAGS) $(MODEL_EXTRA_$(1)) -o $$@ $(call model_objects,$(1))

$(BUILD)/$(1)-objects/%.o: %.c
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(CC) $(MODEL_FLAGS) $(MODEL_EXTRA_$(1)) -MMD -MP -c -o $$@ $$<

MODEL_OBJECTS += $(call model_objects,$(1))
endef
$(foreach kind,$(MODEL_KINDS),$(eval $(call model_rules,$(kind))))

-include $(MODEL_OBJECTS:.o=.d)

# Once through the compiler, all of it; TSan and ASan cannot watch together.
THREADS_C = tests/host/test_dsa_server.c $(shell sed -n 's,^// links: ,,p' tests/host/test_dsa_server.c)

$(BUILD)/test-dsa-threads: $(THREADS_C) $(wildcard tests/qemu/dsa/*.h drivers/pci/sources/dsa_*.h)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(CC) $(MODEL_FLAGS) -fsanitize=thread -o $@ $(THREADS_C) -lcmocka

check-dsa-threads: $(BUILD)/test-dsa-threads
	timeout 120 $<

.PHONY: check-dsa-threads

# Over its socket, by clients of all kinds; the sending thread against the other one for races.
check: | check-dsa

check-dsa: $(BUILD)/dsa-model-asan $(BUILD)/dsa-model-tsan
	python3 -B tests/qemu/test_dsa_socket.py $(BUILD)/dsa-model-asan
	python3 -B tests/qemu/test_dsa_socket.py $(BUILD)/dsa-model-tsan SocketTest.test_slots_are_hammered

.PHONY: check-dsa
