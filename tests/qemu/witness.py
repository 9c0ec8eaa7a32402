# SPDX-License-Identifier: MIT
"""
The second witness: what became of every message, from the host's trace alone, and whether the
kernel's books say the same.

QEMU's events that it reads, as 7.2 to 11.1 print them:

    vtd_ir_remap_msi_req   a device or an IO-APIC sends a message to the remapping unit ...
    vtd_ir_irte_get        ... which reads this entry (what it calls high is the low quadword) ...
    vtd_ir_remap_msi       ... and lets the message pass
    apic_deliver_irq       a message goes to these local APICs. Never an IPI: those go another way.
    apic_mem_writel,       a CPU writes a register of its local APIC: ICR, where a protocol sends a
    apic_register_write    message again (the first up to 7.2, the second later)
    vtd_inv_desc_iec       the unit carries out an invalidation of the interrupt entry cache
    pci_cfg_write          a write to configuration space; the marks of tests/mark.h are such

All of them happen under QEMU's one big lock, so their order in the trace is that in which they took
effect. What no event shows is the memory: that an entry changed is seen by the next message that
uses it.

The rules, for each arm:

 1. As many messages were sent as the kernel says it fired.
 2. As many were delivered as it says arrived (old, new, retriggered, stray), as many were not as it
    says were blocked or missing.
 3. As many were delivered where the irq never had a target as it says were stray or retriggered; as
    many were sent again by a CPU as it says were retriggered.
 4. While no move was under way, each message went to the target; during one, its CPU and its vector
    are the old target's or the new one's, in whatever combination.
 5. With remapping: all messages of the device are the same, name one entry, and went where that
    entry said; and no configuration register was written.
 6. With remapping: each move contains an invalidation of that entry, and a message that comes in
    between that and the move's end goes to the new target: the entry was written before.
 7. The same without a mark: where a message sees the entry with another value than the one before
    it, an invalidation comes before the next such change and before the arm's end. (The new entry
    may be in use before it is invalidated.) Changes that no message saw escape this rule, not 6.
"""

import re

MARK_ARM_BEGINS, MARK_MOVE_BEGINS, MARK_MOVE_ENDS, MARK_ARM_ENDS = 1, 2, 3, 4

EVENTS = ["vtd_ir_remap_msi_req", "vtd_ir_irte_get", "vtd_ir_remap_msi", "apic_deliver_irq",
          "apic_mem_writel", "apic_register_write", "vtd_inv_desc_iec", "pci_cfg_write"]

ICR_LOW = {"apic_mem_writel": 0x300, "apic_register_write": 0x30}  # address; register number
DEVICE_VECTORS = range(0x30, 0xef)  # kernel/irq/dispatch.h
IEC_GLOBAL = 0                      # granularity, VT-d r5.10, 6.5.2.7
PROBLEMS_KEPT = 3                   # of each arm: one mistake often shows in every message

LINE = re.compile(r"(?:\d+@[\d.]+:)?(\w+) (.*)")
NUMBER = re.compile(r"\b(?:0x[0-9a-f]+|\d+)\b")
MARK = re.compile(r"\S+ [0-9a-f:.]+ @0x0 <- (0x[0-9a-f]+)$")


def numbers(text):
    return [int(number, 0) for number in NUMBER.findall(text)]


def place(pair):
    return f"APIC {pair[0]} vector {pair[1]:02x}"


class Arm:
    """What happened between two marks of the kernel, and what was wrong with it by itself."""

    def __init__(self, target):
        self.target = target         # in force
        self.targets = {target}      # that the irq ever had
        self.moving = False
        self.moves = self.sent = self.replays = self.config_writes = 0
        self.landed = []             # of each delivered message, (APIC id, vector)
        self.settled = 0             # how many of these while no move was under way
        self.messages = set()        # (address, data) as the unit got them
        self.entries = {}            # index -> the value that its last message saw
        self.changes = 0
        self.open_changes = set()    # indexes: the last change is yet to be followed by an IEC
        self.flushed = set()         # indexes: invalidated since their last message
        self.flushed_in_move = set() # since the move under way began; None: globally
        self.flushes = []            # the same for each move: its entry is known at the end only
        self.landed_in_move = []     # and whether after an invalidation of the move's own
        self.after_flush = 0         # how many of these there were in all moves
        self.problems = []

    def problem(self, text):
        if text not in self.problems and len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(text)

    def move_begins(self, target):
        if self.moving or target != self.target:
            self.problem(f"move {self.moves + 1} begins at {place(target)}, in force is "
                         f"{place(self.target)}")
        self.moving = True
        self.flushed_in_move, self.landed_in_move = set(), []

    def move_ends(self, target):
        if not self.moving:
            self.problem(f"move {self.moves + 1} ends without having begun")
        self.moves += 1
        for (apic_id, vector), flushed in self.landed_in_move:
            self.after_flush += flushed
            if apic_id not in (self.target[0], target[0]) or \
                    vector not in (self.target[1], target[1]):
                self.problem(f"during move {self.moves} from {place(self.target)} to "
                             f"{place(target)} a message went to {place((apic_id, vector))}")
            if flushed and (apic_id, vector) != target:
                self.problem(f"move {self.moves} from {place(self.target)} to {place(target)}: "
                             f"after the invalidation a message went to {place((apic_id, vector))}")
        self.flushes.append(self.flushed_in_move)
        self.target, self.moving = target, False
        self.targets.add(target)

    def delivered(self, pair):
        self.landed.append(pair)
        if self.moving:
            self.landed_in_move.append((pair, bool(self.entries and self.flushed_in_move)))
            return
        self.settled += 1
        if pair != self.target:
            self.problem(f"after move {self.moves} a message went to {place(pair)}, the target is "
                         f"{place(self.target)}")

    def entry_used(self, index, value):
        if self.entries.get(index, value) != value:
            self.changes += 1
            if index in self.open_changes:
                self.problem(f"entry {index} changed twice with no invalidation in between or "
                             f"after, seen by message {self.sent}")
            # One since the last message may be this change's.
            if index not in self.flushed:
                self.open_changes.add(index)
        self.flushed.discard(index)
        self.entries[index] = value

    def invalidated(self, indexes):
        """`indexes` None: a global invalidation."""
        self.flushed_in_move |= set(indexes or [None])
        # The one that an open change has been waiting for does not count for the next change.
        what = set(indexes or self.entries)
        self.flushed |= what - self.open_changes
        self.open_changes -= what

    def unowned(self):
        return sum(pair not in self.targets for pair in self.landed)

    def end(self):
        if self.moving:
            self.problem("a move was under way when the arm ended")
        if not self.entries:
            return
        for index in sorted(self.open_changes):
            self.problem(f"the last change of entry {index} was never invalidated")
        if len(self.entries) > 1 or len(self.messages) > 1:
            self.problem(f"{len(self.messages)} different messages to {len(self.entries)} entries")
        if self.config_writes:
            self.problem(f"{self.config_writes} configuration writes, though remapping was on")
        index = next(iter(self.entries))
        missing = [number for number, what in enumerate(self.flushes, 1)
                   if not what & {index, None}]
        if missing:
            self.problem(f"{len(missing)} of {self.moves} moves without an invalidation of entry "
                         f"{index}, the first is move {missing[0]}")


class Trace:
    """The arms in a trace. Outside of them nothing is looked at but the order of the marks."""

    def __init__(self, lines):
        self.arms = []
        self.problems = []
        self._arm = None
        self._remapping = None   # the entry (index, low, high) of the message in the unit, if read
        self._passed = False     # the unit let the last message pass, and it is not delivered yet
        handlers = {name: getattr(self, "_" + name) for name in EVENTS}
        for line in lines:
            match = LINE.match(line)
            if match and match[1] in handlers and (self._arm or match[1] == "pci_cfg_write"):
                handlers[match[1]](match[2])
        if self._arm:
            self.problems.append("the last arm has no end")

    def _pci_cfg_write(self, text):
        match = MARK.match(text)
        if match:
            value = int(match[1], 16)
            self._mark(value >> 28, (value >> 8 & 0xfffff, value & 0xff))
        elif self._arm:
            self._arm.config_writes += 1

    def _mark(self, kind, target):
        if (kind == MARK_ARM_BEGINS) == bool(self._arm) or \
                kind not in range(MARK_ARM_BEGINS, MARK_ARM_ENDS + 1):
            self.problems.append(f"mark {kind} where there cannot be one")
        elif kind == MARK_ARM_BEGINS:
            self._arm = Arm(target)
            self._remapping, self._passed = None, False
        elif kind == MARK_MOVE_BEGINS:
            self._arm.move_begins(target)
        elif kind == MARK_MOVE_ENDS:
            self._arm.move_ends(target)
        else:
            self._arm.end()
            self.arms.append(self._arm)
            self._arm = None

    def _vtd_ir_remap_msi_req(self, text):
        self._arm.sent += 1
        self._arm.messages.add(tuple(numbers(text)))
        self._remapping, self._passed = None, False

    def _vtd_ir_irte_get(self, text):
        index, high, low = numbers(text)
        self._remapping = (index, low, high)
        self._arm.entry_used(index, (low, high))

    def _vtd_ir_remap_msi(self, _):
        self._passed = True

    def _apic_deliver_irq(self, text):
        apic_id, _, _, vector, _ = numbers(text)
        if not self._passed:
            self._arm.sent += 1  # there is no unit, or it sent it itself, past the table
        elif self._remapping:
            index, low, _ = self._remapping
            said = (low >> 40 & 0xff, low >> 16 & 0xff)  # VT-d r5.10, 9.10: DST (xAPIC), V
            if said != (apic_id, vector):
                self._arm.problem(f"entry {index} said {place(said)}, the message went to "
                                  f"{place((apic_id, vector))}")
        self._remapping, self._passed = None, False
        self._arm.delivered((apic_id, vector))

    def _vtd_inv_desc_iec(self, text):
        granularity, index, mask = numbers(text)
        if granularity == IEC_GLOBAL:
            self._arm.invalidated(None)
        else:
            first = index >> mask << mask
            self._arm.invalidated(range(first, first + (1 << mask)))

    def _register(self, event, text):
        register, value = numbers(text)
        if register == ICR_LOW[event] and value & 0xff in DEVICE_VECTORS:
            self._arm.replays += 1

    def _apic_mem_writel(self, text):
        self._register("apic_mem_writel", text)

    def _apic_register_write(self, text):
        self._register("apic_register_write", text)


def results(lines):
    """The kernel's own account of each arm, the lines "# result", as dictionaries of numbers."""
    for line in lines:
        if line.startswith("# result "):
            words = dict(word.split("=", 1) for word in line.split()[2:])
            yield {name: int(value) if value.isdigit() else value for name, value in words.items()}


def disagreements(arm, said):
    """Where the kernel's books and the trace differ, as sentences."""
    unowned = arm.unowned()
    pairs = [("sent", arm.sent, "fired", ["fired"]),
             ("delivered", len(arm.landed), "arrived", ["old", "new", "retriggered", "stray"]),
             ("not delivered", arm.sent - len(arm.landed), "lost on the way",
              ["blocked", "missing"]),
             ("delivered where the irq never was", unowned, "stray or retriggered",
              ["stray", "retriggered"]),
             ("sent again", arm.replays, "retriggered", ["retriggered"]),
             ("moves", arm.moves, "moves", ["moves"])]
    found = []
    for what, seen, name, columns in pairs:
        counted = sum(said[column] for column in columns)
        if seen != counted:
            found.append(f"{what}: {seen}, the kernel says {name}: {counted}")
    for column in ("late", "duplicate"):
        if said[column]:
            found.append(f"{said[column]} {column} in the kernel's books")
    if bool(arm.entries) != (said["ir"] == "on"):
        found.append(f"{len(arm.entries)} remapping entries in use, the kernel says "
                     f"ir={said['ir']}")
    return found


def summary(arm):
    text = (f"{arm.sent} messages, {len(arm.landed) - arm.unowned()} at targets, "
            f"{arm.unowned()} elsewhere, {arm.sent - len(arm.landed)} not delivered, "
            f"{arm.replays} sent again; {arm.moves} moves, {arm.settled} messages between moves")
    if arm.entries:
        text += (f"; entry {', '.join(map(str, arm.entries))}: {arm.changes} changes seen, "
                 f"each move invalidated it, {arm.after_flush} messages between that and its end")
    return text
