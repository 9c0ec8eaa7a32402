# SPDX-License-Identifier: MIT
"""
QEMU's main loop can sleep on though there is work for it; docs/machines.md, "A QEMU that sleeps on".
"""

import os
import signal

SINCE = (10, 2)  # from then on the main loop waits by io_uring


def can_sleep_on(qemu):
    return tuple(int(part) for part in qemu.version.split(".")) >= SINCE


def wake(process):
    """
    Wakes the main loop of the QEMU in a timeout(1). SIGIO is among the signals that this loop itself
    takes, and it does nothing about it. Only for one that runs: its start would be ended by it.
    """
    try:
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            for child in file.read().split():
                os.kill(int(child), signal.SIGIO)
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has just ended
