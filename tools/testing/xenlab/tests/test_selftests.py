# SPDX-License-Identifier: GPL-2.0
"""The base's self-tests in two kernels: what counts as a difference."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import selftests
from ktap import Case


class Compare(unittest.TestCase):
    def outcome(self, mine, theirs):
        make = lambda rows: [Case(name, status) for name, status in rows]
        return [(c.name, c.status) for c in selftests.compare(make(mine), make(theirs))]

    def test_same(self):
        rows = [("a", "passed"), ("b", "skipped")]
        self.assertEqual(self.outcome(rows, rows), rows)

    def test_fails_in_both(self):
        self.assertEqual(self.outcome([("a", "failed")], [("a", "failed")]), [("a", "skipped")])

    def test_fails_here_only(self):
        self.assertEqual(self.outcome([("a", "failed")], [("a", "passed")]), [("a", "failed")])
        self.assertEqual(self.outcome([("a", "skipped")], [("a", "passed")]), [("a", "failed")])

    def test_absent_on_one_side(self):
        self.assertEqual(self.outcome([], [("a", "passed")]), [("a", "failed")])
        self.assertEqual(self.outcome([("a", "passed")], []), [("a", "failed")])

    def test_passes_here_only(self):
        self.assertEqual(self.outcome([("a", "passed")], [("a", "failed")]), [("a", "passed")])

    def test_names_that_come_again(self):
        rows = [("a", "passed"), ("a", "passed"), ("b", "passed")]
        self.assertEqual(self.outcome(rows, rows), [("a", "passed"), ("a #2", "passed"), ("b", "passed")])
        self.assertEqual(self.outcome(rows[:1], rows[:2]), [("a", "passed"), ("a #2", "failed")])


if __name__ == "__main__":
    unittest.main()
