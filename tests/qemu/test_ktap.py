# SPDX-License-Identifier: MIT
"""What ktap.py must find: each case is a sound report with one thing broken."""

import unittest

from ktap import Case, Report

SOUND = """\
BdsDxe: starting Boot0001
# retarget: uefi boot
KTAP version 1
1..3
# result source=edu store=msi protocol=naive ir=off cpus=4 moves=9 fired=10 old=1 new=2 \
retriggered=3 stray=1 blocked=1 missing=2 late=0 duplicate=0 lost=4 seed=1
ok 1 loss.edu
ok 2 loss.masked # SKIP no mask bit
not ok 3 smoke
# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:1 error:0"""


def problems(old="", new=""):
    assert old in SOUND
    return Report(SOUND.replace(old, new, 1).splitlines()).problems


class ReportTest(unittest.TestCase):
    def test_sound(self):
        report = Report(SOUND.splitlines())
        self.assertEqual(report.problems, [])
        self.assertEqual((report.passed, report.failed), (1, 1))
        self.assertEqual(report.skip_reasons, ["no mask bit"])

    def test_broken(self):
        for old, new, part in [
                ("new=2", "new=3", "11 outcomes for 10 messages"),
                ("lost=4", "lost=0", "are 4, not 0"),
                ("missing=2 ", "", "'missing'"),
                ("missing=2 ", "missing=x ", "usable"),
                ("1..3", "# overflow: x\n1..3", "the result text is full"),
                ("1..3", "1..4", "planned 4"),
                ("1..3\n", "", "planned None"),
                ("ok 2", "ok 3", "result 3 comes as number 2"),
                (" no mask bit", "", "without a reason"),
                ("pass:1", "pass:2", "totals"),
                ("# Totals", "Totals", "not a line of KTAP"),
                ("ok 1 loss.edu", "KTAP version 1\nok 1 loss.edu", "begins twice"),
                ("KTAP version 1", "", "no report")]:
            with self.subTest(part):
                self.assertIn(part, "; ".join(problems(old, new)))

    def test_cases(self):
        lines = ["KTAP version 1", "1..3", "# of a", "ok 1 a", "# of b", "not ok 2 b",
                 "# of c", "ok 3 c # SKIP why"]
        self.assertEqual(Report(lines, [0, 1, 1.5, 2, 3, 4, 5, 6]).cases, [
            Case("a", "passed", "", 1), Case("b", "failed", "# of b", 2),
            Case("c", "skipped", "why", 2)])
        self.assertEqual({case.seconds for case in Report(lines).cases}, {None})

    def test_bail_out(self):
        report = Report(["Bail out! no such option"])
        self.assertEqual((report.bail_out, report.problems), ("Bail out! no such option", []))


if __name__ == "__main__":
    unittest.main()
