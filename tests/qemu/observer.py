# SPDX-License-Identifier: MIT
"""Who looks on while a machine runs."""


class Observer:
    """This one looks away."""

    pass_fds = ()    # open files that QEMU and its device model get, too
    messages = None  # the file for each message of the device model, where it is not the usual one
    problems = ()    # sentences, when the machine has ended

    def starts(self, command):
        """What will be started, as lines for a shell."""

    def started(self, process):
        """QEMU, or timeout(1) with QEMU in it, has been started."""

    def beside(self, device):
        """Before that: a model.Model, which runs."""

    def line(self, line):
        """The next line from the serial port."""

    def close(self):
        """QEMU has ended."""


class Another(Observer):
    """One that looks on beside `other`, who sees all that it sees."""

    def __init__(self, other):
        self._other = other
        self.problems = []

    @property
    def pass_fds(self):
        return self._other.pass_fds

    @property
    def messages(self):
        return self._other.messages

    def starts(self, command):
        self._other.starts(command)

    def started(self, process):
        self._other.started(process)

    def beside(self, device):
        self._other.beside(device)

    def line(self, line):
        self._other.line(line)

    def close(self):
        self._other.close()
        self.problems += self._other.problems
