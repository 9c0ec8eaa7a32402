# SPDX-License-Identifier: MIT
#
# build/net/: what a TFTP server has to serve for machines that boot from the network by PXE, on BIOS and
# on UEFI, through GRUB (docs/netboot.md). The DHCP server names the first file:
#
#   boot/grub/i386-pc/core.0          BIOS
#   boot/grub/x86_64-efi/core.efi     UEFI
#
# Included by the top Makefile, after boot/iso.mk.

NET := $(BUILD)/net

# The menu comes last: what has it is complete.
$(NET)/boot/grub/grub.cfg: boot/grub.cfg $(BUILD)/esp/retarget/retarget.elf $(BUILD)/BOOTX64.EFI
	$(call say,NET,$(NET))
	rm -rf $(NET)
	mkdir -p $(NET)/retarget
	grub-mknetdir --net-directory=$(NET) --subdir=/boot/grub >$(BUILD)/net.log 2>&1 || \
		{ cat $(BUILD)/net.log; false; }
	cp $(BUILD)/esp/retarget/retarget.elf $(NET)/boot/
	cp $(BUILD)/BOOTX64.EFI $(NET)/retarget/
	cp boot/grub.cfg $@

net: $(NET)/boot/grub/grub.cfg

.PHONY: net
