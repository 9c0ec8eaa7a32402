# SPDX-License-Identifier: MIT
"""What the witness must find in an enabling: each case is a sound trace with one thing broken."""

import unittest

from witness_order import findings

QUEUE = """\
vtd_reg_read addr 0x1c size 0x4
vtd_reg_write addr 0x88 size 0x8 value 0x0
vtd_reg_write addr 0x90 size 0x8 value 0x1a8000
vtd_reg_write addr 0x18 size 0x4 value 0x4000000
vtd_reg_write_gcmd status 0x0 value 0x4000000
vtd_reg_read addr 0x1c size 0x4
"""
ADDRESS = "vtd_reg_write addr 0xb8 size 0x8 value 0x1aa007\n"
POINTER = """\
vtd_reg_write addr 0x18 size 0x4 value 0x5000000
vtd_reg_write_gcmd status 0x4000000 value 0x5000000
"""
LOOK = "vtd_reg_read addr 0x1c size 0x4\n"
TAIL = "7@1.5:vtd_reg_write addr 0x88 size 0x4 value 0x20\n"
IEC = "vtd_inv_desc_iec granularity 0x0 index 0x0 mask 0x0\n"
WAIT = "vtd_inv_desc_wait_sw wait invalidate status write addr 0x1a9000 data 0x1\n"
ENABLE = """\
vtd_reg_write addr 0x18 size 0x4 value 0x6000000
vtd_reg_write_gcmd status 0x5000000 value 0x6000000
"""
OFF = """\
vtd_reg_write addr 0x18 size 0x4 value 0x4000000
vtd_reg_write_gcmd status 0x7000000 value 0x4000000
"""
SOUND = QUEUE + ADDRESS + POINTER + LOOK + TAIL + IEC + WAIT + ENABLE + LOOK


def judged(trace):
    return "; ".join(findings(trace.splitlines())[0].problems)


class OrderTest(unittest.TestCase):
    def test_sound(self):
        self.assertEqual(judged(SOUND), "")
        self.assertEqual(judged(SOUND + OFF + LOOK + ADDRESS + POINTER + LOOK + TAIL + IEC + WAIT +
                                ENABLE), "")

    def broken(self, trace, words):
        self.assertIn(words, judged(trace))

    def test_never_switched_on(self):
        self.broken(QUEUE, "never switched on")

    def test_no_address(self):
        self.broken(SOUND.replace(ADDRESS, ""), "SIRTP without a new address")
        self.broken(SOUND + OFF + LOOK + POINTER, "SIRTP without a new address")

    def test_no_pointer(self):
        self.broken(SOUND.replace(POINTER, ""), "IRE before any SIRTP")

    def test_answer_not_awaited(self):
        self.broken(SOUND.replace(POINTER + LOOK, POINTER), "before GSTS was read after SIRTP")

    def test_no_invalidation(self):
        self.broken(SOUND.replace(IEC, ""), "no global invalidation")
        self.broken(SOUND.replace("granularity 0x0", "granularity 0x1"), "no global invalidation")
        self.broken(SOUND.replace(TAIL + IEC + WAIT, ""), "no global invalidation")

    def test_invalidation_before_pointer(self):
        self.broken(QUEUE + TAIL + IEC + WAIT + ADDRESS + POINTER + LOOK + ENABLE,
                    "no global invalidation")

    def test_invalidation_not_awaited(self):
        self.broken(SOUND.replace(WAIT, ""), "no wait descriptor")
        self.broken(SOUND.replace(IEC + WAIT, WAIT + IEC), "no wait descriptor")

    def test_queue_off(self):
        self.broken(SOUND.replace(QUEUE, ""), "while the queue is off")

    def test_queue_moved_while_on(self):
        self.broken(SOUND.replace(ADDRESS, ADDRESS + QUEUE.splitlines()[2] + "\n"),
                    "IQA is written while the queue is on")

    def test_one_shot_given_again(self):
        self.broken(SOUND.replace("value 0x6000000", "value 0x7000000"),
                    "one command is IRE+SIRTP")

    def test_two_bits(self):
        self.broken(SOUND.replace("status 0x0 value 0x4000000", "status 0x80000000 value 0x4000000"),
                    "one command is TE+QIE")

    def test_nothing_commanded(self):
        self.broken(SOUND + "vtd_reg_write_gcmd status 0x7000000 value 0x6000000\n",
                    "one command is 0x0")


if __name__ == "__main__":
    unittest.main()
