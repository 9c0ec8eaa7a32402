# SPDX-License-Identifier: MIT
"""What a case is: see cases_*.py for those there are."""

import dataclasses
from collections.abc import Callable

import image
import tables

NO_REMAPPING = "# interrupt remapping: "
NO_UNIT = "the firmware reports no remapping unit (DMAR table)"  # smoke.takeover
NO_COM1 = "# com1: no IO-APIC has its interrupt: left alone"


@dataclasses.dataclass
class Case:
    """
    name, broken   what it is called, and what is broken
    instead        signature -> what takes the place of the sound table: bytes, a list of several, or
                   None for no such table
    says           the lines that the kernel has to say, each exactly once, and it may say no others
    lost           the sources that are not there then; all others have to pass. That COM1 is lost
                   is a line of its own, beside `says`
    cpus           how many CPUs run
    verdict        passed, or error for an orderly stop: then `says` ends with the Bail out!
    test           which of the kernel's tests
    skips          reasons for SKIPs, beside that of a line "# interrupt remapping: ..." and, where
                   vtd0 is lost, that there is no unit
    at             signature -> where the table lies
    memory         (address, bytes) of what else lies in memory
    bios           QEMU's name of another firmware than SeaBIOS. qboot.rom hands over any RSDP, where
                   SeaBIOS replaces a broken one by its own; it assigns no PCI addresses, so there
                   is no PCI device then
    rsdp, rsdt, xsdt   the RSDP; what makes the root table of the addresses of all tables
    """
    name: str
    broken: str
    instead: dict = dataclasses.field(default_factory=dict)
    says: tuple = ()
    lost: tuple = ()
    cpus: int = 2
    verdict: str = "passed"
    test: str = "smoke"
    skips: tuple = ()
    at: dict = dataclasses.field(default_factory=dict)
    memory: tuple = ()
    bios: str = ""
    rsdp: bytes = tables.rsdp(image.RSDT, image.XSDT)
    rsdt: Callable = tables.rsdt
    xsdt: Callable = tables.xsdt

    def all_says(self):
        return list(self.says) + ([NO_COM1] if "com1" in self.lost else [])

    def all_skips(self):
        said = [line[len(NO_REMAPPING):] for line in self.says if line.startswith(NO_REMAPPING)]
        unit = [NO_UNIT] if "vtd0" in self.lost and self.test == "smoke" else []
        return list(self.skips) + said + unit
