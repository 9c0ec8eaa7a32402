# SPDX-License-Identifier: MIT
"""QEMU's monitor protocol, as far as it takes to look at a machine's screen and press its keys."""

import contextlib
import json
import socket
import time


class Monitor:
    """Connects to QEMU's socket, which has to be there within `seconds`."""

    def __init__(self, path, seconds=20):
        self._socket = self._connect(path, time.monotonic() + seconds)
        self._file = self._socket.makefile("rw", encoding="utf-8")
        self._read()  # the greeting
        self.command("qmp_capabilities")

    @staticmethod
    def _connect(path, deadline):
        while True:
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(path)
                return client
            except OSError:
                client.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _read(self):
        line = self._file.readline()
        if not line:
            raise OSError("QEMU has closed its monitor")
        return json.loads(line)

    def command(self, name, **arguments):
        """What QEMU returns; events in between are dropped."""
        print(json.dumps({"execute": name, "arguments": arguments}), file=self._file, flush=True)
        while True:
            answer = self._read()
            if "error" in answer:
                raise OSError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    @contextlib.contextmanager
    def stopped(self):
        """The machine's CPUs stand still within."""
        self.command("stop")
        try:
            yield
        finally:
            self.command("cont")

    def screenshot(self, path):
        """As a PPM file."""
        self.command("screendump", filename=path)

    def press(self, key):
        """By QEMU's name for it: "r", "down", "ret"."""
        self.command("send-key", keys=[{"type": "qcode", "data": key}])

    def close(self):
        """Also where QEMU has ended with something unread."""
        try:
            self._file.close()
        except OSError:
            pass
        self._socket.close()
