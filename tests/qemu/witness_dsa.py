# SPDX-License-Identifier: MIT
"""
The third witness: what the device itself says it sent. The model of DSA (docs/dsa-model.md) keeps a
log with a line for each message: what it read from the slot, when it read the address, and when the
data, when it sent the message, when QEMU replied, and with which error. The kernel counts what came
in, QEMU's trace what went where, and this log what was read. The rules, for each arm of `loss`
or a storm whose source is a DSA:

 1. As many messages are in the log as the kernel says it fired, and as the trace has.
 2. Each {address, data} is in the log as often as in the trace.
 3. Without remapping: torn, which is an {APIC id, vector} that no target of the irq ever had, are as
    many as the trace delivered where no irq of the arm ever was, and as the kernel says were stray
    or retriggered. With it: each slot sent one {address, data}, and was written to before its first
    message only.
 4. QEMU refused as many as the trace did not deliver, and as the kernel says were blocked or
    missing. (A message that goes through the MSI-X table gets no reply that would tell.)
 5. A message consists of words that were written to its slot; its address was read no later than its
    data, that no later than it was sent, and that no later than it was acknowledged.

And for the log as a whole: it has as many lines as it says itself, and nothing was under way when it
ended. It knows no arms: each opens the device and gives it back, so what lies between the device's
commands Enable Device and Reset Device is an arm's; an arm that was skipped sent nothing.
"""

import re
from array import array
from bisect import bisect
from collections import Counter, namedtuple

SOURCES = ("dsa", "iax")
CARRIER = "ims-carrier"       # kind of store, whose messages go through the MSI-X table
ENABLE, RESET = 1, 5          # commands of the device
PROBLEMS_KEPT = 3
END = re.compile(r"# end messages=(\d+) events=(\d+) .* outstanding=(\d+) ")

# A line "m"; times in ns.
Message = namedtuple("Message", "slot address data asked sampled complete sent acknowledged how error")


def message_of(words):
    slot, address, data, *times, how, error = words
    return Message(int(slot), int(address, 16), int(data, 16), *map(int, times), how, int(error))


def target_of(message):
    """{APIC id, vector} of a message in compatibility format (SDM 3A, 11.11, Message Signalled
    Interrupts)."""
    address, data = message
    return address >> 12 & 0xff, data & 0xff


class Slot:
    """The words that it has had, and the messages that were read from it."""

    def __init__(self):
        self.words = [0, 0, 0]    # address, its high half, data
        self.pairs = {(0, 0)}     # (address, data) that were in it at one time
        self.sent = Counter()     # (address, data)
        self.across = Counter()   # those of them with a write between the two reads
        self.rewritten = False    # after its first message
        self._written = array("Q")  # when, since its last message was read

    def write(self, offset, value, time):
        if offset // 4 < len(self.words):
            self._written.append(time)
            self.words[offset // 4] = value
            self.pairs.add((self.words[1] << 32 | self.words[0], self.words[2]))
            self.rewritten |= bool(self.sent)

    def read(self, line):
        message = line.address, line.data
        first, after = (bisect(self._written, time) for time in (line.sampled, line.complete))
        self.sent[message] += 1
        self.across[message] += after > first
        del self._written[:after]

    def invented(self):
        """Messages with a word that was never in it."""
        addresses, values = map(set, zip(*self.pairs))
        return [message for message in self.sent
                if message[0] not in addresses or message[1] not in values]


class Sent:
    """What the device sent from one Enable Device to the next Reset Device."""

    def __init__(self):
        self.count = self.refused = 0
        self.slots = {}            # number -> Slot
        self.longest = 0           # ns from reading the address to the reply
        self.problems = []

    def problem(self, text):
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(text)

    def slot(self, number):
        return self.slots.setdefault(number, Slot())

    def add(self, line):
        self.count += 1
        self.slot(line.slot).read(line)
        self.refused += line.error != 0
        self.longest = max(self.longest, line.acknowledged - line.sampled)
        if not line.asked <= line.sampled <= line.complete <= line.sent <= line.acknowledged:
            self.problem(f"message {self.count}, of slot {line.slot}, was not asked for, read, sent "
                         "and acknowledged in this order")

    def end(self):
        for number, slot in self.slots.items():
            for address, data in slot.invented():
                self.problem(f"slot {number} sent {address:x}, {data:x}, of which one was never "
                             "written to it")

    def messages(self):
        """(address, data) of all slots -> how often."""
        return sum((slot.sent for slot in self.slots.values()), Counter())

    def torn(self, targets):
        """How many went elsewhere, and how many of these had a write between the two reads."""
        return [sum(count for slot in self.slots.values() for message, count in which(slot).items()
                    if target_of(message) not in targets)
                for which in (lambda slot: slot.sent, lambda slot: slot.across)]


class Log:
    """
    The device's own account: `arms` has what was sent in each that sent anything, in order, and
    `problems` what is wrong with the log by itself. `lines` is read once.
    """

    def __init__(self, lines):
        self.arms, self.problems = [], []
        self._arm = None  # since Enable Device
        self._messages = self._events = 0
        self._end = None
        for line in lines:
            self._read(line)
        if self._arm:
            self._problem("the log ends while the device is enabled")
        if not self._end:
            self._problem("the log has no end")
        elif self._end != (self._messages, self._events, 0):
            self._problem("the log has {} messages and {} events, its end says {} and {}, and {} "
                          "under way".format(self._messages, self._events, *self._end))

    def _problem(self, text):
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(text)

    def _read(self, line):
        try:
            if line.startswith("m "):
                self._messages += 1
                self._message(message_of(line.split()[1:]))
            elif line.startswith("e "):
                self._events += 1
                self._event(*line.split()[1:])
            elif line.startswith("# end "):
                self._end = tuple(map(int, END.match(line).groups()))
        except (ValueError, TypeError, AttributeError):
            self._problem(f"not a line of the log: {line!r}")

    def _message(self, message):
        if self._arm:
            self._arm.add(message)
        else:
            self._problem("a message was sent while the device was not enabled")

    def _event(self, time, event, number, value):
        if event == "command" and int(number) == ENABLE:
            self._arm = Sent()
        elif event == "command" and int(number) == RESET and self._arm:
            self._arm.end()
            if self._arm.count:
                self.arms.append(self._arm)
            self._arm = None
        elif event == "write" and self._arm:
            value = int(value, 16)
            self._arm.slot(int(number)).write(value >> 32, value & 0xffffffff, int(time))


def disagreements(sent, part, said):
    """Where the log, the trace and the kernel's books differ, as sentences."""
    found = []

    def compare(what, in_log, in_trace, name, columns):
        counted = sum(said[column] for column in columns)
        if not in_log == in_trace == counted:
            found.append(f"{what}: {in_log}, in the trace {in_trace}, the kernel says {name}: "
                         f"{counted}")

    compare("sent", sent.count, part.sends, "fired", ["fired"])
    if said["ir"] == "on":
        found += [f"slot {number} sent {len(slot.sent)} different messages, though remapping was on"
                  for number, slot in sent.slots.items() if len(slot.sent) > 1]
        found += [f"slot {number} was written to after its first message, though remapping was on"
                  for number, slot in sent.slots.items() if slot.rewritten]
    else:
        compare("torn", sent.torn(part.targets)[0], part.unowned(), "stray or retriggered",
                ["stray", "retriggered"])
    if said["store"] != CARRIER:
        compare("refused", sent.refused, part.sends - part.landed.total(), "blocked or missing",
                ["blocked", "missing"])
    return found[:PROBLEMS_KEPT] + list(differences(sent, part))


def differences(sent, part):
    """Rule 2. Where there is no remapping unit the trace has only where a message went."""
    in_log, in_trace = sent.messages(), part.messages
    if not in_trace:
        in_trace = part.landed
        in_log = sum((Counter({target_of(message): count}) for message, count in in_log.items()),
                     Counter())
    for what, more, less in [("the trace", in_log, in_trace), ("the log", in_trace, in_log)]:
        lacking = more - less
        if lacking:
            (first, second), count = next(iter(lacking.items()))
            yield f"{first:x}, {second:x}: {count} of them not in {what}"


def summary(sent, part, said):
    text = (f"{sent.count} messages from {len(sent.slots)} slots, as many in the trace and in the "
            f"kernel's books; {sent.refused} refused; {sent.longest / 1e6:.1f} ms at most from reading "
            "to the reply")
    if said["ir"] == "off":
        torn, across = sent.torn(part.targets)
        text += f"; {torn} torn, {across} of them written to between the two reads"
    return text
