# SPDX-License-Identifier: MIT
"""From a machine to QEMU's command line."""

import os
import shlex

from qemus import MachineError

OVMF_FOLDERS = ["/usr/share/OVMF", "/usr/share/edk2/x64", "/usr/share/edk2/ovmf"]
MEDIUM_OF_FIRMWARE = {"pvh": "kernel", "ovmf": "esp", "bios": "cd"}


def find_ovmf():
    """The code and the template of the variables, of the 4 MiB build that Debian 12 and 13 have."""
    for folder in OVMF_FOLDERS:
        for names in (("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
                      ("OVMF_CODE.4m.fd", "OVMF_VARS.4m.fd"), ("OVMF_CODE.fd", "OVMF_VARS.fd")):
            files = [os.path.join(folder, name) for name in names]
            if all(os.path.exists(file) for file in files):
                return files
    raise MachineError("no OVMF in " + ", ".join(OVMF_FOLDERS) + " (Debian package: ovmf)")


def firmware_arguments(firmware):
    if firmware != "ovmf":
        return []
    code, variables = find_ovmf()
    # What firmware writes to its variables goes with the machine: every boot is a first one.
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,format=raw,snapshot=on,file={variables}"]


def net_arguments(firmware, build):
    """QEMU is the DHCP and TFTP server. OVMF has its own PXE, so the card goes without iPXE there."""
    first, rom = {"bios": ("i386-pc/core.0", ""),
                  "ovmf": ("x86_64-efi/core.efi", ",romfile=")}[firmware]
    return ["-netdev", f"user,id=net,tftp={build}/net,bootfile=/boot/grub/{first}",
            "-device", "virtio-net-pci,netdev=net" + rom, "-boot", "n"]


def medium_arguments(medium, firmware, build):
    iso = f"{build}/retarget.iso"
    if medium == "net":
        return net_arguments(firmware, build)
    return {
        "kernel": ["-kernel", f"{build}/retarget.elf"],
        "stage": ["-kernel", f"{build}/stage.elf", "-initrd", f"{build}/retarget.elf"],
        "esp": ["-drive", f"format=raw,file=fat:rw:{build}/esp"],
        "nvme": ["-drive", f"if=none,id=boot,format=raw,file=fat:rw:{build}/esp",
                 "-device", "nvme,serial=boot,drive=boot"],
        "cd": ["-cdrom", iso],
        "stick": ["-device", "qemu-xhci,id=usb",
                  "-drive", f"if=none,id=stick,format=raw,readonly=on,file={iso}",
                  "-device", "usb-storage,bus=usb.0,drive=stick"],
    }[medium]


def serial_arguments(machine):
    """The ports before the one that is looked at go nowhere."""
    return ["-serial", "null"] * (int(machine["com"]) - 1) + ["-serial", "stdio"]


def monitor_path(machine, build):
    return os.path.abspath(f"{build}/logs/{machine.name}.qmp")


def screen_arguments(machine, build):
    """A screen, and the monitor by which it is looked at, keys are pressed, devices meddled with."""
    if not machine["screen"] and not machine["moment"]:
        return []
    return ["-device", machine["screen"]] * bool(machine["screen"]) + \
        ["-qmp", f"unix:{monitor_path(machine, build)},server=on,wait=off"]


def option_arguments(machine):
    options = machine["options"]
    if machine["medium"] == "stage":
        return ["-append", f"{machine['stage']} -- {options}"]
    if machine["medium"] in ("cd", "stick"):
        options = f"after=exit {options}"  # where the menu's entry has after=prompt
    if not options:
        return []
    if machine["medium"] == "kernel":
        return ["-append", options]
    return ["-fw_cfg", "name=opt/retarget/options,string=" + options.replace(",", ",,")]


def arguments(machine, build):
    """QEMU's arguments, the program's name first."""
    # Interrupt remapping of QEMU needs the IO-APIC in QEMU itself: kernel-irqchip=split.
    # isa-debug-exit is the kernel's way to say the verdict.
    result = list(machine.qemu.program) + [
        "-machine", "q35,kernel-irqchip=split", "-accel", "tcg",
        "-smp", machine["smp"], "-m", machine["mem"],
        "-nodefaults", "-display", "none", *serial_arguments(machine), "-no-reboot",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    # The IOMMU comes first: QEMU wants it there before the devices it serves.
    for device in machine["iommu"].split() + machine["devices"].split():
        result += ["-device", device]
    result += [word.format(build=build) for word in machine["qemu"].split()]
    result += screen_arguments(machine, build)
    result += firmware_arguments(machine["firmware"])
    result += medium_arguments(machine["medium"], machine["firmware"], build)
    return result + option_arguments(machine)


def shell_line(words):
    return " ".join(shlex.quote(word) for word in words)


def shell_lines(words):
    """The command as one shell command on several lines of at most 100 columns."""
    groups = [shlex.quote(words[0])]
    for word in words[1:]:
        if word.startswith("-"):
            groups.append(shlex.quote(word))
        else:
            groups[-1] += " " + shlex.quote(word)
    lines = [groups[0]]
    for group in groups[1:]:
        if len(lines[-1]) + len(group) > 96:
            lines[-1] += " \\"
            lines.append("    " + group)
        else:
            lines[-1] += " " + group
    return "\n".join(lines)
