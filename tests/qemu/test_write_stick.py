# SPDX-License-Identifier: MIT
"""
What boot/write-stick takes for a stick, on folders laid out as sysfs, and what it does to a real block
device: a loop device, where one can be had.
"""

import importlib.machinery
import importlib.util
import io
import os
import subprocess
import sys
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
        return write_stick.check(device, os.path.basename(device), SIZE, force, self.sys, mounts)

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


    def test_a_write_of_a_part(self):
        class Slow(io.BytesIO):
            def write(self, block):
                return super().write(block[:3])
        target = Slow()
        write_stick.write_all(target, b"in several parts")
        self.assertEqual(target.getvalue(), b"in several parts")


class Program(unittest.TestCase):
    """As it is started."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.image = f"{self.folder}/image"
        with open(self.image, "wb") as file:
            file.write(os.urandom(1 << 20) + b"end")

    def write(self, *words):
        done = subprocess.run([sys.executable, "-B", PATH, *words], capture_output=True, text=True,
                              check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def refused(self, part, *words):
        done = self.write(*words)
        self.assertIn(part, done.stderr)
        self.assertEqual(done.returncode, 1)


class NoStick(Program):
    def test_what_is_no_disk(self):
        for device in (self.image, self.folder, "/dev/null", "/dev/zero"):
            self.refused("is no disk", "--force", self.image, device)

    def test_what_is_not_there(self):
        self.refused("there is no /dev/nonesuch", "--force", self.image, "/dev/nonesuch")
        self.refused("which stick?", "--force", self.image, "")
        self.refused("which stick?")


class OnALoopDevice(Program):
    def loop(self, size, *more):
        """The device and the file behind it."""
        path = f"{self.folder}/disk{size}{len(more)}"
        with open(path, "wb") as file:
            file.truncate(size)
        try:
            done = subprocess.run(["losetup", *more, "--show", "-f", path], capture_output=True,
                                  text=True, check=False)
        except FileNotFoundError:
            self.skipTest("no losetup")
        if done.returncode:
            self.skipTest(f"no loop device: {done.stderr.strip()}")
        device = done.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "-d", device], check=True)
        return device, path

    def begins_with_the_image(self, path):
        with open(path, "rb") as disk, open(self.image, "rb") as image:
            wanted = image.read()
            return disk.read(len(wanted)) == wanted

    def test_it_is_written(self):
        device, path = self.loop(4 << 20)
        self.refused("is not removable", self.image, device)
        self.assertFalse(self.begins_with_the_image(path))
        done = self.write("--force", self.image, device)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("has been written and read back", done.stdout)
        self.assertTrue(self.begins_with_the_image(path))

    def test_no_image(self):
        device, _ = self.loop(4 << 20)
        self.refused("No such file", "--force", f"{self.folder}/none", device)

    def test_too_small(self):
        device, path = self.loop(1 << 20)
        self.refused("take another", "--force", self.image, device)
        self.assertFalse(self.begins_with_the_image(path))

    def test_write_protected(self):
        device, _ = self.loop(4 << 20, "--read-only")
        self.refused("write-protected", "--force", self.image, device)

    def test_mounted(self):
        """Under another name, too: the kernel knows."""
        device, path = self.loop(4 << 20)
        node, folder = f"{self.folder}/node", f"{self.folder}/mounted"
        os.mkdir(folder)
        try:
            subprocess.run(["mke2fs", "-q", device], check=True, capture_output=True)
            os.mknod(node, 0o60600, os.stat(device).st_rdev)
            subprocess.run(["mount", "-t", "ext2", node, folder], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            self.skipTest(f"nothing can be mounted: {error}")
        try:
            self.refused("is in use", "--force", self.image, device)
            self.refused("is in use", "--force", self.image, node)
        finally:
            subprocess.run(["umount", folder], check=True)
        self.assertFalse(self.begins_with_the_image(path))


if __name__ == "__main__":
    unittest.main()
