# SPDX-License-Identifier: MIT
"""DMAR: VT-d, chapter 8, BIOS Considerations."""

import struct

from case import Case
from image import FIRST
from tables import (DMAR_UNIT, cut_to, dmar, endpoint, hpet_scope, io_apic_scope, scope, structure,
                    unit)

NOTHING = 0xFED80000  # no device of QEMU's q35 is there
WHOLE = (io_apic_scope(),)


def refused(name, broken, content, why):
    """The whole table: remapping is off, all else runs."""
    return Case("dmar-" + name, "DMAR: " + broken, {"DMAR": content},
                (f"# interrupt remapping: DMAR refused: {why}",), lost=("vtd0",))


def at(name, broken, address, why, **others):
    """One unit, at an address where none is."""
    return Case("dmar-at-" + name, "DMAR: a unit " + broken, {"DMAR": dmar(unit(address, **others))},
                (f"# vtd0: DMAR's address {address:x} refused: {why}",
                 f"# interrupt remapping: unit vtd0 at {address:x} cannot be used (error 19)"),
                lost=("vtd0",))


def tolerated(name, broken, content):
    return Case("dmar-" + name, "DMAR: " + broken + "; nothing is lost by it", {"DMAR": content}, ())


def sized(kind, path_length, length=None):
    """A scope in a unit of just its size."""
    return dmar(unit(scopes=[scope(kind, [1] * path_length, length=length)]))


PATH = "a device scope has no path, or half a step in it"
FUNCTION = "a device scope's path names no PCI function"
PAST_UNIT = "a device scope reaches past its DRHD"
PAST_END = "a structure reaches past its end"
PAGE = "a DRHD's registers lie at 0 or not at a page"
VERSION = "nothing there has a remapping unit's version"
MEMORY = "memory is there"
BEYOND = "that is beyond the addresses of this CPU"

CASES = [
    refused("none", "no structure", cut_to(dmar(), 48), "it names no remapping unit (DRHD)"),
    refused("36", "a header alone", cut_to(dmar(), 36), "it ends before its first structure"),
    refused("47", "one byte less than without a structure", cut_to(dmar(), 47),
            "it ends before its first structure"),
    refused("cut-in-structure", "ends within a structure's header", cut_to(dmar(), 51), PAST_END),
    refused("cut-in-unit", "ends within the unit", cut_to(dmar(), 60), PAST_END),
    refused("cut-in-scope", "ends within the scope", cut_to(dmar(), 70), PAST_END),
    refused("endless", "a structure of length 0", dmar(structure(1, length=0), unit()),
            "a structure is shorter than 4 bytes"),
    refused("structure-3", "a structure of length 3", dmar(structure(1, length=3), unit()),
            "a structure is shorter than 4 bytes"),
    refused("structure-past-end", "a structure of 65535 bytes", dmar(unit(length=0xFFFF)), PAST_END),
    refused("unit-15", "a DRHD of 15 bytes", dmar(unit(length=15)),
            "a DRHD is shorter than 16 bytes"),
    refused("scope-endless", "a scope of length 0", sized(1, 2, 0),
            "a device scope is shorter than 6 bytes"),
    refused("scope-no-path", "a scope of length 6", sized(1, 0), PATH),
    refused("scope-half-step", "a scope with half a step", sized(1, 3), PATH),
    refused("scope-too-long", "a scope longer than its unit", sized(1, 2, 64), PAST_UNIT),
    refused("scope-past-end", "a scope that reaches past the table's end", sized(1, 2, 10), PAST_UNIT),
    refused("scope-cut", "a scope of which one byte is there",
            dmar(unit(scopes=[b"\x01"])), PAST_UNIT),
    refused("path-9", "a path of nine steps", sized(1, 18),
            "a device scope's path has more than 8 steps"),
    refused("device-32", "a path to device 32", dmar(unit(scopes=[endpoint(32)])), FUNCTION),
    refused("function-8", "a path to function 8", dmar(unit(scopes=[endpoint(4, 8)])), FUNCTION),
    refused("units-65", "65 units",
            dmar(*[unit(NOTHING + 4096 * n, (), rest=False) for n in range(65)]),
            "it has more than 64 DRHDs"),
    refused("scopes-257", "257 scopes in one unit",
            dmar(unit(scopes=[endpoint(n % 32, n // 32 % 8, n // 256) for n in range(257)])),
            "it has more than 256 device scopes"),
    refused("unit-twice", "two units with the same registers",
            dmar(unit(rest=False), unit(scopes=())), "two DRHDs have the same registers"),
    refused("units-overlap", "a unit whose 128 KiB reach into the next one",
            dmar(unit(NOTHING, (), rest=False, size=5), unit()), "two DRHDs have the same registers"),
    refused("device-twice", "two units name the same device",
            dmar(unit(scopes=WHOLE + (endpoint(2),)), unit(NOTHING, [endpoint(2)], rest=False)),
            "two DRHDs name the same device"),
    refused("io-apic-twice", "two units name the same IO-APIC",
            dmar(unit(), unit(NOTHING, [io_apic_scope(bus=7)], rest=False)),
            "two DRHDs name the same device"),
    refused("hpet-twice", "two units name the same HPET",
            dmar(unit(scopes=WHOLE + (hpet_scope(),)), unit(NOTHING, [hpet_scope()], rest=False)),
            "two DRHDs name the same device"),
    refused("rest-twice", "two units for all the rest of segment 0",
            dmar(unit(), unit(NOTHING, ())), "two DRHDs cover all the rest of one segment"),
    refused("at-0", "a unit at 0", dmar(unit(0)), PAGE),
    refused("at-half-page", "a unit not at a page", dmar(unit(DMAR_UNIT + 0x800)), PAGE),

    at("nothing", "where nothing is", NOTHING, VERSION),
    at("memory", "in free memory", 0x5000000, MEMORY),
    at("kernel", "in the kernel's image", 0x140000, MEMORY),
    at("tables", "in the page of a table", FIRST, MEMORY),
    at("bios", "in the BIOS area", 0xF0000, "that is below 1 MiB, where no such registers are"),
    at("local-apic", "at the local APIC", 0xFEE00000,
       "interrupt messages go there (fee00000 to feefffff)"),
    at("io-apic", "at the IO-APIC", 0xFEC00000, "IO-APIC 0 is there"),
    at("hpet", "at the HPET", 0xFED00000, "the HPET is there"),
    at("configuration", "in PCI configuration space", 0xB0100000,
       "PCI segment 0000 bus 00 is there"),
    at("rom", "in the firmware's ROM", 0xFFFFF000, VERSION),
    at("128-mib", "whose registers take 128 MiB", 0xFED90000,
       "interrupt messages go there (fee00000 to feefffff)", size=15),
    at("end-of-space", "in the last page of all addresses", 2**64 - 4096, BEYOND),
    at("beyond-width", "beyond the physical address width", 2**51, BEYOND),
    Case("dmar-units-64", "DMAR: 64 units where nothing is",
         {"DMAR": dmar(*[unit(0xFD000000 + 4096 * n, (), rest=False) for n in range(64)])},
         tuple(f"# vtd{n}: DMAR's address {0xFD000000 + 4096 * n:x} refused: {VERSION}"
               for n in range(64)) +
         ("# interrupt remapping: unit vtd0 at fd000000 cannot be used (error 19)",),
         lost=("vtd0",)),
    Case("dmar-second-nothing", "DMAR: a second unit where nothing is",
         {"DMAR": dmar(unit(), unit(NOTHING, [endpoint(7)], rest=False))},
         (f"# vtd1: DMAR's address {NOTHING:x} refused: {VERSION}",
          f"# interrupt remapping: unit vtd1 at {NOTHING:x} cannot be used (error 19)")),

    Case("dmar-no-remapping", "DMAR: the flag INTR_REMAP is clear", {"DMAR": dmar(flags=0)},
         ("# interrupt remapping: the firmware reports no interrupt remapping (DMAR flag "
          "INTR_REMAP)",)),
    Case("dmar-io-apic-unnamed", "DMAR: no unit names the IO-APIC", {"DMAR": dmar(unit(scopes=()))},
         ("# interrupt remapping: no unit covers IO-APIC 0 (DMAR table)",)),
    tolerated("revision-0", "revision 0", dmar(revision=0)),
    tolerated("flags", "all reserved flags set", dmar(unit(flags=0xFE), flags=0xF9)),
    tolerated("width-0", "a host address width of 1", dmar(width=0)),
    tolerated("others", "RMRR, ATSR, RHSA, ANDD, SATC, SIDP and an unknown type, all of nonsense",
              dmar(unit(), *[structure(kind, b"\xff" * 37) for kind in (1, 2, 3, 4, 5, 6, 999)])),
    tolerated("rmrr-in-kernel", "an RMRR over the kernel",
              dmar(unit(), structure(1, struct.pack("<HHQQ", 0, 0, 0x100000, 0x1FFFFF)))),
    tolerated("scope-types", "scopes of kinds that are none",
              dmar(unit(scopes=WHOLE + (scope(0, [1, 1]), scope(6, [1, 1]), scope(255, [1, 1]))))),
    tolerated("scopes-256", "255 scopes beside the IO-APIC's, all the same",
              dmar(unit(scopes=WHOLE + (endpoint(9),) * 255))),
]
