# SPDX-License-Identifier: MIT
"""MCFG (PCI Firmware 3.3, 4.1.2), HPET (IA-PC HPET 1.0a, 3.2.4) and FADT (ACPI 6.5, 5.2.9)."""

from case import Case
from image import FIRST
from tables import allocation, cut_to, fadt, hpet, mcfg


def mcfg_refused(name, broken, content, why):
    """The ports do what MCFG would: nothing is lost."""
    return Case("mcfg-" + name, "MCFG: " + broken, {"MCFG": content},
                (f"# pci: MCFG refused: {why}; ports are used in its place",))


def mcfg_at(name, broken, address, why, **others):
    return Case("mcfg-at-" + name, "MCFG: configuration space " + broken,
                {"MCFG": mcfg(allocation(address, **others))},
                (f"# pci: MCFG's address {address:x} refused: {why}",))


def hpet_refused(name, broken, content, why, later=None):
    """Said when it is to be silenced, and by the test that needs it."""
    return Case("hpet-" + name, "HPET: " + broken, {"HPET": content}, (f"# acpi: {why}",),
                test="hpet", skips=(later or why,))


def hpet_at(name, broken, address, why, later=None):
    """`later`: by the time of the test somebody else has claimed the place."""
    refused = f"HPET at {address:x} refused: "
    return hpet_refused("at-" + name, broken, hpet(address), refused + why,
                        refused + (later or why))


MEMORY = "memory is there"
BEYOND = "that is beyond the addresses of this CPU"
NO_BASE = "an allocation's base is 0 or not a multiple of 1 MiB"
NO_PERIOD = "nothing there has an HPET's clock period"

CASES = [
    Case("mcfg-none", "MCFG: none; the ports do", {"MCFG": None}, ()),
    mcfg_refused("empty", "no allocation", mcfg(), "it has no allocation"),
    mcfg_refused("40-bytes", "ends before its first allocation", cut_to(mcfg(allocation()), 40),
                 "it ends before its first allocation"),
    mcfg_refused("cut", "ends within an allocation", cut_to(mcfg(allocation()), 59),
                 "its last allocation is cut off"),
    mcfg_refused("tail", "seven bytes behind its allocation", mcfg(allocation(), tail=bytes(7)),
                 "its last allocation is cut off"),
    mcfg_refused("base-0", "base 0", mcfg(allocation(0)), NO_BASE),
    mcfg_refused("base-odd", "a base that is no multiple of 1 MiB", mcfg(allocation(0xB0080000)),
                 NO_BASE),
    mcfg_refused("buses", "the last bus before the first", mcfg(allocation(first=9, last=8)),
                 "an allocation's first bus comes after its last"),
    mcfg_refused("buses-twice", "the same buses twice",
                 mcfg(allocation(), allocation(0xC0000000, first=128)),
                 "two allocations have the same buses"),
    mcfg_refused("addresses-twice", "two segments at the same addresses",
                 mcfg(allocation(), allocation(segment=1)),
                 "two allocations have the same addresses"),
    mcfg_refused("segment", "segment 4660 and no other", mcfg(allocation(segment=0x1234)),
                 "it leaves out segment 0, which every machine has"),
    mcfg_refused("end-of-space", "256 buses from the last MiB of all addresses on",
                 mcfg(allocation(2**64 - 2**20)),
                 "an allocation reaches past the end of all addresses"),
    mcfg_at("memory", "in free memory", 0x4000000, MEMORY),
    mcfg_at("kernel", "over the kernel", 0x100000, MEMORY),
    mcfg_at("nothing", "where nothing is", 0xD0000000, "the host bridge is not there"),
    mcfg_at("apics", "over the APICs", 0xF0000000,
            "interrupt messages go there (fee00000 to feefffff)"),
    mcfg_at("beyond-width", "beyond the physical address width", 2**51, BEYOND),
    Case("mcfg-40", "MCFG: 40 segments, one of which is there",
         {"MCFG": mcfg(allocation(), *[allocation(2**34 + (n << 28), n) for n in range(1, 40)])},
         ("# pci: MCFG names 8 segments too many; they are not used",)),

    Case("hpet-none", "HPET: none", {"HPET": None}, (), test="hpet", skips=("there is no HPET",)),
    hpet_refused("50", "ends within its base", cut_to(hpet(), 50),
                 "HPET refused: it is shorter than 56 bytes"),
    hpet_refused("at-0", "at 0", hpet(0), "HPET refused: its base is not an address in memory"),
    hpet_refused("port", "at a port", hpet(space=1),
                 "HPET refused: its base is not an address in memory"),
    hpet_at("memory", "in free memory", 0x5000000, MEMORY),
    hpet_at("kernel", "in the kernel's image", 0x140000, MEMORY),
    hpet_at("tables", "in the page of a table", FIRST, MEMORY),
    hpet_at("nothing", "where nothing is", 0xFED80000, NO_PERIOD),
    hpet_at("io-apic", "at the IO-APIC", 0xFEC00000, NO_PERIOD, "IO-APIC 0 is there"),
    hpet_at("unit", "at the remapping unit", 0xFED90000, NO_PERIOD, "vtd0 is there"),
    hpet_at("local-apic", "at the local APIC", 0xFEE00000,
            "interrupt messages go there (fee00000 to feefffff)"),
    hpet_at("unaligned", "at an odd address", 0xFED00004, "that is not a multiple of 256"),
    hpet_at("end-of-space", "in the last 256 bytes of all addresses", 2**64 - 256, BEYOND),

    Case("fadt-none", "FADT: none; another clock does", {"FACP": None}, ()),
    Case("fadt-115", "FADT: one byte less than ACPI 1.0 has", {"FACP": cut_to(fadt(), 115)},
         ("# time: FADT refused: it is shorter than the 116 bytes of ACPI 1.0",)),
    Case("fadt-cut", "FADT: ends within X_PM_TMR_BLK; nothing is lost by it",
         {"FACP": cut_to(fadt(extended=(1, 0x608)), 215)}, ()),
    Case("fadt-port-still", "FADT: the PM timer at a port that never changes",
         {"FACP": fadt(0x80)}, ("# time: FADT's PM timer refused: what port 80 holds is none",)),
    Case("fadt-port-pit", "FADT: the PM timer at the PIT's ports",
         {"FACP": fadt(0x40)}, ("# time: FADT's PM timer refused: what port 40 holds is none",)),
    Case("fadt-port-beyond", "FADT: the PM timer at a port that there cannot be",
         {"FACP": fadt(0xFFFF)}, ("# time: FADT's PM timer refused: there is no port ffff",)),
    Case("fadt-extended-beyond", "FADT: X_PM_TMR_BLK at port 10608h, 608h in 16 bits",
         {"FACP": fadt(extended=(1, 0x10608))},
         ("# time: FADT's PM timer refused: there is no port 10608",)),
    Case("fadt-space", "FADT: X_PM_TMR_BLK in a space that is none; PM_TMR_BLK does",
         {"FACP": fadt(extended=(0x7F, 0x608))}, ()),
]
