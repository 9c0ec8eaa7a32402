# SPDX-License-Identifier: MIT
"""What boot/write-stick takes for a stick, on folders laid out as sysfs."""

import importlib.machinery
import importlib.util
import io
import os
import tempfile
import unittest

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../boot/write-stick")
loader = importlib.machinery.SourceFileLoader("write_stick", PATH)
write_stick = importlib.util.module_from_spec(importlib.util.spec_from_loader("write_stick", loader))
loader.exec_module(write_stick)

SIZE = 20 << 20


class Stick(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sys = folder.name
        self.put("block/sdz/size", str(8 << 21))
        self.put("block/sdz/removable", "1")
        self.put("block/sdz/ro", "0")
        self.put("block/sdz/device/vendor", "Some    ")
        self.put("block/sdz/device/model", "Stick   ")
        self.put("block/sdz/sdz1/partition", "1")

    def put(self, path, text):
        path = os.path.join(self.sys, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "\n")

    def check(self, device="/dev/sdz", force=False, mounts=""):
        return write_stick.check(device, SIZE, force, self.sys, mounts)

    def refused(self, part, **how):
        with self.assertRaises(write_stick.Refused) as caught:
            self.check(**how)
        self.assertIn(part, str(caught.exception))

    def test_a_stick(self):
        self.assertEqual(self.check(), "/dev/sdz: Some Stick, 8.6 GB, 1 partitions; all that is on "
                         "it is lost")

    def test_a_partition(self):
        self.refused("is no whole disk", device="/dev/sdz1")
        self.refused("is no whole disk", device="/dev/sdz1", force=True)

    def test_a_fixed_disk(self):
        self.put("block/sdz/removable", "0")
        self.refused("is not removable")
        self.check(force=True)

    def test_what_is_mounted(self):
        """Not even by force."""
        for force in (False, True):
            self.refused("/dev/sdz1 at /mnt", mounts="/dev/sdz1 /mnt vfat rw 0 0", force=force)
            self.refused("in use", mounts="/dev/sdz /mnt vfat rw 0 0", force=force)
        self.check(mounts="/dev/sdza /mnt ext4 rw 0 0\n/dev/sdy1 / ext4 rw 0 0")

    def test_what_holds_it(self):
        self.put("class/block/sdz1/holders/dm-0", "")
        self.refused("/dev/sdz1 by dm-0", force=True)

    def test_too_small(self):
        self.put("block/sdz/size", str((SIZE >> 9) - 1))
        self.refused("take another")
        self.put("block/sdz/size", str(SIZE >> 9))
        self.check()

    def test_write_protected(self):
        self.put("block/sdz/ro", "1")
        self.refused("write-protected")

    def test_a_broken_stick(self):
        with self.assertRaises(write_stick.Refused), tempfile.TemporaryFile() as target:
            target.write(b"otherwise")
            write_stick.compare(io.BytesIO(b"like this"), target, 9)


if __name__ == "__main__":
    unittest.main()
