# SPDX-License-Identifier: MIT
"""
What the witness must find in an arm of `async`: each case is a sound trace, or sound books, with
one thing broken.
"""

import unittest

from fake_trace import changed, invalidation, judged, mark, message, remapped

A, B, C, D = (1, 0x41), (2, 0x42), (1, 0x51), (2, 0x52)  # targets: of slot 0, and of slot 1


def storm(middle):
    return mark(5, A) + middle + "".join(mark(6, pair) for pair in (A, B, C, D)) + mark(7, A)


REPLAY = "apic_mem_writel 0x300 = 0x00004042\n"

# Slot 0 moves from A to B by two-step: one message waits at the old CPU under the new vector.
DIRECT = storm(message(A) + message(C) + message((A[0], B[1])) + REPLAY + message(D) + message(B))
DIRECT_SAID = ("# result source=lsi53c895a store=ims-device protocol=two-step ir=off cpus=4 "
               "moves=2 fired=5 old=2 new=2 retriggered=1 stray=0 blocked=0 missing=0 late=0 "
               "duplicate=0 lost=0 seed=1 slots=2")

IEC_5, IEC_6 = invalidation(5), invalidation(6)

REMAPPED = storm(remapped(A) + remapped(C, 6) + IEC_5 + remapped(B) + remapped(D, 6) + IEC_6
                 + IEC_5 + remapped(A))
REMAPPED_SAID = ("# result source=lsi53c895a store=ims-device protocol=remapped ir=on cpus=4 "
                 "moves=3 fired=5 old=2 new=3 retriggered=0 stray=0 blocked=0 missing=0 late=0 "
                 "duplicate=0 lost=0 seed=1 slots=2")


class StormTest(unittest.TestCase):
    def finds(self, part, trace, said):
        with self.subTest(part):
            self.assertIn(part, judged(trace, said))

    def test_sound(self):
        self.assertEqual(judged(DIRECT, DIRECT_SAID), "")
        self.assertEqual(judged(REMAPPED, REMAPPED_SAID), "")
        self.assertEqual(judged(DIRECT + REMAPPED, DIRECT_SAID + "\n" + REMAPPED_SAID), "")

    def test_false_books(self):
        for old, new, part in [
                ("fired=5", "fired=6", "sent: 5, the kernel says fired: 6"),
                ("new=2", "new=3", "delivered: 5, the kernel says arrived: 6"),
                ("missing=0", "missing=1", "not delivered: 0, the kernel says lost on the way: 1"),
                ("retriggered=1 stray=0", "retriggered=0 stray=1", "sent again: 1"),
                ("old=2 new=2 retriggered=1 stray=0", "old=1 new=2 retriggered=1 stray=1",
                 "delivered where the irq never was: 1, the kernel says stray or retriggered: 2"),
                ("duplicate=0", "duplicate=1", "1 duplicate"),
                ("ir=off", "ir=on", "0 remapping entries in use")]:
            self.finds(part, DIRECT, changed(DIRECT_SAID, old, new))
        self.finds("messages to 2 entries, the kernel says slots: 3", REMAPPED,
                   changed(REMAPPED_SAID, "slots=2", "slots=3"))
        self.finds("3 invalidations of the arm's entries, the kernel says moves: 4", REMAPPED,
                   changed(REMAPPED_SAID, "moves=3", "moves=4"))

    def test_false_traces(self):
        for old, new, part in [
                (message(C), "", "sent: 4"),
                (message(C), message(C).split("apic_deliver")[0], "not delivered: 1"),
                (message(C), message((2, 0x51)), "delivered where the irq never was: 2"),
                (mark(6, D), "", "delivered where the irq never was: 2"),
                (mark(6, D), mark(3, D), "mark 3 where there cannot be one"),
                (mark(7, A), "", "has no end"),
                (REPLAY, 2 * REPLAY, "sent again: 2, the kernel says retriggered: 1")]:
            self.finds(part, changed(DIRECT, old, new), DIRECT_SAID)
        self.finds("not in the trace", "", DIRECT_SAID)
        self.finds("2 storms in the trace, 1 in the report", 2 * DIRECT, DIRECT_SAID)

    def test_false_remapping(self):
        for old, new, part in [
                (IEC_5, "", "the last change of entry 5 was never invalidated"),
                (IEC_6, "", "the last change of entry 6 was never invalidated"),
                (IEC_6 + IEC_5, IEC_6, "2 invalidations of the arm's entries, the kernel says"),
                (IEC_5, invalidation(9), "2 invalidations of the arm's entries"),
                ("dest 2 ", "dest 3 ", "entry 5 said APIC 2 vector 42, the message went to APIC 3"),
                ("addr 0xfee00050 data 0x0\n", "addr 0xfee00050 data 0x1\n",
                 "two different messages name entry 5"),
                ("index 6 ", "index 7 ", "messages to 3 entries, the kernel says slots: 2")]:
            self.finds(part, changed(REMAPPED, old, new), REMAPPED_SAID)
        self.finds("entry 5 changed twice with no invalidation in between",
                   REMAPPED.replace(IEC_5, ""), REMAPPED_SAID)

    def test_invalidations_that_cover_the_entries(self):
        for command in ("granularity 0x0 index 0x0 mask 0x0", "granularity 0x1 index 0x4 mask 0x1"):
            self.assertEqual(judged(changed(REMAPPED, IEC_5, f"vtd_inv_desc_iec {command}\n"),
                                    REMAPPED_SAID), "")


if __name__ == "__main__":
    unittest.main()
