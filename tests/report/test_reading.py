# SPDX-License-Identifier: MIT
"""
What is read out of a result text, on the output of a real run (sample.log: the kernel was broken on
purpose, two-step never looked for what it missed) and of that run damaged in every way that matters.
"""

import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "qemu"))

import result_text
from reading import read

with open(os.path.join(HERE, "sample.log"), encoding="utf-8") as opened:
    SERIAL = opened.read()
MOVES = re.search(r"moves=[1-9]\d*", SERIAL).group()
LINES = result_text.of_serial(SERIAL).splitlines()


def changed(old, new):
    """LINES with `old`, which has to be there, replaced where it comes first."""
    index = next(index for index, line in enumerate(LINES) if old in line)
    return index + 1, [*LINES[:index], *LINES[index].replace(old, new, 1).splitlines(),
                       *LINES[index + 1:]]


def printed_table(serial):
    """The cells of the comparison table that the kernel printed, by source and store."""
    block = serial.split("# messages lost / fired; every column")[1].split("#\n")[0]
    for line in block.splitlines()[3:]:
        source, store, rest = re.match(r"# (\S+) +(\S+) +(.*)", line).groups()
        yield (source, store), re.split(r" {2,}", rest)


def made_table(run):
    for row in run["tables"][0]["rows"]:
        yield (row["source"], row["store"]), [
            "-" if not cell or "skipped" in cell
            else f"{cell['lost']}{'*' if cell['shows_nothing'] else ''} / {cell['fired']}"
            for cell in row["cells"]]


class ReadingTest(unittest.TestCase):
    def setUp(self):
        self.run_read = read("sample", LINES)

    def test_verdict(self):
        run = self.run_read
        self.assertEqual((run["verdict"], run["state"], run["problems"]),
                         ("failed", "complete", []))
        self.assertEqual(run["counts"], {"passed": 6, "failed": 2, "skipped": 2})
        self.assertEqual(run["totals"], {**run["counts"], "error": 0})

    def test_head(self):
        head = {each["key"]: each["text"] for each in self.run_read["head"]}
        self.assertEqual(head["interrupt remapping"], "available")
        self.assertRegex(head["boot"], "pvh boot, 4 CPUs")
        self.assertIn("cpu", head)

    def test_table_is_the_one_that_the_kernel_printed(self):
        self.assertEqual(dict(made_table(self.run_read)), dict(printed_table(SERIAL)))

    def test_failure_says_what_it_means(self):
        test = self.run_read["tests"][0]
        self.assertEqual((test["name"], test["verdict"]), ("explore.edu.msi.two-step", "failed"))
        self.assertRegex(test["checks"], "^without remapping, a message in each window")
        self.assertRegex(test["means"], "^a protocol does not do what its timeline says")
        self.assertEqual(len(test["says"]), 13)

    def test_windows(self):
        table, = self.run_read["windows"]
        self.assertEqual((table["test"], table["arm"]), ("explore.edu.msi.two-step",
                                                         "edu.msi.two-step"))
        self.assertEqual(table["columns"][0], {"cpu": "other", "vector": "higher"})
        self.assertEqual(table["columns"][5], {"cpu": "same", "vector": "same"})
        self.assertEqual(table["windows"][1], {
            "window": "W1", "landed": "{old,n} nobody's",
            "cells": ["stray", "stray", "old", "new", "new", "same"]})

    def test_lines_belong_to_their_test(self):
        run = self.run_read
        self.assertEqual(run["results"][0]["test"], "loss.edu.msi.naive-address-first")
        self.assertEqual({each["test"] for each in run["injections"]},
                         {"inject.edu.msi.exception"})

    def test_what_a_guest_cost(self):
        line = ("# guest arm=trap source=xhci store=msix protocol=masked ir=on step=move count=51 "
                "hypercalls=0 msr=0 memory=510 other=0 irq_calls=51 entry_updates=51")
        _, lines = changed("ok 7 ", f"{line}\nok 7 ")
        one, = read("", lines)["guests"]
        self.assertEqual((one["test"], one["step"], one["memory"]),
                         ("loss.edu.msi.linux-direct", "move", 510))
        for damage in ("arm=trap ", "step=move ", "count=51 ", "memory=510 "):
            _, lines = changed("ok 7 ", line.replace(damage, "") + "\nok 7 ")
            self.assertEqual(read("", lines)["verdict"], "error")

    def test_cells_that_touch(self):
        _, lines = changed("W2 W3  {new,n}                           new*            new*     ",
                           "W2 W3  {new,n}                           old+retriggered*new*     ")
        table, = read("", lines)["windows"]
        self.assertEqual(table["windows"][-1]["cells"][:2], ["old+retriggered*", "new*"])


    def test_skipped_cells_of_a_second_device(self):
        text = "\n".join(LINES).replace("source=edu ", "source=edu.1 ")
        text = text.replace(" loss.edu.", " loss.edu.1.")
        table = read("", text.splitlines())["tables"][0]
        self.assertEqual(table["rows"][0]["source"], "edu.1")
        self.assertIn("skipped", table["rows"][0]["cells"][table["protocols"].index("masked")])


class DamageTest(unittest.TestCase):
    def problem(self, old, new, what):
        number, lines = changed(old, new)
        run = read("", lines)
        self.assertEqual(run["verdict"], "error")
        first = run["problems"][0]
        self.assertRegex(first["what"], what)
        self.assertEqual((first["line"], first["text"]), (number, lines[number - 1]))

    def test_damaged_lines_are_named(self):
        for old, new, what in [
                ("fired=500 ", "fired=501 ", "500 outcomes for 501 messages"),
                ("fired=500 ", f"fired={'5' * 5000} ", "no number fired="),
                ("ok 2 loss", f"ok {'2' * 5000} loss", "not a result of a test"),
                ("lost=", "lost=9", r"are (\d+), not 9\1"),
                (MOVES, "moves=x", "no number moves="),
                (MOVES + " ", "", "no number moves="),
                (MOVES, "seed=1", "comes twice"),
                ("source=edu store=msi attack", "store=msi attack", "no source="),
                (" attack=", " what=", "no attack="),
                (" protocol=", " how=", "no protocol="),
                ("shots=1", "shots=one", "no number shots="),
                ("stray           stray", "stray        stray", "not in their columns"),
                ("# explore W1 ", "# explore X1 ", "not a line of a table"),
                ("# explore edu.msi.two-step", "# explore edu msi", "not a line of a table"),
                ("ok 2 loss", "ok 3 loss", "result 3 comes as number 2"),
                ("ok 2 loss", "ok two loss", "not a result of a test"),
                (" # SKIP this message store has no mask bit", " # SKIP ", "without a reason"),
                ("KTAP version 1", "KTAP version 2", "another form"),
                ("KTAP version 1", "# overflow: the result text is full", "no room"),
                ("1..10", "1..ten", "without a number"),
                ("# head retarget=", "# head =", "not words key=value"),
                ("# Totals: pass:6", "# Totals: pass:six", "no totals"),
                ("ok 6 ", "1..10\nok 6 ", "the plan comes twice"),
                ("ok 6 ", "KTAP version 1\nok 6 ", "begin twice"),
                ("ok 6 ", "what is this\nok 6 ", "not a line of the result text")]:
            with self.subTest(new):
                self.problem(old, new, what)

    def test_totals_are_counted_again(self):
        _, lines = changed("pass:6 fail:2", "pass:7 fail:1")
        run = read("", lines)
        self.assertEqual([each["what"] for each in run["problems"]],
                         ["the totals are not those of the results"])

    def test_plan_is_counted_again(self):
        _, lines = changed("1..10", "1..11")
        self.assertIn("planned 11 tests, 10 have a result",
                      [each["what"] for each in read("", lines)["problems"]])

    def test_truncated_anywhere(self):
        for length in range(1, len(LINES)):
            with self.subTest(length):
                run = read("", LINES[:length])
                self.assertEqual((run["state"], run["verdict"]), ("truncated", "error"))
                self.assertRegex(run["problems"][-1]["what"], "the report is truncated")

    def test_given_up(self):
        run = read("", [*LINES[:14], "# panic: why", "Bail out! panic"])
        self.assertEqual((run["state"], run["verdict"], run["bail_out"]),
                         ("bailed out", "error", "panic"))
        self.assertEqual(run["unfinished"][-1]["text"], "# panic: why")

    def test_every_line_leaves_a_trace(self):
        """Take any one line away: report.json is another one, or says what is wrong."""
        whole = read("", LINES)
        for index in range(len(LINES)):
            with self.subTest(LINES[index]):
                self.assertNotEqual(read("", LINES[:index] + LINES[index + 1:]), whole)


if __name__ == "__main__":
    unittest.main()
