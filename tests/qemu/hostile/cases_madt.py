# SPDX-License-Identifier: MIT
"""MADT: ACPI 6.5, 5.2.12, Multiple APIC Description Table."""

from case import Case
from image import FIRST
from tables import (CPUS, address_override, cpu, cut_to, entry, io_apic, madt, override, x2apic)

ONE = (io_apic(), override(0, 2))  # the IO-APIC and what is sound beside it
NO_IO_APIC = dict(lost=("com1",))


def refused(name, broken, content, why):
    return Case("madt-" + name, "MADT: " + broken, {"APIC": content},
                (f"# acpi: MADT refused: {why}; this CPU runs alone",), cpus=1, lost=("com1",))


def io_apic_at(name, broken, address, why):
    return Case("madt-io-apic-" + name, "MADT: an IO-APIC " + broken,
                {"APIC": madt(*CPUS, io_apic(address))},
                (f"# ioapic: id 0 at {address:#x} refused: {why}",), **NO_IO_APIC)


def absent(apic_id):
    return (f"# smp: the CPU with APIC id {apic_id} does not answer to INIT-SIPI-SIPI: it is left "
            "out")


PAST_END = "an entry reaches past its end"
TOO_SHORT = "an entry is shorter than its type"

CASES = [
    Case("madt-none", "MADT: none", {"APIC": None},
         ("# acpi: MADT refused: there is none; this CPU runs alone",), cpus=1, lost=("com1",)),
    refused("40", "ends before its first entry", cut_to(madt(*CPUS, *ONE), 40),
            "it ends before its first entry"),
    refused("entry-0", "an entry of length 0", madt(*CPUS, entry(3, 0)), TOO_SHORT),
    refused("entry-1", "an entry of length 1", madt(*CPUS, entry(3, 1)), TOO_SHORT),
    refused("entry-past-end", "an entry of 255 bytes", madt(*CPUS, entry(3, 255)), PAST_END),
    refused("entry-cut", "ends within an entry", cut_to(madt(*CPUS, *ONE), 50), PAST_END),
    refused("entry-half", "ends after an entry's first byte", madt(*CPUS, b"\x01"), PAST_END),
    refused("cpu-4", "a local APIC entry of 4 bytes", madt(entry(0, 4, b"\0\0"), *ONE), TOO_SHORT),
    refused("short-at-end", "an IO-APIC entry of 4 bytes at its end",
            madt(*CPUS, *ONE, entry(1, 4, b"\0\0")), TOO_SHORT),

    Case("madt-no-cpus", "MADT: no CPU", {"APIC": madt(*ONE)},
         ("# smp: MADT does not list this CPU (APIC id 0)",), cpus=1),
    Case("madt-all-disabled", "MADT: each CPU is disabled",
         {"APIC": madt(cpu(0, 0), cpu(1, 0), *ONE)},
         ("# smp: MADT does not list this CPU (APIC id 0)",), cpus=1),
    Case("madt-not-this-one", "MADT: lists only the other CPU", {"APIC": madt(cpu(1), *ONE)},
         ("# smp: MADT does not list this CPU (APIC id 0)",)),
    Case("madt-absent", "MADT: two CPUs more than there are",
         {"APIC": madt(*CPUS, cpu(2), cpu(9), *ONE)}, (absent(2), absent(9))),
    Case("madt-200", "MADT: 200 CPUs that are not there",
         {"APIC": madt(*CPUS, *[cpu(n) for n in range(2, 202)], *ONE)},
         tuple(absent(n) for n in range(2, 6)) +
         ("# smp: the 4 before it did not answer: the CPU with APIC id 6 and those after it are "
          "not tried",)),
    Case("madt-600", "MADT: 600 CPUs with ids from 1000 on, beside ours",
         {"APIC": madt(*CPUS, *[x2apic(1000 + n) for n in range(600)], *ONE)},
         ("# acpi: MADT has 90 entries more than fit: they are left out",
          "# smp: MADT has 510 APIC ids beyond 254, which xAPIC mode cannot reach: they are left "
          "out")),
    Case("madt-256", "MADT: APIC id 256, which cut to eight bits is this CPU's",
         {"APIC": madt(*CPUS, x2apic(256), *ONE)},
         ("# smp: MADT has 1 APIC ids beyond 254, which xAPIC mode cannot reach: they are left "
          "out",)),
    Case("madt-255", "MADT: APIC id 255 in an x2APIC entry, which in xAPIC mode means all",
         {"APIC": madt(*CPUS, x2apic(255), *ONE)},
         ("# smp: MADT has 1 APIC ids beyond 254, which xAPIC mode cannot reach: they are left "
          "out",)),
    Case("madt-broadcast", "MADT: CPUs with the broadcast ids",
         {"APIC": madt(*CPUS, cpu(255), x2apic(0xFFFFFFFF), *ONE)},
         ("# acpi: MADT has 2 entries that make no sense: they are left out",)),
    Case("madt-cpu-twice", "MADT: each CPU three times; nothing is lost by it",
         {"APIC": madt(*CPUS, *CPUS, x2apic(0), x2apic(1), *ONE)}, ()),
    Case("madt-not-yet", "MADT: CPUs that can be added later; nothing is lost by it",
         {"APIC": madt(*CPUS, cpu(2, 2), cpu(3, 2), *ONE)}, ()),
    Case("madt-x2apic", "MADT: ids below 255 in x2APIC entries alone; nothing is lost by it",
         {"APIC": madt(x2apic(0), x2apic(1), *ONE)}, ()),
    Case("madt-address", "MADT: a local APIC address of nonsense",
         {"APIC": madt(*CPUS, *ONE, local_apic=0x1234567)},
         ("# acpi: MADT has the local APIC at 1234567, this CPU at fee00000: the CPU is believed",)),
    Case("madt-address-override", "MADT: an override of the local APIC's address with nonsense",
         {"APIC": madt(*CPUS, *ONE, address_override(2**63))},
         ("# acpi: MADT has the local APIC at 8000000000000000, this CPU at fee00000: the CPU is "
          "believed",)),

    Case("madt-no-io-apic", "MADT: no IO-APIC", {"APIC": madt(*CPUS)},
         ("# ioapic: MADT lists none: no pin can be used",), **NO_IO_APIC),
    io_apic_at("0", "at 0", 0, "that is below 1 MiB, where no such registers are"),
    io_apic_at("memory", "in free memory", 0x5000000, "memory is there"),
    io_apic_at("kernel", "in the kernel's image", 0x140000, "memory is there"),
    io_apic_at("tables", "in the page of a table", FIRST, "memory is there"),
    io_apic_at("nothing", "where nothing is", 0xFEC10000,
               "nothing there has an IO-APIC's version"),
    io_apic_at("local-apic", "at the local APIC", 0xFEE00000,
               "interrupt messages go there (fee00000 to feefffff)"),
    io_apic_at("hpet", "at the HPET", 0xFED00000, "the HPET is there"),
    io_apic_at("unit", "at the remapping unit", 0xFED90000,
               "nothing there has an IO-APIC's version"),
    io_apic_at("unaligned", "at an odd address", 0xFEC00001, "that is not a multiple of 256"),
    io_apic_at("last", "at the end of 32 bits", 0xFFFFFFFF, "that is not a multiple of 256"),
    Case("madt-io-apic-gsi", "MADT: an IO-APIC whose GSIs go beyond 32 bits",
         {"APIC": madt(*CPUS, io_apic(gsi=0xFFFFFFF0))},
         ("# ioapic: id 0 at 0xfec00000 refused: its GSIs go beyond 32 bits",), **NO_IO_APIC),
    Case("madt-io-apic-twice", "MADT: the same IO-APIC twice",
         {"APIC": madt(*CPUS, io_apic(), io_apic(gsi=24), override(0, 2))},
         ("# ioapic: id 0 at 0xfec00000 refused: another one has its id",)),
    Case("madt-io-apic-two-ids", "MADT: one IO-APIC under two ids, with the same GSIs",
         {"APIC": madt(*CPUS, io_apic(), io_apic(number=1), override(0, 2))},
         ("# ioapic: id 1 at 0xfec00000 refused: IO-APIC 0 is there",
          "# interrupt remapping: no unit covers IO-APIC 1 (DMAR table)")),
    Case("madt-io-apics-20", "MADT: 20 IO-APICs, one of which is there",
         {"APIC": madt(*CPUS, *[io_apic(0xFEC00000 + 4096 * n, n, 24 * n) for n in range(20)])},
         ("# acpi: MADT has 4 entries more than fit: they are left out",) +
         tuple(f"# ioapic: id {n} at {0xFEC00000 + 4096 * n:#x} refused: nothing there has an "
               "IO-APIC's version" for n in range(1, 16)) +
         ("# interrupt remapping: no unit covers IO-APIC 1 (DMAR table)",)),
    Case("madt-override-gsi", "MADT: COM1's interrupt comes in at a GSI that nobody has",
         {"APIC": madt(*CPUS, io_apic(), override(4, 99))},
         (), **NO_IO_APIC),
    Case("madt-override-source", "MADT: overrides of interrupt 16 and of another bus than ISA",
         {"APIC": madt(*CPUS, *ONE, override(16, 4), override(4, 9, bus=7))},
         ("# acpi: MADT has 2 entries that make no sense: they are left out",)),
    Case("madt-overrides-40", "MADT: 40 overrides",
         {"APIC": madt(*CPUS, *ONE, *[override(3, n) for n in range(40)])},
         ("# acpi: MADT has 9 entries more than fit: they are left out",)),
]
