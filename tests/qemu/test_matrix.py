# SPDX-License-Identifier: MIT
"""What a section of machines.ini says for a version of QEMU, and which machines are chosen."""

import os
import tempfile
import unittest
from unittest import mock

import matrix
import qemus
from qemus import MachineError, Qemu

FILE = """\
[DEFAULT]
about =
versions = 7.2 10.0 11.1
quick =
in_test = yes
options = fires=1000
skips = no mask bit
skips@7.2 = records nothing
may_skip =
says =

[plain]
quick = hand 11.1

[own-skips]
skips = needs 2 CPUs

[newer]
versions = 10.0 11.1
quick = hand
options@11.1 = fires=1
skips@10.0 11.1 = no HPET
skips@* = on each

[left-out]
in_test = no
"""


class MatrixTest(unittest.TestCase):
    def use(self, *texts, hand="7.2"):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        files = [os.path.join(folder.name, f"{number}.ini") for number in range(len(texts))]
        for file, text in zip(files, texts):
            with open(file, "w", encoding="utf-8") as out:
                out.write(text)
        for target, name, value in [
                (matrix, "FILES", files),
                (qemus, "at_hand", lambda: Qemu(hand, hand + ".0", ("qemu",))),
                (qemus, "find", lambda version: Qemu(version, version + ".0", ("other",))),
                (qemus, "suites", lambda: {"7.2": "a", "10.0": "b", "11.1": "c"})]:
            patch = mock.patch.object(target, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        matrix.sections.cache_clear()
        self.addCleanup(matrix.sections.cache_clear)

    def test_versions_add_to_lists_and_replace_the_rest(self):
        self.use(FILE)
        for name, skips in [("plain@7.2", ["no mask bit", "records nothing"]),
                            ("plain@10.0", ["no mask bit"]),
                            ("own-skips@7.2", ["needs 2 CPUs"]),
                            ("newer@7.2", ["no mask bit", "records nothing", "on each"]),
                            ("newer@10.0", ["no mask bit", "no HPET", "on each"])]:
            with self.subTest(name):
                self.assertEqual(matrix.values(*name.split("@"))["skips"].splitlines(), skips)
        self.assertEqual(matrix.values("newer", "10.0")["options"], "fires=1000")
        self.assertEqual(matrix.values("newer", "11.1")["options"], "fires=1")

    def test_machine(self):
        self.use(FILE)
        here, there = matrix.machine_called("plain"), matrix.machine_called("plain@11.1")
        self.assertEqual((here.name, here.qemu.program), ("plain", ("qemu",)))
        self.assertEqual((there.name, there.qemu.program), ("plain@11.1", ("other",)))
        self.assertTrue(here.listed)

    def test_lists(self):
        self.use(FILE)
        self.assertEqual(matrix.whole(), [
            "plain@7.2", "plain@10.0", "plain@11.1", "own-skips@7.2", "own-skips@10.0",
            "own-skips@11.1", "newer@10.0", "newer@11.1"])
        self.assertEqual(matrix.quick(), ["plain@7.2", "plain@11.1"])
        self.assertEqual(matrix.select(["left-out", "*@11.1", "plain@*"]), [
            "left-out@7.2", "plain@11.1", "own-skips@11.1", "newer@11.1", "plain@7.2",
            "plain@10.0"])

    def test_newer_at_hand(self):
        self.use(FILE, hand="11.1")
        self.assertEqual(matrix.quick(), ["plain@11.1", "newer@11.1"])

    def test_version_that_nobody_knows(self):
        self.use(FILE, hand="9.0")
        self.assertFalse(matrix.machine_called("plain").listed)
        self.assertEqual(matrix.quick(), ["plain@9.0", "plain@11.1"])
        self.assertIn("own-skips@9.0", matrix.whole())
        self.assertNotIn("newer@9.0", matrix.whole())

    def test_mistakes(self):
        for old, new, words in [
                ("[plain]", "[own-skips]", "already exists"),
                ("[plain]", "nonsense\n[plain]", "nonsense"),
                ("[plain]", "[pl@in]", "has an @"),
                ("quick = hand 11.1", "quick = hands", "quick: hands is none of"),
                ("quick = hand 11.1", "qiuck = hand", "key qiuck"),
                ("options@11.1", "options@11.2", "11.2 is no version"),
                ("versions = 10.0 11.1", "versions = 10", "versions: 10 is none of"),
                ("in_test = no", "in_test = none", "in_test: none")]:
            with self.subTest(words):
                self.use(FILE.replace(old, new, 1))
                with self.assertRaisesRegex(MachineError, words):
                    matrix.whole()
        self.use(FILE, "[more]\n[plain]\n")
        with self.assertRaisesRegex(MachineError, "there is one already"):
            matrix.whole()
        self.use(FILE, "[more]\n")
        self.assertIn("more@11.1", matrix.whole())
        for name in ("nothing", "DEFAULT"):
            with self.assertRaisesRegex(MachineError, "no machine is called"):
                matrix.machine_called(name)
        for pattern in ("nothing", "plain@9", "*@9.0"):
            with self.assertRaisesRegex(MachineError, "no machine of the matrix matches"):
                matrix.select([pattern])


if __name__ == "__main__":
    unittest.main()
