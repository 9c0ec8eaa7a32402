# SPDX-License-Identifier: MIT
"""
Machines of tests/qemu as boards on a bench: each has a console server (TCP, raw) and a power switch
(HTTP, labgrid's model "rest"), which are there whether the machine is on or off.
"""

import os
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from machine import arguments


class Board:
    """A machine that can be switched on and off, and the console server that stays."""

    def __init__(self, machine, build, logs):
        self._command, self._logs, self.name = arguments(machine, build), logs, machine.name
        self._process, self._client = None, None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        """One listens at a time; who comes later takes over. What nobody hears is lost, as on a bench."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                old, self._client = self._client, client
            if old:
                old.close()

    def _forward(self, process):
        while True:
            part = os.read(process.stdout.fileno(), 4096)
            if not part:
                return
            with self._lock:
                client = self._client
            try:
                if client:
                    client.sendall(part)
            except OSError:
                with self._lock:
                    self._client = None

    @property
    def on(self):
        return self._process is not None and self._process.poll() is None

    def switch(self, on):
        if on and not self.on:
            with open(f"{self._logs}/{self.name}.qemu", "wb") as said:
                self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL,
                                                 stdout=subprocess.PIPE, stderr=said)
            threading.Thread(target=self._forward, args=(self._process,), daemon=True).start()
        elif not on and self.on:
            self._process.kill()
            self._process.wait()

    def close(self):
        self.switch(False)
        self._listener.close()


class Bench:
    """All boards, and the power switch with a port for each, by number."""

    def __init__(self, machines, build, logs):
        self.boards = [Board(machine, build, logs) for machine in machines]
        boards = self.boards

        class Switch(BaseHTTPRequestHandler):
            def _board(self):
                return boards[int(self.path.strip("/"))]

            def _answer(self, text):
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self):
                self._answer("1" if self._board().on else "0")

            def do_PUT(self):
                self._board().switch(self.rfile.read(int(self.headers["Content-Length"])) == b"1")
                self._answer("")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Switch)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def exports(self):
        """What labgrid-exporter takes; JSON is YAML."""
        power = f"http://127.0.0.1:{self._server.server_port}/{{index}}"
        return {board.name: {
            "NetworkSerialPort": {"host": "127.0.0.1", "port": board.port, "protocol": "raw"},
            "NetworkPowerPort": {"model": "rest", "host": power, "index": index}}
            for index, board in enumerate(self.boards)}

    def close(self):
        self._server.shutdown()
        for board in self.boards:
            board.close()
