# SPDX-License-Identifier: MIT
"""Text that is too long to be kept, read while somebody writes it."""

import os
import threading
from fcntl import F_SETPIPE_SZ, fcntl

PIPE_BYTES = 1 << 20  # who writes stands still while the pipe is full: one that is rarely full


class PipeReader:
    """
    Reads what comes through a pipe in a thread of its own, by `read`, a function of its lines.
    `target` is the file to write to for processes that are given the open file `write_end`.
    `found` is what `read` returned, once all that have it are gone, or `failure` says why not.
    """

    def __init__(self, name, read):
        self.name, self._function = name, read
        self._read_end, self.write_end = os.pipe()
        fcntl(self._read_end, F_SETPIPE_SZ, PIPE_BYTES)
        self.target = f"/dev/fd/{self.write_end}"
        self.lines = 0
        self.found = self.failure = None
        self._thread = threading.Thread(target=self._read, daemon=True)

    def start(self, process):
        """The processes have theirs. `process` is terminated when it cannot be read on."""
        os.close(self.write_end)
        self._process = process
        self._thread.start()

    def join(self):
        self._thread.join()

    def _counted(self, lines):
        for line in lines:
            self.lines += 1
            yield line

    def _read(self):
        try:
            with open(self._read_end, encoding="ascii", errors="replace",
                      buffering=PIPE_BYTES) as lines:
                self.found = self._function(self._counted(lines))
        except Exception as error:  # pylint: disable=broad-except
            # Whatever it was: the writer would wait for this reader for ever.
            self.failure = f"{self.name} cannot be read: {error!r}"
            self._process.terminate()
