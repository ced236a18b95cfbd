# SPDX-License-Identifier: GPL-2.0
"""Verdicts on golden consoles: tests/golden/NAME.VERDICT.log is judged as VERDICT."""

import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import console

GOLDEN = os.path.join(os.path.dirname(__file__), "golden")
BOOT = "[    0.000000] Linux version 6.12.117-xenlab\nXENLAB: boot role=bare seconds=2.5\n"


class Golden(unittest.TestCase):
    def test_every_golden_log(self):
        paths = glob.glob(os.path.join(GOLDEN, "*.log"))
        self.assertGreaterEqual(len(paths), 8)
        for path in paths:
            want = path.split(".")[-2]
            with self.subTest(log=os.path.basename(path)), open(path, newline="") as f:
                self.assertEqual(console.judge(f.read(), want == "hang").status, want)


class Judge(unittest.TestCase):
    def judge(self, text, timed_out=False):
        return console.judge(BOOT + text, timed_out)

    def test_ok_needs_the_end(self):
        self.assertEqual(self.judge("XENLAB: done status=0\n").status, "ok")
        self.assertEqual(self.judge("XENLAB: ok disk\n").status, "cut")

    def test_half_a_line(self):
        verdict = self.judge("XENLAB: done stat")
        self.assertEqual(verdict.status, "failed")
        verdict = self.judge("[    3.1] random: crng in")
        self.assertEqual(verdict.status, "cut")
        self.assertIn("middle of a line", verdict.reason)

    def test_hang_names_the_last_line(self):
        verdict = self.judge("[    3.1] waiting for godot\n", timed_out=True)
        self.assertEqual(verdict.status, "hang")
        self.assertIn("godot", verdict.reason)

    def test_panic_wins_over_everything(self):
        verdict = self.judge("Kernel panic - not syncing: no init\nXENLAB: done status=0\n", timed_out=True)
        self.assertEqual(verdict.status, "panic")
        self.assertIn("no init", verdict.reason)

    def test_hypervisor_panic(self):
        self.assertEqual(self.judge("(XEN) Panic on CPU 0:\n").status, "panic")

    def test_hypervisor_gives_up_on_dom0(self):
        for line in ("(XEN) [    1.0] Domain 0 (vcpu#3) crashed on cpu#0:", "(XEN) Domain 0 (vcpu#0) crashed on cpu#0:",
                     "(XEN) [    8.7] Hardware Dom0 crashed: rebooting machine in 5 seconds.",
                     "(XEN) [    1.0] Xen BUG at mm.c:1", "(XEN) [    1.0] Panic on CPU 0:"):
            # after its end as well as before
            self.assertEqual(self.judge(f"{line}\nXENLAB: done status=0\n").status, "panic", line)
            self.assertEqual(console.judge(line + "\n", False).status, "panic", line)
        for line in ("(XEN) [    1.0] Domain 10 (vcpu#0) crashed on cpu#0:", "(XEN) [    1.0] Domain 3 (vcpu#0) crashed on cpu#0:"):
            self.assertEqual(self.judge(f"{line}\nXENLAB: done status=0\n").status, "ok", line)

    def test_an_end_is_without_power(self):
        text = "XENLAB: done status=0\n[    2.2] reboot: Power down\n"
        verdict = self.judge(text, timed_out=True)
        self.assertEqual((verdict.status, verdict.reason),
                         ("hang", "the machine did not power off; last line: [    2.2] reboot: Power down"))
        self.assertEqual(self.judge("XENLAB: fail disk\n" + text, timed_out=True).reason, "disk")
        # a guest's end is dom0's to watch
        self.assertEqual(console.judge(BOOT + text, True, guest=True).status, "ok")
        self.assertEqual(console.judge(BOOT, True, guest=True).status, "hang")

    def test_complaint_fails_a_job_that_ended_well(self):
        for line in ("[ 1.0] WARNING: CPU: 0 PID: 1 at mm/slub.c:1", "[ 1.0] BUG: KASAN: use-after-free in x",
                     "[ 1.0] ======== possible circular locking dependency", "[ 1.0] UBSAN: shift-out-of-bounds"):
            verdict = self.judge(line + "\nXENLAB: done status=0\n")
            self.assertEqual(verdict.status, "failed", line)
            self.assertEqual(len(verdict.complaints), 1)

    def test_slowness_is_no_fault(self):
        verdict = self.judge("[ 9.0] rcu: INFO: rcu_sched self-detected stall on CPU\nXENLAB: done status=0\n")
        self.assertEqual(verdict.status, "ok")
        self.assertEqual(len(verdict.slow), 1)

    def test_status_and_failed_check(self):
        self.assertEqual(self.judge("XENLAB: done status=3\n").status, "failed")
        verdict = self.judge("XENLAB: fail disk wrong sum\nXENLAB: done status=0\n")
        self.assertEqual((verdict.status, verdict.reason), ("failed", "disk wrong sum"))

    def test_silence(self):
        self.assertEqual(console.judge("", True).status, "silent")
        verdict = console.judge("(XEN) Xen version 4.17.7\n", True)
        self.assertEqual(verdict.status, "silent")
        self.assertIn("hypervisor", verdict.reason)


class Streams(unittest.TestCase):
    def test_guests_are_told_apart(self):
        streams = console.split(["a\r", "<pv> b", "<hvm> c\x1b[0m", "d <pv> e"])
        self.assertEqual(streams, {"": ["a", "d <pv> e"], "pv": ["b"], "hvm": ["c"]})

    def test_marks(self):
        mark = console.parse_mark("\x1b[0mXENLAB: boot role=pv seconds=3\r")
        self.assertEqual((mark.guest, mark.verb, mark.fields), ("", "boot", {"role": "pv", "seconds": "3"}))
        self.assertEqual(console.parse_mark("XENLAB: <pv> ok pv.disk").guest, "pv")
        self.assertIsNone(console.parse_mark("nothing"))


if __name__ == "__main__":
    unittest.main()
