# SPDX-License-Identifier: MIT
"""Who looks on while a machine runs."""


class Observer:
    """This one looks away."""

    pass_fds = ()  # open files that QEMU gets, too
    problems = ()  # sentences, when the machine has ended

    def started(self, process):
        """QEMU, or timeout(1) with QEMU in it, has been started."""

    def line(self, line):
        """The next line from the serial port."""

    def close(self):
        """QEMU has ended."""


class Screen(Observer):
    def line(self, line):
        print(line, flush=True)
