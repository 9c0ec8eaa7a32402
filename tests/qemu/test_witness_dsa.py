# SPDX-License-Identifier: MIT
"""
What the third witness must find: each case is a sound log beside a sound trace and sound books, with
one thing broken.
"""

import unittest

from fake_trace import changed, invalidation, mark, message, remapped
from witness import findings, read
from witness_dsa import Log

HEAD = "# dsa-model log 1, times in ns\n"
ENABLE, RESET = "e 1 command 1 0\n", "e 900 command 5 0\n"
A, B = (1, 0x41), (2, 0x42)  # targets
TORN = (1, 0x42)             # the address of A, the data of B


def address_of(pair):
    return 0xfee00000 | pair[0] << 12


def write(offset, value, slot=0):
    return f"e 5 write {slot} {offset << 32 | value:x}\n"


def written(pair, slot=0):
    return write(0, address_of(pair), slot) + write(8, pair[1], slot)


def sent(address, data, slot=0, how="dma", error=0):
    return f"m {slot} {address:016x} {data:08x} 10 20 21 30 40 {how} {error}\n"


def sent_to(pair, slot=0):
    return sent(address_of(pair), pair[1], slot)


def ended(lines):
    """A whole log of these lines."""
    messages, events = (sum(line.startswith(kind) for line in lines.splitlines()) for kind in "me")
    return (f"{HEAD}{lines}# end messages={messages} events={events} "
            "requested=1 sampled=1 outstanding=0 why=the client left\n")


def log(*arms):
    return ended("".join(ENABLE + arm + RESET for arm in arms))


# Without remapping: one message to each target, and one that is torn between the device's reads.
DIRECT = (mark(1, A) + message(A) + mark(2, A) + message(TORN) + mark(3, B) + message(B)
          + mark(4, B))
DIRECT_SAID = ("# result source=dsa store=ims protocol=naive ir=off cpus=4 moves=1 fired=3 old=1 "
               "new=1 retriggered=0 stray=1 blocked=0 missing=0 late=0 duplicate=0 lost=1 seed=1")
DIRECT_LOG = (written(A) + sent_to(A) + write(8, B[1]) + sent_to(TORN) + write(0, address_of(B))
              + sent_to(B))

# With it: the entry is what changes. One of the messages is dropped.
BLOCKED = "".join(remapped(B).splitlines(True)[:2])
REMAPPED = (mark(1, A) + remapped(A) + mark(2, A) + invalidation() + mark(3, B) + remapped(B)
            + BLOCKED + mark(4, B))
REMAPPED_SAID = ("# result source=dsa store=ims protocol=remapped ir=on cpus=4 moves=1 fired=3 old=1 "
                 "new=1 retriggered=0 stray=0 blocked=1 missing=0 late=0 duplicate=0 lost=1 seed=1")
SLOT = 0xfee00050, 0  # what fake_trace.remapped() has for entry 5
REMAPPED_LOG = (write(0, SLOT[0]) + write(8, 0) + sent(*SLOT) + sent(*SLOT)
                + sent(*SLOT, error=14))

BOTH = DIRECT + REMAPPED, DIRECT_SAID + "\n" + REMAPPED_SAID, log(DIRECT_LOG, REMAPPED_LOG)
OTHERS = "# result source=edu store=msi protocol=naive ir=off cpus=4 moves=0 fired=1 old=1 new=0 " \
         "retriggered=0 stray=0 blocked=0 missing=0 late=0 duplicate=0 lost=0 seed=1"


def problems(trace, said, text):
    """Of the third witness alone: the second has its own test."""
    found = findings(read(trace.splitlines()), said.splitlines(), Log(text.splitlines()))
    return "; ".join(problem for finding in found if finding.name.startswith("witness.log")
                     for problem in finding.problems)


class DsaTest(unittest.TestCase):
    def finds(self, part, trace, said, text):
        with self.subTest(part):
            self.assertIn(part, problems(trace, said, text))

    def test_sound(self):
        for trace, said, text in [(DIRECT, DIRECT_SAID, log(DIRECT_LOG)),
                                  (REMAPPED, REMAPPED_SAID, log(REMAPPED_LOG)), BOTH,
                                  (DIRECT, DIRECT_SAID, log("", DIRECT_LOG, ""))]:
            self.assertEqual(problems(trace, said, text), "")
        # Other devices' arms are none of its business.
        trace = mark(1, A) + message(A) + mark(4, A) + BOTH[0]
        self.assertEqual(problems(trace, OTHERS + "\n" + BOTH[1], BOTH[2]), "")

    def test_no_unit(self):
        trace = DIRECT.replace("vtd_ir_remap_msi", "nothing")
        self.assertEqual(problems(trace, DIRECT_SAID, log(DIRECT_LOG)), "")
        self.finds("2, 42: 1 of them not in the log", trace, DIRECT_SAID,
                   log(changed(DIRECT_LOG, sent_to(B), sent_to(A))))

    def test_summary(self):
        found = findings(read(DIRECT.splitlines()), [DIRECT_SAID], Log(log(DIRECT_LOG).splitlines()))
        self.assertIn("1 torn, 0 of them written to between", str(found[1]))
        text = changed(DIRECT_LOG, write(8, B[1]), write(8, B[1]).replace("e 5 ", "e 21 "))
        found = findings(read(DIRECT.splitlines()), [DIRECT_SAID], Log(log(text).splitlines()))
        self.assertIn("1 torn, 1 of them written to between", str(found[1]))

    def test_lines_dropped_and_added(self):
        whole = log(DIRECT_LOG)
        for text in (changed(whole, sent_to(B), ""), changed(whole, sent_to(B), 2 * sent_to(B))):
            self.finds("its end says 3", DIRECT, DIRECT_SAID, text)
        self.finds("sent: 2, in the trace 3, the kernel says fired: 3", DIRECT, DIRECT_SAID,
                   log(changed(DIRECT_LOG, sent_to(B), "")))
        self.finds("fee02000, 42: 1 of them not in the log", DIRECT, DIRECT_SAID,
                   log(changed(DIRECT_LOG, sent_to(B), "")))
        self.finds("fee02000, 42: 1 of them not in the trace", DIRECT, DIRECT_SAID,
                   log(changed(DIRECT_LOG, sent_to(B), 2 * sent_to(B))))

    def test_false_logs(self):
        for old, new, part in [
                (sent_to(TORN), sent_to(A), "torn: 0, in the trace 1, the kernel says"),
                (sent_to(B), sent(address_of(B), B[1], error=14), "refused: 1, in the trace 0"),
                (sent_to(B), sent_to(B).replace(" 20 21 ", " 22 21 "), "message 3, of slot 0, was"),
                (sent_to(B), sent_to(B).replace(" 30 40 ", " 30 29 "), "message 3, of slot 0, was"),
                (write(8, B[1]), "", "slot 0 sent fee01000, 42, of which one was never written"),
                (RESET, "", "the log ends while the device is enabled"),
                (ENABLE, "", "a message was sent while the device was not enabled"),
                ("outstanding=0", "outstanding=2", "and 2 under way"),
                ("# end", "# ", "the log has no end"),
                (sent_to(B), "m 0 fee0\n", "not a line of the log: 'm 0 fee0'"),
                (sent_to(B), RESET + ENABLE + sent_to(B), "2 arms in the log, 1 in the report")]:
            self.finds(part, DIRECT, DIRECT_SAID, changed(log(DIRECT_LOG), old, new))
        self.finds("not in the log", DIRECT, DIRECT_SAID, log())
        self.finds("not in the trace", "", DIRECT_SAID, log(DIRECT_LOG))

    def test_false_books(self):
        for old, new, part in [
                ("fired=3", "fired=4", "sent: 3, in the trace 3, the kernel says fired: 4"),
                ("stray=1", "stray=2", "torn: 1, in the trace 1, the kernel says stray or"),
                ("missing=0", "missing=1", "refused: 0, in the trace 0, the kernel says blocked")]:
            self.finds(part, DIRECT, changed(DIRECT_SAID, old, new), log(DIRECT_LOG))
        self.finds("sent: 3, in the trace 2, the kernel says fired: 3",
                   changed(DIRECT, message(B), ""), DIRECT_SAID, log(DIRECT_LOG))

    def test_false_remapping(self):
        for old, new, part in [
                (sent(*SLOT, error=14), sent(*SLOT), "refused: 0, in the trace 1"),
                (sent(*SLOT, error=14), sent(SLOT[0], 1, error=14), "slot 0 sent 2 different"),
                (sent(*SLOT, error=14), write(8, 0) + sent(*SLOT, error=14),
                 "slot 0 was written to after its first message")]:
            self.finds(part, REMAPPED, REMAPPED_SAID, log(changed(REMAPPED_LOG, old, new)))
        # No reply tells what became of a message that went through the MSI-X table.
        carried = REMAPPED_SAID.replace("store=ims", "store=ims-carrier")
        self.assertEqual(problems(REMAPPED, carried, log(REMAPPED_LOG.replace(" 14\n", " 0\n"))), "")


if __name__ == "__main__":
    unittest.main()
