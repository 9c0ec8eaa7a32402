# SPDX-License-Identifier: MIT
"""
The machines as data: the sections of machines.ini and machines/*.ini, and which of them run on
which QEMU. A machine on a version is called NAME@VERSION; NAME alone is on the QEMU at hand.
"""

import configparser
import fnmatch
import functools
import glob
import os

import qemus
from qemus import MachineError

FILES = [os.path.join(qemus.FOLDER, "machines.ini")] + \
    sorted(glob.glob(os.path.join(qemus.FOLDER, "machines", "*.ini")))
LISTS = ("skips", "may_skip", "says")  # for one version they get longer, other keys another value
HAND, ANY = "hand", "*"


class Machine(dict):
    """
    What the section says for one QEMU. `name` is for logs and lines, `listed` whether qemus.ini
    knows the version: of another one nobody knows the reasons for SKIPs.
    """

    def __init__(self, name, values, qemu):
        super().__init__(values)
        self.name, self.qemu = name, qemu
        self.listed = qemu.version in qemus.suites()


def _parse(file):
    """Each section's own keys: [DEFAULT] is one like the others here."""
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        with open(file, encoding="utf-8") as lines:
            parser.read_file(lines)
    except configparser.Error as error:
        raise MachineError(str(error)) from None
    return {name: dict(parser[name]) for name in parser.sections()}


def _check(name, section, default):
    known = set(qemus.suites())
    words = {"versions": known, "quick": known | {HAND}, "in_test": {"yes", "no"}}
    for key, value in section.items():
        plain, _, versions = key.partition("@")
        if plain not in default:
            raise MachineError(f"[{name}] has a key {plain}, which [DEFAULT] does not have")
        for version in versions.replace(ANY, "").split():
            if version not in known:
                raise MachineError(f"[{name}] {key}: {version} is no version in qemus.ini "
                                   f"({' '.join(qemus.suites())})")
        for word in value.split() if plain in words else []:
            if word not in words[plain]:
                raise MachineError(f"[{name}] {key}: {word} is none of "
                                   f"{', '.join(sorted(words[plain]))}")


@functools.lru_cache(None)
def sections():
    """All sections by name, [DEFAULT] too, with their own keys only."""
    found = {}
    for file in FILES:
        for name, section in _parse(file).items():
            if name in found or "@" in name:
                raise MachineError(f"[{name}] in {file}: "
                                   + ("there is one already" if name in found else "has an @"))
            found[name] = section
    for name, section in found.items():
        _check(name, section, found["DEFAULT"])
    return found


def names():
    return [name for name in sections() if name != "DEFAULT"]


def values_of(default, section, version):
    """
    The keys of a section for a version. KEY@VERSION (or KEY@VERSION VERSION, or KEY@*) adds to a
    list and replaces anything else; a section that has KEY takes over none of [DEFAULT]'s KEY@...
    """
    values = {key: value for key, value in {**default, **section}.items() if "@" not in key}
    inherited = {key: value for key, value in default.items()
                 if key.partition("@")[0] not in section}
    for key, value in list(inherited.items()) + list(section.items()):
        plain, _, versions = key.partition("@")
        if version not in versions.split() and versions != ANY:
            continue
        values[plain] = f"{values[plain]}\n{value}" if plain in LISTS else value
    return values


def section_called(name):
    if name not in names():
        raise MachineError(f"no machine is called \"{name}\"; 'tests/qemu/run list' names them")
    return sections()[name]


def values(name, version):
    """All keys of a machine on a version, those of [DEFAULT] among them."""
    return values_of(sections()["DEFAULT"], section_called(name), version)


def is_for(name, version):
    """On a version that qemus.ini does not know, only what is for all versions runs."""
    wanted, known = values(name, version)["versions"].split(), qemus.suites()
    return version in wanted or (version not in known and set(wanted) == set(known))


def machine_called(full_name):
    """NAME or NAME@VERSION. Raises qemus.Unavailable where the version cannot be had."""
    name, _, version = full_name.partition("@")
    section_called(name)
    qemu = qemus.find(version) if version else qemus.at_hand()
    return Machine(full_name, values(name, qemu.version), qemu)


def whole():
    """NAME@VERSION of all that `make test-all` runs."""
    versions = list(qemus.suites())
    if qemus.at_hand().version not in versions:
        versions.append(qemus.at_hand().version)
    return [f"{name}@{version}" for name in names() for version in versions
            if values(name, version)["in_test"] == "yes" and is_for(name, version)]


def quick():
    """NAME@VERSION of all that `make test` runs: first on the QEMU at hand."""
    hand = qemus.at_hand().version
    chosen = []
    for full_name in whole():
        name, _, version = full_name.partition("@")
        words = values(name, version)["quick"].split()
        if version in words or (HAND in words and version == hand):
            chosen.append(full_name)
    return sorted(chosen, key=lambda full_name: not full_name.endswith("@" + hand))


def select(patterns):
    """
    What the shell patterns match of the whole matrix; NAME alone is on the QEMU at hand, and may
    also be a machine that the matrix leaves out.
    """
    hand = qemus.at_hand().version
    everything = whole()
    chosen = []
    for pattern in patterns:
        full = pattern if "@" in pattern else f"{pattern}@{hand}"
        found = fnmatch.filter(everything, full)
        if not found and pattern in names():
            found = [full]
        if not found:
            raise MachineError(f"no machine of the matrix matches \"{full}\"; "
                               "'tests/qemu/run list' names them")
        chosen += [name for name in found if name not in chosen]
    return chosen


def count(machine, key):
    """A number of something: a word that is none, or is below 0, would quietly mean another run."""
    text = machine[key]
    if not (text.isascii() and text.isdigit()):
        raise MachineError(f"{key}={text} is not a number from 0 on")
    return int(text)
