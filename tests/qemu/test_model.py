# SPDX-License-Identifier: MIT
"""
What becomes of a device model beside a QEMU, whatever either does: both are small programs here. No
process and no file of it is left, and what went wrong is one sentence.
"""

import os
import signal
import tempfile
import time
import unittest
from unittest import mock

import model
import runner
from matrix import Machine
from observer import Observer
from qemus import MachineError, Qemu

# Arguments: the socket, the log. It serves one client and ends with it.
LISTEN = """\
import os, signal, socket, sys, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + ".new")
listener.listen(1)
os.rename(sys.argv[1] + ".new", sys.argv[1])
"""
SERVE = LISTEN + """\
client, _ = listener.accept()
open(sys.argv[2].removeprefix("--log="), "w").write(" ".join(sys.argv[3:]))
"""
SOUND = SERVE + "while client.recv(1): pass\n"

# A QEMU that finds its device's socket as the real one does, and ends with the verdict "passed".
CONNECT = """\
import json, socket, sys, time
words = sys.argv[1:]
(device,) = [json.loads(word) for word in words if word.startswith("{")]
server = socket.socket(socket.AF_UNIX)
server.connect(device["socket"]["path"])
print("KTAP version 1\\n1..1", flush=True)
"""
PASSED = CONNECT + """\
print("ok 1 any\\n# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:0 error:0")
sys.exit(1)
"""
ABORTS = CONNECT + """\
server.recv(1)
print("qemu: failed to read header: EOF", file=sys.stderr, flush=True)
sys.exit(134)
"""
GOES_ON = CONNECT + "time.sleep(60)\n"
IN_VAIN = CONNECT + """\
print("qemu: timed out waiting for reply", file=sys.stderr, flush=True)
time.sleep(60)
"""
REFUSES = "import sys; sys.exit(1)\n"
CRASHES = CONNECT + "sys.exit(139)\n"

KEYS = {"firmware": "pvh", "medium": "kernel", "smp": "1", "mem": "1M", "iommu": "", "devices": "",
        "model": "any-model --ims=3", "options": "", "qemu": "", "needs": "", "load": "0", "com": "1",
        "screen": "", "menu": "", "moment": "", "monitor": "", "seconds": "30", "expect": "passed", "skips": "", "may_skip": "",
        "says": ""}


class Seen(Observer):
    """Keeps the model, and may do something once QEMU speaks with it."""

    def __init__(self, act=None):
        self.act, self.device = act, None

    def beside(self, device):
        self.device = device

    def line(self, _):
        if self.act:
            self.act(self.device)


class ModelTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = folder.name
        temporary = os.path.join(self.build, "temporary")
        os.mkdir(temporary)
        patch = mock.patch.object(tempfile, "tempdir", temporary)
        patch.start()
        self.addCleanup(patch.stop)
        self.limit("START_SECONDS", 30)
        self.limit("STOP_SECONDS", 0.5)
        self.limit("END_SECONDS", 10)

    def limit(self, name, seconds):
        patch = mock.patch.object(model, name, seconds)
        patch.start()
        self.addCleanup(patch.stop)

    def program(self, name, text):
        path = os.path.join(self.build, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/usr/bin/env python3\n" + text)
        os.chmod(path, 0o755)
        return path

    def run_both(self, model_text, qemu_text, act=None):
        """The Outcome of QEMU with the model; whatever it was, nothing of the model is left."""
        self.program("any-model", model_text)
        qemu = Qemu("11.1", "11.1.0", (self.program("qemu", qemu_text),))
        seen = Seen(act)
        try:
            return runner.run_machine(Machine("any", KEYS, qemu), self.build, seen)
        finally:
            self.assertFalse(os.listdir(tempfile.gettempdir()))
            if seen.device:
                with self.assertRaises(ProcessLookupError):
                    os.killpg(seen.device.process.pid, 0)

    def test_sound(self):
        outcome = self.run_both(SOUND, PASSED)
        self.assertIsNone(outcome.error)
        with open(f"{self.build}/logs/any.messages", encoding="utf-8") as log:
            self.assertEqual(log.read(), "--ims=3")
        with open(f"{self.build}/logs/any.sh", encoding="utf-8") as commands:
            self.assertIn("--ims=3 & sleep 1\n", commands.read())

    def test_does_not_start(self):
        for text, words in [
                ("import sys; sys.exit('unknown option --ims')",
                 "any-model ended with status 1 before it listened: unknown option --ims"),
                ("import time; time.sleep(60)", "any-model did not listen within 1 s")]:
            self.limit("START_SECONDS", 30 if "exit" in text else 1)
            with self.subTest(words), self.assertRaisesRegex(MachineError, words):
                self.run_both(text, PASSED)
        with self.assertRaisesRegex(MachineError, "there is no .*/none"), \
                mock.patch.dict(KEYS, model="none"):
            self.run_both(SOUND, PASSED)

    def test_fails_while_qemu_runs(self):
        for text, qemu, words in [
                (SERVE + "sys.exit('bad message')", GOES_ON, "ended with status 1: bad message"),
                (SERVE + "os.kill(os.getpid(), signal.SIGSEGV)", ABORTS, "was killed by signal 11"),
                (SERVE, ABORTS, "ended with status 0 while QEMU ran"),
                (SOUND + "sys.exit('leaks')", PASSED, "ended with status 1: leaks")]:
            with self.subTest(words):
                self.assertEqual(self.run_both(text, qemu).error,
                                 "the device model any-model " + words)

    def test_killed_in_the_middle(self):
        def kill(device):
            device.process.kill()

        start = time.monotonic()
        for qemu in (ABORTS, GOES_ON):
            self.assertEqual(self.run_both(SOUND, qemu, kill).error,
                             "the device model any-model was killed by signal 9")
        self.assertLess(time.monotonic() - start, 30)

    def test_does_not_answer(self):
        """As long as it runs, QEMU would wait for each answer anew."""
        def stop(device):
            os.kill(device.process.pid, signal.SIGSTOP)

        self.limit("LOOK_SECONDS", 0.1)
        self.limit("END_SECONDS", 0.5)
        start = time.monotonic()
        self.assertEqual(self.run_both(SOUND, IN_VAIN, stop).error, "the device model any-model did "
                         "not answer for 60 s, and was stopped")
        self.assertLess(time.monotonic() - start, 30)

    def test_goes_on(self):
        self.limit("END_SECONDS", 0.5)
        deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LISTEN
        self.assertEqual(self.run_both(deaf + "time.sleep(60)", PASSED).error,
                         "the device model any-model went on after QEMU had ended, and was stopped")

    def test_of_qemu_itself(self):
        for model_text, qemu, status in [(SOUND, REFUSES, 1), (SOUND, CRASHES, 139)]:
            with self.subTest(status=status):
                error = self.run_both(model_text, qemu).error
                self.assertNotIn("model", error)
                self.assertRegex(error, "no report|QEMU ended with status 139")

    def test_interrupted(self):
        def interrupt(_):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.run_both(SOUND, GOES_ON, interrupt)

    def test_shell_line_is_the_command(self):
        device = model.Model("any-model --ims=3", "build", "logs", "messages")
        self.addCleanup(os.rmdir, os.path.dirname(device.command[1]))
        self.assertIn(" ".join(device.command) + " &", device.shell_line())
        self.assertEqual(device.command[2:], ["--log=messages", "--ims=3"])


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unittest.main()
