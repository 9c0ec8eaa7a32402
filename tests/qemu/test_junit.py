# SPDX-License-Identifier: MIT
"""JUnit files: what goes in comes out, whatever a broken machine has said; and runs that differ."""

import os
import tempfile
import unittest
import xml.etree.ElementTree as ET

import flaky
import junit
from ktap import Case, Report
from runner import Outcome

PROPERTIES = {"about": "a <machine> & more", "expect": "passed", "qemu": "7.2.22"}
CASES = [Case("smoke", "passed", "", 0.25),
         Case("loss.edu", "failed", "# lost \x00\x1b[0m ]]> & \ud800 < \"\n# and more", None),
         Case("loss.masked", "skipped", "no mask bit", 1.5)]


class JunitTest(unittest.TestCase):
    def written(self, last, cases=(), output=""):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        junit.write(os.path.join(folder.name, "new"), "any@7.2", PROPERTIES, [*cases, last], 2.5,
                    output)
        return os.path.join(folder.name, "new", "any@7.2.xml")

    def test_suite(self):
        file = self.written(Case(junit.VERDICT, "passed", "", None), CASES)
        suite = ET.parse(file).getroot().find("testsuite")
        self.assertEqual({key: suite.get(key) for key in ("tests", "failures", "skipped", "time")},
                         {"tests": "4", "failures": "1", "skipped": "1", "time": "2.500"})
        smoke, loss, masked, _ = suite.iter("testcase")
        self.assertEqual((smoke.get("classname"), smoke.get("time")), ("any@7.2", "0.250"))
        self.assertIsNone(loss.get("time"))
        self.assertEqual(loss.find("failure").text,
                         "# lost \ufffd\ufffd[0m ]]> & \ufffd < \"\n# and more")
        self.assertEqual(masked.find("skipped").get("message"), "no mask bit")

    def test_read_back(self):
        result = junit.read(self.written(Case(junit.VERDICT, "passed", "", None), CASES))
        self.assertEqual(result, junit.Result(
            "any@7.2", "a <machine> & more", "7.2.22", "passed", 2.5, None, None,
            [("smoke", "passed"), ("loss.edu", "failed"), ("loss.masked", "skipped")],
            ["no mask bit"]))

    def test_machine_that_did_not_run(self):
        result = junit.read(self.written(Case(junit.VERDICT, "skipped", "no QEMU 7.2", None)))
        self.assertEqual((result.skipped, result.error, result.cases), ("no QEMU 7.2", None, []))

    def test_machine_that_went_wrong(self):
        file = self.written(Case(junit.VERDICT, "failed", "no verdict\x07", None), CASES[:1],
                            "\x1b\ufffe tail")
        result = junit.read(file)
        self.assertEqual((result.error, result.cases), ("no verdict\ufffd", [("smoke", "passed")]))
        self.assertEqual(ET.parse(file).getroot().find("testsuite/system-out").text,
                         "\ufffd\ufffd tail")

    def test_report_of_any_bytes_is_well_formed(self):
        lines = ["KTAP version 1", "1..1", "# " + "".join(map(chr, range(0x100))), "not ok 1 \x01"]
        report = Report(lines, range(len(lines)))
        self.assertEqual([case.seconds for case in report.cases], [2])
        self.written(Case(junit.VERDICT, "failed", lines[2], None), report.cases, lines[2])


class FlakyTest(unittest.TestCase):
    @staticmethod
    def outcome(text, problems=()):
        return Outcome(Report(["KTAP version 1", *text.splitlines()]), 1, list(problems))

    def test_differences(self):
        first = flaky.fingerprint(self.outcome("ok 1 a\nok 2 b # SKIP why"))
        for text, problems, sentences in [
                ("ok 1 a\nok 2 b # SKIP another reason", [], []),
                ("not ok 1 a\nok 2 b # SKIP why", [],
                 ["a: passed in the first run, failed in this one"]),
                ("ok 1 a\nok 2 b", [], ["b: skipped in the first run, passed in this one"]),
                ("ok 1 a", [], ["b: skipped in the first run, not there in this one"]),
                ("ok 1 a\nok 2 b # SKIP why", ["late"],
                 ["(the machine): passed in the first run, failed in this one"])]:
            with self.subTest(text):
                now = flaky.fingerprint(self.outcome(text, problems))
                self.assertEqual(flaky.differences(first, now), sentences)

    def test_a_name_that_comes_twice(self):
        first = flaky.fingerprint(self.outcome("ok 1 a # SKIP why\nok 2 a"))
        now = flaky.fingerprint(self.outcome("ok 1 a\nok 2 a"))
        self.assertEqual(flaky.differences(first, now),
                         ["a: skipped in the first run, passed in this one"])


if __name__ == "__main__":
    unittest.main()
