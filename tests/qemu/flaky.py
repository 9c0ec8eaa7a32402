# SPDX-License-Identifier: MIT
"""Compares runs of the same machine: what is not the same in each is flaky."""

from collections import Counter


def fingerprint(outcome):
    """
    All that must not depend on the run: the machine's verdict, and that of each test by name. A test
    that runs without remapping and with it may have the same name in both.
    """
    found = {"(the machine)": "failed" if outcome.error else "passed"}
    times = Counter()
    for case in outcome.report.cases:
        times[case.name] += 1
        number = f" ({times[case.name]})" if times[case.name] > 1 else ""
        found[case.name + number] = case.verdict
    return found


def differences(first, other):
    """Sentences, none when both fingerprints are the same."""
    found = []
    for name in sorted(set(first) | set(other)):
        before, now = first.get(name, "not there"), other.get(name, "not there")
        if before != now:
            found.append(f"{name}: {before} in the first run, {now} in this one")
    return found
