# SPDX-License-Identifier: MIT
"""A machine with a screen and a keyboard, which somebody looks at and presses while it runs."""

import os
import re

from qmp import Monitor
from runner import Observer, run_machine


class Watcher(Observer):
    """
    `steps` are pairs: a pattern for a line from the serial port, and what is to be done with the
    monitor when that line has come in. One after the other; `left` says how many have not been.
    """

    def __init__(self, socket, steps):
        self._socket, self._steps = socket, list(steps)
        self._monitor = None

    @property
    def left(self):
        return len(self._steps)

    def started(self, process):
        self._monitor = Monitor(self._socket)

    def line(self, line):
        while self._steps and re.search(self._steps[0][0], line):
            self._steps.pop(0)[1](self._monitor)
            return

    def close(self):
        if self._monitor:
            self._monitor.close()


def watch(machine, build, steps, as_listed=False):
    """Runs the machine with VGA; its Outcome, and how many of the steps have not been taken."""
    socket = os.path.abspath(f"{build}/logs/{machine.name}.qmp")
    os.makedirs(os.path.dirname(socket), exist_ok=True)
    machine["qemu"] += f" -device VGA -qmp unix:{socket},server=on,wait=off"
    watcher = Watcher(socket, steps)
    try:
        return run_machine(machine, build, watcher, as_listed=as_listed), watcher.left
    finally:
        watcher.close()
