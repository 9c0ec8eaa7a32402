# SPDX-License-Identifier: MIT
"""
Reads QEMU's trace, cuts it where the kernel left its marks (tests/mark.h), and tells each part what
happened in it: witness_loss, witness_explore and witness_storm say what has to hold there.

The events, as QEMU 7.2 to 11.1 print them:

    vtd_ir_remap_msi_req   a device or an IO-APIC sends a message to the remapping unit ...
    vtd_ir_irte_get        ... which reads this entry (what it calls high is the low quadword) ...
    vtd_ir_remap_msi       ... and lets the message pass
    apic_deliver_irq       a message goes to these local APICs. Never an IPI: those go another way.
    apic_mem_writel,       a CPU writes a register of its local APIC: ICR, where a protocol sends a
    apic_register_write    message again (the first up to 7.2, the second later)
    vtd_inv_desc_iec       the unit carries out an invalidation of the interrupt entry cache
    pci_cfg_write          a write to configuration space; the marks are such

All of them happen under QEMU's one big lock, so their order in the trace is that in which they took
effect, and the lines of one message stand together. What no event shows is the memory: that an
entry changed is seen by the next message that uses it.
"""

import re

EVENTS = ["vtd_ir_remap_msi_req", "vtd_ir_irte_get", "vtd_ir_remap_msi", "apic_deliver_irq",
          "apic_mem_writel", "apic_register_write", "vtd_inv_desc_iec", "pci_cfg_write"]

ICR_LOW = {"apic_mem_writel": 0x300, "apic_register_write": 0x30}  # address; register number
DEVICE_VECTORS = range(0x30, 0xef)  # kernel/irq/dispatch.h
IEC_GLOBAL = 0                      # granularity, VT-d r5.10, 6.5.2.7
PROBLEMS_KEPT = 3                   # of each part: one mistake often shows in every message

LINE = re.compile(r"(?:\d+@[\d.]+:)?(\w+) (.*)")
NUMBER = re.compile(r"\b(?:0x[0-9a-f]+|\d+)\b")
MARK = re.compile(r"\S+ [0-9a-f:.]+ @0x0 <- (0x[0-9a-f]+)$")

# A long trace says the same few thousand things again and again, and is read many times faster when
# what a line means is looked up; what is new after so many is not kept.
KNOWN_LINES = 100000


def numbers(text):
    return [int(number, 0) for number in NUMBER.findall(text)]


def place(pair):
    return f"APIC {pair[0]} vector {pair[1]:02x}"


class Part:
    """
    What happened between two marks, and what was wrong with it by itself. `problems` are sentences.
    This one looks at nothing: it is what lies between the others.
    """

    BEGINS = ENDS = None  # kinds of marks

    def __init__(self, apic_id=0, low=0):
        self.problems = []
        self.began = (apic_id, low)

    def problem(self, text):
        if text not in self.problems and len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(text)

    def mark(self, kind, apic_id, low):
        """A mark in between. False when none of this kind belongs here."""

    def end(self, apic_id, low):
        pass

    def sent(self, message):
        """(address, data) as the remapping unit got them; None past it."""

    def entry_read(self, index, value):
        """The unit reads what the message just sent names: (low quadword, high quadword)."""

    def delivered(self, pair):
        """The message just sent goes to (APIC id, vector)."""

    def replayed(self):
        """A CPU sends a message again."""

    def invalidated(self, indexes):
        """A range of entries; None: all."""

    def config_written(self):
        pass


class Entries:
    """
    What messages saw of the remapping entries. Where one sees an entry with another value than the
    one before it, an invalidation comes before the next such change, and before the end. (The new
    entry may be in use before it is invalidated.) Changes that no message saw escape this.
    """

    def __init__(self):
        self.values = {}     # index -> the value that its last message saw
        self.changes = 0
        self._open = set()   # indexes: the last change is yet to be followed by an invalidation
        self._flushed = set()  # indexes: invalidated since their last message

    def used(self, index, value):
        """False when the last change of this entry was not invalidated before this one."""
        sound = True
        if self.values.get(index, value) != value:
            self.changes += 1
            sound = index not in self._open
            # One since the last message may be this change's.
            if index not in self._flushed:
                self._open.add(index)
        self._flushed.discard(index)
        self.values[index] = value
        return sound

    def invalidated(self, indexes):
        # The one that an open change has been waiting for does not count for the next change.
        what = self.values.keys() if indexes is None else set(indexes)
        self._flushed |= what - self._open
        self._open -= what

    def left_open(self):
        return sorted(self._open)


class Trace:
    """The parts of a trace, of the given classes, in order. `lines` is read once."""

    def __init__(self, lines, classes):
        self.parts = []
        self.problems = []
        self._classes = {known.BEGINS: known for known in classes}
        self._outside = Part()
        self._part = self._outside
        self._entry = None       # (index, value) that the message in the unit names, if it was read
        self._passed = False     # the unit let the last message pass, and it is not delivered yet
        self._read(lines)
        if self._part is not self._outside:
            self.problems.append("the last part of the trace has no end")

    def of(self, kind):
        return [part for part in self.parts if isinstance(part, kind)]

    def _read(self, lines):
        known = {}
        for line in lines:
            try:
                step, what = known[line]
            except KeyError:
                step, what = self._understand(line)
                if len(known) < KNOWN_LINES:
                    known[line] = (step, what)
            if step:
                step(*what)

    def _understand(self, line):
        """The function that the line asks for, and what it is told; None where there is none."""
        match = LINE.match(line)
        if not match or match[1] not in EVENTS:
            return None, ()
        event, text = match[1], match[2]
        if event in ICR_LOW:
            register, value = numbers(text)
            replay = register == ICR_LOW[event] and value & 0xff in DEVICE_VECTORS
            return (self._replayed if replay else None), ()
        if event == "pci_cfg_write":
            mark = MARK.match(text)
            if not mark:
                return self._config_written, ()
            value = int(mark[1], 16)
            return self._mark, (value >> 28, value >> 8 & 0xfffff, value & 0xff)
        if event == "vtd_inv_desc_iec":
            granularity, index, mask = numbers(text)
            first = index >> mask << mask
            return self._invalidated, (None if granularity == IEC_GLOBAL else
                                       range(first, first + (1 << mask)),)
        if event == "vtd_ir_remap_msi_req":
            return self._sent, (tuple(numbers(text)),)
        if event == "vtd_ir_irte_get":
            index, high, low = numbers(text)
            return self._entry_read, (index, (low, high))
        if event == "vtd_ir_remap_msi":
            return self._let_pass, ()
        apic_id, _, _, vector, _ = numbers(text)
        return self._delivered, ((apic_id, vector),)

    def _mark(self, kind, apic_id, low):
        inside = self._part is not self._outside
        if inside and kind == self._part.ENDS:
            self._part.end(apic_id, low)
            self.parts.append(self._part)
            self._part = self._outside
        elif not inside and kind in self._classes:
            self._part = self._classes[kind](apic_id, low)
            self._entry, self._passed = None, False
        elif not inside or not self._part.mark(kind, apic_id, low):
            self.problems.append(f"mark {kind} where there cannot be one")

    def _sent(self, message):
        self._entry, self._passed = None, False
        self._part.sent(message)

    def _entry_read(self, index, value):
        self._entry = (index, value)
        self._part.entry_read(index, value)

    def _let_pass(self):
        self._passed = True

    def _delivered(self, pair):
        if not self._passed:
            self._part.sent(None)  # there is no unit, or it sent it itself, past the table
        elif self._entry:
            index, (low, _) = self._entry
            said = (low >> 40 & 0xff, low >> 16 & 0xff)  # VT-d r5.10, 9.9: DST (xAPIC), V
            if said != pair:
                self._part.problem(f"entry {index} said {place(said)}, the message went to "
                                   f"{place(pair)}")
        self._entry, self._passed = None, False
        self._part.delivered(pair)

    def _replayed(self):
        self._part.replayed()

    def _invalidated(self, indexes):
        self._part.invalidated(indexes)

    def _config_written(self):
        self._part.config_written()
