# SPDX-License-Identifier: MIT
"""What the experiments with Linux share: a suite's kernel, the modules in it, an initramfs."""

import lzma
import os
import stat
import subprocess
from collections import namedtuple

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = f"{REPOSITORY}/build/linux"
EXIT_SKIP = 77  # of get-kernel: the packages cannot be had

Kernel = namedtuple("Kernel", "suite version folder")

DIRECTORY, FILE, PROGRAM, LINK = 0o40755, 0o100644, 0o100755, 0o120777


class Unavailable(Exception):
    """This suite's Linux cannot be had here; the text is the reason."""


def fetch(suite):
    """The suite's Kernel, fetched if need be."""
    got = subprocess.run([f"{REPOSITORY}/tests/linux/get-kernel", suite], check=False, text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    print(got.stdout, end="", flush=True)
    if got.returncode == EXIT_SKIP:
        raise Unavailable(got.stdout.strip().splitlines()[-1].removeprefix("SKIP: "))
    got.check_returncode()
    folder = f"{BUILD}/{suite}"
    return Kernel(suite, read(f"{folder}/version").decode().strip(), folder)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def modules_in(folder, names):
    """Name -> its bytes, of those that this kernel has."""
    found = {}
    for path, _, files in os.walk(folder):
        for file in files:
            name = file.split(".ko")[0]
            if ".ko" in file and name in names:
                data = read(f"{path}/{file}")
                found[name] = lzma.decompress(data) if file.endswith(".xz") else data
    return found


def _cpio_entry(number, name, data=b"", mode=FILE, device=(0, 0)):
    """One file of a "newc" archive, as the kernel's initramfs loader reads it."""
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    header = ("070701" + "".join(f"{field:08x}" for field in fields) + name).encode() + b"\0"
    header += b"\0" * (-len(header) % 4)
    return header + data + b"\0" * (-len(data) % 4)


def write_initramfs(path, files):
    """`files` are (name, bytes, mode) in an order in which each folder precedes what is in it."""
    with open(path, "wb") as archive:
        archive.write(_cpio_entry(1, "dev", mode=DIRECTORY))
        archive.write(_cpio_entry(2, "dev/console", mode=stat.S_IFCHR | 0o600, device=(5, 1)))
        for number, (name, data, mode) in enumerate(files, 3):
            archive.write(_cpio_entry(number, name, data, mode))
        archive.write(_cpio_entry(0, "TRAILER!!!"))


def compile_static(source, program):
    """A program of this repository for the guest, which has no C library."""
    subprocess.run([os.environ.get("CC", "gcc"), "-O2", "-static", "-Wall", "-Wextra", "-o",
                    program, f"{REPOSITORY}/tests/linux/{source}", "-lpthread"], check=True)
