# SPDX-License-Identifier: MIT
"""Runs one machine, bounded in time, and judges what it said."""

import os
import re
import subprocess
import time

from ktap import Report
from machine import arguments, has_device, shell_lines

# What isa-debug-exit makes of the kernel's verdict (kernel/power.h): 2 * value + 1.
STATUS_OF_VERDICT = {"passed": 1, "failed": 3, "error": 5}
STATUS_OF_TIMEOUT = (124, 137)  # timeout(1): ended it; had to kill it

# Terminal control: a cursor that is set elsewhere begins a new line, the rest says nothing.
CURSOR_SET = re.compile(r"\x1b\[[0-9;]*H")
CONTROL = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]|[\x00-\x08\x0b-\x1f]")


class Outcome:
    """`error` is None when the machine did what is expected of it, else a sentence."""

    def __init__(self, report, seconds, problems):
        self.report = report
        self.seconds = seconds
        self.error = "; ".join(problems[:3]) if problems else None

    def counts(self):
        return (f"{self.report.given} tests: {self.report.passed} passed, "
                f"{self.report.failed} failed, {len(self.report.skip_reasons)} skipped, "
                f"{self.seconds:.1f} s")


def missing_device(machine):
    """The device model that this QEMU does not have, or None."""
    needed = machine["needs"]
    return needed if needed and not has_device(needed) else None


def readable_lines(stream):
    """The lines of text in what comes from a serial port, as they come."""
    for raw in stream:
        for line in CURSOR_SET.sub("\n", raw).split("\n"):
            line = CONTROL.sub("", line).rstrip()
            if line.startswith("#") or re.search(r"\w", line):
                yield line


def run_qemu(command, seconds, log_file, show, interactive):
    """The lines that came, and the exit status. QEMU is gone when this returns, however it does."""
    lines = []
    # timeout(1) ends QEMU in time even if this process is killed. In the foreground QEMU can read
    # from the terminal, and Ctrl-C reaches it, too.
    limited = ["timeout", "--foreground", "--kill-after=5", str(seconds)] + command
    with open(log_file, "w", encoding="utf-8") as log, subprocess.Popen(
            limited, stdin=None if interactive else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", bufsize=1) as process:
        try:
            for line in readable_lines(process.stdout):
                lines.append(line)
                print(line, file=log, flush=True)
                if show:
                    print(line, flush=True)
            return lines, process.wait()
        finally:
            process.terminate()


def problems_of(machine, report, lines, status):
    problems = list(report.problems)
    if status in STATUS_OF_TIMEOUT:
        problems.insert(0, f"no verdict within {machine['seconds']} s, QEMU was stopped")
    elif status != STATUS_OF_VERDICT[machine["expect"]]:
        verdicts = {value: name for name, value in STATUS_OF_VERDICT.items()}
        problems.insert(0, f"verdict {verdicts.get(status, 'none')} (QEMU's exit status {status}), "
                        f"expected: {machine['expect']}")
    if machine["expect"] == "passed" and report.failed:
        problems.append(f"{report.failed} tests failed")

    skips = machine["skips"].splitlines()
    for reason in sorted(set(report.skip_reasons)):
        if not any(re.search(pattern, reason) for pattern in skips):
            problems.append(f"unexpected SKIP: {reason}")
    for pattern in skips:
        if not any(re.search(pattern, reason) for reason in report.skip_reasons):
            problems.append(f"no SKIP for the reason \"{pattern}\"")
    for pattern in machine["says"].splitlines():
        if not any(re.search(pattern, line) for line in lines):
            problems.append(f"no line matches \"{pattern}\"")
    return problems


def run_machine(machine, build, show=False, interactive=False):
    """Runs the machine. Its output and its command line are kept in BUILD/logs/."""
    os.makedirs(f"{build}/logs", exist_ok=True)
    command = arguments(machine, build)
    log_file = f"{build}/logs/{machine.name}.log"
    with open(f"{build}/logs/{machine.name}.sh", "w", encoding="utf-8") as file:
        print(shell_lines(command), file=file)
    start = time.monotonic()
    lines, status = run_qemu(command, machine["seconds"], log_file, show, interactive)
    seconds = time.monotonic() - start
    report = Report(lines)
    return Outcome(report, seconds, problems_of(machine, report, lines, status))
