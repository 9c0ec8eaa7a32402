# SPDX-License-Identifier: MIT
"""
What the witness must find in an arm of `loss`: each case is a sound trace, or sound books, with one
thing broken.
"""

import unittest

from fake_trace import changed, invalidation, judged, mark, remapped
from witness import read
from witness_loss import Arm

# CPU 2, vector 31, moves to CPU 3, vector 32, by two-step: the second message waits at (2, 32).
DIRECT = """\
vtd_ir_remap_msi_req addr 0xfee01000 data 0x55
pci_cfg_write mch 00:00.0 @0x0 <- 0x10000231
vtd_ir_remap_msi_req addr 0xfee02000 data 0x31
vtd_ir_remap_msi (addr 0xfee02000, data 0x31) -> (addr 0xfee02000, data 0x31)
apic_deliver_irq dest 2 dest_mode 0 delivery_mode 0 vector 49 trigger_mode 0
pci_cfg_write mch 00:00.0 @0x0 <- 0x20000231
pci_cfg_write edu 00:01.0 @0x4c <- 0x32
vtd_ir_remap_msi_req addr 0xfee02000 data 0x32
vtd_ir_remap_msi (addr 0xfee02000, data 0x32) -> (addr 0xfee02000, data 0x32)
apic_deliver_irq dest 2 dest_mode 0 delivery_mode 0 vector 50 trigger_mode 0
apic_mem_writel 0x300 = 0x00004032
pci_cfg_write mch 00:00.0 @0x0 <- 0x30000332
apic_mem_writel 0x300 = 0x00084020
apic_deliver_irq dest 3 dest_mode 0 delivery_mode 0 vector 50 trigger_mode 0
pci_cfg_write mch 00:00.0 @0x0 <- 0x40000332
apic_deliver_irq dest 1 dest_mode 0 delivery_mode 0 vector 99 trigger_mode 0
"""

DIRECT_SAID = ("# result source=edu store=msi protocol=two-step ir=off cpus=4 moves=1 fired=3 "
               "old=1 new=1 retriggered=1 stray=0 blocked=0 missing=0 late=0 duplicate=0 lost=0 "
               "seed=1")


def move(old, new, middle):
    return mark(2, old) + middle + mark(3, new)


A, B = (2, 49), (3, 50)
IEC = invalidation()

REMAPPED = ("7@1.5:pci_cfg_write mch 00:00.0 @0x0 <- 0x10000231\n" + remapped(A) +
            move(A, B, remapped(B) + IEC) + remapped(B) + move(B, A, IEC) + remapped(A) +
            "pci_cfg_write mch 00:00.0 @0x0 <- 0x40000231\n")

REMAPPED_SAID = ("# result source=edu store=msi protocol=remapped ir=on cpus=4 moves=2 fired=4 "
                 "old=1 new=3 retriggered=0 stray=0 blocked=0 missing=0 late=0 duplicate=0 lost=0 "
                 "seed=1")


def arm_of(trace):
    return read(trace.splitlines()).of(Arm)[0]


class WitnessTest(unittest.TestCase):
    def test_sound(self):
        self.assertEqual(judged(DIRECT, DIRECT_SAID), "")
        self.assertEqual(judged(REMAPPED, REMAPPED_SAID), "")

    def test_what_was_counted(self):
        arm = arm_of(DIRECT)
        self.assertEqual((arm.sends, arm.unowned(), arm.replays, arm.moves, arm.settled),
                         (3, 1, 1, 1, 2))
        arm = arm_of(REMAPPED)
        self.assertEqual((arm.sends, arm.unowned(), arm.entries.changes, list(arm.entries.values)),
                         (4, 0, 2, [5]))

    def test_newer_name_of_the_register_write(self):
        self.assertEqual(judged(DIRECT.replace("apic_mem_writel 0x300 = 0x0000",
                                               "apic_register_write register 0x30 = 0x"),
                                DIRECT_SAID), "")

    def test_false_books(self):
        for old, new, part in [
                ("fired=3", "fired=4", "sent: 3, the kernel says fired: 4"),
                ("new=1", "new=2", "delivered: 3, the kernel says arrived: 4"),
                ("missing=0", "missing=1", "not delivered: 0, the kernel says lost on the way: 1"),
                ("old=1 new=1 retriggered=1 stray=0", "old=1 new=0 retriggered=1 stray=1",
                 "delivered where the irq never was: 1, the kernel says stray or retriggered: 2"),
                ("retriggered=1 stray=0", "retriggered=0 stray=1", "sent again: 1"),
                ("moves=1", "moves=2", "moves: 1, the kernel says moves: 2"),
                ("late=0", "late=1", "1 late"),
                ("duplicate=0", "duplicate=1", "1 duplicate"),
                ("ir=off", "ir=on", "0 remapping entries in use, the kernel says ir=on")]:
            with self.subTest(part):
                self.assertIn(part, judged(DIRECT, changed(DIRECT_SAID, old, new)))

    def test_false_trace(self):
        for old, new, part in [
                ("dest 3 ", "dest 2 ", "after move 1 a message went to APIC 2 vector 32"),
                ("dest 2 dest_mode 0 delivery_mode 0 vector 50",
                 "dest 2 dest_mode 0 delivery_mode 0 vector 51", "during move 1 from APIC 2"),
                ("dest 2 dest_mode 0 delivery_mode 0 vector 50",
                 "dest 1 dest_mode 0 delivery_mode 0 vector 50", "during move 1 from APIC 2"),
                ("apic_mem_writel 0x300 = 0x00004032\n", "", "sent again: 0"),
                ("<- 0x20000231", "<- 0x20000232", "move 1 begins at APIC 2 vector 32"),
                ("pci_cfg_write mch 00:00.0 @0x0 <- 0x20000231\n", "", "without having begun"),
                ("pci_cfg_write mch 00:00.0 @0x0 <- 0x30000332\n", "", "under way when the arm"),
                ("pci_cfg_write mch 00:00.0 @0x0 <- 0x40000332\n", "", "has no end"),
                ("<- 0x10000231", "<- 0x70000231", "mark 7 where there cannot be one"),
                ("<- 0x40000332", "<- 0x10000332", "mark 1 where there cannot be one")]:
            with self.subTest(part):
                self.assertIn(part, judged(changed(DIRECT, old, new), DIRECT_SAID))

    def test_remapping(self):
        for old, new, part in [
                (IEC, "", "1 of 2 moves without an invalidation of entry 5, the first is move 1"),
                ("index 0x5", "index 0x4", "without an invalidation of entry 5"),
                ("index 5", "index 6", "1 different messages to 2 entries"),
                ("data 0x0\n", "data 0x1\n", "2 different messages to 1 entries"),
                ("dest 2 ", "dest 3 ", "entry 5 said APIC 2 vector 31, the message went to APIC 3"),
                (remapped(B) + IEC, IEC + remapped(A) + remapped(B),
                 "after the invalidation a message went to APIC 2 vector 31"),
                (IEC, IEC + "pci_cfg_write edu 00:01.0 @0x44 <- 0x0\n", "1 configuration writes")]:
            with self.subTest(part):
                self.assertIn(part, judged(changed(REMAPPED, old, new), REMAPPED_SAID))

    def test_invalidations_that_cover_the_entry(self):
        for iec in ("vtd_inv_desc_iec granularity 0x0 index 0x0 mask 0x0\n",
                    "vtd_inv_desc_iec granularity 0x1 index 0x4 mask 0x1\n"):
            self.assertEqual(judged(REMAPPED.replace(IEC, iec), REMAPPED_SAID), "")

    def test_blocked(self):
        blocked = changed(REMAPPED, remapped(B).split("vtd_ir_remap_msi (")[1], "")
        blocked = changed(blocked, "vtd_ir_remap_msi (vtd", "vtd")
        found = judged(blocked, REMAPPED_SAID)
        self.assertIn("not delivered: 1", found)
        self.assertEqual(judged(blocked, changed(REMAPPED_SAID, "new=3", "new=2").replace(
            "blocked=0", "blocked=1")), "")

    def test_changes_without_marks(self):
        """The rule that needs no mark: an invalidation between two changes, and after the last."""
        begin, end = REMAPPED.splitlines()[0] + "\n", REMAPPED.splitlines()[-1] + "\n"
        a, b = remapped(A), remapped(B)
        for middle, part in [
                (a + b + a, "entry 5 changed twice"),
                (a + b, "last change of entry 5 was never invalidated"),
                (a + b + a + IEC, "entry 5 changed twice"),
                (a + b + IEC + a, "last change of entry 5")]:
            self.assertIn(part, "; ".join(arm_of(begin + middle + end).problems))
        for middle in (a + IEC + b, a + b + IEC, a + b + 2 * IEC + a + b + IEC):
            self.assertNotIn("entry 5", "; ".join(
                line for line in arm_of(begin + middle + end).problems if "change" in line))


if __name__ == "__main__":
    unittest.main()
