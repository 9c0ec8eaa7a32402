# SPDX-License-Identifier: MIT
"""
Reads a run's output a second time, on the host: whether the report is complete and consistent, and
whether every message is accounted for. The kernel's own verdict is not taken on trust.
"""

import re
from collections import Counter, namedtuple
from itertools import zip_longest

RESULT = re.compile(r"(not )?ok ([0-9]{1,9}) (\S+)(?: # SKIP ?(.*))?$")
TOTALS = re.compile(r"# Totals: pass:([0-9]{1,9}) fail:([0-9]{1,9}) xfail:0 xpass:0 skip:([0-9]{1,9}) "
                    r"error:([0-9]{1,9})$")
OUTCOMES = ["old", "new", "retriggered", "stray", "blocked", "missing"]
LOST = ["stray", "blocked", "missing"]


# One test: `verdict` is "passed", "failed" or "skipped", `text` the reason of a skip, or what a
# failure said, and `seconds` how long it took, None where nobody looked at the clock.
Case = namedtuple("Case", "name verdict text seconds")


def numbered(names):
    """A test that runs without remapping and with it may have the same name in both: "NAME (2)"."""
    times = Counter()
    for name in names:
        times[name] += 1
        yield name if times[name] == 1 else f"{name} ({times[name]})"


class Report:
    """
    What a run said. `problems` are sentences; a sound report has none. `times` are the seconds at
    which each line came in.
    """

    def __init__(self, lines, times=()):
        self.cases = []
        self.bail_out = None
        self.problems = []
        self._planned = None
        self._totals = None
        self._begun = False
        self._comments = []  # since the last result
        self._last_time = None  # of the plan or of a result
        for line, time in zip_longest(lines, times):
            self._read(line, time)
        self._check_complete()

    def _texts_of(self, verdict):
        return [case.text for case in self.cases if case.verdict == verdict]

    @property
    def given(self):
        return len(self.cases)

    @property
    def passed(self):
        return len(self._texts_of("passed"))

    @property
    def failed(self):
        return len(self._texts_of("failed"))

    @property
    def skip_reasons(self):
        return self._texts_of("skipped")

    def _read(self, line, time):
        if line.startswith("Bail out!"):
            self.bail_out = line
        elif line == "KTAP version 1":
            if self._begun:
                self.problems.append("the report begins twice: the machine was started again")
            self._begun = True
        elif not self._begun:
            return  # firmware and boot loaders say what they like
        elif re.fullmatch(r"1\.\.[0-9]{1,9}", line):
            self._planned = int(line[3:])
            self._last_time = time
        elif RESULT.match(line):
            self._read_result(RESULT.match(line), time)
        elif TOTALS.match(line):
            self._totals = [int(number) for number in TOTALS.match(line).groups()]
        elif line.startswith("# overflow: "):
            self.problems.append("the result text is full: no report can be made of this run")
        elif line.startswith("# result "):
            self._check_accounts(line)
            self._comments.append(line)
        elif line.startswith("#"):
            self._comments.append(line)
        else:
            self.problems.append(f"not a line of KTAP: {line!r}")

    def _read_result(self, match, time):
        failed, number, name, reason = match.groups()
        seconds = None if None in (time, self._last_time) else time - self._last_time
        if failed:
            self.cases.append(Case(name, "failed", "\n".join(self._comments), seconds))
        elif reason is None:
            self.cases.append(Case(name, "passed", "", seconds))
        else:
            self.cases.append(Case(name, "skipped", reason, seconds))
            if not reason:
                self.problems.append(f"{name} was skipped without a reason")
        self._comments, self._last_time = [], time
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
