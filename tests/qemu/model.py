# SPDX-License-Identifier: MIT
"""
The device model of a machine that has one (its key `model`): a program beside QEMU, with which
QEMU's vfio-user-pci speaks over a socket. It is started before QEMU, ends when QEMU does, and is
stopped where it does not.
"""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
import time

from qemus import MachineError

DEVICE = "vfio-user-pci"
SLOT = "6"            # on the root bus: one address for all machines
START_SECONDS = 60    # until it listens; on an idle host that takes milliseconds
END_SECONDS = 20      # until it has seen that QEMU is gone
STOP_SECONDS = 5      # that it gets to stop when it is told to
ANSWER_MS = 60000     # QEMU waits for an answer; its default of 5000 a busy host may exceed
LOOK_SECONDS = 1      # whether QEMU waits in vain, so often is looked
# What QEMU says when the model does not answer, and when it leaves.
UNANSWERED = "timed out waiting for reply"
CLOSED = ("server closed socket", "failed to read header", "Unable to write to socket")


def text_of(file):
    with open(file, encoding="utf-8", errors="replace") as text:
        return text.read()


class Model:
    """
    A context: it runs from when it is entered until it is left, and nothing of it stays. `words`
    are the program in `build` and its options. What it says goes to LOGS.model, each message that it
    sends into the file `log`; `arguments` are those that give QEMU its device.
    """

    def __init__(self, words, build, logs, log, pass_fds=()):
        self._name, *options = words.split()
        self._logs, self._pass_fds = logs, pass_fds
        self._folder = tempfile.mkdtemp(prefix="retarget-")  # a socket's path has 108 bytes
        self._socket = os.path.join(self._folder, "socket")
        self.command = [f"{build}/{self._name}", self._socket, f"--log={log}"] + options
        self.arguments = ["-device", json.dumps({
            "driver": DEVICE, "addr": SLOT, "rombar": 0, "x-msg-timeout": ANSWER_MS,
            "socket": {"type": "unix", "path": self._socket}})]
        self.process = self._watchman = None
        self._silent = False    # it did not answer
        self._went_on = False   # after a QEMU that had used it
        self._ended = False     # by itself

    def shell_line(self):
        """For somebody who starts the machine by hand: QEMU's command comes after it."""
        return f"mkdir -p {self._folder}; {shlex.join(self.command)} & sleep 1"

    def __enter__(self):
        try:
            self._start()
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        if not os.path.exists(self.command[0]):
            raise MachineError(f"there is no {self.command[0]}; `make` builds it")
        with open(self._logs + ".model", "w", encoding="utf-8") as said:
            # A process group of its own: the terminal's Ctrl-C is for QEMU and for us.
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=said,
                                            stderr=said, pass_fds=self._pass_fds,
                                            process_group=0)

    def _await(self):
        deadline = time.monotonic() + START_SECONDS
        while not os.path.exists(self._socket):  # it is there when somebody listens
            if self.process.poll() is not None:
                raise MachineError(f"{self._ending()} before it listened{self._last_words()}")
            if time.monotonic() > deadline:
                raise MachineError(f"the device model {self._name} did not listen within "
                                   f"{START_SECONDS} s{self._last_words()}")
            time.sleep(0.01)

    def _ending(self):
        status = self.process.returncode
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"the device model {self._name} {how}"

    def _last_words(self):
        said = text_of(self._logs + ".model").split("\n")
        said = [line.strip() for line in said if line.strip()]
        return f": {said[-1]}" if said else ""

    def watch(self, qemu):
        """
        Has the process `qemu` stopped when the model is gone, or does not answer. It would go on,
        say of each access to the device that it failed, a hundred thousand times a second or each
        after ANSWER_MS, and have it read as 0.
        """
        self._watchman = threading.Thread(target=self._watch, args=(qemu,), daemon=True)
        self._watchman.start()

    def _watch(self, qemu):
        while self.process.poll() is None and not self._silent:
            try:
                self.process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                self._silent = UNANSWERED in text_of(self._logs + ".qemu")
        if self._silent or self.process.returncode:
            qemu.terminate()
            return
        try:
            qemu.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            qemu.terminate()

    def await_end(self, used):
        """QEMU is gone; if it has used the model, that has seen it, and ends by itself."""
        try:
            self.process.wait(END_SECONDS if used else STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._went_on = used

    def __exit__(self, *_):
        self._ended = self.process and self.process.poll() is not None
        if self.process and not self._ended:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._watchman:
            self._watchman.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def problem(self):
        """When it is over: a sentence about what the model did wrong, or None."""
        if self._silent:
            return (f"the device model {self._name} did not answer for {ANSWER_MS // 1000} s, "
                    "and was stopped")
        if self._went_on:
            return f"the device model {self._name} went on after QEMU had ended, and was stopped"
        if not self._ended:
            return None
        if self.process.returncode:
            return self._ending() + self._last_words()
        if any(words in text_of(self._logs + ".qemu") for words in CLOSED):
            return self._ending() + " while QEMU ran" + self._last_words()
        return None
