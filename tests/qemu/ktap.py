# SPDX-License-Identifier: MIT
"""
Reads a run's output a second time, on the host: whether the report is complete and consistent, and
whether every message is accounted for. The kernel's own verdict is not taken on trust.
"""

import re

RESULT = re.compile(r"(not )?ok (\d+) (\S+)(?: # SKIP ?(.*))?$")
TOTALS = re.compile(r"# Totals: pass:(\d+) fail:(\d+) xfail:0 xpass:0 skip:(\d+) error:(\d+)$")
OUTCOMES = ["old", "new", "retriggered", "stray", "blocked", "missing"]
LOST = ["stray", "blocked", "missing"]


class Report:
    """What a run said. `problems` are sentences; a sound report has none."""

    def __init__(self, lines):
        self.passed = self.failed = 0
        self.skip_reasons = []
        self.bail_out = None
        self.problems = []
        self._planned = None
        self._totals = None
        self._begun = False
        for line in lines:
            self._read(line)
        self._check_complete()

    @property
    def given(self):
        return self.passed + self.failed + len(self.skip_reasons)

    def _read(self, line):
        if line.startswith("Bail out!"):
            self.bail_out = line
        elif line == "KTAP version 1":
            if self._begun:
                self.problems.append("the report begins twice: the machine was started again")
            self._begun = True
        elif not self._begun:
            return  # firmware and boot loaders say what they like
        elif re.fullmatch(r"1\.\.\d+", line):
            self._planned = int(line[3:])
        elif RESULT.match(line):
            self._read_result(RESULT.match(line))
        elif TOTALS.match(line):
            self._totals = [int(number) for number in TOTALS.match(line).groups()]
        elif line.startswith("# result "):
            self._check_accounts(line)
        elif not line.startswith("#"):
            self.problems.append(f"not a line of KTAP: {line!r}")

    def _read_result(self, match):
        failed, number, name, reason = match.groups()
        if failed:
            self.failed += 1
        elif reason is None:
            self.passed += 1
        else:
            self.skip_reasons.append(reason)
            if not reason:
                self.problems.append(f"{name} was skipped without a reason")
        if int(number) != self.given:
            self.problems.append(f"result {number} comes as number {self.given}")

    def _check_accounts(self, line):
        words = dict(word.split("=", 1) for word in line.split()[2:] if "=" in word)
        try:
            fired = int(words["fired"])
            outcomes = sum(int(words[name]) for name in OUTCOMES)
            lost = sum(int(words[name]) for name in LOST)
            said_lost = int(words["lost"])
        except (KeyError, ValueError) as error:
            self.problems.append(f"result line without a usable {error}: {line}")
            return
        if outcomes != fired:
            self.problems.append(f"{outcomes} outcomes for {fired} messages: {line}")
        if lost != said_lost:
            self.problems.append(f"stray, blocked and missing are {lost}, not {said_lost}: {line}")

    def _check_complete(self):
        if self.bail_out:
            return
        if not self._begun:
            self.problems.append("no report (no line \"KTAP version 1\")")
            return
        if self._planned != self.given:
            self.problems.append(f"planned {self._planned} tests, {self.given} have a result")
        if self._totals != [self.passed, self.failed, len(self.skip_reasons), 0]:
            self.problems.append(f"the totals {self._totals} are not those of the results")
