# SPDX-License-Identifier: MIT
"""
Commands of the table loader, by which QEMU has firmware put tables in place: files that it is
given, pointers and checksums that it fills in (QEMU, include/hw/acpi/bios-linker-loader.h).
"""

import struct

HIGH, BIOS_AREA = 1, 2  # where a file goes; an RSDP is looked for in the BIOS area only


def allocate(file, zone, alignment):
    return struct.pack("<I56sIB63x", 1, file, alignment, zone)


def add_pointer(file, to_file, offset, size):
    """The `size` bytes at `offset` hold an offset in `to_file`, and will hold an address."""
    return struct.pack("<I56s56sIB7x", 2, file, to_file, offset, size)


def add_checksum(file, offset, start, length):
    """The byte at `offset` is 0 before; after, the `length` bytes from `start` add up to 0."""
    return struct.pack("<I56sIII56x", 3, file, offset, start, length)
