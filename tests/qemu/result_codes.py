# SPDX-License-Identifier: MIT
"""
The result text of a run out of its QR codes (docs/result-text.md), as any reader gives their texts:
one line for each,

    RETARGET:id of the run:n/count:bytes of the text:CRC-32 of the part:the part in Base45.
"""

import re
import shutil
import subprocess
import zlib
from collections import namedtuple

CODE = re.compile(r"RETARGET:([0-9A-F]{8}):(\d+)/(\d+):(\d+):([0-9A-F]{8}):([0-9A-Z $%*+./:-]*)\.")
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

Part = namedtuple("Part", "run number count size data")


class Incomplete(Exception):
    """What is missing, or wrong, in a sentence."""


def base45(text):
    """RFC 9285. Raises OverflowError where it is none; a digit left over says nothing."""
    data = bytearray()
    for at in range(0, len(text), 3):
        digits = [DIGITS.index(c) for c in text[at:at + 3]]
        value = sum(digit * 45 ** place for place, digit in enumerate(digits))
        data += value.to_bytes(len(digits) - 1, "big")
    return bytes(data)


def parts(texts):
    """The parts in what a reader gave. A code that was misread is none: raises Incomplete."""
    found = set()
    for run, number, count, size, crc, data in CODE.findall(texts):
        try:
            data = base45(data)
        except OverflowError:
            data = None
        if data is None or zlib.crc32(data) != int(crc, 16):
            raise Incomplete(f"code {number} of {count} was misread: photograph it again")
        found.add(Part(run, int(number), int(count), int(size), data))
    return found


def missing(found):
    """The numbers of the codes that are not there yet, of the one run that they are of."""
    numbers = {part.number for part in found}
    return [n for n in range(1, max(part.count for part in found) + 1) if n not in numbers]


def text_of(found):
    """The result text, a str, of all codes of one run."""
    if not found:
        raise Incomplete("there is no QR code of retarget")
    if len({(part.run, part.count, part.size) for part in found}) > 1:
        raise Incomplete("the codes are of several runs: " +
                         " ".join(sorted({part.run for part in found})))
    if missing(found):
        raise Incomplete("codes are missing: " + " ".join(map(str, missing(found))))
    packed = b"".join(part.data for part in sorted(found, key=lambda part: part.number))
    part = next(iter(found))
    try:
        text = zlib.decompress(packed, wbits=-15)
    except zlib.error as error:
        raise Incomplete(f"the codes do not unpack: {error}") from None
    if len(text) != part.size or zlib.crc32(text) != int(part.run, 16):
        raise Incomplete("what the codes unpack to is not what they say: they are broken")
    return text.decode("ascii")


def read_image(file):
    """The texts of the codes in a picture, by zbarimg; "" when there is none."""
    if not shutil.which("zbarimg"):
        raise Incomplete("no zbarimg to read QR codes with (Debian package: zbar-tools)")
    done = subprocess.run(["zbarimg", "--quiet", "--nodbus", "--raw", "-Sdisable", "-Sqrcode.enable", file],
                          check=False, text=True, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 4):  # 4: none found
        raise Incomplete(f"zbarimg cannot read {file}: {done.stderr.strip()}")
    return done.stdout
