# SPDX-License-Identifier: MIT
#
# `make fleet`: many machines by labgrid, one report (docs/fleet.md).

fleet:
	tests/deps build
	$(build_all) $(BUILD)/retarget.elf $(BUILD)/retarget.iso net
	tests/fleet/fleet $(BUILD) $(PLACES)

.PHONY: fleet
