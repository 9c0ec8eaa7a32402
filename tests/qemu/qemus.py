# SPDX-License-Identifier: MIT
"""The versions of QEMU that machines are for (qemus.ini), and where each of them is found."""

import configparser
import functools
import os
import re
import shlex
import shutil
import subprocess
from collections import namedtuple

FOLDER = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(FOLDER))
SYSTEM = "qemu-system-x86_64"
EXIT_SKIP = 77       # of get-qemu: the packages cannot be had
FETCH_SECONDS = 900  # 40 MB over a slow line, and other runs' turn at the same cache

# `version` is what qemus.ini calls it, `full` what it calls itself, `program` how it is started.
Qemu = namedtuple("Qemu", "version full program")


class MachineError(Exception):
    """The machine cannot be put together; the text says what is missing."""


class Unavailable(MachineError):
    """This version of QEMU cannot be had here; the text is the reason."""


@functools.lru_cache(None)
def suites():
    """From version to Debian suite, in the order of qemus.ini."""
    parser = configparser.ConfigParser(interpolation=None)
    with open(os.path.join(FOLDER, "qemus.ini"), encoding="utf-8") as file:
        parser.read_file(file)
    return {version: parser[version]["suite"] for version in parser.sections()}


@functools.lru_cache(None)
def _ask(*program):
    if not shutil.which(program[0]):
        raise MachineError(f"there is no {program[0]} (Debian package: qemu-system-x86)")
    said = subprocess.run(program + ("--version",), check=False, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    match = re.search(r"version ((\d+\.\d+)\S*)", said.stdout)
    if not match:
        words = (said.stdout + said.stderr).strip().partition("\n")[0]
        raise MachineError(f"{program[0]} --version names no version of QEMU: \"{words}\"")
    return Qemu(match[2], match[1], program)


def at_hand():
    """$QEMU, or this machine's own."""
    return _ask(*shlex.split(os.environ.get("QEMU") or SYSTEM))


@functools.lru_cache(None)
def _fetched(version):
    """A Qemu, or a sentence why it cannot be had: who asks again does not wait again."""
    suite = suites()[version]
    program = os.path.join(REPOSITORY, "build", "qemu", suite, SYSTEM)
    if not os.path.exists(program):
        print(f"# QEMU {version} is fetched from {suite}; this takes a minute or two", flush=True)
    try:
        got = subprocess.run([os.path.join(FOLDER, "get-qemu"), suite], check=False, text=True,
                             stdin=subprocess.DEVNULL, capture_output=True, timeout=FETCH_SECONDS)
    except subprocess.TimeoutExpired:
        return f"{suite} was not fetched within {FETCH_SECONDS} s"
    if got.returncode == EXIT_SKIP:
        return got.stdout.strip().splitlines()[-1].removeprefix("SKIP: ")
    if got.returncode:
        raise MachineError(f"get-qemu {suite}: {got.stderr.strip() or got.stdout.strip()}")
    found = _ask(program)
    if found.version != version:
        return f"{suite} has QEMU {found.full} and no {version}"
    return found


def find(version):
    """A QEMU of this version: the one at hand, this machine's own, or one that is fetched."""
    if at_hand().version == version:
        return at_hand()
    if version not in suites():
        raise MachineError(f"QEMU {version} is neither the one at hand ({at_hand().version}) nor "
                           f"in tests/qemu/qemus.ini ({' '.join(suites())})")
    if shutil.which(SYSTEM) and _ask(SYSTEM).version == version:
        return _ask(SYSTEM)
    found = _fetched(version)
    if isinstance(found, str):
        raise Unavailable(f"no QEMU {version}: {found}")
    return found


def has_device(qemu, name):
    """Whether this QEMU has the device model. (Where it has not, QEMU still exits with 0.)"""
    result = subprocess.run(qemu.program + ("-device", name + ",help"), check=True, text=True,
                            stdin=subprocess.DEVNULL, capture_output=True)
    return f"{name} options:" in result.stdout
