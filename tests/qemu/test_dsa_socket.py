# SPDX-License-Identifier: MIT
"""
The device model of DSA over a real socket, without QEMU: clients that break the protocol, or that
leave, or do not read. However a client behaves, the model ends in time and says why in one line.

    tests/qemu/test_dsa_socket.py MODEL [unittest's options]
"""

import os
import select
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import vfio_user
from vfio_user import Client

MODEL = "build/dsa-model"
SECONDS = 120  # for what takes milliseconds on an idle host
BAR0, BAR2, BAR4, CONFIG = 0, 2, 4, 7

# drivers/pci/sources/dsa_regs.h, dsa_model.h
IMS = 0x4000
LOOP_COUNT, LOOP, OUTSTANDING = 0x48, 0x4c, 0xe0
REQUESTED, SAMPLED, SENT, ACKNOWLEDGED, REFUSED, COALESCED, DROPPED = range(0x80, 0xb8, 8)


class Model:
    """The program, and a folder for its socket."""

    def __init__(self, *options):
        self._folder = tempfile.TemporaryDirectory()
        self.path = f"{self._folder.name}/socket"
        self.process = subprocess.Popen([MODEL, *options, self.path], stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + SECONDS
        while not os.path.exists(self.path) and self.process.poll() is None:
            if time.monotonic() > end:
                self.close()
                raise TimeoutError("no socket")
            time.sleep(0.005)

    def end(self):
        """Its exit status and the lines it said, once it has ended."""
        said = self.process.communicate(timeout=SECONDS)[1]
        return self.process.returncode, said.splitlines()

    def close(self):
        self.process.kill()
        self.process.communicate()
        self._folder.cleanup()


class SocketTest(unittest.TestCase):
    def start(self, *options):
        model = Model(*options)
        self.addCleanup(model.close)
        return model

    def connect(self, model, agree=True):
        client = Client(model.path)
        self.addCleanup(client.close)
        if agree:
            self.assertEqual(client.agree().error, 0)
        return client

    def ends(self, model, status, words):
        self.assertEqual(model.end(), (status, [f"dsa-model: {words}"]))

    def test_no_messages(self):
        """What is no message, as the first or after others; the client waits for the answer."""
        cases = [
            ("size below the header's", struct.pack("<HHIII", 1, 4, 15, 0, 0),
             "a message (command 4) of 15 bytes; between 16 and 65600 are possible"),
            ("size 0", bytes(16),
             "a message (command 0) of 0 bytes; between 16 and 65600 are possible"),
            ("huge size", struct.pack("<HHIII", 1, 10, 0xffffffff, 0, 0),
             "a message (command 10) of 4294967295 bytes; between 16 and 65600 are possible"),
            ("one byte too many", struct.pack("<HHIII", 1, 10, 65601, 0, 0),
             "a message (command 10) of 65601 bytes; between 16 and 65600 are possible"),
            ("type", struct.pack("<HHIII", 1, 4, 16, 7, 0), "a message of type 7"),
            ("reply to nothing", struct.pack("<HHIII", 9, 12, 32, 1, 0) + bytes(16),
             "a reply to request 9 that is not one"),
            ("reply of an older QEMU", struct.pack("<HHIII", 9, 12, 28, 1, 0) + bytes(12),
             "a reply to DMA of 28 bytes, not 32: QEMU 11 or newer is needed, older ones have "
             "another form of it"),
        ]
        for name, data, why in cases:
            for agree in (False, True):
                with self.subTest(name, agree=agree):
                    model = self.start()
                    client = self.connect(model, agree)
                    client.send_raw(data)
                    with self.assertRaises(EOFError):
                        client.receive()
                    self.ends(model, 1, f"the client broke the protocol: {why}")

    def test_first_message(self):
        for major, minor in [(1, 0), (0xffff, 7)]:
            with self.subTest(major=major):
                model = self.start()
                client = self.connect(model, False)
                with self.assertRaises(EOFError):
                    client.agree(major, minor)
                self.ends(model, 1, "the client broke the protocol: the client speaks version "
                          f"{major}.{minor} of vfio-user, this model 0.x")
        model = self.start()
        client = self.connect(model, False)
        with self.assertRaises(EOFError):
            client.ask(vfio_user.GET_INFO, bytes(16))
        self.ends(model, 1,
                  "the client broke the protocol: command 4 came before VFIO_USER_VERSION")

    def test_leaving(self):
        """In good order, or in the middle of something."""
        header = vfio_user.HEADER.pack(5, vfio_user.REGION_WRITE, 40, 0, 0)
        middle = "the client left in the middle of a message"
        for name, data, status, why in [("between two messages", b"", 0, "the client has left"),
                                        ("a byte", header[:1], 1, middle),
                                        ("most of a header", header[:15], 1, middle),
                                        ("a header", header, 1, middle),
                                        ("part of the data", header + bytes(23), 1, middle)]:
            with self.subTest(name):
                model = self.start()
                client = self.connect(model)
                client.send_raw(data)
                client.close()
                self.ends(model, status, why)

    def test_leaving_with_messages_in_flight(self):
        """As when QEMU is killed: 16 slots send by themselves, and nobody answers."""
        model = self.start("--ims=16")
        client = self.connect(model)
        start_loop(client, 16)
        self.assertEqual(client.receive().command, vfio_user.DMA_WRITE)
        client.close()
        self.ends(model, 0, "the client has left")

    def test_signal(self):
        for connected in (False, True):
            with self.subTest(connected=connected):
                model = self.start()
                if connected:
                    self.connect(model)
                model.process.terminate()
                self.ends(model, 0, "stopped")
                self.assertFalse(os.path.exists(model.path))

    def test_log_that_cannot_be_written(self):
        """The last line is about the log."""
        model = self.start("--log=/dev/full")
        model.process.terminate()
        self.assertEqual(model.end(), (1, ["dsa-model: stopped", "dsa-model: /dev/full: not all of "
                                           "the log could be written"]))

    def test_path_that_cannot_be_had(self):
        """What is in the way is named, and nothing is left there."""
        with tempfile.TemporaryDirectory() as folder:
            for there, path, words in [("a", "a", "a: Address already in use; remove it, or give "
                                        "another path"),
                                       ("b.new", "b", "b.new: Address already in use; remove it, "
                                        "or give another path"),
                                       ("c", "", ": No such file or directory")]:
                with self.subTest(path=path):
                    with open(f"{folder}/{there}", "w", encoding="utf-8"):
                        pass
                    done = subprocess.run([os.path.abspath(MODEL), path], cwd=folder, text=True,
                                          stderr=subprocess.PIPE, timeout=SECONDS, check=False)
                    self.assertEqual((done.returncode, done.stderr), (2, f"dsa-model: {words}\n"))
            self.assertEqual(sorted(os.listdir(folder)), ["a", "b.new", "c"])

    def test_second_client(self):
        model = self.start()
        client = self.connect(model)
        with self.assertRaises(OSError):
            Client(model.path)
        self.assertEqual(client.read(BAR0, 0, 4), 0x100)

    def test_pieces(self):
        """A stream has no boundaries: messages byte by byte, and many at once."""
        model = self.start()
        client = self.connect(model)
        request = (vfio_user.HEADER.pack(77, vfio_user.REGION_READ, 32, 0, 0)
                   + vfio_user.REGION_ACCESS.pack(0, BAR0, 4))
        for n in range(len(request)):
            client.send_raw(request[n:n + 1])
        self.assertEqual(client.receive().data[16:], struct.pack("<I", 0x100))
        client.send_raw(request * 500)
        for _ in range(500):
            self.assertEqual(client.receive().data[16:], struct.pack("<I", 0x100))

    def test_refused_requests(self):
        """Answered with an error; the connection goes on."""
        access = vfio_user.REGION_ACCESS
        model = self.start("--ims=4")
        client = self.connect(model)
        for name, command, data in [
                ("unknown command", 99, b""),
                ("no region", vfio_user.REGION_READ, access.pack(0, 1, 4)),
                ("region far away", vfio_user.REGION_READ, access.pack(0, 0xffffffff, 4)),
                ("beyond the region", vfio_user.REGION_READ, access.pack(0x10000, BAR0, 1)),
                ("across its end", vfio_user.REGION_READ, access.pack(0xfffe, BAR0, 4)),
                ("an offset that wraps", vfio_user.REGION_WRITE,
                 access.pack(2**64 - 2, BAR0, 4) + bytes(4)),
                ("a huge read", vfio_user.REGION_READ, access.pack(0, BAR0, 0xffffffff)),
                ("less data than it says", vfio_user.REGION_WRITE,
                 access.pack(0, BAR0, 8) + bytes(4)),
                ("half a request", vfio_user.REGION_READ, bytes(7)),
                ("a million writes", 15, struct.pack("<Q", 1 << 20) + bytes(24)),
                ("2^64 - 1 writes", 15, struct.pack("<Q", 2**64 - 1) + bytes(24)),
                ("no such vectors", vfio_user.SET_IRQS,
                 vfio_user.IRQ_SET.pack(20, vfio_user.IRQ_SET_EVENTFD, 2, 0xfffffff0, 0x20))]:
            with self.subTest(name):
                reply = client.ask(command, data)
                self.assertTrue(reply.flags & vfio_user.ERROR)
                self.assertNotEqual(reply.error, 0)
        self.assertEqual(client.read(BAR0, 0, 4), 0x100)

    def test_file_descriptors(self):
        model = self.start()
        client = self.connect(model)
        events = [os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC) for _ in range(20)]
        self.addCleanup(lambda: [os.close(each) for each in events])
        before = open_files(model)
        for name, count, fds, error in [("all", 10, events[:10], False),
                                        ("one", 1, events[:1], False),
                                        ("too few", 3, events[:2], True),
                                        ("too many", 2, events[:3], True),
                                        ("none", 10, [], False)]:
            with self.subTest(name):
                reply = client.set_vectors(count, fds)
                self.assertEqual(bool(reply.error), error)
        # With a message that takes none.
        self.assertEqual(client.ask(vfio_user.GET_INFO, bytes(16), fds=events[:4]).error, 0)
        self.assertEqual(open_files(model), before)
        with self.assertRaises(EOFError):
            client.set_vectors(10, events)
        self.ends(model, 1, "the client broke the protocol: "
                  "more than 10 file descriptors with one message")

    def test_vectors_that_are_no_events(self):
        """A pipe that nobody reads, and one that is full: the model must neither end nor stop."""
        full, closed = os.pipe(), os.pipe()
        self.addCleanup(lambda: [os.close(each) for each in (*full, closed[1])])
        os.close(closed[0])
        os.set_blocking(full[1], False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(full[1], bytes(4096))
        os.set_blocking(full[1], True)
        for name, fd in [("full", full[1]), ("closed", closed[1])]:
            with self.subTest(name):
                model = self.start()
                client = self.connect(model)
                event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
                self.addCleanup(os.close, event)
                self.assertEqual(client.set_vectors(2, [fd, event]).error, 0)
                # Vectors 0 and 1, in this order.
                client.trigger_vectors(2)
                self.assertTrue(select.select([event], [], [], SECONDS)[0])
                self.assertEqual(client.read(BAR0, 0, 4), 0x100)
                client.close()
                self.ends(model, 0, "the client has left")

    def test_posted_writes(self):
        """Faster than anyone reads: 200,000 writes without a reply, a read after all of them."""
        model = self.start()
        client = self.connect(model)
        one = (vfio_user.HEADER.pack(1, vfio_user.REGION_WRITE, 36, vfio_user.NO_REPLY, 0)
               + vfio_user.REGION_ACCESS.pack(IMS, BAR0, 4))
        for start in range(0, 200000, 1000):
            client.send_raw(b"".join(one + struct.pack("<I", start + n) for n in range(1000)))
        self.assertEqual(client.read(BAR0, IMS, 4), 199999)
        self.assertLess(memory(model), 128 << 20)

    def test_client_that_does_not_read(self):
        """It asks and asks: the model stops, and it does not keep the answers for ever."""
        model = self.start()
        client = self.connect(model)
        client.socket.settimeout(SECONDS)
        request = (vfio_user.HEADER.pack(1, vfio_user.REGION_READ, 32, 0, 0)
                   + vfio_user.REGION_ACCESS.pack(IMS, BAR0, 32768))
        with self.assertRaises(OSError):
            while True:
                client.send_raw(request * 100)
        self.ends(model, 1, "the client does not read what it is sent")

    def test_client_that_does_not_answer(self):
        """64 messages are on their way at most; registers are served all the same."""
        model = self.start("--ims=2048")
        client = self.connect(model)
        start_loop(client, 2048)
        end = time.monotonic() + SECONDS
        while client.read(BAR4, SENT, 8) < 64 and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)
        self.assertEqual(client.read(BAR4, SENT, 8), 64)
        self.assertEqual(len(client.requests), 64)
        answer_all(client, 0)
        while client.read(BAR4, SENT, 8) < 128:
            self.assertLess(time.monotonic(), end)

    def test_slots_are_hammered(self):
        """
        64 slots send by themselves while their words are rewritten, masked and unmasked; each
        message is answered. Built with -fsanitize=thread, the model is watched for races.
        """
        model = self.start("--ims=64", "--coalesce")
        client = self.connect(model)
        start_loop(client, 64)
        answered = hammer(client, 64, 10000)
        client.write(BAR4, LOOP, 0, 4)
        settle(client)
        counters = [client.read(BAR4, offset, 8) for offset in
                    (REQUESTED, SAMPLED, ACKNOWLEDGED, REFUSED, COALESCED, DROPPED)]
        requested, sampled, acknowledged, refused, coalesced, dropped = counters
        self.assertGreaterEqual(answered, 10000)
        self.assertEqual(sampled, acknowledged + refused)
        self.assertGreaterEqual(requested, sampled + coalesced + dropped)
        self.assertLessEqual(requested, sampled + coalesced + dropped + 64)
        client.close()
        self.ends(model, 0, "the client has left")


def open_files(model):
    return len(os.listdir(f"/proc/{model.process.pid}/fd"))


def memory(model):
    with open(f"/proc/{model.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def start_loop(client, slots):
    """Unmasks so many slots and has the device send from them by itself."""
    client.write(CONFIG, 4, 6, 2)
    for slot in range(slots):
        client.write(BAR0, IMS + 16 * slot, 0xfee00000 | slot << 12, 4)
        client.write(BAR0, IMS + 16 * slot + 8, 0x20, 8)
    client.write(BAR4, LOOP_COUNT, slots, 4)
    client.send(vfio_user.REGION_WRITE, vfio_user.REGION_ACCESS.pack(LOOP, BAR4, 4)
                + struct.pack("<I", 1), flags=vfio_user.NO_REPLY)


def answer_all(client, seconds):
    """What has come in by then is answered; how many these were."""
    requests, client.requests = client.requests, []
    while len(requests) < 64 and select.select([client.socket], [], [], seconds)[0]:
        requests.append(client.receive())
    client.send_raw(b"".join(
        vfio_user.HEADER.pack(each.id, each.command, 32, vfio_user.TYPE_REPLY, 0) + each.data[:16]
        for each in requests))
    return len(requests)


def hammer(client, slots, messages):
    """Until so many messages have been answered, or none has come for too long."""
    answered = n = 0
    last = time.monotonic()
    while answered < messages and time.monotonic() - last < SECONDS:
        base = IMS + 16 * (n * 7 % slots)
        for offset, value in [(12, 1), (0, 0xfee00000 | n % 256 << 12), (8, n % 256), (12, 0)]:
            client.send(vfio_user.REGION_WRITE,
                        vfio_user.REGION_ACCESS.pack(base + offset, BAR0, 4)
                        + struct.pack("<I", value), flags=vfio_user.NO_REPLY)
        now_answered = answer_all(client, 0)
        if now_answered:
            last = time.monotonic()
        answered += now_answered
        n += 1
    return answered


def settle(client):
    end = time.monotonic() + SECONDS
    while client.read(BAR4, OUTSTANDING, 8):
        answer_all(client, 0.01)
        if time.monotonic() > end:
            raise TimeoutError("messages are outstanding")


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        MODEL = sys.argv.pop(1)
    unittest.main()
