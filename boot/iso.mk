# SPDX-License-Identifier: MIT
#
# build/retarget.iso: boots through GRUB as a CD and, written as it is to a USB stick (dd), as a
# disk, on BIOS and on UEFI. Included by the top Makefile, after boot/uefi/uefi.mk.
#
#   /boot/grub/grub.cfg     the menu
#   /boot/retarget.elf      the kernel, for GRUB
#   /retarget/BOOTX64.EFI   the own UEFI loader, for the menu's entry that starts it
#
# Firmware reads no ISO 9660, only the FAT image within (efi.img) that GRUB starts from. The own
# loader reads with the firmware's file system, so the kernel goes into that image, too.

ISO := $(BUILD)/iso

$(BUILD)/retarget.iso: boot/grub.cfg $(BUILD)/BOOTX64.EFI $(BUILD)/esp/retarget/retarget.elf
	$(call say,ISO,$@)
	rm -rf $(ISO)
	mkdir -p $(ISO)/boot/grub $(ISO)/retarget
	cp boot/grub.cfg $(ISO)/boot/grub/
	cp $(BUILD)/esp/retarget/retarget.elf $(ISO)/boot/
	cp $(BUILD)/BOOTX64.EFI $(ISO)/retarget/
	grub-mkrescue -o $@.part $(ISO) >$(BUILD)/iso.log 2>&1 || { cat $(BUILD)/iso.log; false; }
	@xorriso -indev $@.part -report_el_torito plain 2>>$(BUILD)/iso.log | \
		awk '$$7 == "UEFI" { print $$NF * 2048 }' >$(BUILD)/iso.efi_offset
	@test -s $(BUILD)/iso.efi_offset || { \
		echo "error: GRUB made no UEFI image: install grub-efi-amd64-bin and mtools" >&2; false; }
	mmd -i $@.part@@$$(cat $(BUILD)/iso.efi_offset) ::/retarget
	mcopy -i $@.part@@$$(cat $(BUILD)/iso.efi_offset) $(BUILD)/esp/retarget/retarget.elf ::/retarget/
	mv $@.part $@

iso: $(BUILD)/retarget.iso

usb:
	tests/deps build
	$(build_all) iso
	boot/write-stick $(if $(filter 1,$(FORCE)),--force) $(BUILD)/retarget.iso '$(DEVICE)'

.PHONY: iso usb
