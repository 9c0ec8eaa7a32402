# SPDX-License-Identifier: MIT
"""From a file to the lines of its result text (docs/result-text.md)."""

import result_text


class InputError(Exception):
    """A file that cannot be read, and why."""


def text_of(file):
    """The result text in a serial log or a result file."""
    try:
        with open(file, "rb") as opened:
            output = opened.read().decode("utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    text = result_text.of_serial(output)
    if not text:
        raise InputError(f"{file}: there is no run in it: no line begins with "
                         f"\"{result_text.FIRST}\"")
    return text


def lines_of(file):
    return text_of(file).splitlines()
