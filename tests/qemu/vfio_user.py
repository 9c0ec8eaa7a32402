# SPDX-License-Identifier: MIT
"""
The client's side of vfio-user (QEMU's documentation, "vfio-user Protocol Specification"), for tests
of a device model without QEMU. Numbers are the protocol's.
"""

import array
import json
import socket
import struct
from collections import namedtuple

VERSION, DMA_MAP, DMA_UNMAP, GET_INFO, GET_REGION_INFO, GET_REGION_IO_FDS, GET_IRQ_INFO, SET_IRQS, \
    REGION_READ, REGION_WRITE, DMA_READ, DMA_WRITE, RESET = range(1, 14)
TYPE_REPLY, NO_REPLY, ERROR = 0x1, 0x10, 0x20
HEADER = struct.Struct("<HHIII")  # id, command, size with the header, flags, error
REGION_ACCESS = struct.Struct("<QII")  # offset, region, count
VERSIONS = struct.Struct("<HH")
IRQ_SET = struct.Struct("<IIIII")  # argsz, flags, index, start, count
IRQ_SET_EVENTFD = 1 << 2 | 1 << 5  # data are eventfds; action is to trigger
IRQ_SET_NONE = 1 << 0 | 1 << 5     # no data: trigger them now
MSIX_INDEX = 2
SECONDS = 120  # for a reply that is to come

Message = namedtuple("Message", "id command flags error data")


class Client:
    """
    One connection. Requests have ids from 1 on; those of the server that come in while an answer is
    waited for are kept in `requests`.
    """

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.requests = []
        self._id = 0

    def close(self):
        self.socket.close()

    def send_raw(self, data, fds=()):
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.socket.sendmsg([data], ancillary)

    def send(self, command, data=b"", flags=0, size=None, fds=()):
        """`size`: what the header says, where that is not the truth. Returns the id."""
        self._id += 1
        whole = HEADER.size + len(data)
        self.send_raw(HEADER.pack(self._id, command, whole if size is None else size, flags, 0)
                      + data, fds)
        return self._id

    def _receive(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        """The next message of the server; EOFError when it has closed the connection."""
        number, command, size, flags, error = HEADER.unpack(self._receive(HEADER.size))
        return Message(number, command, flags, error, self._receive(size - HEADER.size))

    def ask(self, command, data=b"", **how):
        """Sends a request, and returns the reply to it."""
        number = self.send(command, data, **how)
        while True:
            message = self.receive()
            if message.flags & TYPE_REPLY and message.id == number:
                return message
            self.requests.append(message)

    def agree(self, major=0, minor=1):
        """The first exchange."""
        words = json.dumps({"capabilities": {"max_msg_fds": 8}}).encode() + b"\0"
        return self.ask(VERSION, VERSIONS.pack(major, minor) + words)

    def read(self, region, offset, size):
        reply = self.ask(REGION_READ, REGION_ACCESS.pack(offset, region, size))
        return int.from_bytes(reply.data[REGION_ACCESS.size:], "little")

    def write(self, region, offset, value, size, flags=0):
        data = REGION_ACCESS.pack(offset, region, size) + value.to_bytes(size, "little")
        if flags & NO_REPLY:
            return self.send(REGION_WRITE, data, flags=flags)
        return self.ask(REGION_WRITE, data)

    def set_vectors(self, count, fds):
        data = IRQ_SET.pack(IRQ_SET.size, IRQ_SET_EVENTFD, MSIX_INDEX, 0, count)
        return self.ask(SET_IRQS, data, fds=fds)

    def trigger_vectors(self, count):
        data = IRQ_SET.pack(IRQ_SET.size, IRQ_SET_NONE, MSIX_INDEX, 0, count)
        return self.ask(SET_IRQS, data)
