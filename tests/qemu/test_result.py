# SPDX-License-Identifier: MIT
"""The result text out of serial logs and QR codes, and that kernel and host agree on what it is."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
import zlib

import result_codes
import result_text

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = "# head retarget=abc\nKTAP version 1\n1..1\nok 1 a\n# Totals: pass:1\n"


def digits(value, count):
    return "".join(result_codes.DIGITS[value // 45 ** place % 45] for place in range(count))


def base45(data):
    return "".join(digits(int.from_bytes(data[at:at + 2], "big"), len(data[at:at + 2]) + 1)
                   for at in range(0, len(data), 2))


def codes(text, count=3):
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(text.encode()) + packer.flush()
    size = -(-len(packed) // count)
    parts = [packed[at:at + size] for at in range(0, len(packed), size)]
    run = zlib.crc32(text.encode())
    return [f"RETARGET:{run:08X}:{n}/{len(parts)}:{len(text)}:{zlib.crc32(part):08X}:"
            f"{base45(part)}." for n, part in enumerate(parts, 1)]


def decoded(lines):
    return result_codes.text_of(result_codes.parts("\n".join(lines)))


class SerialTest(unittest.TestCase):
    def test_lines(self):
        log = ("BdsDxe: starting\r\nok 9 of firmware\r\n" + TEXT.replace("\n", " \r\n") +
               "# pci: nothing\r\nokay\r\n# halted\r\n")
        self.assertEqual(result_text.of_serial(log), TEXT)

    def test_last_run(self):
        self.assertEqual(result_text.of_serial(TEXT.replace("abc", "old") + TEXT), TEXT)

    def test_nothing(self):
        self.assertEqual(result_text.of_serial("ok 1 a\n"), "")

    def test_terminal_control(self):
        self.assertEqual(result_text.of_serial("\x1b[2J\x1b[01;01H" + TEXT), TEXT)

    def test_overflow_ends_it(self):
        full = TEXT + "# overflow: full\n"
        self.assertEqual(result_text.of_serial(full + "ok 2 b\n# Totals: x\n"), full)

    def test_same_prefixes_as_the_kernel(self):
        with open(f"{HERE}/../../kernel/result_text.c", encoding="utf-8") as source:
            table = re.search(r"prefixes\[\] = \{(.*?)\};", source.read(), re.S).group(1)
        self.assertEqual(re.findall(r'"([^"]*)"', table), list(result_text.PREFIXES))

    def test_same_prefixes_as_the_documentation(self):
        with open(f"{HERE}/../../docs/result-text.md", encoding="utf-8") as page:
            table = page.read().split("|---|---|\n")[1].split("\n\n")[0]
        named = [word for row in table.splitlines() for word in re.findall("`([^`]*)`",
                                                                           row.split("|")[1])]
        self.assertEqual(sorted(named), sorted(result_text.PREFIXES))


class CodesTest(unittest.TestCase):
    def test_in_any_order_and_twice(self):
        lines = codes(TEXT)
        self.assertEqual(decoded(lines[::-1] + lines), TEXT)
        self.assertEqual(decoded(codes(TEXT, 1)), TEXT)

    def test_missing(self):
        with self.assertRaisesRegex(result_codes.Incomplete, "codes are missing: 2$"):
            decoded([line for line in codes(TEXT) if ":2/3:" not in line])
        with self.assertRaisesRegex(result_codes.Incomplete, "no QR code"):
            decoded(["https://example.org"])

    def test_misread(self):
        for at in (-2, -9, 34):  # of the part, or of its CRC
            lines = codes(TEXT)
            wrong = "1" if lines[1][at] == "0" else "0"
            lines[1] = lines[1][:at] + wrong + lines[1][at:][1:]
            with self.assertRaisesRegex(result_codes.Incomplete, "misread"):
                decoded(lines)

    def test_several_runs(self):
        with self.assertRaisesRegex(result_codes.Incomplete, "several runs"):
            decoded(codes(TEXT) + codes(TEXT + "x\n"))

    def test_wrong_run(self):
        lines = [line.replace(line[9:17], "00000000") for line in codes(TEXT)]
        with self.assertRaisesRegex(result_codes.Incomplete, "not what they say"):
            decoded(lines)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_on(self, *contents):
        """What it prints, and what it says is wrong."""
        files = []
        for number, content in enumerate(contents):
            files.append(f"{self.folder}/file{number}")
            with open(files[-1], "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
        done = subprocess.run([sys.executable, "-B", f"{HERE}/retarget-result", *files],
                              capture_output=True, text=True, check=False)
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(done.returncode, 1 if done.stderr else 0)
        return done.stdout or done.stderr

    def test_each_kind(self):
        log = "BdsDxe: starting\r\n" + TEXT.replace("\n", "\r\n") + "# halted\r\n"
        self.assertEqual(self.run_on(log), TEXT)
        self.assertEqual(self.run_on(TEXT), TEXT)
        self.assertEqual(self.run_on("\n".join(codes(TEXT))), TEXT)
        self.assertEqual(self.run_on(*codes(TEXT)), TEXT)

    def test_garbage(self):
        for content in ("", "\n" * 9, b"\0" * 999, bytes(range(256)) * 40, "head retarget=\n"):
            self.assertIn("has no line \"# head retarget=...\"", self.run_on(content))

    def test_what_is_missing(self):
        self.assertIn("codes are missing: 1 3", self.run_on(codes(TEXT)[1]))
        self.assertIn("several files have to be pictures", self.run_on(TEXT, TEXT))
        self.assertIn("several files have to be pictures", self.run_on(TEXT, codes(TEXT)[0]))

    def test_a_picture_that_is_read_by_nobody_here(self):
        self.assertIn("convert it to JPEG", self.run_on(b"\0\0\0\x18ftypheic" + bytes(90)))


if __name__ == "__main__":
    unittest.main()
