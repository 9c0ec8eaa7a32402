# SPDX-License-Identifier: MIT
"""Lines of a trace, for the witness's own tests, and what the witness says of them."""

from witness import findings, read


def mark(kind, pair):
    return f"pci_cfg_write mch 00:00.0 @0x0 <- {kind << 28 | pair[0] << 8 | pair[1]:#x}\n"


def delivery(pair):
    return (f"apic_deliver_irq dest {pair[0]} dest_mode 0 delivery_mode 0 vector {pair[1]} "
            "trigger_mode 0\n")


def message(pair):
    """One that says itself where it goes."""
    return (f"vtd_ir_remap_msi_req addr 0xfee0{pair[0]}000 data {pair[1]:#x}\n"
            f"vtd_ir_remap_msi (addr 0xfee0{pair[0]}000, data {pair[1]:#x}) -> (the same)\n"
            + delivery(pair))


def remapped(pair, index=5):
    """One with an entry that says where it goes."""
    return (f"vtd_ir_remap_msi_req addr 0xfee000{index}0 data 0x0\n"
            f"vtd_ir_irte_get index {index} low 0x40008 "
            f"high {pair[0] << 40 | pair[1] << 16 | 1:#x}\n"
            f"vtd_ir_remap_msi (addr 0xfee000{index}0, data 0x0) -> (the entry's)\n"
            + delivery(pair))


def invalidation(index=5):
    return f"vtd_inv_desc_iec granularity 0x1 index {index:#x} mask 0x0\n"


def judged(trace, said):
    """What is wrong with such a trace beside the kernel's lines; "" when nothing is."""
    found = findings(read(trace.splitlines()), said.splitlines())
    return "; ".join(problem for finding in found for problem in finding.problems)


def changed(text, old, new, times=1):
    """The text with something broken that is in it."""
    assert old in text, old
    return text.replace(old, new, times)
