# SPDX-License-Identifier: MIT
"""
The second witness: puts the parts of QEMU's trace beside what the kernel printed, arm by arm. What
has to hold stands in witness_loss.py, witness_explore.py and witness_storm.py; and in witness_dsa.py
for the third, a device that keeps a log of its own.
"""

from itertools import zip_longest

import witness_dsa
import witness_explore
import witness_loss
import witness_storm
from witness_explore import Case
from witness_loss import Arm
from witness_storm import Storm
from witness_trace import Trace

CLASSES = (Arm, Storm, Case)


def results(lines):
    """The kernel's own account of each arm, the lines "# result", as dictionaries of numbers."""
    for line in lines:
        if line.startswith("# result "):
            words = dict(word.split("=", 1) for word in line.split()[2:])
            yield {name: int(value) if value.isdigit() else value for name, value in words.items()}


def name_of(said, test=""):
    return f"witness.{test}{said['source']}.{said['store']}.{said['protocol']}"


class Finding:
    """About one arm. `problems` are sentences, none when all is well; else `summary` counts."""

    def __init__(self, name, said, problems, summary):
        self.name, self.said, self.problems = name, said, problems
        self.summary = summary

    def __str__(self):
        return f"{self.name}: {'; '.join(self.problems) or self.summary}"


def compare(module, test, parts, said_of_all):
    """Of `loss` or `async`: each result with the part that was the same arm's."""
    for said, part in zip_longest(said_of_all, parts[:len(said_of_all)]):
        name = name_of(said, test)
        if part:
            yield Finding(name, said, part.problems + module.disagreements(part, said),
                          module.summary(part))
        else:
            yield Finding(name, said, ["not in the trace"], None)


def compare_cases(cases, said_of_arms):
    for said in said_of_arms:
        own, cases = cases[:len(said)], cases[len(said):]
        yield Finding(name_of(said[0], "explore."), said[0],
                      witness_explore.arm_disagreements(own, said),
                      witness_explore.arm_summary(own))


def with_parts(trace, said_of_all):
    """Each result of `loss` or `async` with its part of the trace, or None."""
    parts = {kind: iter(trace.of(kind)) for kind in (Arm, Storm)}
    for said in said_of_all:
        yield said, next(parts[Storm if "slots" in said else Arm], None)


def compare_log(trace, said_of_all, log):
    """Of the arms whose device keeps the log: a Finding for each, and one for the log as a whole."""
    arms = [pair for pair in with_parts(trace, said_of_all)
            if pair[0]["source"] in witness_dsa.SOURCES]
    for (said, part), sent in zip_longest(arms, log.arms[:len(arms)]):
        name = name_of(said, "log.async." if "slots" in said else "log.")
        if sent and part:
            yield Finding(name, said, sent.problems + witness_dsa.disagreements(sent, part, said),
                          witness_dsa.summary(sent, part, said))
        else:
            yield Finding(name, said, [f"not in the {'trace' if sent else 'log'}"], None)
    problems = list(log.problems)
    if len(log.arms) != len(arms):
        problems.append(f"{len(log.arms)} arms in the log, {len(arms)} in the report")
    yield Finding("witness.log", None, problems,
                  "all that the kernel reported is in the log, and nothing else")


def findings(trace, lines, log=None):
    """
    A Finding for each arm that the kernel's lines have, and one for the trace as a whole; the same
    for `log`, a witness_dsa.Log, if there is one.
    """
    said = list(results(lines))
    arms = [words for words in said if "slots" not in words]
    storms = [words for words in said if "slots" in words]
    explored = witness_explore.explored(lines)
    found = list(compare(witness_loss, "", trace.of(Arm), arms))
    found += compare_cases(trace.of(Case), explored)
    found += compare(witness_storm, "async.", trace.of(Storm), storms)
    if log:
        found += compare_log(trace, said, log)
    problems = list(trace.problems)
    for what, seen, counted in [("arms", Arm, len(arms)), ("storms", Storm, len(storms)),
                                ("cases", Case, sum(map(len, explored)))]:
        if len(trace.of(seen)) != counted:
            problems.append(f"{len(trace.of(seen))} {what} in the trace, {counted} in the report")
    if not found:
        problems.append("the kernel reported no arm")
    return found + [Finding("witness.arms", None, problems,
                            "all that the kernel reported is in the trace, and nothing else")]


def print_report(found):
    """As TAP. True when all agree."""
    print(f"TAP version 13\n1..{len(found)}")
    for number, finding in enumerate(found, 1):
        print(f"{'not ' if finding.problems else ''}ok {number} {finding}")
    failed = sum(bool(finding.problems) for finding in found)
    print(f"\n{len(found) - failed} passed, {failed} failed", flush=True)
    return not failed


def read(lines):
    return Trace(lines, CLASSES)
