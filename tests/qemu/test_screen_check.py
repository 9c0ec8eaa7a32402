# SPDX-License-Identifier: MIT
"""A running screen caught while it is drawn is looked at again; one that stays wrong is a problem."""

import itertools
import unittest
from types import SimpleNamespace
from unittest import mock

import screen_check

WHOLE = [" retarget  loss.edu.msi.masked", "  10 of 23 tests    0 s",
         " passed 10   failed 0   skipped 0  "]
TORN = WHOLE[:2] + [" passed 10   failed0   skipped 0  "]  # the 9 before the 10 had its 0 there


class ProgressTest(unittest.TestCase):
    def problems_of(self, screens, patience=120):
        check = screen_check.ScreenCheck({"menu": ""}, "socket", "build", None)
        check._lines = ["1..23"]
        reads = (SimpleNamespace(rows=rows) for rows in screens)
        with mock.patch.object(screen_check, "PATIENCE", patience), \
                mock.patch.object(check, "_read_stopped", lambda: next(reads)):
            check._check_progress()
        return check.problems

    def test_caught_while_it_was_drawn(self):
        self.assertEqual(self.problems_of([TORN, WHOLE]), [])

    def test_each_row_counts(self):
        for rows in (TORN, ["", *WHOLE[1:]], [WHOLE[0], "  10 of 24 tests", WHOLE[2]]):
            with self.subTest(rows):
                self.assertEqual(self.problems_of(itertools.repeat(rows), 0.1),
                                 [f"the screen never showed how far the run is; last: {rows}"])


if __name__ == "__main__":
    unittest.main()
