# SPDX-License-Identifier: MIT
import json
import os
import socket
import tempfile
import threading
import unittest

from meddler import Meddler
from observer import Observer


class FakeMonitor:
    """Answers as QEMU's monitor does, and keeps what it was told; `says` has answers by the command."""

    def __init__(self, folder, says=None):
        self.path = os.path.join(folder, "qmp")
        self.told, self._says = [], says or {}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.settimeout(20)  # where nobody connects
        self._listener.bind(self.path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        client, _ = self._listener.accept()
        with client, client.makefile("rw", encoding="utf-8") as file:
            print(json.dumps({"QMP": {}}), file=file, flush=True)
            for line in file:
                said = json.loads(line)
                name = said["arguments"].get("command-line", said["execute"])
                self.told.append(name)
                answer = self._says.get(name, {"return": ""})
                print(json.dumps(answer), file=file, flush=True)

    def end(self):
        self._thread.join()
        self._listener.close()


MACHINE = {"moment": r"^# \d+ of", "monitor": "o /w 0xcf8 1\no /h 0xcfc 2"}


class MeddlerTest(unittest.TestCase):
    def meddle(self, lines, says=None):
        with tempfile.TemporaryDirectory() as folder:
            monitor = FakeMonitor(folder, says)
            meddler = Meddler(MACHINE, monitor.path, Observer())
            for line in lines:
                meddler.line(line)
            meddler.close()
            monitor.end()
        return monitor.told, meddler.problems

    def test_stopped_meanwhile_and_once(self):
        told, problems = self.meddle(["KTAP", "# 5 of 7", "# 6 of 7"])
        self.assertEqual(told, ["qmp_capabilities", "stop", "o /w 0xcf8 1", "o /h 0xcfc 2", "cont"])
        self.assertEqual(problems, [])

    def test_what_the_monitor_says_is_a_problem(self):
        _, problems = self.meddle(["# 5 of 7"], {"o /h 0xcfc 2": {"return": "unknown command\r\n"}})
        self.assertEqual(problems, ['the monitor says to "o /h 0xcfc 2": unknown command'])

    def test_a_machine_that_refuses_goes_on(self):
        told, problems = self.meddle(["# 5 of 7"], {"o /w 0xcf8 1": {"error": {"desc": "no"}}})
        self.assertEqual(told, ["qmp_capabilities", "stop", "o /w 0xcf8 1", "cont"])
        self.assertEqual(problems, ["QEMU ended, or refused, while it was meddled with: "
                                    "human-monitor-command: no"])

    def test_a_moment_that_does_not_come_is_a_problem(self):
        meddler = Meddler(MACHINE, "nowhere", Observer())
        meddler.line("KTAP")
        meddler.close()
        self.assertEqual(meddler.problems, ['no line matches "^# \\d+ of", so nothing was done'])


if __name__ == "__main__":
    unittest.main()
