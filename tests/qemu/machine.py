# SPDX-License-Identifier: MIT
"""From a section of machines.ini to QEMU's command line."""

import configparser
import os
import shlex
import shutil
import subprocess

FOLDER = os.path.dirname(os.path.abspath(__file__))
OVMF_FOLDERS = ["/usr/share/OVMF", "/usr/share/edk2/x64", "/usr/share/edk2/ovmf"]
MEDIUM_OF_FIRMWARE = {"pvh": "kernel", "ovmf": "esp", "bios": "cd"}


class MachineError(Exception):
    """The machine cannot be put together; the text says what is missing."""


def read_machines():
    machines = configparser.ConfigParser(interpolation=None)
    with open(os.path.join(FOLDER, "machines.ini"), encoding="utf-8") as file:
        machines.read_file(file)
    return machines


def machine_called(name):
    machines = read_machines()
    if name not in machines:
        raise MachineError(f"no machine is called \"{name}\"; 'tests/qemu/run list' names them")
    return machines[name]


def count(machine, key):
    """A number of something: a word that is none, or is below 0, would quietly mean another run."""
    text = machine[key]
    if not (text.isascii() and text.isdigit()):
        raise MachineError(f"{key}={text} is not a number from 0 on")
    return int(text)


def qemu_program():
    words = shlex.split(os.environ.get("QEMU") or "qemu-system-x86_64")
    if not shutil.which(words[0]):
        raise MachineError(f"there is no {words[0]} (Debian package: qemu-system-x86)")
    return words


def has_device(name):
    """Whether this QEMU has the device model. (Where it has not, QEMU still exits with 0.)"""
    result = subprocess.run(qemu_program() + ["-device", name + ",help"], check=True, text=True,
                            stdin=subprocess.DEVNULL, capture_output=True)
    return f"{name} options:" in result.stdout


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


def medium_arguments(medium, build):
    iso = f"{build}/retarget.iso"
    return {
        "kernel": ["-kernel", f"{build}/retarget.elf"],
        "esp": ["-drive", f"format=raw,file=fat:rw:{build}/esp"],
        "cd": ["-cdrom", iso],
        "stick": ["-device", "qemu-xhci,id=usb",
                  "-drive", f"if=none,id=stick,format=raw,readonly=on,file={iso}",
                  "-device", "usb-storage,bus=usb.0,drive=stick"],
    }[medium]


def option_arguments(machine):
    options = machine["options"]
    if not options:
        return []
    if machine["medium"] == "kernel":
        return ["-append", options]
    return ["-fw_cfg", "name=opt/retarget/options,string=" + options.replace(",", ",,")]


def arguments(machine, build):
    """QEMU's arguments, the program's name first."""
    # Interrupt remapping of QEMU needs the IO-APIC in QEMU itself: kernel-irqchip=split.
    # isa-debug-exit is the kernel's way to say the verdict.
    result = qemu_program() + [
        "-machine", "q35,kernel-irqchip=split", "-accel", "tcg",
        "-smp", machine["smp"], "-m", machine["mem"],
        "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    # The IOMMU comes first: QEMU wants it there before the devices it serves.
    for device in machine["iommu"].split() + machine["devices"].split():
        result += ["-device", device]
    result += [word.format(build=build) for word in machine["qemu"].split()]
    result += firmware_arguments(machine["firmware"])
    result += medium_arguments(machine["medium"], build)
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
