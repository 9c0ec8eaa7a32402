# SPDX-License-Identifier: MIT
"""report.json against its schema, runs side by side, and the page that is made of them."""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "qemu"))

import junit
import schema
from compare import compare
from dom import Page
from html_page import page
from reading import read
from test_reading import LINES, SERIAL

with open(os.path.join(HERE, "..", "..", "docs", "report.schema.json"), encoding="utf-8") as opened:
    SCHEMA = json.load(opened)


def report_of(*runs):
    return {"version": 1, "runs": list(runs),
            "comparisons": [compare(runs[0], run) for run in runs[1:]]}


def other_run():
    """The same on another machine, where two-step loses none, and a test has another name."""
    text = "\n".join(LINES).replace("4 CPUs", "8 CPUs")
    text = re.sub(r"(protocol=two-step .* fired=500 ).* late=0 duplicate=0 lost=\d+",
                  r"\1old=1 new=499 retriggered=0 stray=0 blocked=0 missing=0 late=0 duplicate=0 lost=0",
                  text)
    return read("other", text.replace("# explore W1     {old,n} nobody's                  stray ",
                                      "# explore W1     {old,n} nobody's                  old   ")
                .replace("ok 10 inject.edu.msi.exception # SKIP", "ok 10 renamed # SKIP")
                .splitlines())


class SchemaTest(unittest.TestCase):
    def test_reports_fit(self):
        for name, report in [("one", report_of(read("a", LINES))),
                             ("two", report_of(read("a", LINES), other_run())),
                             ("truncated", report_of(read("a", LINES[:20]))),
                             ("given up", report_of(read("a", ["Bail out! panic"])))]:
            with self.subTest(name):
                self.assertEqual(list(schema.errors(report, SCHEMA)), [])

    def test_what_does_not_fit(self):
        good = report_of(read("a", LINES), other_run())

        def broken(path, value):
            report = copy.deepcopy(good)
            at = report
            for key in path[:-1]:
                at = at[key]
            if value is None:
                del at[path[-1]]
            else:
                at[path[-1]] = value
            return report

        run = ("runs", 0)
        for path, value, error in [
                (("version",), 2, "is not 1"), ((*run, "verdict"), "fine", "is none of"),
                ((*run, "name"), None, "no 'name'"), ((*run, "extra"), 1, "not in the schema"),
                ((*run, "planned"), "ten", "not of type integer or null"),
                ((*run, "planned"), True, "not of type"),
                ((*run, "results", 0, "lost"), -1, "less than 0"),
                ((*run, "results", 0, "slots"), [], "not of type"),
                ((*run, "tables", 0, "rows", 0, "cells", 0), {"lost": 1}, "fits none"),
                ((*run, "tests", 0, "says", 0, "line"), "x", r"says\[0\].line"),
                (("comparisons", 0, "losses", 0, "change"), "?", "is none of")]:
            with self.subTest(path):
                self.assertRegex("; ".join(schema.errors(broken(path, value), SCHEMA)), error)

    def test_unknown_keyword_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "maxLength"):
            list(schema.errors("", {"maxLength": 1}))


class CompareTest(unittest.TestCase):
    def setUp(self):
        self.one = compare(read("a", LINES), other_run())

    def test_same_run_has_no_change(self):
        one = compare(read("a", LINES), read("b", LINES))
        self.assertEqual([one[key] for key in ("head", "tests", "windows", "injections")],
                         [[], [], [], []])
        self.assertEqual({each["change"] for each in one["losses"]}, {"same"})

    def test_losses(self):
        changes = {each["protocol"]: each["change"] for each in self.one["losses"]}
        self.assertEqual(changes["two-step"], "loses no more")
        self.assertEqual(changes["naive-address-first"], "same")

    def test_luck_is_no_change(self):
        text = "\n".join(LINES)
        text = re.sub(r"(protocol=naive-address-first .* old=)\d+( new=)\d+(.*stray=)\d+(.*lost=)\d+",
                      r"\g<1>0\g<2>500\g<3>0\g<4>0", text)
        one = compare(read("a", LINES), read("b", text.splitlines()))
        self.assertEqual([each["change"] for each in one["losses"]
                          if each["protocol"] == "naive-address-first"], ["not shown"])

    def test_all_else(self):
        self.assertEqual([each["key"] for each in self.one["head"]], ["boot"])
        self.assertEqual([(each["name"], each["left"], each["right"]) for each in self.one["tests"]],
                         [("inject.edu.msi.exception (2)", "skipped", "not there"),
                          ("renamed", "not there", "skipped")])
        self.assertEqual([(each["window"], each["column"], each["left"], each["right"])
                          for each in self.one["windows"]],
                         [("W1", "other cpu, higher vector", "stray", "old")])


class PageTest(unittest.TestCase):
    def setUp(self):
        self.report = report_of(read("a <b> & \"c\"", LINES), other_run())
        self.text = page(self.report)
        self.page = Page(self.text)

    def test_well_formed_and_alone(self):
        self.assertEqual(self.page.open, [])
        self.assertEqual(self.page.loads, ["data:,"])
        self.assertNotIn("script", self.page.tags)
        self.assertNotRegex(self.text, r"url\(|@import")

    def test_figures(self):
        row = self.page.tables["loss-1"][1]
        self.assertEqual(row[0], "edu msi")
        cells = self.report["runs"][0]["tables"][0]["rows"][0]["cells"]
        self.assertEqual(row[1:], [f"{cell['lost']}{'*' * cell['shows_nothing']} / 500"
                                   if "lost" in cell else "–" for cell in cells])
        self.assertEqual(self.page.tables["loss-both-1"][1][3], "2 / 5000* / 500loses no more")

    def test_failures_come_before_the_figures(self):
        text = "".join(Page(page(report_of(read("a", LINES)))).text)
        means = "a protocol does not do what its timeline says"
        self.assertLess(text.index(means), text.index("The machine"))

    def test_text_is_escaped(self):
        lines = [line.replace("this message store has no mask bit", "<script>x</script>&amp;")
                 for line in LINES]
        self.assertNotIn("script", Page(page(report_of(read("<script>", lines)))).tags)


class ToolTest(unittest.TestCase):
    def report(self, *runs):
        result = subprocess.run([sys.executable, "-B", os.path.join(HERE, "report"), "--out",
                                 self.folder + "/out", *runs], capture_output=True, text=True,
                                timeout=60, check=False)
        return result.returncode, result.stdout + result.stderr

    def file(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
        return os.path.join(self.folder, name)

    def made(self):
        found = {}
        for name in sorted(os.listdir(self.folder + "/out")):
            with open(f"{self.folder}/out/{name}", "rb") as opened:
                found[name] = opened.read()
        return found

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_log_and_result_file_give_the_same(self):
        serial = "\x1b[2JUEFI says\r\n" + SERIAL.replace("\n", "\r\n")
        self.assertEqual(self.report(self.file("serial.log", serial))[0], 1)
        first = self.made()
        self.assertEqual(sorted(first), ["report.html", "report.json", "run-1.xml"])
        self.assertEqual(self.report(self.file("RESULT.txt", "\n".join(LINES) + "\n"))[0], 1)
        self.assertEqual(self.made(), first)
        self.assertNotIn(self.folder.encode(), b"".join(first.values()))

    def test_junit(self):
        self.report(self.file("serial.log", SERIAL))
        result = junit.read(self.folder + "/out/run-1.xml")
        self.assertEqual(result.cases[0], ("explore.edu.msi.two-step", "failed"))
        self.assertEqual((len(result.cases), result.error), (10, None))

    def test_truncated(self):
        status, said = self.report("cut=" + self.file("a.log", SERIAL[:len(SERIAL) // 2]))
        self.assertEqual(status, 2)
        self.assertIn("cut: the report is truncated", said)
        self.assertIn("truncated", junit.read(self.folder + "/out/run-1.xml").error)

    def test_errors_name_the_file(self):
        for file, what in [(self.file("empty.log", ""), "has no line \"# head"),
                           (self.folder + "/nowhere", "No such file")]:
            status, said = self.report(file)
            self.assertEqual(status, 2)
            self.assertIn(file, said)
            self.assertIn(what, said)

    def test_two_runs_of_one_name(self):
        file = self.file("serial.log", SERIAL)
        self.assertIn("same name", self.report("a=" + file, "a=" + file)[1])


if __name__ == "__main__":
    unittest.main()
