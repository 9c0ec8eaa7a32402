# SPDX-License-Identifier: MIT
"""
ACPI tables as bytes, each with its checksum, and ways to break one: for make-tables and hostile/.

The defaults are what QEMU's q35 really has, so that a case changes one thing alone.
"""

import struct

DMAR_UNIT = 0xFED90000
LOCAL_APIC = 0xFEE00000
IO_APIC = 0xFEC00000
HPET = 0xFED00000
CONFIGURATION_SPACE = 0xB0000000
PM_TIMER = 0x608


def summed(content, at=9):
    """`content` with the checksum byte such that all add up to 0."""
    content = bytearray(content)
    content[at] = 0
    content[at] = -sum(content) & 0xFF
    return bytes(content)


def table(signature, body, revision=1):
    """ACPI 6.5, 5.2.6, System Description Table Header."""
    header = struct.pack("<4sIBB6s8sI4sI", signature.encode(), 36 + len(body), revision, 0,
                         b"RETARG", b"TABLES  ", 1, b"TEST", 1)
    return summed(header + body)


def with_wrong_sum(content):
    return content[:9] + bytes([content[9] ^ 0x55]) + content[10:]


def with_length(content, length):
    """The length in the header is another, the bytes are the same; the sum holds over zeros behind."""
    content = content[:4] + struct.pack("<I", length) + content[8:]
    return summed(content)


def cut_to(content, length):
    """Really ends there, and says so."""
    return with_length(content[:length], length)


def spcr(address=0x2F8, space=1, bit_width=8, access=0, kind=0, baud=7, revision=2):
    """Microsoft, Serial Port Console Redirection Table; COM2 at 115200."""
    body = struct.pack("<B3xBBBBQBBIBBBBBBHHBBBIBI", kind, space, bit_width, 0, access, address,
                       1, 3, 0, baud, 0, 1, 0, 3, 0, 0xFFFF, 0xFFFF, 0, 0, 0, 0, 0, 0)
    return table("SPCR", body, revision)


# DMAR: VT-d, chapter 8, BIOS Considerations.

def scope(kind, path, bus=0, number=0, length=None):
    """A device scope; `path` is bytes: device, function, device, function, ..."""
    return struct.pack("<BBBBBB", kind, 6 + len(path) if length is None else length, 0, 0, number,
                       bus) + bytes(path)


def endpoint(device, function=0, bus=0):
    return scope(1, [device, function], bus)


def io_apic_scope(number=0, bus=0xFF, path=(0, 0)):
    return scope(3, path, bus, number)


def hpet_scope(number=0):
    return scope(4, [0, 1], 0xFF, number)


def unit(base=DMAR_UNIT, scopes=(io_apic_scope(),), rest=True, segment=0, size=0, length=None,
         flags=0):
    """DRHD; `rest`: it covers what no other unit names (INCLUDE_PCI_ALL)."""
    body = b"".join(scopes)
    return struct.pack("<HHBBHQ", 0, 16 + len(body) if length is None else length, rest | flags,
                       size, segment, base) + body


def structure(kind, body=b"", length=None):
    """Any other remapping structure."""
    return struct.pack("<HH", kind, 4 + len(body) if length is None else length) + body


def dmar(*structures, flags=1, revision=1, width=38):
    body = b"".join(structures or (unit(),))
    return table("DMAR", struct.pack("<BB10x", width, flags) + body, revision)


# MADT: ACPI 6.5, 5.2.12, Multiple APIC Description Table.

def cpu(apic_id, flags=1):
    return struct.pack("<BBBBI", 0, 8, apic_id, apic_id, flags)


def x2apic(apic_id, flags=1):
    return struct.pack("<BBHIII", 9, 16, 0, apic_id, flags, 0)


def io_apic(address=IO_APIC, number=0, gsi=0):
    return struct.pack("<BBBBII", 1, 12, number, 0, address, gsi)


def override(source, gsi, bus=0, flags=0):
    return struct.pack("<BBBBIH", 2, 10, bus, source, gsi, flags)


def address_override(address):
    return struct.pack("<BBHQ", 5, 12, 0, address)


def entry(kind, length, body=b""):
    """Any entry, with any length."""
    return struct.pack("<BB", kind, length) + body


CPUS = (cpu(0), cpu(1))


def madt(*entries, local_apic=LOCAL_APIC):
    return table("APIC", struct.pack("<II", local_apic, 1) + b"".join(entries), revision=4)


# MCFG: PCI Firmware 3.3, 4.1.2, MCFG Table Description.

def allocation(base=CONFIGURATION_SPACE, segment=0, first=0, last=255):
    return struct.pack("<QHBBI", base, segment, first, last, 0)


def mcfg(*allocations, tail=b""):
    return table("MCFG", bytes(8) + b"".join(allocations) + tail)


# HPET: IA-PC HPET 1.0a, 3.2.4, The ACPI 2.0 HPET Description Table.

def hpet(base=HPET, space=0, number=0):
    return table("HPET", struct.pack("<IBBBBQBHB", 0x8086A201, space, 64, 0, 0, base, number, 100, 0))


# FADT: ACPI 6.5, 5.2.9, Fixed ACPI Description Table.

def fadt(pm_timer=PM_TIMER, extended=None, length=244, reset=None):
    """`extended` is (address space, address) of X_PM_TMR_BLK; `reset` (space, address, value)."""
    body = bytearray(length - 36)
    struct.pack_into("<I", body, 76 - 36, pm_timer)
    body[91 - 36] = 4
    if extended:
        struct.pack_into("<BBBBQ", body, 208 - 36, extended[0], 32, 0, 3, extended[1])
    if reset:
        struct.pack_into("<I", body, 112 - 36, 1 << 10)  # RESET_REG_SUP
        struct.pack_into("<BBBBQB", body, 116 - 36, reset[0], 8, 0, 1, *reset[1:])
    return table("FACP", bytes(body), revision=3)


# RSDP, RSDT and XSDT: ACPI 6.5, 5.2.5 to 5.2.8.

def rsdp(rsdt=0, xsdt=0, revision=2, length=36):
    content = struct.pack("<8sB6sBIIQB3x", b"RSD PTR ", 0, b"RETARG", revision, rsdt, length, xsdt, 0)
    content = summed(content[:20], 8) + content[20:]
    return summed(content, 32) if revision else content[:20]


def rsdt(addresses):
    return table("RSDT", b"".join(struct.pack("<I", address) for address in addresses))


def xsdt(addresses):
    return table("XSDT", b"".join(struct.pack("<Q", address) for address in addresses))
