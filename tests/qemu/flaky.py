# SPDX-License-Identifier: MIT
"""Compares runs of the same machine: what is not the same in each is flaky."""

from ktap import numbered


def fingerprint(outcome):
    """All that must not depend on the run: the machine's verdict, and that of each test by name."""
    cases = outcome.report.cases
    tests = dict(zip(numbered(case.name for case in cases), (case.verdict for case in cases)))
    return {"(the machine)": "failed" if outcome.error else "passed", **tests}


def differences(first, other):
    """Sentences, none when both fingerprints are the same."""
    found = []
    for name in sorted(set(first) | set(other)):
        before, now = first.get(name, "not there"), other.get(name, "not there")
        if before != now:
            found.append(f"{name}: {before} in the first run, {now} in this one")
    return found
