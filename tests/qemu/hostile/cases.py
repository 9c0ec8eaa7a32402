# SPDX-License-Identifier: MIT
"""All cases; those of `make test`; and the sound machine that they are compared with."""

import cases_dmar
import cases_madt
import cases_others
import cases_root
import cases_spcr
from case import Case
from qemus import MachineError

ALL = [Case("sound", "nothing: the machine that each case breaks in one place"),
       *cases_root.CASES, *cases_dmar.CASES, *cases_madt.CASES, *cases_others.CASES,
       *cases_spcr.CASES]

# With each of these the kernel once wrote into a table or to another device, was started again, hung, or
# found every device twice.
FEW = ["sound", "rsdp-nowhere", "xsdt-registers", "dmar-at-tables", "dmar-device-twice", "madt-200",
       "madt-256", "madt-io-apic-tables", "madt-io-apic-unit", "mcfg-at-memory", "mcfg-segment",
       "hpet-at-tables"]


def choose(names):
    """Those with the names, all without one; `few` is the short list."""
    names = [name for word in names for name in (FEW if word == "few" else [word])]
    known = {case.name: case for case in ALL}
    if len(known) != len(ALL):
        raise MachineError("two cases have the same name")
    for name in names:
        if name not in known:
            raise MachineError(f"no case is called \"{name}\"; tests/qemu/hostile/ has them")
    return [known[name] for name in names] or ALL
