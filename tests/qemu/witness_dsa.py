# SPDX-License-Identifier: MIT
"""
The third witness: what the device itself says it sent. The model of DSA (docs/dsa-model.md) keeps a
log with a line for each message: what it read from the slot, when it read the address, and when the
data, when it sent the message, when QEMU replied, and with which error. The kernel counts what came
in, QEMU's trace what went where, and this log what was read. The rules, for each arm of `loss` and
`async` whose source is a DSA:

 1. As many messages are in the log as the kernel says it fired, and as the trace has.
 2. Each {address, data} is in the log as often as in the trace.
 3. Torn, which is an {APIC id, vector} that no target of the irq ever had, are as many as the trace
    delivered where no irq of the arm ever was, and as the kernel says were stray or retriggered.
    With remapping nothing is torn: each slot had one {address, data} in all.
 4. QEMU refused as many as the trace did not deliver, and as the kernel says were blocked or
    missing. (A message that goes through the MSI-X table gets no reply that would tell.)
 5. Of each message the address was read no later than the data, that no later than it was sent, and
    that no later than it was acknowledged.

The log knows no arms. Each opens the device and gives it back, so what lies between two of the
device's commands Enable Device and Reset Device is an arm's; an arm that was skipped sent nothing.
"""

from collections import Counter

from witness_loss import Arm
from witness_storm import Storm
from witness_trace import place

SOURCES = ("dsa", "iax")
CARRIER = "ims-carrier"       # kind of store, whose messages go through the MSI-X table
ENABLE, RESET = 1, 5          # commands of the device
PROBLEMS_KEPT = 3


def target_of(message):
    """{APIC id, vector} of a message in compatibility format (SDM 3A, 11.11.1 and 11.11.2)."""
    address, data = message
    return address >> 12 & 0xff, data & 0xff


class Sent:
    """What the device sent from one Enable Device to the next Reset Device."""

    def __init__(self):
        self.count = self.refused = 0
        self.messages = Counter()  # (address, data) -> how often
        self.of_slot = {}          # slot -> set of (address, data), or its only one
        self.problems = []

    def add(self, line):
        self.count += 1
        message = line.address, line.data
        self.messages[message] += 1
        self.of_slot.setdefault(line.slot, set()).add(message)
        self.refused += line.error != 0
        if not line.sampled <= line.complete <= line.sent <= line.acknowledged and \
                len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(f"message {self.count} of slot {line.slot} has its times in "
                                 "another order")

    def torn(self, targets):
        return sum(count for message, count in self.messages.items()
                   if target_of(message) not in targets)


class Log:
    """
    The device's own account: `arms` has what was sent in each that sent anything, in order, and
    `problems` what is wrong with the log by itself. `lines` is read once.
    """

    def __init__(self, lines):
        self.arms, self.problems = [], []
        self._arm = None  # since Enable Device
        for line in lines:
            self._read(line)
        if self._arm:
            self._problem("the log ends while the device is enabled")

    def _problem(self, text):
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(text)

    def _read(self, text):
        pass

    def _message(self, line):
        if self._arm:
            self._arm.add(line)
        else:
            self._problem("a message while the device is not enabled")

    def _command(self, number):
        if number == ENABLE:
            self._arm = Sent()
        elif number == RESET and self._arm:
            if self._arm.count:
                self.arms.append(self._arm)
            self._arm = None


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
        mixed = [slot for slot, messages in sent.of_slot.items() if len(messages) > 1]
        if mixed:
            found.append(f"slot {mixed[0]} sent {len(sent.of_slot[mixed[0]])} different messages, "
                         "though remapping was on")
    else:
        compare("torn", sent.torn(part.targets), part.unowned(), "stray or retriggered",
                ["stray", "retriggered"])
    if said["store"] != CARRIER:
        compare("refused", sent.refused, part.sends - part.landed.total(), "blocked or missing",
                ["blocked", "missing"])
    return found + list(differences(sent, part))


def differences(sent, part):
    """Rule 2. Where there is no remapping unit the trace has only where a message went."""
    if part.messages:
        in_log, in_trace = sent.messages, part.messages
    else:
        in_log, in_trace = Counter(), part.landed
        for message, count in sent.messages.items():
            in_log[target_of(message)] += count
    for what, more, less in [("the trace", in_log, in_trace), ("the log", in_trace, in_log)]:
        lacking = more - less
        if lacking:
            (first, second), count = next(iter(lacking.items()))
            yield f"{first:x}, {second:x}: {count} of them not in {what}"


def summary(sent, part):
    slots = len(sent.of_slot)
    torn = sum(count for message, count in sent.messages.items()
               if target_of(message) not in part.targets)
    return (f"{sent.count} messages of {slots} slots, as many in the trace and in the kernel's "
            f"books; {torn} torn, {sent.refused} refused")
