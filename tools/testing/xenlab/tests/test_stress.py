# SPDX-License-Identifier: GPL-2.0
"""`make stress` without machines: how long, which machines, and what counts as shown."""

import os
import sys
import types
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import console
import stress
from common import LabError


def result(*shown, role="pv", text="", status="ok"):
    marks = [console.parse_mark(f"XENLAB: <{role}> ok stress.{name}") for name in shown]
    guest = "\n".join(["[    0.000000] Linux version 6", text, "XENLAB: done status=0", ""])
    return types.SimpleNamespace(marks=marks, verdict=console.Verdict(status, "why"), log="x.log", streams={role: guest})


class Stress(unittest.TestCase):
    def test_minutes(self):
        for text, want in (("", 10), ("3", 3)):
            with mock.patch.dict(os.environ, {"MINUTES": text}, clear=True):
                self.assertEqual(stress.minutes(), want)
        for text in ("0", "-1", "x", "1.5", "100000"):
            with mock.patch.dict(os.environ, {"MINUTES": text}, clear=True), self.assertRaises(LabError):
                stress.minutes()

    def test_time_limit_covers_the_storm(self):
        for role in ("bare", "pv_dom0", "pvh_dom0", "pv"):
            one = stress.job(role, "pt_storm", 10, 1.0)
            self.assertGreater(one.limit, 600)
            self.assertIn(("pt_storm", "guest/pt_storm"), one.files)

    def test_holds_only_if_all_was_shown(self):
        self.assertEqual(stress.fault("pv", result(*stress.CHECKS)), "")
        for name in stress.CHECKS:
            self.assertIn(name, stress.fault("pv", result(*(set(stress.CHECKS) - {name}))))

    def test_consoles_count(self):
        self.assertIn("BUG", stress.fault("pv", result(*stress.CHECKS, text="[   1.0] BUG: Bad rss-counter state")))
        self.assertIn("hang", stress.fault("pv", result(*stress.CHECKS, status="hang")))


if __name__ == "__main__":
    unittest.main()
