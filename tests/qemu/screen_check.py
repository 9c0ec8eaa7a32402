# SPDX-License-Identifier: MIT
"""
Whether a screen shows what the serial port has said: it is read back from screenshots while the
machine runs and at its prompt, whose keys are pressed on the machine's keyboard.
"""

import os
import re
import threading
import time

import result_codes
from observer import Another
from picture import Picture
from qmp import Monitor
from screen_reader import Unreadable, load_fonts, read, read_text_mode

PROMPT = re.compile(r"# r: reboot, s: scroll")
FOOT = re.compile(r" lines (\d+) to (\d+) of (\d+)")
KEYS = "r: reboot   s: scroll   d: details"
PATIENCE = 120  # seconds for a screen to show something: a busy host is slow, and decides nothing
TEXT_MODE = (720, 400)  # pixels of a screenshot; the glyphs are in the VGA card
# kernel/screen/colour.c: the characters' and, behind those of a failure, the background's.
GOOD, SKIP, WHITE = b"\x50\xd8\x70", b"\xe0\xc8\x48", b"\xff\xff\xff"
RED = b"\xc0\x20\x20"


def wrapped(line, columns):
    return [line[n:n + columns].rstrip() for n in range(0, len(line), columns)] or [""]


def is_detail(line):
    """As paint_is_detail() in kernel/screen/paint.c."""
    return (line.startswith(("# result ", "not ok ", "Bail out!", "# failed ", "# Totals"))
            or (line.startswith("ok ") and " # SKIP" in line))


def is_status_area(rows, planned):
    """Whole, as screen_draw_status() draws it (kernel/screen/status.c): row by row, piece by piece."""
    return (rows[0].startswith(" retarget  ") and f"of {planned} tests" in rows[1]
            and bool(re.match(r" passed \d+ +failed \d+ +skipped \d+ *$", rows[2])))


def figures(lines):
    """The printed table's rows: the store -> what the large one shows of each cell."""
    rows = {}
    for line in lines:
        found = re.match(r"# (\S+) +(\S+)((?: +(?:-|\d+\*? / \d+))+)$", line)
        if found:
            cells = re.findall(r"(-|\d+\*?)(?: / \d+)?(?= |$)", found.group(3))
            rows.setdefault(found.group(2), []).append(cells)
    return rows


class ScreenCheck(Another):
    """
    Looks at the screen of a machine with the key `screen`; `other` looks on as well. Where the machine
    has `images`, a folder, what is seen is kept there; `look_at` is the number of the result at which
    the running screen is looked at.
    """

    def __init__(self, machine, socket, build, other):
        super().__init__(other)
        self._socket, self._menu_key = socket, machine["menu"]
        self._fonts = load_fonts(f"{build}/fonts")
        self._shot = os.path.abspath(f"{socket}.ppm")
        self._monitor = self._presser = None
        self._kernel_runs = threading.Event()
        self._lines = []
        self._prompted = False
        self._reds = 0  # lines of a failure that were seen to be red
        self._results = 0
        self._look_at = int(machine.get("look_at", 2))
        self._images = machine.get("images")

    def started(self, process):
        super().started(process)
        try:
            self._monitor = Monitor(self._socket)
        except OSError as error:
            self.problems.append(f"QEMU's monitor does not answer: {error}")
            return
        if self._menu_key:
            self._presser = threading.Thread(target=self._press_until_kernel, daemon=True)
            self._presser.start()

    def _press_until_kernel(self):
        """The menu's lines have no end, so nobody tells when it is there."""
        while not self._kernel_runs.wait(0.5):
            try:
                self._monitor.press(self._menu_key)
            except OSError:
                return  # QEMU has ended, and that is said elsewhere

    def _stop_pressing(self):
        self._kernel_runs.set()
        if self._presser:
            self._presser.join()

    def close(self):
        self._stop_pressing()
        super().close()
        if not self._prompted or self._look_at:
            self.problems.append("the run was over before the screen had been looked at")
        if self._monitor:
            self._monitor.close()

    def line(self, line):
        super().line(line)
        self._lines.append(line)
        if line.startswith("# "):
            self._stop_pressing()
        if not self._monitor:
            return
        try:
            self._look(line)
        except OSError as error:
            self.problems.append(f"QEMU ended while its screen was looked at: {error}")
            self._monitor = None

    def _look(self, line):
        self._results += line.startswith("# result ")
        if self._results == self._look_at:
            self._look_at = None
            self._check_progress()
        if PROMPT.match(line):
            self._prompted = True
            self._check_table()
            self._check_lines("s", False)
            self._check_lines("d", True)
            if any(line.startswith("not ok ") for line in self._lines) and not self._reds:
                self.problems.append("a test has failed, and no red line was seen")
            if any(line.startswith("# q: ") for line in self._lines):
                self._check_code()
            self._monitor.press("h")

    def _read(self):
        self._monitor.screenshot(self._shot)
        picture = Picture(self._shot)
        if (picture.width, picture.height) != TEXT_MODE:
            return read(picture, self._fonts)
        self._monitor.command("pmemsave", val=0xB8000, size=4000, filename=self._shot)
        with open(self._shot, "rb") as file:
            return read_text_mode(file.read())

    def _read_stopped(self):
        """A machine that runs would have gone on, to its end perhaps, before the screen is read."""
        with self._monitor.stopped():
            return self._read()

    def _wait_for(self, part, what):
        """
        The screen that shows it. Drawing takes a moment, and QEMU copies the rows one after the other
        meanwhile: two screenshots have to be the same.
        """
        deadline = time.monotonic() + PATIENCE
        last = None
        while time.monotonic() < deadline:
            try:
                text = self._read()
                if text.row_with(part) and last == text.rows:
                    return text
                last = text.rows
            except Unreadable:
                last = None
            time.sleep(0.1)
        self.problems.append(f"the screen never showed {what}")
        return None

    def _keep(self, name):
        if self._images:
            Picture(self._shot).write_png(f"{self._images}/{name}.png")

    def _check_progress(self):
        planned = next(line[3:] for line in self._lines if re.match(r"1\.\.\d+$", line))
        deadline = time.monotonic() + PATIENCE
        seen = None
        while time.monotonic() < deadline:
            try:
                seen = self._read_stopped().rows[:3]
                if is_status_area(seen, planned):
                    self._keep("running")
                    return
            except Unreadable:
                pass
            time.sleep(0.02)  # the machine was stopped while it drew: it has to go on, to finish
        self.problems.append(f"the screen never showed how far the run is; last: {seen}")

    def _check_table(self):
        rows = figures(self._lines)
        text = self._wait_for(KEYS, "its keys at the end")
        if not text:
            return
        self._keep("table")
        for store, expected in rows.items():
            shown = [row.split()[1:] for row in text.rows if row.split()[:1] == [store]]
            if shown != expected:
                self.problems.append(f"the table on the screen has {shown} for {store}, the serial "
                                     f"port has {expected}")
        if not rows or not text.row_with("passed, "):
            self.problems.append("there is no table to compare, or no verdict above it")

    def _check_code(self):
        """The key q shows a code that a reader takes for the first of this run's."""
        self._monitor.press("q")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._monitor.screenshot(self._shot)
            try:
                if result_codes.parts(result_codes.read_image(self._shot)):
                    self._keep("codes")
                    return
            except result_codes.Incomplete:
                pass  # taken while it was drawn
            time.sleep(0.2)
        self.problems.append("the screen never showed a code after q")

    def _check_lines(self, key, details):
        self._monitor.press(key)
        text = self._wait_for(", details only" if details else " lines ", f"lines after {key}")
        if not text:
            return
        self._keep("details" if details else "lines")
        first, last, count = (int(word) for word in FOOT.search(text.rows[-1]).groups())
        # The screen has none of what firmware and loader said, and the last lines are the same.
        lines = self._lines[len(self._lines) - count:][first - 1:last]
        expected = [(row, line) for line in lines if is_detail(line) or not details
                    for row in wrapped(line, text.columns)]
        for number, (row, line) in enumerate(expected):
            shown = text.rows[number].rstrip()
            if shown != row:
                self.problems.append(f"row {number} shows \"{shown}\", the serial port said "
                                     f"\"{row}\"")
                return
            self._check_colour(line, shown, text.colours[number], text.backgrounds[number])
        if last != count and not details:
            self.problems.append(f"the last page ends with line {last} of {count}")

    def _check_colour(self, line, shown, colours, backgrounds):
        wanted = SKIP if " # SKIP" in line else GOOD
        if line.startswith("ok ") and not set(colours) <= {wanted, None}:
            self.problems.append(f"\"{line}\" has another colour")
        if line.startswith("not ok "):
            self._reds += 1
            if set(colours) != {WHITE, None} or set(backgrounds[:len(shown)]) != {RED}:
                self.problems.append(f"\"{line}\" is not white on red")
