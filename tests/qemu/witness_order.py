# SPDX-License-Identifier: MIT
"""
The second witness of how remapping is switched on: from what the unit's registers were told, as
QEMU's trace has it. The rules (VT-d r5.10, 11.4.4.1, Global Command Register; 6.7, Set Interrupt
Remapping Table Pointer Operation; 6.5.2, Queued Invalidation Interface):

 1. A command changes one bit. What is on stays on, a one-shot bit comes alone and is given again
    only with a new address.
 2. After a command GSTS is read before any other register is written.
 3. The queue's address is written while the queue is off, and the queue is on before the table's
    address is commanded; that is written before.
 4. Between the table's address and IRE, in this order: GSTS is read (IRTPS), the interrupt entry
    cache is invalidated as a whole, a wait descriptor completes.

The events, as QEMU 7.2 to 11.1 print them, all under QEMU's one big lock:

    vtd_reg_read, vtd_reg_write   a CPU reads or writes a register
    vtd_reg_write_gcmd            the same for GCMD, with what GSTS says before
    vtd_inv_desc_iec              the unit invalidates its interrupt entry cache
    vtd_inv_desc_wait_sw          a wait descriptor writes its status

A trace knows of no second unit: one of these rules for each would need their addresses.
"""

import re

from witness import Finding

MACHINE = "witness-order"
EVENTS = ["vtd_reg_read", "vtd_reg_write", "vtd_reg_write_gcmd", "vtd_inv_desc_iec",
          "vtd_inv_desc_wait_sw"]

GCMD, GSTS, IQA, IRTA = 0x18, 0x1c, 0x90, 0xb8
NAMES = {31: "TE", 30: "SRTP", 29: "SFL", 28: "EAFL", 27: "WBF", 26: "QIE", 25: "IRE",
         24: "SIRTP", 23: "CFI"}
ONE_SHOT = 1 << 30 | 1 << 29 | 1 << 27 | 1 << 24
QIE, IRE, SIRTP = 1 << 26, 1 << 25, 1 << 24
PROBLEMS_KEPT = 3

LINE = re.compile(r"(?:\d+@[\d.]+:)?(\w+) (.*)")
NUMBER = re.compile(r"\b0x[0-9a-f]+\b")

# What has to come between SIRTP and IRE, in order.
STEPS = ["GSTS was not read after SIRTP", "no global invalidation after SIRTP",
         "no wait descriptor completed after the invalidation"]


def names(bits):
    return "+".join(name for bit, name in NAMES.items() if bits >> bit & 1) or f"{bits:#x}"


class Order:
    """Reads the trace's lines once. `problems` are sentences."""

    def __init__(self, lines):
        self.problems = []
        self.commands = 0
        self.enabled = 0       # how often IRE went on
        self._unread = None    # a command after which GSTS has not been read
        self._queue_on = False
        self._table = False    # IRTA has been written since the last SIRTP
        self._step = None      # how many of STEPS are done; None: no SIRTP yet
        for line in lines:
            match = LINE.match(line)
            if match and match[1] in EVENTS:
                self._event(match[1], [int(number, 16) for number in NUMBER.findall(match[2])])

    def _problem(self, text):
        if text not in self.problems and len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(text)

    def _event(self, event, numbers):
        if event == "vtd_reg_read" and numbers[0] == GSTS:
            self._unread = None
            self._done(0)
        elif event == "vtd_reg_write":
            self._written(numbers[0])
        elif event == "vtd_reg_write_gcmd":
            self._command(*numbers)
        elif event == "vtd_inv_desc_iec" and numbers[0] == 0:
            self._done(1)
        elif event == "vtd_inv_desc_wait_sw":
            self._done(2)

    def _done(self, step):
        if self._step == step:
            self._step += 1

    def _written(self, register):
        if self._unread is not None:
            self._problem(f"register {register:02x}h is written before GSTS was read after "
                          f"{names(self._unread)}")
        if register == IQA and self._queue_on:
            self._problem("IQA is written while the queue is on")
        if register == IRTA:
            self._table = True

    def _command(self, status, value):
        changed = (value ^ status) & ~ONE_SHOT
        once = value & ONE_SHOT
        bits = changed | once
        self.commands += 1
        self._unread = bits
        if not bits or bits & (bits - 1):
            self._problem(f"one command is {names(bits)}: status {status:08x}, "
                          f"written {value:08x}")
        if once & SIRTP:
            self._table_pointer()
        if changed & QIE:
            self._queue_on = bool(value & QIE)
        if changed & value & IRE:
            self._enable()

    def _table_pointer(self):
        if not self._table:
            self._problem("SIRTP without a new address in IRTA")
        if not self._queue_on:
            self._problem("SIRTP while the queue is off: nothing could be invalidated")
        self._table = False
        self._step = 0

    def _enable(self):
        self.enabled += 1
        if self._step is None:
            self._problem("IRE before any SIRTP")
        elif self._step < len(STEPS):
            self._problem(f"IRE, but {STEPS[self._step]}")
        self._step = None


def findings(lines):
    order = Order(lines)
    if not order.enabled:
        order.problems.append("remapping is never switched on")
    return [Finding("witness.order", None, order.problems,
                    f"{order.commands} commands, remapping switched on {order.enabled} times")]
