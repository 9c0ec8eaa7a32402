# SPDX-License-Identifier: MIT
"""The table of docs/machines.md, from a few results."""

import unittest

from junit import Result
from page import page


def result(name, qemu, expect="passed", skipped=None, error=None, reasons=()):
    cases = [("smoke", "passed"), ("loss", "failed" if error or expect == "failed" else "passed")]
    return Result(name, "about", qemu, expect, 60, skipped, error,
                  cases + [("test", "skipped")] * len(reasons), list(reasons))


class PageTest(unittest.TestCase):
    def test_page(self):
        one, two = ["no HPET"], ["no mask bit", "no HPET", "no mask bit"]
        lines = page({
            "a@7.2": ("a | b", result("a@7.2", "7.2.22", reasons=one)),
            "a@10.0": ("a | b", result("a@10.0", "10.0.2", reasons=two)),
            "a@11.1": ("a | b", result("a@11.1", "11.1.3", reasons=two)),
            "b@7.2": ("text", result("b@7.2", "7.2.22", expect="error")),
            "b@10.0": ("text", result("b@10.0", "none", skipped="no QEMU 10.0")),
            "b@11.1": ("text", result("b@11.1", "11.1.3", error="verdict failed")),
            "c@7.2": ("more", None),
            "d@7.2": ("fails", result("d@7.2", "7.2.22", expect="failed"))})
        self.assertEqual(lines[2:], """\
| machine | what it shows | QEMU | verdict | passed | failed | skipped (reasons) |
|---|---|---|---|--:|--:|---|
| a | a \\| b | 7.2 | passed | 2 | 0 | 1 (1) |
| a |  | 10.0, 11.1 | passed | 2 | 0 | 3 (1, 2) |
| b | text | 7.2 | error | 2 | 0 | 0 |
| b |  | 10.0 | skipped: no QEMU 10.0 |  |  |  |
| b |  | 11.1 | **ERROR: verdict failed** | 1 | 1 | 0 |
| c | more | 7.2 | **not run** |  |  |  |
| d | fails | 7.2 | failed | 1 | 1 | 0 |

The reasons for SKIPs:

1. no HPET
2. no mask bit""".splitlines())
        self.assertEqual(lines[0], "6 of 8 machines ran, on QEMU 7.2.22, 10.0.2, 11.1.3, which took "
                         "6 minutes added up; 5 did what is expected of them, 1 did not. Of their "
                         "tests 10 passed, 2 failed, 1 of them as their machines are "
                         "there to show, and 7 were skipped.")


if __name__ == "__main__":
    unittest.main()
