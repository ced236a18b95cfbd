# SPDX-License-Identifier: GPL-2.0
"""`make check` where it may not write, or cannot."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import check
from common import ROOT, Settings

UNITS = os.path.join(ROOT, "tools/testing/xen-unit")


class UserSpace(unittest.TestCase):
    def test_programs_are_built_in_the_build_folder(self):
        done = subprocess.CompletedProcess([], 0, "KTAP version 1\nok 1 - core: x\n1..1\n", "")
        found = []
        with mock.patch.object(check.subprocess, "run", return_value=done) as run, \
                contextlib.redirect_stdout(io.StringIO()):
            check.user_space_units(lambda *case: found.append(case), Settings(build="/some/build"))
        self.assertTrue(run.call_args.kwargs["env"]["UNIT_OUT"].startswith("/some/build/xen-unit/"))
        self.assertEqual(len(found), 1)

    def test_each_part_has_a_folder_of_its_own_there(self):
        with tempfile.TemporaryDirectory() as top:
            for part in ("a", "b"):
                os.mkdir(os.path.join(top, part))
                with open(os.path.join(top, part, "Makefile"), "w") as f:
                    f.write("OUT := out\ncheck:\n\t@echo ok $(OUT)\n")
            for unit_out, want in (("/x", ("/x/a", "/x/b")), ("", ("out", "out"))):
                env = {**os.environ, "UNIT_OUT": unit_out, "OUT": "/the/user's", "MAKEFLAGS": "", "MAKELEVEL": ""}
                said = subprocess.run(["sh", os.path.join(UNITS, "run.sh"), "a", "b"], cwd=top, env=env, check=True,
                                      capture_output=True, text=True).stdout
                for part, folder in zip("ab", want):
                    self.assertIn(f"- {part}: {folder}\n", said)

    def test_no_part_takes_another_folder_from_the_environment(self):
        with open(os.path.join(UNITS, "Makefile")) as f:
            parts = next(line for line in f if line.startswith("PARTS")).split()[2:]
        self.assertGreaterEqual(len(parts), 5)
        for part in parts:
            done = subprocess.run(["make", "-n", "-C", os.path.join(UNITS, part), "clean"], capture_output=True, text=True,
                                  env={**os.environ, "OUT": "/the/users", "MAKEFLAGS": "", "MAKELEVEL": ""}, check=True)
            self.assertIn("rm -rf out\n", done.stdout)


class FullDisk(unittest.TestCase):
    def test_the_last_line_is_there(self):
        tally = check.Tally()
        out = io.StringIO()
        with contextlib.redirect_stdout(out), \
                mock.patch.object(check, "write_json", side_effect=OSError(28, "No space left on device")):
            tally.add("a", "b", "passed")
            self.assertEqual(check.finish(Settings(build="/b"), tally), 0)
            tally.add("a", "c", "failed", "why")
            self.assertEqual(check.finish(Settings(build="/b"), tally), 1)
        self.assertIn("No space left on device", out.getvalue())
        self.assertEqual(out.getvalue().splitlines()[-1], "1 passed, 1 failed, 0 skipped")


if __name__ == "__main__":
    unittest.main()
