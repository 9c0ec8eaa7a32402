# SPDX-License-Identifier: MIT
"""Does something to a machine's devices, through QEMU's monitor, at a moment that a line gives."""

import re

from observer import Observer
from qmp import Monitor


class Meddler(Observer):
    """
    For a machine with the key `moment`: when a line of the kernel matches it for the first time, the
    commands of the key `monitor` are given. `other` looks on as well.
    """

    def __init__(self, machine, socket, other):
        self._moment, self._socket, self._other = re.compile(machine["moment"]), socket, other
        self._commands = machine["monitor"].splitlines()
        self._monitor = None
        self._own_problems = [f"no line matches \"{machine['moment']}\", so nothing was done"]

    @property
    def pass_fds(self):
        return self._other.pass_fds

    @property
    def messages(self):
        return self._other.messages

    @property
    def problems(self):
        return self._own_problems + list(self._other.problems)

    def starts(self, command):
        self._other.starts(command)

    def started(self, process):
        self._other.started(process)

    def beside(self, device):
        self._other.beside(device)

    def line(self, line):
        self._other.line(line)
        if self._own_problems and self._moment.search(line):
            self._own_problems = []
            self._monitor = Monitor(self._socket)
            for command in self._commands:
                said = self._monitor.command("human-monitor-command", **{"command-line": command})
                said = " ".join(said.split())
                if said:
                    self._own_problems.append(f"the monitor says to \"{command}\": {said}")

    def close(self):
        if self._monitor:
            self._monitor.close()
        self._other.close()
