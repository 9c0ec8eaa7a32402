# SPDX-License-Identifier: MIT
"""The lines of the result text of one run, whatever it came as (docs/result-text.md)."""

import os
import subprocess
import sys

READER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "qemu", "retarget-result")


class InputError(Exception):
    """Files that no run can be read from, and why."""


def lines_of(files):
    """`files` are one serial log, one result file, or all photos of the QR codes of a run."""
    done = subprocess.run([sys.executable, "-B", READER, "--", *files], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise InputError(done.stderr.strip().removeprefix("retarget-result: "))
    return done.stdout.splitlines()
