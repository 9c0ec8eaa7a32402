# SPDX-License-Identifier: MIT
"""
Reads the text on a screenshot: cuts it into the cells of a font of the kernel's and looks each of
them up among the glyphs. Nothing is guessed: a cell that is no glyph is an error.
"""

import os

FIRST = 0x20  # the character of the first glyph
SIZES = [(8, 16), (12, 24), (16, 32)]
SCALES = range(1, 5)


class Unreadable(Exception):
    pass


class Text:
    """
    `rows` are strings, `colours` for each row a list: the colour of each character, or None;
    `backgrounds` the same of what is behind each, blanks as well.
    """

    def __init__(self, rows, colours, backgrounds, size):
        self.rows, self.colours, self.backgrounds, self.size = rows, colours, backgrounds, size

    @property
    def columns(self):
        return len(self.rows[0])

    def row_with(self, part):
        """The first row that has it, None where there is none."""
        return next((row for row in self.rows if part in row), None)


def load_fonts(folder):
    """(width, height) -> pattern -> character; what make-font has left in BUILD/fonts."""
    return {size: _glyphs(os.path.join(folder, f"{size[0]}x{size[1]}"), *size) for size in SIZES}


def _glyphs(path, width, height):
    with open(path, "rb") as file:
        data = file.read()
    row_bytes = (width + 7) // 8
    length = row_bytes * height
    found = {}
    for n in range(len(data) // length):
        glyph = data[n * length:(n + 1) * length]
        pattern = tuple(bool(glyph[y * row_bytes + x // 8] & 0x80 >> x % 8)
                        for y in range(height) for x in range(width))
        found[pattern] = chr(FIRST + n)
    return found


def _read_cell(pixels, glyphs):
    """The character, its colour and the one behind it; a cell of one colour is a blank."""
    colours = set(pixels)
    if len(colours) == 1:
        return " ", None, pixels[0]
    for colour in colours if len(colours) == 2 else ():
        character = glyphs.get(tuple(pixel == colour for pixel in pixels))
        if character:
            return character, colour, next(iter(colours - {colour}))
    raise Unreadable


def _scaled_down(cell, size, scale):
    """A cell with one pixel for each square of them, which has to be of one colour."""
    width, height = size[0] * scale, size[1] * scale
    pixels = [cell[n:n + 3] for n in range(0, len(cell), 3)]
    small = [pixels[y * width + x] for y in range(0, height, scale) for x in range(0, width, scale)]
    if scale > 1 and any(pixels[y * width + x] != small[y // scale * size[0] + x // scale]
                         for y in range(height) for x in range(width)):
        raise Unreadable
    return small


def _read_as(picture, glyphs, size, scale):
    width, height = size[0] * scale, size[1] * scale
    left, top = picture.width % width // 2, picture.height % height // 2
    if picture.width < width or picture.height < height:
        raise Unreadable
    known = {}  # most cells are the same as another

    def read_cell(row, column):
        cell = picture.cell(left + column * width, top + row * height, width, height)
        if cell not in known:
            known[cell] = _read_cell(_scaled_down(cell, size, scale), glyphs)
        return known[cell]

    cells = [[read_cell(row, column) for column in range(picture.width // width)]
             for row in range(picture.height // height)]
    return _text_of(cells, (width, height))


def _text_of(cells, size):
    rows, colours, backgrounds = ([[cell[n] for cell in row] for row in cells] for n in range(3))
    return Text(["".join(row) for row in rows], colours, backgrounds, size)


def read(picture, fonts):
    """The text, by the one font and scale by which all of it can be read; or Unreadable."""
    if not any(picture.row(y).strip(b"\0") for y in range(picture.height)):
        raise Unreadable
    for size, glyphs in fonts.items():
        for scale in SCALES:
            try:
                return _read_as(picture, glyphs, size, scale)
            except Unreadable:
                pass
    raise Unreadable


# Attributes of kernel/screen/colour.c, by the colours that the same have in pixels.
ATTRIBUTES = {0x0A: (b"\x50\xd8\x70", b"\0\0\0"), 0x0E: (b"\xe0\xc8\x48", b"\0\0\0"),
              0x4F: (b"\xff\xff\xff", b"\xc0\x20\x20")}


def read_text_mode(memory, columns=80):
    """The same of VGA's text mode, from its memory: a character and its attribute in each cell."""
    cells = []
    for start in range(0, len(memory), 2 * columns):
        row = memory[start:start + 2 * columns]
        cells.append([])
        for character, attribute in zip(row[::2].decode("latin-1"), row[1::2]):
            colour, behind = ATTRIBUTES.get(attribute, (bytes([attribute]), None))
            cells[-1].append((character, None if character == " " else colour, behind))
    return _text_of(cells, (9, 16))
