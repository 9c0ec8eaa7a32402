# SPDX-License-Identifier: MIT
"""Machines side by side: results in their order, none lost, and none waited for that cannot come."""

import os
import time
import unittest

from side_by_side import Died, side_by_side


def sleep(seconds):
    time.sleep(seconds)
    return seconds, os.getpid()


def die(number):
    if number == 2:
        os._exit(7)
    return number


class SideBySideTest(unittest.TestCase):
    def test_their_order(self):
        seconds = [0.3, 0, 0.1, 0, 0]
        for jobs in (1, 2, 9):
            results = list(side_by_side(sleep, seconds, jobs))
            self.assertEqual([result[0] for result in results], seconds)
            self.assertEqual(len({result[1] for result in results}), len(seconds))

    def test_so_many_at_once(self):
        begin = time.monotonic()
        list(side_by_side(sleep, [0.4] * 4, 4))
        self.assertLess(time.monotonic() - begin, 1.2, "they did not run side by side")

    def test_one_that_dies(self):
        results = side_by_side(die, [1, 2, 3], 2)
        self.assertEqual(next(results), 1)
        with self.assertRaisesRegex(Died, "the process for 2 ended with 7"):
            next(results)

    def test_none(self):
        self.assertEqual(list(side_by_side(die, [], 2)), [])


if __name__ == "__main__":
    unittest.main()
