# SPDX-License-Identifier: MIT
"""The reader of screenshots and the writer of PNG files, on pictures that are drawn here."""

import random
import struct
import tempfile
import unittest
import zlib

from picture import Picture
from screen_check import figures, is_detail, wrapped
from screen_reader import SIZES, Unreadable, load_fonts, read, read_text_mode

BLACK, GREEN, RED = b"\0\0\0", b"\x50\xd8\x70", b"\xc0\x20\x20"


def font(width, height):
    """Noise, always the same; the blank is empty."""
    noise, length = random.Random(width), (width + 7) // 8 * height
    return bytes(length) + b"".join(noise.randbytes(length) for _ in range(94))


class Reader(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for width, height in SIZES:
            with open(f"{self.folder}/{width}x{height}", "wb") as file:
                file.write(font(width, height))
        self.fonts = load_fonts(self.folder)

    def picture(self, text, size, scale, colour=GREEN, extra=(0, 0), spoil=None):
        """One row of text, and as many pixels more as `extra` says."""
        width, height = size[0] * scale, size[1] * scale
        patterns = {c: p for p, c in self.fonts[size].items()}
        rows = [[BLACK] * (width * len(text) + extra[0]) for _ in range(height + extra[1])]
        for n, character in enumerate(text):
            for y in range(height):
                for x in range(width):
                    if patterns[character][y // scale * size[0] + x // scale]:
                        rows[extra[1] // 2 + y][extra[0] // 2 + n * width + x] = colour
        if spoil:
            rows[spoil[1]][spoil[0]] = RED
        path = f"{self.folder}/picture"
        with open(path, "wb") as file:
            file.write(b"P6\n%d %d\n255\n" % (len(rows[0]), len(rows)))
            file.write(b"".join(b"".join(row) for row in rows))
        return Picture(path)

    def test_each_size(self):
        for size in SIZES:
            for scale in (1, 2, 3):
                text = read(self.picture("ok 1 !~", size, scale, extra=(5, 3)), self.fonts)
                self.assertEqual(text.rows, ["ok 1 !~"])
                self.assertEqual(text.colours[0][0], GREEN)
                self.assertIsNone(text.colours[0][2])
                self.assertEqual(text.size, (size[0] * scale, size[1] * scale))

    def test_a_spoilt_pixel(self):
        for spoil in ((0, 0), (17, 5)):
            with self.assertRaises(Unreadable):
                read(self.picture("ok 1", SIZES[0], 1, spoil=spoil), self.fonts)

    def test_an_empty_screen(self):
        with self.assertRaises(Unreadable):
            read(self.picture("   ", SIZES[0], 1), self.fonts)

    def test_text_mode(self):
        memory = b"o\x0ak\x0a \x07" + b" \x07" * 77
        text = read_text_mode(memory * 2)
        self.assertEqual(text.rows, ["ok" + " " * 78] * 2)
        self.assertEqual(text.colours[0][:3], [GREEN, GREEN, None])

    def test_png(self):
        picture = self.picture("ok", SIZES[0], 1)
        path = f"{self.folder}/png"
        picture.write_png(path)
        with open(path, "rb") as file:
            data = file.read()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(struct.unpack(">II", data[16:24]), (16, 16))
        start = data.index(b"IDAT")
        length = struct.unpack(">I", data[start - 4:start])[0]
        rows = zlib.decompress(data[start + 4:start + 4 + length])
        palette = data[data.index(b"PLTE") + 4:]
        self.assertEqual([palette[3 * n:3 * n + 3] for n in rows[1:17]],
                         [picture.row(0)[n:n + 3] for n in range(0, 48, 3)])


class Lines(unittest.TestCase):
    def test_wrapped(self):
        self.assertEqual(wrapped("", 4), [""])
        self.assertEqual(wrapped("abcd", 4), ["abcd"])
        self.assertEqual(wrapped("abc efg", 4), ["abc", "efg"])

    def test_details(self):
        self.assertTrue(is_detail("ok 1 a # SKIP b"))
        self.assertFalse(is_detail("ok 1 a"))

    def test_figures(self):
        lines = ["# edu          msi             17 / 300     0* / 300       -", "# other line",
                 "# result source=edu store=msi lost=17"]
        self.assertEqual(figures(lines), {"msi": [["17", "0*", "-"]]})


if __name__ == "__main__":
    unittest.main()
