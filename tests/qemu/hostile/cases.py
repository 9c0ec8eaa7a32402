# SPDX-License-Identifier: MIT
"""All cases; those of `make test`; and the sound machine that they are compared with."""

import cases_dmar
import cases_madt
import cases_others
import cases_root
from case import Case
from qemus import MachineError

ALL = [Case("sound", "nothing: the machine that each case breaks in one place"),
       *cases_root.CASES, *cases_dmar.CASES, *cases_madt.CASES, *cases_others.CASES]

# Without what each of them is for, the kernel hung, was started again, or wrote into memory.
FEW = ["sound", "rsdp-nowhere", "xsdt-nowhere", "length-past-memory", "dmar-at-kernel",
       "dmar-device-twice", "madt-256", "madt-200", "madt-io-apic-tables", "mcfg-at-memory",
       "hpet-at-io-apic", "fadt-port-pit"]


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
