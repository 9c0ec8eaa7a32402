# SPDX-License-Identifier: MIT
"""A lab of one's own for a test: bench, coordinator, exporter and a place for each board, on this machine."""

import json
import os
import shutil
import socket
import subprocess
import time

from bench import Bench

WAIT = 60  # seconds for the coordinator and the exporter to come up, and for a client to be answered
END_WAIT = 10  # seconds for each of them to end


class LabError(Exception):
    """What of the lab does not work, and what it said."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Lab:
    """
    To be used in `with`; nothing that it started is left behind it. `folder` is its own: a coordinator
    that finds places in it would take them over.
    """

    def __init__(self, labgrid, machines, build, folder):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self._labgrid, self._folder = labgrid, folder
        self._machines, self._build = machines, build
        self._processes, self._bench = [], None
        self.coordinator = f"127.0.0.1:{free_port()}"
        self.places = [machine.name for machine in machines]

    def _start(self, name, *arguments):
        with open(f"{self._folder}/{name}.log", "wb") as log:
            self._processes.append(subprocess.Popen(
                [f"{self._labgrid}/labgrid-{name}", *arguments], cwd=self._folder, stdout=log,
                stderr=log))

    def client(self, place, *arguments):
        try:
            done = subprocess.run([f"{self._labgrid}/labgrid-client", "-x", self.coordinator, "-p", place,
                                   *arguments], capture_output=True, text=True, check=False,
                                  cwd=self._folder, timeout=WAIT)
        except subprocess.TimeoutExpired:
            raise LabError(f"labgrid-client {' '.join(arguments)}: no answer in {WAIT} s; "
                           f"see {self._folder}/*.log") from None
        if done.returncode:
            raise LabError(f"labgrid-client {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def _wait_for(self, what, condition):
        end = time.monotonic() + WAIT
        while not condition():
            dead = [process for process in self._processes if process.poll() is not None]
            if dead or time.monotonic() > end:
                raise LabError(f"{what} does not come up; see {self._folder}/*.log")
            time.sleep(0.2)

    def _answers(self):
        host, port = self.coordinator.split(":")
        try:
            socket.create_connection((host, int(port)), 1).close()
            return True
        except OSError:
            return False

    def __enter__(self):
        try:
            self._bench = Bench(self._machines, self._build, self._folder)
            with open(f"{self._folder}/exporter.yaml", "w", encoding="utf-8") as opened:
                json.dump(self._bench.exports(), opened, indent=1)
            self._start("coordinator", "-l", self.coordinator)
            self._wait_for("the coordinator", self._answers)
            self._start("exporter", "-c", self.coordinator, "-n", "bench", "--hostname", "127.0.0.1",
                        os.path.abspath(f"{self._folder}/exporter.yaml"))
            for place in self.places:
                self.client(place, "create")
                self.client(place, "add-match", f"bench/{place}/*")
            self._wait_for("the exporter", lambda: all(
                f"bench/{place}/NetworkPowerPort" in self.client(place, "resources")
                for place in self.places))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(END_WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._bench:
            self._bench.close()
