# SPDX-License-Identifier: MIT
"""Which of the witness's events QEMU has, and how it is told to trace them."""

import os
import subprocess

import matrix
import qemus
from runner import missing_device
from witness_trace import EVENTS

# A message, an entry, an invalidation and a mark: without these nothing can be said.
NEEDED = {"apic_deliver_irq", "vtd_ir_remap_msi_req", "vtd_ir_irte_get", "vtd_inv_desc_iec",
          "pci_cfg_write"}
REPLAYS = {"apic_mem_writel", "apic_register_write"}  # one of them, by QEMU's version


def events_of(qemu):
    """Those that this QEMU has, and those that it would need and has not."""
    shown = subprocess.run(qemu.program + ("-trace", "help"), check=False, text=True,
                           stdin=subprocess.DEVNULL, capture_output=True).stdout.split()
    events = {event for event in EVENTS if event in shown}
    missing = NEEDED - events or (set() if events & REPLAYS else REPLAYS)
    return sorted(events), sorted(missing)


def traced_machine(name):
    """The machine, the events that its QEMU has, and None; or in their place why it cannot be."""
    try:
        machine = matrix.machine_called(name)
    except qemus.Unavailable as reason:
        return None, None, str(reason)
    events, missing = events_of(machine.qemu)
    lacking = missing and f"QEMU {machine.qemu.full} traces no {', '.join(missing)}"
    return machine, events, missing_device(machine) or lacking or None


def trace_into(machine, folder, events, target):
    """Has the machine write these events to the file `target`."""
    os.makedirs(folder, exist_ok=True)
    name = f"{folder}/{machine.name}.events"
    with open(name, "w", encoding="utf-8") as file:
        print("\n".join(events), file=file)
    machine["qemu"] += f" -trace events={name} -D {target}"
