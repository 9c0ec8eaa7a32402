# SPDX-License-Identifier: MIT
"""Runs one machine, bounded in time, and judges what it said."""

import io
import os
import re
import subprocess
import threading
import time
from contextlib import closing, nullcontext

import main_loop
import model
from ktap import Report
from load import busy_loops
from machine import arguments, monitor_path, shell_lines
from matrix import count
from meddler import Meddler
from observer import Observer
from qemus import has_device
from screen_check import ScreenCheck

# What isa-debug-exit makes of the kernel's verdict (kernel/power.h): 2 * value + 1.
STATUS_OF_VERDICT = {"passed": 1, "failed": 3, "error": 5}
LONGEST = 6  # times a machine's `seconds`: after so many it is stopped even if it goes on talking
WORDS_KEPT = 1 << 20  # of what QEMU itself says; there are errors that it goes on saying for ever
PROBLEMS = 12  # of a machine that are told: where one line is torn, hundreds may be
STATUS_OF_TIMEOUT = (124, 137)  # timeout(1): ended it; had to kill it

# Terminal control: a cursor that is set elsewhere begins a new line, the rest says nothing.
CURSOR_SET = re.compile(r"\x1b\[[0-9;]*H")
CONTROL = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]|[\x00-\x08\x0b-\x1f]")


class Outcome:
    """
    `error` is None when the machine did what is expected of it, else a sentence; `skipped` is the
    reason why it did not run at all, or None.
    """

    def __init__(self, report, seconds, problems, skipped=None):
        self.report = report
        self.seconds = seconds
        self.error = "; ".join(problems[:PROBLEMS]) if problems else None
        self.skipped = skipped

    def counts(self):
        return (f"{self.report.given} tests: {self.report.passed} passed, "
                f"{self.report.failed} failed, {len(self.report.skip_reasons)} skipped, "
                f"{self.seconds:.1f} s")


def not_run(error=None, skipped=None):
    return Outcome(Report([]), 0, [error] if error else [], skipped)


def missing_device(machine):
    """Says which device model this QEMU does not have, or None."""
    for needed in machine["needs"].split() + [model.DEVICE] * bool(machine["model"]):
        if not has_device(machine.qemu, needed):
            return f"QEMU {machine.qemu.full} has no {needed}"
    return None


def readable_lines(stream):
    """The lines of text in what comes from a serial port, as they come."""
    for raw in stream:
        for line in CURSOR_SET.sub("\n", raw).split("\n"):
            line = CONTROL.sub("", line).rstrip()
            if line.startswith("#") or re.search(r"\w", line):
                yield line


class Beginning:
    """Keeps the first so many bytes of a stream in a file, and lets the rest go."""

    def __init__(self, stream, name, size):
        self._stream, self._name, self._size = stream, name, size
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def _copy(self):
        left = self._size
        with open(self._name, "wb") as file:
            while piece := self._stream.read1():
                file.write(piece[:left])
                file.flush()
                left -= len(piece[:left])

    def end(self):
        self._thread.join()


class Silence:
    """
    Stops a process that says nothing for so many seconds; `stopped` says whether it has been. What
    makes progress goes on, however little of a busy host it gets. Where its main loop can sleep on
    (`sleeps_on`) it is woken in each pause, once it has begun to speak.
    """

    def __init__(self, process, seconds, sleeps_on):
        self.stopped = False
        self._process, self._seconds, self._sleeps_on = process, seconds, sleeps_on
        self._spoken = False
        self._last = time.monotonic()
        self._over = threading.Event()
        self._watchman = threading.Thread(target=self._watch, daemon=True)
        self._watchman.start()

    def heard(self):
        self._last = time.monotonic()
        self._spoken = True
        return self._last

    def end(self):
        self._over.set()
        self._watchman.join()

    def _watch(self):
        while not self._over.wait(0.5):
            silent = time.monotonic() - self._last
            if silent > self._seconds:
                self.stopped = True
                self._process.terminate()
                return
            if silent > 1 and self._spoken and self._sleeps_on:
                main_loop.wake(self._process)


def run_qemu(command, seconds, logs, observer, interactive, device=None, sleeps_on=False):
    """
    The lines from the serial port, when each came in, and the exit status, None when it was stopped
    for its silence. QEMU is gone when this returns, however it does. What QEMU itself has to say
    goes to a file of its own: it would tear the report's lines. `device` is its model, or None;
    `sleeps_on` is for a QEMU whose main loop is to be woken.
    """
    lines, times = [], []
    # timeout(1) ends QEMU in time even if this process is killed. In the foreground QEMU can read
    # from the terminal, and Ctrl-C reaches it, too.
    limited = ["timeout", "--foreground", "--kill-after=5", str(LONGEST * seconds)] + command
    with open(logs + ".log", "w", encoding="utf-8") as log, \
            subprocess.Popen(limited, stdin=None if interactive else subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             pass_fds=observer.pass_fds) as process:
        silence = Silence(process, seconds, sleeps_on)
        words = Beginning(process.stderr, logs + ".qemu", WORDS_KEPT)
        try:
            if device:
                device.watch(process)
            observer.started(process)
            serial = io.TextIOWrapper(process.stdout, errors="replace")
            for line in readable_lines(serial):
                lines.append(line)
                times.append(silence.heard())
                print(line, file=log, flush=True)
                observer.line(line)
            status = process.wait()
            return lines, times, None if silence.stopped else status
        finally:
            silence.end()
            process.terminate()
            words.end()


def problems_with_verdict(machine, report, status):
    """Without a verdict, what is wrong with the report is no news."""
    if status is None:
        return [f"it said nothing for {machine['seconds']} s, QEMU was stopped"]
    if status in STATUS_OF_TIMEOUT:
        return [f"no verdict within {LONGEST * count(machine, 'seconds')} s, QEMU was stopped"]
    verdicts = {value: name for name, value in STATUS_OF_VERDICT.items()}
    if status not in verdicts:
        return [f"no verdict: QEMU ended with status {status}"]
    if verdicts[status] != machine["expect"]:
        return [f"verdict {verdicts[status]}, expected {machine['expect']}"] + report.problems
    if report.bail_out and verdicts[status] != "error":
        return [f"verdict {verdicts[status]}, but it said \"{report.bail_out}\""] + report.problems
    if machine["expect"] == "passed" and report.failed:
        return [f"{report.failed} tests failed, but the verdict is passed"] + report.problems
    return report.problems


def problems_with_output(machine, report, lines):
    """What the machine's section says about reasons for SKIPs, and lines to be seen."""
    problems = skip_problems(machine, report) if machine.listed else []
    for pattern in patterns(machine["says"]):
        if not any(re.search(pattern, line) for line in lines):
            problems.append(f"no line matches \"{pattern}\"")
    return problems


def patterns(text):
    return [line for line in text.splitlines() if line]


def skip_problems(machine, report):
    """A pattern is for the reason alone, or for "NAME OF THE TEST: REASON"."""
    skipped = [case for case in report.cases if case.verdict == "skipped"]

    def matches(pattern, case):
        return re.search(pattern, case.text) or re.search(pattern, f"{case.name}: {case.text}")

    problems = []
    skips = patterns(machine["skips"])
    allowed = skips + patterns(machine["may_skip"])
    unexpected = {}
    for case in skipped:
        if not any(matches(pattern, case) for pattern in allowed):
            unexpected.setdefault(case.text, case.name)
    for reason, name in unexpected.items():
        problems.append(f"unexpected SKIP of {name}: {reason}")
    for pattern in skips:
        if not any(matches(pattern, case) for case in skipped):
            problems.append(f"no SKIP for the reason \"{pattern}\"")
    return problems


def model_of(machine, build, logs, observer):
    """The machine's device model, to be entered; None in its place where it has none."""
    if not machine["model"]:
        return nullcontext()
    return model.Model(machine["model"], build, logs, observer.messages or logs + ".messages",
                       observer.pass_fds)


def run_with(device, machine, build, logs, observer, interactive):
    """QEMU with its device model, or None: what run_qemu() returns."""
    command, lines = arguments(machine, build), []
    if device:
        command += device.arguments
        lines = [device.shell_line()]
        observer.beside(device)
    text = "\n".join(lines + [shell_lines(command)])
    with open(logs + ".sh", "w", encoding="utf-8") as file:
        print(text, file=file)
    observer.starts(text)
    return run_qemu(command, count(machine, "seconds"), logs, observer, interactive, device,
                    main_loop.can_sleep_on(machine.qemu))


def run_machine(machine, build, observer=Observer(), interactive=False, as_listed=True):
    """
    Runs the machine. What it says is kept in BUILD/logs/NAME.log, what QEMU says in NAME.qemu, the
    command in NAME.sh; what its device model says in NAME.model and NAME.messages. A machine that is
    not as its section lists it is judged by its report alone.
    """
    logs = f"{build}/logs/{machine.name}"
    os.makedirs(os.path.dirname(logs), exist_ok=True)
    if machine["moment"]:
        observer = Meddler(machine, monitor_path(machine, build), observer)
    if machine["screen"]:
        observer = ScreenCheck(machine, monitor_path(machine, build), build, observer)
    start = time.monotonic()
    with busy_loops(count(machine, "load"), LONGEST * count(machine, "seconds")), \
            model_of(machine, build, logs, observer) as device, closing(observer):
        lines, times, status = run_with(device, machine, build, logs, observer, interactive)
        if device:
            device.await_end(used=bool(lines))
    seconds = time.monotonic() - start
    report = Report(lines, times)
    fault = device and device.problem()
    problems = [fault] if fault else problems_with_verdict(machine, report, status)
    if as_listed and not problems:
        problems = problems_with_output(machine, report, lines)
    problems += observer.problems
    return Outcome(report, seconds, problems)
