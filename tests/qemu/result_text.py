# SPDX-License-Identifier: MIT
"""
The result text of a run (docs/result-text.md), out of what a serial port said. The kernel collects
the same lines in kernel/result_text.c.
"""

import re

FIRST = "# head retarget="  # how each run begins
PREFIXES = (
    "# head ", "# retarget: ", "# interrupt remapping: ", "# result ", "# explore ", "# inject ",
    "# guest ", "# failed ", "# overflow: ", "# panic: ", "# Totals: ", "KTAP version ", "1..", "ok ", "not ok ",
    "Bail out! ")
OVERFLOW = "# overflow: "
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def of_serial(output):
    """
    The result text of the last run in what a serial port said, a str: "" when there is none. What
    firmware, boot loaders and a run before said is no part of it.
    """
    text, full = [], False
    for line in output.split("\n"):
        line = CONTROL.sub("", line).rstrip(" \t")
        if FIRST in line:  # firmware may have left a line without its end
            line = line[line.index(FIRST):]
            text, full = [], False
        elif not text:
            continue
        if line.startswith(PREFIXES) and not full:
            text.append(line + "\n")
            full = line.startswith(OVERFLOW)
    return "".join(text)
