# SPDX-License-Identifier: MIT
"""Busy loops beside QEMU: no verdict may depend on how much of the host it gets."""

import subprocess
from contextlib import contextmanager


@contextmanager
def busy_loops(count, seconds):
    """They are gone when this is left, however it is; after `seconds` even if nobody leaves it."""
    # timeout(1) gives each a process group of its own: the terminal's Ctrl-C reaches the one who
    # waits for QEMU, and that one stops them.
    loop = ["timeout", "--kill-after=5", str(seconds), "sh", "-c", "while :; do :; done"]
    loops = []
    try:
        for _ in range(count):
            loops.append(subprocess.Popen(loop, stdin=subprocess.DEVNULL))
        yield
    finally:
        for process in loops:
            process.terminate()
        for process in loops:
            process.wait()
