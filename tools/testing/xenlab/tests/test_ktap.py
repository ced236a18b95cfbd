# SPDX-License-Identifier: GPL-2.0
"""KTAP of kselftest and KUnit; broken output must never pass."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ktap


def names(text, status=0):
    return [(c.name, c.status) for c in ktap.parse(text, "p", status)]


class Ktap(unittest.TestCase):
    def test_kselftest(self):
        text = "TAP version 13\n1..3\n# Starting 3 tests\nok 1 global.a\n# f.c:9: expected 1\nnot ok 2 global.b\nok 3 c # SKIP no dom0\n"
        self.assertEqual(names(text, 1), [("p.global.a", "passed"), ("p.global.b", "failed"), ("p.c", "skipped")])
        cases = ktap.parse(text, "p", 1)
        self.assertEqual((cases[1].reason, cases[2].reason), ("f.c:9: expected 1", "no dom0"))

    def test_kunit_nesting(self):
        text = "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: s\n    1..2\n    ok 1 a\n    ok 2 b\nok 1 s\n"
        self.assertEqual(names(text), [("p.a", "passed"), ("p.b", "passed")])

    def test_suite_that_fails_without_a_failed_case(self):
        self.assertIn(("p.s", "failed"), names("1..1\n    1..1\n    ok 1 a\nnot ok 1 s\n", 1))

    def test_timestamps(self):
        self.assertEqual(names("[    1.0] 1..1\n[    1.1] ok 1 a\n"), [("p.a", "passed")])

    def test_broken_off(self):
        self.assertIn(("p.plan", "failed"), names("1..3\nok 1 a\n"))
        self.assertIn(("p.plan", "failed"), names("", 139))
        self.assertIn(("p.plan", "failed"), names("    1..2\n    ok 1 a\nok 1 s\n"))

    def test_plan_at_the_end(self):
        self.assertEqual(names("ok 1 - a\nok 2 - b\n1..2\n"), [("p.a", "passed"), ("p.b", "passed")])
        self.assertIn(("p.plan", "failed"), names("ok 1 - a\n1..2\n"))

    def test_exit_status_counts(self):
        self.assertIn(("p.exit", "failed"), names("1..1\nok 1 a\n", 124))

    def test_skipped_as_a_whole(self):
        self.assertEqual(names("1..0 # SKIP no Xen\n", 4), [("p", "skipped")])
        self.assertEqual(names("# only as root\n", 4), [("p", "skipped")])

    def test_without_tap_the_status_decides(self):
        said = "[RUN]\tiopl(3)\n[FAIL]\tfault\n# Totals: pass:1 fail:0\n"
        for status, want in ((0, "passed"), (4, "skipped"), (1, "failed"), (124, "failed"), (139, "failed")):
            with self.subTest(status):
                self.assertEqual([(c.name, c.status) for c in ktap.parse(said, "p", status, plain=True)], [("p", want)])
        self.assertEqual(ktap.parse(said, "p", 139, plain=True)[0].reason, "exit status 139; [FAIL]\tfault")
        self.assertEqual(ktap.parse("", "p", 0, plain=True)[0].reason, "exit status 0; no output")
        # a program of ours has to speak TAP
        self.assertEqual(names(said), [("p.plan", "failed")])

    def test_one_line_of_tap_is_enough(self):
        for text in ("TAP version 13\n", "KTAP version 1\n", "[    1.0] ok 1 a\n", "not ok 1 a\n", "1..2\n"):
            with self.subTest(text):
                self.assertIn(("p.plan", "failed"), [(c.name, c.status) for c in ktap.parse(text, "p", 0, plain=True)])


if __name__ == "__main__":
    unittest.main()
