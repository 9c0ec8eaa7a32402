# SPDX-License-Identifier: MIT
"""
From a case to what QEMU loads: QEMU makes no tables of its own (-machine acpi=off), the RSDP goes
through firmware's table loader into the BIOS area, and the rest is put into memory at addresses that
the case chooses, so that every pointer and every checksum is ours.
"""

import os

import tables
from table_loader import BIOS_AREA, allocate

# 96 MiB, of 128: firmware is far above, the kernel far below.
RSDT, XSDT, FIRST = 0x6000000, 0x6100000, 0x6200000
APART = 0x10000  # from one table to the next
SOUND = {
    "FACP": tables.fadt(),
    "APIC": tables.madt(*tables.CPUS, tables.io_apic(), tables.override(0, 2)),
    "MCFG": tables.mcfg(tables.allocation()),
    "HPET": tables.hpet(),
    "DMAR": tables.dmar(),
    "SPCR": None,
}


def place(case):
    """What lies where: a list of (address, bytes), and the RSDP."""
    listed, placed = [], []
    for signature, sound in SOUND.items():
        given = case.instead.get(signature, sound)
        for content in given if isinstance(given, list) else [given] if given else []:
            address = FIRST + APART * len(placed)
            address = case.at.get(signature, address)
            listed.append(address)
            placed.append((address, content))
    placed.append((RSDT, case.rsdt(listed)))
    placed.append((XSDT, case.xsdt(listed)))
    return placed + list(case.memory), case.rsdp


def write(case, folder):
    """The files in `folder`; returns QEMU's arguments."""
    os.makedirs(folder, exist_ok=True)
    placed, rsdp = place(case)
    words = ["-machine", "acpi=off"]
    for file, content in (("table-loader", allocate(b"etc/acpi/rsdp", BIOS_AREA, 16)),
                          ("acpi/rsdp", rsdp)):
        path = f"{folder}/{os.path.basename(file)}"
        with open(path, "wb") as out:
            out.write(content)
        words += ["-fw_cfg", f"name=etc/{file},file={path}"]
    for address, content in placed:
        path = f"{folder}/{address:x}"
        with open(path, "wb") as out:
            out.write(content)
        words += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
    return words
