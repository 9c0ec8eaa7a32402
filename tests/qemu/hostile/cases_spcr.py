# SPDX-License-Identifier: MIT
"""SPCR (Microsoft, Serial Port Console Redirection Table). The machine has COM1 and no other port."""

from case import Case
from tables import cut_to, spcr

PORT, MEMORY = 1, 0


def refused(name, broken, content, why):
    return Case("spcr-" + name, "SPCR: " + broken, {"SPCR": content},
                (f"# acpi: SPCR refused: {why}; COM1 is used",))


def at(name, broken, address, why, space=MEMORY):
    place = f"{'port' if space == PORT else 'address'} {address:x}"
    return Case("spcr-at-" + name, "SPCR: a serial port " + broken,
                {"SPCR": spcr(address, space, 32, 3)},
                (f"# acpi: SPCR's serial port, {place}, refused: {why}; COM1 is used",))


CASES = [
    refused("79", "ends within its last field", cut_to(spcr(), 79), "it is shorter than 80 bytes"),
    refused("kind", "a debug port of USB", spcr(kind=3), "its port is no 16550"),
    refused("off", "no address", spcr(0), "its base is 0: the console is switched off"),
    refused("beyond", "a port beyond the last one", spcr(0xFFFC), "its base is beyond the ports"),
    refused("wide", "registers of 64 bits", spcr(0xFE030000, MEMORY, 64, 4),
            "its registers have a size that a 16550's do not have"),
    at("nothing", "at a port where nothing is", 0x2E8, "nothing there reads as a 16550", PORT),
    at("memory", "in free memory", 0x5000000, "memory is there"),
    at("io-apic", "at the IO-APIC", 0xFEC00000, "nothing there reads as a 16550"),
    at("local-apic", "at the local APIC", 0xFEE00000,
       "interrupt messages go there (fee00000 to feefffff)"),
    at("nowhere", "where nothing is", 0xFED80000, "nothing there reads as a 16550"),
]
