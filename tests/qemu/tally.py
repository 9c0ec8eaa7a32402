# SPDX-License-Identifier: MIT
"""Prints, counts and keeps what each machine of a list did: a line of TAP, a JUnit file."""

import sys
import time
from collections import Counter

import junit
import matrix
from ktap import Case

TAIL = 40  # lines of a failed machine's output: elsewhere than here its log may be gone
PROGRESS = 20  # machines between two lines that say how far it is


def tail_of(build, name):
    """The last lines of what the machine said, and QEMU."""
    lines = []
    for file in (f"{build}/logs/{name}.log", f"{build}/logs/{name}.qemu"):
        with open(file, encoding="utf-8", errors="replace") as log:
            lines += log.read().splitlines()[-TAIL:]
    return lines


def expected_cases(outcome):
    """A test that failed in a machine that did what is expected of it is no failure."""
    if outcome.error:
        return outcome.report.cases
    return [case._replace(verdict="skipped", text=junit.FAILS_HERE)
            if case.verdict == "failed" else case for case in outcome.report.cases]


class Tally:
    def __init__(self, names, build):
        self.machines = self.passed = self.failed = self.skipped = self.meant = 0
        self._build, self._count = build, len(names)
        self._width = max(map(len, names))
        self._start = time.monotonic()
        print(f"TAP version 13\n1..{len(names)}", flush=True)

    def minutes(self):
        return (time.monotonic() - self._start) / 60

    def begin(self, name):
        """On a terminal, the machine's line is there while it runs."""
        if sys.stdout.isatty():
            print(f"   {self.machines + 1:<3} {name} ... ", end="\r", flush=True)

    def add(self, name, qemu, outcome):
        """`qemu` is the version in full."""
        self.machines += 1
        cases = expected_cases(outcome)
        verdicts = Counter(case.verdict for case in cases)
        self.meant += sum(case.text == junit.FAILS_HERE for case in cases)
        self.passed += verdicts["passed"] + (not outcome.error and not outcome.skipped)
        self.failed += verdicts["failed"] + (outcome.error is not None)
        self.skipped += verdicts["skipped"] + (outcome.skipped is not None)
        rest = outcome.counts() if outcome.seconds else "did not run"
        if outcome.skipped:
            rest = f"# SKIP {outcome.skipped}"
        print(f"{'not ok' if outcome.error else 'ok'} {self.machines:<3} "
              f"{name:{self._width}} {rest}", flush=True)
        tail = tail_of(self._build, name) if outcome.error and outcome.seconds else []
        self._explain(name, outcome, tail)
        self._keep(name, qemu, outcome, tail)
        if not self.machines % PROGRESS and self.machines < self._count:
            print(f"# {self.machines} of {self._count} machines in {self.minutes():.1f} min",
                  flush=True)

    def _explain(self, name, outcome, tail):
        if not outcome.error:
            return
        print(f"# {name}: ERROR: {outcome.error}")
        for line in tail:
            print(f"#   {line}")
        if tail:
            print(f"# all of it: {self._build}/logs/{name}.log; again: tests/qemu/run {name}",
                  flush=True)

    def _keep(self, name, qemu, outcome, tail):
        section, _, version = name.partition("@")
        values = matrix.values(section, version)
        verdict = "failed" if outcome.error else "skipped" if outcome.skipped else "passed"
        last = Case(junit.VERDICT, verdict, outcome.error or outcome.skipped or "", None)
        junit.write(f"{self._build}/junit", name,
                    {"about": values["about"], "expect": values["expect"], "qemu": qemu},
                    expected_cases(outcome) + [last], outcome.seconds, "\n".join(tail))

    def close(self):
        """The closing line counts each machine, and each test that it ran."""
        print(f"\n# {self.machines} machines in {self.minutes():.1f} min")
        if self.meant:
            print(f"# {self.meant} tests failed, as their machines are there to show; "
                  "they count as skipped")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
