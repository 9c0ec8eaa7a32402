# SPDX-License-Identifier: MIT
"""
From the lines of a result text to what report.json says of the run (docs/report.schema.json). The
kernel's own verdict is not taken on trust: the plan, the totals and the account of each result line
are checked again, and a line that cannot be read is named with its number.
"""

import re

from ktap import LOST, OUTCOMES, RESULT, TOTALS
from table import tables_of

# "# NAME key=value ...": the words that have to be there, and have to be numbers.
KEYED = {
    "result": ["cpus", "moves", "fired", *OUTCOMES, "late", "duplicate", "lost", "seed"],
    "inject": ["shots", "through", "blocked", "deviating", "unrecorded"],
    "guest": ["count", "hypercalls", "msr", "memory", "other", "irq_calls", "entry_updates"],
}
IDENTITY = ["source", "store", "ir"]
MORE_IDENTITY = {"result": ["protocol"], "inject": ["attack"],
                 "guest": ["arm", "protocol", "step"]}
LISTS = {"result": "results", "inject": "injections", "guest": "guests"}  # of the run
HEAD_WORD = re.compile(r'([^\s=]+)=("[^"]*"|[^\s"]+)(?: |$)')
# Of a test that failed: what was wrong, what it checks, and what its failure means.
FAILED = re.compile(r"# failed (\S+?)(: | checks: | means: )(.*)")
# As tests/explore/explore.c prints them: "%-6s %-33s" and a cell of 16 in each column; a cell may fill
# all of its 16.
WINDOW = re.compile(r"# explore (W\d+(?: W\d+)?) +")
LANDED, CELLS, CELL = 17, 51, 16
NUMBER = re.compile(r"[0-9]{1,20}")  # of up to 64 bits; int() refuses some thousand digits
CELL_TEXT = re.compile(r"[a-z]+(\+[a-z]+)*\*?")
TOTAL_NAMES = ["passed", "failed", "skipped", "error"]


class Damaged(Exception):
    """A line that says what it is, but not what it should."""


def keyed(name, line):
    """The words of a KEYED line; numbers as numbers."""
    words = {}
    for word in line.split()[2:]:
        key, equals, value = word.partition("=")
        if not equals or key in words:
            raise Damaged(f"{word!r} is no key=value, or comes twice")
        words[key] = int(value) if NUMBER.fullmatch(value) else value
    for key in IDENTITY + MORE_IDENTITY[name]:
        if not isinstance(words.get(key), str):
            raise Damaged(f"there is no {key}=")
    for key in KEYED[name]:
        if not isinstance(words.get(key), int):
            raise Damaged(f"there is no number {key}=")
    return words


def check_accounts(words):
    """Every message fired has one outcome, and what is lost are the outcomes that lose."""
    outcomes = sum(words[name] for name in OUTCOMES)
    lost = sum(words[name] for name in LOST)
    if outcomes != words["fired"]:
        raise Damaged(f"{outcomes} outcomes for {words['fired']} messages")
    if lost != words["lost"]:
        raise Damaged(f"stray, blocked and missing are {lost}, not {words['lost']}")


def split_columns(text):
    return re.split(r" {2,}", text.strip())


class Reader:
    """Goes through the lines once; `run` is what came out."""

    def __init__(self, lines):
        self.run = {"verdict": "", "state": "", "bail_out": None, "planned": None, "totals": None,
                    "counts": {}, "head": [], "tests": [], "results": [], "windows": [],
                    "injections": [], "guests": [], "unfinished": [], "problems": []}
        self._begun = False
        self._says = []  # notes since the last result of a test
        self._open = []  # what of these lines still lacks the name of its test
        self._columns = None
        for number, text in enumerate(lines, 1):
            self._number, self._text = number, text
            try:
                self._read(text)
            except Damaged as damage:
                self._problem(str(damage))
        self._finish()

    def _problem(self, what, on_line=True):
        self.run["problems"].append({"line": self._number if on_line else None,
                                     "text": self._text if on_line else "", "what": what})

    def _read(self, text):
        for start, method in self._METHODS:
            if text.startswith(start):
                method(self, text)
                return
        raise Damaged("not a line of the result text")

    def _read_head(self, text):
        words = text[len("# head "):]
        found = list(HEAD_WORD.finditer(words))
        if "".join(match.group(0) for match in found) != words:
            raise Damaged("not words key=value")
        pairs = [(match.group(1), match.group(2).strip('"')) for match in found]
        of_one = ""  # there may be several remapping units and devices, each with its line
        if pairs[0][0] in ("unit", "source"):
            of_one = pairs.pop(0)[1] + " "
        self.run["head"] += [{"key": of_one + key, "text": text} for key, text in pairs]

    def _read_sentence(self, text):
        """Of the head, too: "# KEY: TEXT"."""
        key, _, rest = text.removeprefix("# ").partition(": ")
        self.run["head"].append({"key": "boot" if key == "retarget" else key, "text": rest})

    def _read_version(self, text):
        if self._begun or text != "KTAP version 1":
            raise Damaged("the tests begin twice, or in another form than KTAP version 1")
        self._begun = True

    def _read_plan(self, text):
        if self.run["planned"] is not None or not re.fullmatch(r"1\.\.[0-9]{1,9}", text):
            raise Damaged("the plan comes twice, or without a number")
        self.run["planned"] = int(text[3:])

    def _read_saying(self, text):
        self._says.append({"line": self._number, "text": text})

    def _read_bail_out(self, text):
        self.run["bail_out"] = text.removeprefix("Bail out!").strip()

    def _read_overflow(self, text):
        raise Damaged("the kernel had no room for more of the result text")

    def _read_test(self, text):
        match = RESULT.fullmatch(text)
        if not match:
            raise Damaged("not a result of a test")
        failed, number, name, reason = match.groups()
        verdict = "failed" if failed else "passed" if reason is None else "skipped"
        test = {"number": int(number), "name": name, "verdict": verdict, "line": self._number,
                "reason": reason or "", "says": self._says, "checks": "", "means": ""}
        self._take_meaning(test)
        self.run["tests"].append(test)
        for each in self._open:
            each["test"] = name
        self._says, self._open, self._columns = [], [], None
        if reason == "":
            self._problem(f"{name} was skipped without a reason")
        if int(number) != len(self.run["tests"]):
            self._problem(f"result {number} comes as number {len(self.run['tests'])}")

    @staticmethod
    def _take_meaning(test):
        for note in test["says"]:
            match = FAILED.match(note["text"])
            if match and match.group(1) == test["name"] and match.group(2) != ": ":
                test[match.group(2).strip(" :")] = match.group(3)

    def _read_totals(self, text):
        match = TOTALS.fullmatch(text)
        if not match:
            raise Damaged("these are no totals")
        if self.run["totals"]:
            raise Damaged("the totals come twice")
        self.run["totals"] = dict(zip(TOTAL_NAMES, map(int, match.groups())))

    def _read_keyed(self, text):
        name = text.split()[1]
        words = keyed(name, text)
        if name == "result":
            check_accounts(words)
        entry = {"test": "", "line": self._number, **words}
        self.run[LISTS[name]].append(entry)
        self._open.append(entry)

    def _read_explorer(self, text):
        headings = split_columns(text[len("# explore "):])
        if WINDOW.match(text):
            self._read_window(text)
        elif headings[0].startswith("window "):
            self._columns = [{"cpu": each.removeprefix("cpu "), "vector": ""}
                             for each in headings[1:]]
        elif (headings[0].startswith("vector ") and self._columns
              and len(headings) == len(self._columns)):
            for column, each in zip(self._columns, headings):
                column["vector"] = each.removeprefix("vector ")
            self._table()["columns"] = self._columns
        elif len(headings) == 1 and " " not in headings[0]:
            self._columns = None
            table = {"test": "", "line": self._number, "arm": headings[0], "columns": [],
                     "windows": []}
            self.run["windows"].append(table)
            self._open.append(table)
        else:
            raise Damaged("not a line of a table of windows")

    def _table(self):
        if not self._open or "windows" not in self._open[-1]:
            raise Damaged("a table of windows without its name")
        return self._open[-1]

    def _read_window(self, text):
        table = self._table()
        cells = [text[at:at + CELL].strip() for at in range(CELLS, len(text), CELL)]
        if len(cells) != len(table["columns"]):
            raise Damaged(f"{len(cells)} cells for {len(table['columns'])} columns")
        if not all(CELL_TEXT.fullmatch(cell) for cell in cells):
            raise Damaged("the cells of this window are not in their columns")
        table["windows"].append({"window": WINDOW.match(text).group(1),
                                 "landed": text[LANDED:CELLS].strip(), "cells": cells})

    def _finish(self):
        run = self.run
        given = [test["verdict"] for test in run["tests"]]
        run["counts"] = {name: given.count(name) for name in TOTAL_NAMES[:3]}
        if run["bail_out"] is not None:
            run["state"] = "bailed out"
        elif run["totals"]:
            run["state"] = "complete"
            self._check_totals(given)
        else:
            run["state"] = "truncated"
            self._problem("the report is truncated: it has no totals; "
                          f"{len(given)} of {run['planned'] or 'unknown'} tests have a result",
                          on_line=False)
        run["unfinished"] = self._says
        run["verdict"] = ("error" if run["state"] != "complete" or run["problems"]
                          else "failed" if run["counts"]["failed"] else "passed")

    def _check_totals(self, given):
        run = self.run
        if run["planned"] != len(given):
            self._problem(f"planned {run['planned']} tests, {len(given)} have a result",
                          on_line=False)
        if run["totals"] != {**run["counts"], "error": 0}:
            self._problem("the totals are not those of the results", on_line=False)

    _METHODS = [
        ("# head ", _read_head), ("# retarget: ", _read_sentence),
        ("# interrupt remapping: ", _read_sentence), ("KTAP version ", _read_version),
        ("1..", _read_plan), ("# result ", _read_keyed), ("# inject ", _read_keyed),
        ("# guest ", _read_keyed),
        ("# explore ", _read_explorer), ("# failed ", _read_saying), ("# panic: ", _read_saying),
        ("ok ", _read_test), ("not ok ", _read_test), ("# Totals: ", _read_totals),
        ("Bail out! ", _read_bail_out), ("# overflow: ", _read_overflow)]


def read(name, lines):
    """The run called `name`, with its tables."""
    run = {"name": name, **Reader(lines).run}
    return {**run, "tables": tables_of(run)}
