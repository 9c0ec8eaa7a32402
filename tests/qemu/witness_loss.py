# SPDX-License-Identifier: MIT
"""
The second witness in an arm of `loss`: what became of every message, from the host's trace alone,
and whether the kernel's books say the same. The rules, for each arm:

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
 7. The same without a mark, as witness_trace.Entries says.
"""

from collections import Counter

from witness_trace import Entries, Part, place

MARK_ARM_BEGINS, MARK_MOVE_BEGINS, MARK_MOVE_ENDS, MARK_ARM_ENDS = 1, 2, 3, 4


class Arm(Part):
    BEGINS, ENDS = MARK_ARM_BEGINS, MARK_ARM_ENDS

    def __init__(self, apic_id, low):
        super().__init__(apic_id, low)
        self.target = self.began     # in force
        self.targets = {self.began}  # that the irq ever had
        self.moving = False
        self.moves = self.sends = self.replays = self.config_writes = 0
        self.landed = Counter()      # (APIC id, vector) -> messages delivered there
        self.settled = 0             # how many of these while no move was under way
        self.messages = Counter()    # (address, data) as the unit got them
        self.entries = Entries()
        self.flushed_in_move = set() # since the move under way began; None: globally
        self.flushes = []            # the same for each move: its entry is known at the end only
        self.landed_in_move = []     # and whether after an invalidation of the move's own
        self.after_flush = 0         # how many of these there were in all moves

    def mark(self, kind, apic_id, low):
        if kind == MARK_MOVE_BEGINS:
            self.move_begins((apic_id, low))
        elif kind == MARK_MOVE_ENDS:
            self.move_ends((apic_id, low))
        else:
            return False
        return True

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

    def sent(self, message):
        self.sends += 1
        if message:
            self.messages[message] += 1

    def delivered(self, pair):
        self.landed[pair] += 1
        if self.moving:
            self.landed_in_move.append((pair, bool(self.entries.values and self.flushed_in_move)))
            return
        self.settled += 1
        if pair != self.target:
            self.problem(f"after move {self.moves} a message went to {place(pair)}, the target is "
                         f"{place(self.target)}")

    def entry_read(self, index, value):
        if not self.entries.used(index, value):
            self.problem(f"entry {index} changed twice with no invalidation in between or after, "
                         f"seen by message {self.sends}")

    def invalidated(self, indexes):
        self.flushed_in_move |= {None} if indexes is None else set(indexes)
        self.entries.invalidated(indexes)

    def replayed(self):
        self.replays += 1

    def config_written(self):
        self.config_writes += 1

    def unowned(self):
        return sum(count for pair, count in self.landed.items() if pair not in self.targets)

    def end(self, _apic_id, _low):
        if self.moving:
            self.problem("a move was under way when the arm ended")
        entries = self.entries.values
        if not entries:
            return
        for index in self.entries.left_open():
            self.problem(f"the last change of entry {index} was never invalidated")
        if len(entries) > 1 or len(self.messages) > 1:
            self.problem(f"{len(self.messages)} different messages to {len(entries)} entries")
        if self.config_writes:
            self.problem(f"{self.config_writes} configuration writes, though remapping was on")
        index = next(iter(entries))
        missing = [number for number, what in enumerate(self.flushes, 1)
                   if not what & {index, None}]
        if missing:
            self.problem(f"{len(missing)} of {self.moves} moves without an invalidation of entry "
                         f"{index}, the first is move {missing[0]}")


def columns_that_differ(part, said):
    """Rules 1 to 3, which hold for a storm, too: the kernel's columns against what was seen."""
    delivered, unowned = part.landed.total(), part.unowned()
    pairs = [("sent", part.sends, "fired", ["fired"]),
             ("delivered", delivered, "arrived", ["old", "new", "retriggered", "stray"]),
             ("not delivered", part.sends - delivered, "lost on the way", ["blocked", "missing"]),
             ("delivered where the irq never was", unowned, "stray or retriggered",
              ["stray", "retriggered"]),
             ("sent again", part.replays, "retriggered", ["retriggered"])]
    found = []
    for what, seen, name, columns in pairs:
        counted = sum(said[column] for column in columns)
        if seen != counted:
            found.append(f"{what}: {seen}, the kernel says {name}: {counted}")
    for column in ("late", "duplicate"):
        if said[column]:
            found.append(f"{said[column]} {column} in the kernel's books")
    if bool(part.entries.values) != (said["ir"] == "on"):
        found.append(f"{len(part.entries.values)} remapping entries in use, the kernel says "
                     f"ir={said['ir']}")
    return found


def disagreements(arm, said):
    """Where the kernel's books and the trace differ, as sentences."""
    found = columns_that_differ(arm, said)
    if arm.moves != said["moves"]:
        found.append(f"moves: {arm.moves}, the kernel says moves: {said['moves']}")
    return found


def counts(part):
    delivered, unowned = part.landed.total(), part.unowned()
    return (f"{part.sends} messages, {delivered - unowned} at targets, {unowned} elsewhere, "
            f"{part.sends - delivered} not delivered, {part.replays} sent again")


def summary(arm):
    text = f"{counts(arm)}; {arm.moves} moves, {arm.settled} messages between moves"
    entries = arm.entries.values
    if entries:
        text += (f"; entry {', '.join(map(str, entries))}: {arm.entries.changes} changes seen, "
                 f"each move invalidated it, {arm.after_flush} messages between that and its end")
    return text
