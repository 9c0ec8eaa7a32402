# SPDX-License-Identifier: MIT
"""
What the witness must find in an arm of `async`: each case is a sound trace, or sound books, with
one thing broken.
"""

import unittest

from witness import findings, read

A, B, C, D = (1, 0x41), (2, 0x42), (1, 0x51), (2, 0x52)  # targets: of slot 0, and of slot 1


def mark(kind, pair):
    return f"pci_cfg_write mch 00:00.0 @0x0 <- {kind << 28 | pair[0] << 8 | pair[1]:#x}\n"


def message(pair):
    return (f"vtd_ir_remap_msi_req addr 0xfee0{pair[0]}000 data {pair[1]:#x}\n"
            f"vtd_ir_remap_msi (addr 0xfee0{pair[0]}000, data {pair[1]:#x}) -> (the same)\n"
            f"apic_deliver_irq dest {pair[0]} dest_mode 0 delivery_mode 0 vector {pair[1]} "
            "trigger_mode 0\n")


def remapped(slot, pair):
    return (f"vtd_ir_remap_msi_req addr 0xfee000{5 + slot}0 data 0x0\n"
            f"vtd_ir_irte_get index {5 + slot} low 0x40008 "
            f"high {pair[0] << 40 | pair[1] << 16 | 1:#x}\n"
            f"vtd_ir_remap_msi (addr 0xfee000{5 + slot}0, data 0x0) -> (the entry's)\n"
            f"apic_deliver_irq dest {pair[0]} dest_mode 0 delivery_mode 0 vector {pair[1]} "
            "trigger_mode 0\n")


def iec(slot):
    return f"vtd_inv_desc_iec granularity 0x1 index {5 + slot:#x} mask 0x0\n"


def storm(middle):
    return mark(5, A) + middle + "".join(mark(6, pair) for pair in (A, B, C, D)) + mark(7, A)


REPLAY = "apic_mem_writel 0x300 = 0x00004042\n"

# Slot 0 moves from A to B by two-step: one message waits at the old CPU under the new vector.
DIRECT = storm(message(A) + message(C) + message((A[0], B[1])) + REPLAY + message(D) + message(B))
DIRECT_SAID = ("# result source=lsi53c895a store=ims-device protocol=two-step ir=off cpus=4 "
               "moves=2 fired=5 old=2 new=2 retriggered=1 stray=0 blocked=0 missing=0 late=0 "
               "duplicate=0 lost=0 seed=1 slots=2")

REMAPPED = storm(remapped(0, A) + remapped(1, C) + iec(0) + remapped(0, B) + remapped(1, D) + iec(1)
                 + iec(0) + remapped(0, A))
REMAPPED_SAID = ("# result source=lsi53c895a store=ims-device protocol=remapped ir=on cpus=4 "
                 "moves=3 fired=5 old=2 new=3 retriggered=0 stray=0 blocked=0 missing=0 late=0 "
                 "duplicate=0 lost=0 seed=1 slots=2")


def judged(trace, said):
    found = findings(read(trace.splitlines()), said.splitlines())
    return "; ".join(problem for finding in found for problem in finding.problems)


def changed(text, old, new):
    assert old in text, old
    return text.replace(old, new, 1)


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
                (iec(0), "", "the last change of entry 5 was never invalidated"),
                (iec(1), "", "the last change of entry 6 was never invalidated"),
                (iec(1) + iec(0), iec(1), "2 invalidations of the arm's entries, the kernel says"),
                (iec(0), "vtd_inv_desc_iec granularity 0x1 index 0x9 mask 0x0\n",
                 "2 invalidations of the arm's entries"),
                ("dest 2 ", "dest 3 ", "entry 5 said APIC 2 vector 42, the message went to APIC 3"),
                ("addr 0xfee00050 data 0x0\n", "addr 0xfee00050 data 0x1\n",
                 "two different messages name entry 5"),
                ("index 6 ", "index 7 ", "messages to 3 entries, the kernel says slots: 2")]:
            self.finds(part, changed(REMAPPED, old, new), REMAPPED_SAID)
        self.finds("entry 5 changed twice with no invalidation in between",
                   REMAPPED.replace(iec(0), ""), REMAPPED_SAID)

    def test_invalidations_that_cover_the_entries(self):
        for command in ("granularity 0x0 index 0x0 mask 0x0", "granularity 0x1 index 0x4 mask 0x1"):
            self.assertEqual(judged(changed(REMAPPED, iec(0), f"vtd_inv_desc_iec {command}\n"),
                                    REMAPPED_SAID), "")


if __name__ == "__main__":
    unittest.main()
