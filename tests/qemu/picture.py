# SPDX-License-Identifier: MIT
"""A screenshot of QEMU's: reading its PPM file, writing it as PNG."""

import struct
import zlib


class Picture:
    """`rows` are bytes, three for each pixel."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        magic, size, depth, pixels = data.split(b"\n", 3)
        if magic != b"P6" or depth != b"255":
            raise ValueError(f"{path} is no PPM file of 8 bits a colour")
        self.width, self.height = (int(word) for word in size.split())
        self._pixels = pixels
        if len(pixels) != 3 * self.width * self.height:
            raise ValueError(f"{path} is cut off")

    def row(self, y):
        return self._pixels[3 * self.width * y:3 * self.width * (y + 1)]

    def cell(self, left, top, width, height):
        """The pixels of a rectangle, three bytes each, by rows."""
        starts = (3 * (self.width * y + left) for y in range(top, top + height))
        return b"".join(self._pixels[start:start + 3 * width] for start in starts)

    def write_png(self, path):
        """With a palette where 256 colours are enough: a screen of text takes some kilobytes."""
        colours = sorted({self._pixels[n:n + 3] for n in range(0, len(self._pixels), 3)})
        if len(colours) <= 256:
            number = {colour: bytes([n]) for n, colour in enumerate(colours)}
            lines = [b"".join(number[row[n:n + 3]] for n in range(0, len(row), 3))
                     for row in map(self.row, range(self.height))]
            kind, palette = 3, _chunk(b"PLTE", b"".join(colours))
        else:
            lines, kind, palette = [self.row(y) for y in range(self.height)], 2, b""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, kind, 0, 0, 0)
        data = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + palette
                       + _chunk(b"IDAT", data) + _chunk(b"IEND", b""))


def _chunk(name, data):
    return (struct.pack(">I", len(data)) + name + data
            + struct.pack(">I", zlib.crc32(name + data)))
