# SPDX-License-Identifier: MIT
"""What the runner must hold against a machine: each case is a sound one with one thing wrong."""

import tempfile
import unittest

from ktap import Report
from main_loop import can_sleep_on
from matrix import Machine
from observer import Observer
from qemus import Qemu
from runner import problems_with_output, problems_with_verdict, readable_lines, run_qemu

LINES = """\
KTAP version 1
1..2
ok 1 loss.edu
ok 2 loss.masked # SKIP no mask bit
# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:1 error:0""".splitlines()


def machine(version="7.2", **keys):
    values = {"expect": "passed", "seconds": "9", "skips": "no mask bit",
              "may_skip": "", "says": ""}
    return Machine("any", {**values, **keys}, Qemu(version, version, ("qemu",)))


class JudgeTest(unittest.TestCase):
    def test_output(self):
        for keys, problems in [
                ({}, []),
                ({"skips": ""}, ["unexpected SKIP of loss.masked: no mask bit"]),
                ({"skips": r"^loss\.masked: no mask bit$"}, []),
                ({"skips": r"^loss\.edu: no mask bit$"}, [
                    "unexpected SKIP of loss.masked: no mask bit",
                    r'no SKIP for the reason "^loss\.edu: no mask bit$"']),
                ({"skips": "", "may_skip": "mask"}, []),
                ({"skips": "\nno mask bit\nno HPET"}, ["no SKIP for the reason \"no HPET\""]),
                ({"skips": "", "may_skip": "\nno HPET"},
                 ["unexpected SKIP of loss.masked: no mask bit"]),
                ({"skips": "^mask"}, ["unexpected SKIP of loss.masked: no mask bit",
                                      "no SKIP for the reason \"^mask\""]),
                ({"says": "^Bail out"}, ["no line matches \"^Bail out\""]),
                ({"says": "^ok 1"}, []),
                # Of a version that nobody knows, no SKIP is expected or unexpected.
                ({"version": "9.0", "skips": "no HPET"}, []),
                ({"version": "9.0", "says": "no HPET"}, ["no line matches \"no HPET\""])]:
            with self.subTest(**keys):
                self.assertEqual(problems_with_output(machine(**keys), Report(LINES), LINES),
                                 problems)

    def test_verdict(self):
        failing = [line.replace("ok 1", "not ok 1").replace("pass:1 fail:0", "pass:0 fail:1")
                   for line in LINES]
        bailing = LINES[:3] + ["Bail out! panic"]
        for lines, status, keys, words in [
                (LINES, 1, {}, []),
                (LINES, 3, {}, ["verdict failed, expected passed"]),
                (LINES, 1, {"expect": "error"}, ["verdict passed, expected error"]),
                (failing, 3, {"expect": "failed"}, []),
                (bailing, 5, {"expect": "error"}, []),
                (bailing, 1, {}, ['verdict passed, but it said "Bail out! panic"']),
                (bailing, 3, {"expect": "failed"},
                 ['verdict failed, but it said "Bail out! panic"']),
                (failing, 1, {}, ["1 tests failed, but the verdict is passed"]),
                (LINES, 0, {}, ["no verdict: QEMU ended with status 0"]),
                (LINES, None, {}, ["it said nothing for 9 s, QEMU was stopped"]),
                (LINES, 124, {}, ["no verdict within 54 s, QEMU was stopped"]),
                (LINES, 137, {}, ["no verdict within 54 s, QEMU was stopped"])]:
            with self.subTest(status=status, words=words):
                self.assertEqual(problems_with_verdict(machine(**keys), Report(lines), status),
                                 words)

    def test_lines_of_a_serial_port(self):
        said = ["\x1b[2J\x1b[01;01HBdsDxe\x00: a\r\n", "\x1b[0m\n", "# \n", "--\n"]
        self.assertEqual(list(readable_lines(said)), ["BdsDxe: a", "#"])

    def test_main_loop_that_sleeps_on(self):
        """It has said all, and is to end: only where it is woken it does."""
        sleeper = ["bash", "-c", "trap 'exit 1' IO; echo ok; while :; do sleep 0.1; done"]
        with tempfile.TemporaryDirectory() as folder:
            for sleeps_on, expected in (True, 1), (False, None):
                lines, _, status = run_qemu(sleeper, 3, f"{folder}/any", Observer(), False,
                                            sleeps_on=sleeps_on)
                self.assertEqual((lines, status), (["ok"], expected))

    def test_which_sleep_on(self):
        self.assertEqual([version for version in ("7.2", "10.0", "10.2", "11.1")
                          if can_sleep_on(Qemu(version, version, ("qemu",)))], ["10.2", "11.1"])


if __name__ == "__main__":
    unittest.main()
