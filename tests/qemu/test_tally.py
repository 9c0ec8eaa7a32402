# SPDX-License-Identifier: MIT
"""What a list of machines comes to: a failure that a machine is there to show is none."""

import contextlib
import io
import os
import tempfile
import unittest
from unittest import mock

import junit
import tally
from ktap import Report
from runner import Outcome

LINES = ["KTAP version 1", "1..3", "ok 1 a", "not ok 2 b", "ok 3 c # SKIP no such device",
         "# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:1 error:0"]
VALUES = {"about": "any", "expect": "failed"}


class TallyTest(unittest.TestCase):
    def tallied(self, problems):
        """The Tally of one machine, the Result that is left of it, and what was printed."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.mkdir(f"{folder.name}/logs")
        for kind in ("log", "qemu"):
            with open(f"{folder.name}/logs/any@7.2.{kind}", "w", encoding="utf-8"):
                pass
        with mock.patch.object(tally.matrix, "values", return_value=VALUES), \
                contextlib.redirect_stdout(io.StringIO()) as said:
            found = tally.Tally(["any@7.2"], folder.name)
            found.add("any@7.2", "7.2.22", Outcome(Report(LINES), 1, problems))
            found.close()
        return found, junit.read(f"{folder.name}/junit/any@7.2.xml"), said.getvalue()

    def test_a_failure_that_is_expected(self):
        found, result, said = self.tallied([])
        self.assertEqual((found.passed, found.failed, found.skipped), (2, 0, 2))
        self.assertEqual([verdict for _, verdict in result.cases],
                         ["passed", "failed", "skipped"])
        self.assertEqual(result.reasons, ["no such device"])
        self.assertIn("\n# 1 tests failed", said)
        self.assertIsNone(result.error)

    def test_a_failure_that_is_not(self):
        found, result, said = self.tallied(["verdict failed, expected passed"])
        self.assertEqual((found.passed, found.failed, found.skipped), (1, 2, 1))
        self.assertNotIn("tests failed", said)
        self.assertEqual([verdict for _, verdict in result.cases], ["passed", "failed", "skipped"])
        self.assertEqual(result.error, "verdict failed, expected passed")


if __name__ == "__main__":
    unittest.main()
