# SPDX-License-Identifier: MIT
"""RSDP, RSDT and XSDT; and what any table can have: a wrong checksum, a wrong length, no memory."""

import struct

from case import Case
from image import APART, FIRST, RSDT, SOUND, XSDT
from tables import cut_to, dmar, rsdp, rsdt, table, unit, with_length, with_wrong_sum, xsdt

NO_TABLES = (
    "# acpi: MADT refused: there is none; this CPU runs alone",
    "# interrupt remapping: the firmware reports no VT-d (no DMAR table)",
)
BROKEN_DMAR = "# interrupt remapping: the DMAR table is broken"
FIFTH = FIRST + 4 * APART  # DMAR, as image.SOUND has it
NOWHERE = 0x7000000000

NO_SOURCE = ("no device found that can be a source (docs/hardware.md lists them)",)

# Without any table there is no IO-APIC, and so no pin for COM1; and no unit.
ALONE = dict(cpus=1, lost=("com1", "vtd0"))


def broken_sum(signature, *says, **others):
    position = list(SOUND).index(signature)
    return Case(f"{signature.lower()}-sum", f"{signature}: the checksum",
                {signature: with_wrong_sum(SOUND[signature])},
                (f"# acpi: table {signature} at {FIRST + position * APART:#x} refused: "
                 "its checksum is wrong",) + says, **others)


CASES = [
    Case("rsdp-sum", "RSDP: the checksum of the first 20 bytes", {},
         ("# acpi: RSDP at ADDRESS refused: its checksum is wrong",
          "# acpi: no tables: error -22") + NO_TABLES,
         rsdp=with_wrong_sum(rsdp(RSDT, XSDT)), bios="qboot.rom", skips=NO_SOURCE, **ALONE),
    Case("rsdp-extended-sum", "RSDP: the checksum of revision 2; the RSDT does", {},
         ("# acpi: RSDP at ADDRESS names no XSDT: its extended checksum is wrong",),
         rsdp=rsdp(RSDT, XSDT)[:35] + b"\x01", bios="qboot.rom"),
    Case("rsdp-length-0", "RSDP: revision 2 with length 0; the RSDT does", {},
         ("# acpi: RSDP at ADDRESS names no XSDT: its length is not between 36 and 4096 bytes",),
         rsdp=rsdp(RSDT, XSDT, length=0)),
    Case("rsdp-xsdt-0", "RSDP: the XSDT's address is 0; the RSDT does", {},
         ("# acpi: RSDP at ADDRESS names no XSDT: its address is 0",), rsdp=rsdp(RSDT)),
    Case("rsdp-nowhere", "RSDP: both root tables lie where nothing is", {},
         (f"# acpi: table ???? at {NOWHERE:#x} refused: there is no memory",
          "# acpi: table ???? at 0xd0000000 refused: there is no memory",
          "# acpi: RSDP at ADDRESS leads to no sound XSDT or RSDT",
          "# acpi: no tables: error -22") + NO_TABLES, rsdp=rsdp(0xD0000000, NOWHERE), **ALONE),
    Case("rsdp-swapped", "RSDP: the RSDT where the XSDT should be, and the reverse", {},
         (f"# acpi: table RSDT at {RSDT:#x} refused: the RSDP calls it a root table",
          f"# acpi: table XSDT at {XSDT:#x} refused: the RSDP calls it a root table",
          "# acpi: RSDP at ADDRESS leads to no sound XSDT or RSDT",
          "# acpi: no tables: error -22") + NO_TABLES, rsdp=rsdp(XSDT, RSDT), **ALONE),
    Case("rsdp-none", "RSDP: none", {},
         ("# acpi: no RSDP, neither handed over at boot nor in 0xe0000..0xfffff",
          "# acpi: no tables: error -2") + NO_TABLES, rsdp=bytes(36), bios="qboot.rom",
         skips=NO_SOURCE, **ALONE),
    Case("xsdt-sum", "XSDT: the checksum; the RSDT does", {},
         (f"# acpi: table XSDT at {XSDT:#x} refused: its checksum is wrong",),
         xsdt=lambda addresses: with_wrong_sum(xsdt(addresses))),
    Case("xsdt-length-35", "XSDT: shorter than a header; the RSDT does", {},
         (f"# acpi: table XSDT at {XSDT:#x} refused: its length is less than the 36 bytes of a "
          "header",), xsdt=lambda addresses: with_length(xsdt(addresses), 35)),
    Case("xsdt-itself", "XSDT: lists itself, again and again", {},
         ("# acpi: XSDT lists itself",), xsdt=lambda addresses: xsdt([XSDT] * 9 + addresses)),
    Case("xsdt-nowhere", "XSDT: thousands of entries that lead nowhere, then the sound ones", {},
         tuple(f"# acpi: table ???? at {NOWHERE + 4096 * n:#x} refused: there is no memory"
               for n in range(8)) +
         ("# acpi: more tables than these 8 are refused: the others are not named",
          "# acpi: XSDT lists more than 256 tables: the rest is ignored") + NO_TABLES,
         xsdt=lambda addresses: xsdt([NOWHERE + 4096 * n for n in range(5000)] + addresses),
         **ALONE),
    Case("xsdt-many", "XSDT: 300 sound tables after ours", {},
         ("# acpi: XSDT lists more than 256 tables: the rest is ignored",),
         xsdt=lambda addresses: xsdt(addresses + [0x7000000 + 64 * n for n in range(300)]),
         memory=((0x7000000, b"".join(table("MANY", b"").ljust(64, b"\0") for _ in range(300))),)),
    Case("xsdt-registers", "XSDT: entries that lead to the local APIC, the HPET and the unit", {},
         ("# acpi: table ???? at 0xfee00000 refused: there is no memory",
          "# acpi: table ???? at 0xfed00000 refused: there is no memory",
          "# acpi: table ???? at 0xfed90000 refused: there is no memory"),
         xsdt=lambda addresses: xsdt([0xFEE00000, 0xFED00000, 0xFED90000] + addresses)),
    Case("xsdt-end-of-space", "XSDT: entries at the end of all addresses and at 1", {},
         ("# acpi: table ???? at 0xffffffffffffffff refused: there is no memory",
          "# acpi: table ???? at 0xfffffffffffff000 refused: there is no memory",
          "# acpi: table ???? at 0x1 refused: there is no memory"),
         xsdt=lambda addresses: xsdt([2**64 - 1, 2**64 - 4096, 1] + addresses)),
    Case("xsdt-twice", "XSDT: each table twice, with zeros between; nothing is lost by it", {}, (),
         xsdt=lambda addresses: xsdt([n for address in addresses for n in (address, 0, address)])),
    Case("rsdt-half-entry", "RSDT: ends within an entry, which is the DMAR's", {},
         ("# interrupt remapping: the firmware reports no VT-d (no DMAR table)",),
         rsdp=rsdp(RSDT, revision=0), lost=("vtd0",),
         rsdt=lambda addresses: cut_to(rsdt(addresses), 36 + 4 * 5 - 2)),

    broken_sum("FACP"),
    broken_sum("APIC", "# acpi: MADT refused: there is none; this CPU runs alone", cpus=1,
               lost=("com1",)),
    broken_sum("MCFG"),
    broken_sum("HPET", test="hpet", skips=("there is no HPET",)),
    broken_sum("DMAR", BROKEN_DMAR, lost=("vtd0",)),
    Case("length-0", "DMAR: the header's length is 0", {"DMAR": with_length(dmar(), 0)},
         (f"# acpi: table DMAR at {FIFTH:#x} refused: its length is less than the 36 bytes of a "
          "header", BROKEN_DMAR), lost=("vtd0",)),
    Case("length-2-gib", "DMAR: the header's length is 2 GiB", {"DMAR": with_length(dmar(), 2**31)},
         (f"# acpi: table DMAR at {FIFTH:#x} refused: its length is more than 1 MiB", BROKEN_DMAR),
         lost=("vtd0",)),
    Case("length-past-memory", "DMAR: 512 KiB by its header, 256 KiB before the end of memory",
         {"DMAR": with_length(dmar(), 0x80000)},
         ("# acpi: table DMAR at 0x7fc0000 refused: it reaches past the end of memory", BROKEN_DMAR),
         lost=("vtd0",), at={"DMAR": 0x7FC0000}),
    Case("length-too-long", "DMAR: longer by its header than it is, and zeros follow",
         {"DMAR": with_length(dmar(), 4096)},
         ("# interrupt remapping: DMAR refused: a structure is shorter than 4 bytes",),
         lost=("vtd0",)),
    Case("signature-no-text", "XSDT: a table whose signature no terminal should see", {},
         ("# acpi: table ?[2J at 0x7000000 refused: its checksum is wrong",),
         xsdt=lambda addresses: xsdt([0x7000000] + addresses),
         memory=((0x7000000, b"\x1b[2J" + struct.pack("<I", 36) + b"\x01" + bytes(27)),)),
    Case("dmar-twice", "DMAR: two tables, and the second one leads nowhere",
         {"DMAR": [dmar(), dmar(unit(0xFED80000))]},
         ("# acpi: there are several sound tables DMAR: the first one counts",)),
    Case("madt-twice", "MADT: two tables", {"APIC": [SOUND["APIC"], SOUND["APIC"]]},
         ("# acpi: there are several sound tables APIC: the first one counts",)),
]
