# SPDX-License-Identifier: MIT
"""
Run by labgrid's pytest on one machine: starts it, keeps what its serial port says in $RETARGET_LOG until
the report is complete, and judges it. $RETARGET_SILENCE is after how many seconds without a word the
machine is said to hang (default: 300), and after six times as many its run is given up.
"""

import os
import re
import sys
import time

import pytest
from pexpect import EOF, TIMEOUT

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "qemu"))

import result_text
from ktap import Report

LONGEST = 6  # times the silence: the whole of a run

# The report's last line, with its end.
END = re.compile(rb"\n(# Totals: |Bail out! )[^\n]*\n")


def listen(console, log, silence):
    """All that the machine says, up to the end of its report; one may go on talking without an end."""
    output, last = b"", time.monotonic()
    longest = last + LONGEST * silence
    while not END.search(output):
        if time.monotonic() > longest:
            pytest.fail(f"its report is not complete after {LONGEST * silence} s")
        try:
            part = console.read(size=4096, timeout=1)
        except TIMEOUT:
            part = b""
        except (EOF, OSError):
            break
        if part:
            last = time.monotonic()
            output += part
            log.write(part)
            log.flush()
        elif time.monotonic() - last > silence:
            pytest.fail(f"the machine has said nothing for {silence} s, and its report is not complete")
    return output.decode(errors="replace")


def test_report(strategy, target):
    silence = int(os.environ.get("RETARGET_SILENCE", "300"))
    try:
        with open(os.environ["RETARGET_LOG"], "wb") as log:
            strategy.transition("running")
            text = result_text.of_serial(listen(strategy.console, log, silence))
    finally:
        strategy.transition("off")
    assert text, f"no line of its output begins with {result_text.FIRST!r}"
    report = Report(text.splitlines())
    assert report.bail_out is None
    assert report.problems == []
    assert report.failed == 0
