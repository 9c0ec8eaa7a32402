# SPDX-License-Identifier: MIT
"""The table of docs/machines.md: what each machine of the matrix did, from junit.Results."""

from collections import Counter


def verdict(result):
    if result is None:
        return "**not run**"
    if result.error:
        return f"**ERROR: {result.error}**"
    if result.skipped:
        return f"skipped: {result.skipped}"
    return result.expect


class Reasons:
    """Numbers the reasons for SKIPs: each is long, and most come with many machines."""

    def __init__(self):
        self.numbers = {}

    def cell(self, reasons):
        """How many tests were skipped, and for which reasons."""
        numbers = {self.numbers.setdefault(reason, len(self.numbers) + 1) for reason in reasons}
        return f"{len(reasons)} ({', '.join(map(str, sorted(numbers)))})" if numbers else "0"


def cells(result, reasons):
    """All of a row that can be the same on several versions."""
    if result is None or result.skipped:
        return [verdict(result), "", "", ""]
    counts = Counter(outcome for _, outcome in result.cases)
    return [verdict(result), str(counts["passed"]), str(counts["failed"]),
            reasons.cell(result.reasons)]


def rows(found, reasons):
    """One for the versions of a machine that did the same; what it shows stands in the first."""
    grouped = {}
    for full_name, (about, result) in found.items():
        name, _, version = full_name.partition("@")
        grouped.setdefault((name, about, *cells(result, reasons)), []).append(version)
    last = None
    for (name, about, *rest), versions in grouped.items():
        yield [name, about if name != last else "", ", ".join(versions), *rest]
        last = name


def table(found, reasons):
    yield "| machine | what it shows | QEMU | verdict | passed | failed | skipped (reasons) |"
    yield "|---|---|---|---|--:|--:|---|"
    for row in rows(found, reasons):
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


def summary(found):
    ran = [result for _, result in found.values() if result and not result.skipped]
    versions = sorted({result.qemu for result in ran},
                      key=lambda version: [part.zfill(9) for part in version.split(".")])
    tests = Counter(outcome for result in ran for _, outcome in result.cases)
    wrong = sum(bool(result.error) for result in ran)
    meant = sum(outcome == "failed" for result in ran if not result.error
                for _, outcome in result.cases)
    minutes = sum(result.seconds for result in ran) / 60
    return (f"{len(ran)} of {len(found)} machines ran, on QEMU {', '.join(versions) or 'none'}, "
            f"which took {minutes:.0f} minutes added up; {len(ran) - wrong} did what is expected of them, "
            f"{wrong} did not. Of their tests {tests['passed']} passed, "
            f"{tests['failed']} failed, {meant} of them as their machines are there to show, and "
            f"{tests['skipped']} were skipped.")


def page(found):
    """The lines; `found` has a pair for each NAME@VERSION: what it shows, its Result or None."""
    reasons = Reasons()
    lines = [summary(found), "", *table(found, reasons), "", "The reasons for SKIPs:", ""]
    return lines + [f"{number}. {reason}" for reason, number in reasons.numbers.items()]
