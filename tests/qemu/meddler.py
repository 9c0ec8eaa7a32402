# SPDX-License-Identifier: MIT
"""Does something to a machine's devices, through QEMU's monitor, at a moment that a line gives."""

import re

from observer import Another
from qmp import Monitor


class Meddler(Another):
    """
    For a machine with the key `moment`: when a line of the kernel matches it for the first time, the
    commands of the key `monitor` are given. `other` looks on as well. The machine's CPUs stand still
    meanwhile: on a busy host the run could be over before the last of the commands, and a QEMU whose
    memory map changes beside a CPU that runs may crash (docs/machines.md).
    """

    def __init__(self, machine, socket, other):
        super().__init__(other)
        self._moment, self._socket = machine["moment"], socket
        self._commands = machine["monitor"].splitlines()
        self._monitor, self._done = None, False

    def line(self, line):
        super().line(line)
        if self._done or not re.search(self._moment, line):
            return
        self._done = True
        try:
            self._meddle()
        except OSError as error:
            self.problems.append(f"QEMU ended, or refused, while it was meddled with: {error}")

    def _meddle(self):
        self._monitor = Monitor(self._socket)
        with self._monitor.stopped():
            for command in self._commands:
                self._give(command)

    def _give(self, command):
        said = self._monitor.command("human-monitor-command", **{"command-line": command})
        said = " ".join(said.split())
        if said:
            self.problems.append(f"the monitor says to \"{command}\": {said}")

    def close(self):
        super().close()
        if self._monitor:
            self._monitor.close()
        if not self._done:
            self.problems.append(f"no line matches \"{self._moment}\", so nothing was done")
