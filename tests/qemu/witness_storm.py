# SPDX-License-Identifier: MIT
"""
The second witness in an arm of `async`: several slots send by themselves while their irqs move, and
the kernel's books and the trace have to agree in total. No move has a mark, for there are too many;
each {APIC id, vector} that any of the irqs had has one. The rules, for each arm:

 1. to 3. as in an arm of `loss` (witness_loss.py): sent, delivered and not, delivered where no irq
    of the arm ever was, sent again.
 4. With remapping: each slot has one message, each message one entry of its own, and each went
    where its entry said.
 5. With remapping: each change of an entry that messages saw was invalidated, as
    witness_trace.Entries says; and there were at least as many invalidations of the arm's entries
    as there were moves.
"""

from collections import Counter

from witness_loss import columns_that_differ, counts
from witness_trace import Entries, Part

MARK_STORM_BEGINS, MARK_STORM_TARGET, MARK_STORM_ENDS = 5, 6, 7


class Storm(Part):
    BEGINS, ENDS = MARK_STORM_BEGINS, MARK_STORM_ENDS

    def __init__(self, apic_id, low):
        super().__init__(apic_id, low)
        self.targets = {self.began}
        self.sends = self.replays = 0
        self.landed = Counter()         # (APIC id, vector) -> messages delivered there
        self.message = None             # the one just sent
        self.message_of = {}            # index -> the message that named it
        self.messages = Counter()       # (address, data) as the unit got them
        self.entries = Entries()
        self.flushes = Counter()        # range, or None for all -> invalidations

    def mark(self, kind, apic_id, low):
        self.targets.add((apic_id, low))
        return kind == MARK_STORM_TARGET

    def sent(self, message):
        self.sends += 1
        self.message = message
        if message:
            self.messages[message] += 1

    def entry_read(self, index, value):
        if self.message_of.setdefault(index, self.message) != self.message:
            self.problem(f"two different messages name entry {index}")
        if not self.entries.used(index, value):
            self.problem(f"entry {index} changed twice with no invalidation in between or after, "
                         f"seen by message {self.sends}")

    def delivered(self, pair):
        self.landed[pair] += 1

    def replayed(self):
        self.replays += 1

    def invalidated(self, indexes):
        self.flushes[indexes] += 1
        self.entries.invalidated(indexes)

    def unowned(self):
        return sum(count for pair, count in self.landed.items() if pair not in self.targets)

    def invalidations(self):
        """How many were of entries that messages of this arm named."""
        return sum(count for indexes, count in self.flushes.items()
                   if indexes is None or any(index in indexes for index in self.message_of))

    def end(self, _apic_id, _low):
        for index in self.entries.left_open():
            self.problem(f"the last change of entry {index} was never invalidated")
        if self.message_of and len(self.messages) != len(self.message_of):
            self.problem(f"{len(self.messages)} different messages to {len(self.message_of)} "
                         "entries")


def disagreements(storm, said):
    found = columns_that_differ(storm, said)
    if said["ir"] == "on":
        if len(storm.message_of) != said["slots"]:
            found.append(f"messages to {len(storm.message_of)} entries, the kernel says slots: "
                         f"{said['slots']}")
        if storm.invalidations() < said["moves"]:
            found.append(f"{storm.invalidations()} invalidations of the arm's entries, the kernel "
                         f"says moves: {said['moves']}")
    return found


def summary(storm):
    text = f"{counts(storm)}; {len(storm.targets)} targets"
    if storm.message_of:
        text += (f"; {len(storm.message_of)} entries: {storm.entries.changes} changes seen, "
                 f"{storm.invalidations()} invalidations")
    return text
