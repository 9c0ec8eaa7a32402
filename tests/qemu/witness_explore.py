# SPDX-License-Identifier: MIT
"""
The second witness in the explorer: where each single message of each case went, from the host's
trace alone, and whether the kernel's line "# explored" says the same. The rules, for each case:

 1. Old and new target are those of the line, and so are the windows in which the device was told to
    send, in this order.
 2. In each window one message was sent at once where the line says `sent`, and none where it says
    `held` or `refused`. Of what was held back at least one and at most all was sent later. (None
    may have been where the protocol is one that gets it wrong; rule 4 has to bear that out.)
 3. Each message went to a CPU and a vector of the old or the new target, in whatever combination.
 4. The places where they went are those of the line. Two at one pair are one interrupt there, for
    no receiver takes one before the move is over. A message that a CPU sent again comes in at the
    new target; its original at {old, n} is not counted as a stray, and not at all where that pair
    is a target's.
 5. What was sent at once in the last window went to the new target, for nothing is left to be
    written then. (Unless the protocol is one that gets it wrong: those are there to show it.)
 6. With remapping: all messages of the case are the same, name one entry, and went where that entry
    said; no configuration register was written; and the case contains an invalidation of that
    entry. What was sent after the last one went to the new target: the entry was written before.
"""

from collections import Counter
from itertools import groupby

from witness_trace import Part, place

MARK_CASE_BEGINS, MARK_FIRE, MARK_FLUSHED, MARK_CASE_ENDS = 8, 9, 10, 11

# The kernel's columns, where a pair of CPU and vector is not one of the other columns'.
OLD, NEW, NEW_O, OLD_N, SENT_ON, ELSEWHERE = PLACES = (
    "{old,o}", "{new,n}", "{new,o}", "{old,n}", "sent-on", "elsewhere")


class Case(Part):
    BEGINS, ENDS = MARK_CASE_BEGINS, MARK_CASE_ENDS

    def __init__(self, apic_id, low):
        super().__init__(apic_id, low)
        self.old, self.new = self.began, None
        self.fires = []        # of each: its window, and how many messages it sent at once
        self.landed_last = []  # of the last of them: where what it sent at once was delivered
        self.firing = False
        self.released = 0      # messages while the device was not told to send
        self.landed = []       # of each message that was delivered, (APIC id, vector)
        self.sends = self.replays = self.config_writes = 0
        self.messages = set()
        self.entry = None
        self.flushes = []      # of each invalidation: its range, and the messages sent before it
        self.landed_as = []    # of each in `landed`, the number of its message

    def mark(self, kind, apic_id, low):
        if kind == MARK_FIRE and not self.firing:
            self.fires.append([low, 0])
            self.landed_last = []
        elif kind != MARK_FLUSHED or not self.firing or self.fires[-1][0] != low:
            return False
        self.firing = kind == MARK_FIRE
        return True

    def sent(self, message):
        self.sends += 1
        if message:
            self.messages.add(message)
        if self.firing:
            self.fires[-1][1] += 1
        else:
            self.released += 1

    def entry_read(self, index, _value):
        if self.entry not in (None, index):
            self.problem(f"messages to the entries {self.entry} and {index}")
        self.entry = index

    def delivered(self, pair):
        self.landed.append(pair)
        if self.firing:
            self.landed_last.append(pair)
        self.landed_as.append(self.sends)

    def replayed(self):
        self.replays += 1

    def invalidated(self, indexes):
        self.flushes.append((indexes, self.sends))

    def config_written(self):
        self.config_writes += 1

    def end(self, apic_id, low):
        self.new = (apic_id, low)
        if self.firing:
            self.problem("the device was still sending at the end")
        for pair in self.landed:
            if pair[0] not in (self.old[0], self.new[0]) or \
                    pair[1] not in (self.old[1], self.new[1]):
                self.problem(f"a message went to {place(pair)}")
        if self.entry is not None:
            self._check_entry()

    def _check_entry(self):
        if len(self.messages) > 1:
            self.problem(f"{len(self.messages)} different messages")
        if self.config_writes:
            self.problem(f"{self.config_writes} configuration writes, though remapping was on")
        flushed = [sends for indexes, sends in self.flushes
                   if indexes is None or self.entry in indexes]
        if not flushed:
            self.problem(f"no invalidation of entry {self.entry}")
            return
        for number, pair in zip(self.landed_as, self.landed):
            if number > flushed[-1] and pair != self.new:
                self.problem(f"after the invalidation a message went to {place(pair)}")

    def place_of(self, pair):
        """In the order in which the kernel looks."""
        (old, o), (new, n) = self.old, self.new
        columns = [((old, o), OLD), ((new, n), NEW), ((new, o), NEW_O), ((old, n), OLD_N)]
        return next((column for known, column in columns if known == pair), ELSEWHERE)

    def interrupts(self):
        """What the kernel has to have counted, column by column."""
        columns = {self.place_of(pair) for pair in self.landed}
        if self.replays:
            columns.add(self.place_of(self.new))
            if OLD_N in columns:
                columns.remove(OLD_N)
                columns.add(SENT_ON)
        return columns

    def __str__(self):
        windows = " ".join(f"W{window}" for window, _ in self.fires)
        return f"{place(self.old)} to {place(self.new)}, {windows or 'no window'}"


def explored(lines):
    """The kernel's account of each case, grouped by arm: a list of the lines' words for each."""
    words = [dict(word.split("=", 1) for word in line.split()[2:])
             for line in lines if line.startswith("# explored ")]
    return [list(group) for _, group in groupby(
        words, key=lambda said: (said["source"], said["store"], said["protocol"], said["ir"]))]


def target(text):
    """(APIC id, vector) of CPU:APIC id:vector."""
    _, apic_id, vector = text.split(":")
    return int(apic_id), int(vector, 16)


def fire_disagreements(case, said):
    """Rules 1 and 2, fire by fire."""
    fires = [fire.split(":") for fire in said["fires"].split(",")]
    windows = [f"W{window}" for window, _ in case.fires]
    if windows != [window for window, _ in fires]:
        return [f"fired in {' '.join(windows) or 'no window'}"]
    found = [f"{sends} messages at once in {window}"
             for (window, fate), (_, sends) in zip(fires, case.fires)
             if sends != (fate == "sent")]
    held = sum(fate == "held" for _, fate in fires)
    at_least = held > 0 and said["mistaken"] == "no"
    if not at_least <= case.released <= held:
        found.append(f"{case.released} messages sent later")
    return found


def last_window_disagreements(case, said):
    """Rule 5."""
    last = int(said["windows"]) - 1
    if said["mistaken"] == "yes" or not case.fires or case.fires[-1][0] != last:
        return []
    return [f"in W{last}, the last, a message went to {place(pair)}"
            for pair in case.landed_last if pair != case.new]


def disagreements(case, said):
    """Where the kernel's line and the trace differ, as sentences."""
    found = [f"{name} target {place(seen)}"
             for name, seen in (("old", case.old), ("new", case.new)) if target(said[name]) != seen]
    found += fire_disagreements(case, said) + last_window_disagreements(case, said)
    seen = case.interrupts()
    if any(int(said[column]) != (column in seen) for column in PLACES):
        found.append(f"came in at {' '.join(sorted(seen)) or 'no place'}")
    if (case.entry is not None) != (said["ir"] == "on"):
        found.append(f"{'an' if case.entry is not None else 'no'} entry was used")
    if not found:
        return []
    kernel = " ".join(f"{name}={said[name]}" for name in ("old", "new", "windows", "fires") + PLACES
                      if said[name] != "0")
    return [", ".join(found) + f"; the kernel says {kernel}"]


def arm_disagreements(cases, said_of_all):
    """Of an arm's cases: the first that is wrong by itself or differs, and how many there are."""
    wrong = []
    for number, (case, said) in enumerate(zip(cases, said_of_all), 1):
        found = case.problems + disagreements(case, said)
        if found:
            wrong.append(f"case {number} ({case}): {'; '.join(found)}")
    found = wrong[:1]
    if len(wrong) > 1:
        found.append(f"{len(wrong)} of {len(said_of_all)} cases are wrong")
    if len(cases) != len(said_of_all):
        found.append(f"{len(cases)} cases in the trace, {len(said_of_all)} lines")
    return found


def arm_summary(cases):
    columns = Counter(case.place_of(pair) for case in cases for pair in case.landed)
    sends = sum(case.sends for case in cases)
    text = (f"{len(cases)} cases, {sends} messages: "
            + " ".join(f"{columns[column]} {column}" for column in PLACES if columns[column])
            + f"; {sends - columns.total()} not delivered, "
            f"{sum(case.released for case in cases)} had been held back, "
            f"{sum(case.replays for case in cases)} sent again")
    if any(case.entry is not None for case in cases):
        text += "; each case invalidated its entry"
    return text
