# SPDX-License-Identifier: GPL-2.0
"""The base's self-tests in two kernels: what counts as a difference."""

import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import build
import console
import machine
import selftests
from common import LabError, Settings
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
        self.assertEqual(self.outcome([("a", "skipped")], []), [("a", "failed")])
        self.assertEqual(self.outcome([("a", "passed")], []), [("a", "passed")])

    def test_passes_here_only(self):
        self.assertEqual(self.outcome([("a", "passed")], [("a", "failed")]), [("a", "passed")])

    def test_names_that_come_again(self):
        rows = [("a", "passed"), ("a", "passed"), ("b", "passed")]
        self.assertEqual(self.outcome(rows, rows), [("a", "passed"), ("a #2", "passed"), ("b", "passed")])
        self.assertEqual(self.outcome(rows[:1], rows[:2]), [("a", "passed"), ("a #2", "failed")])
        self.assertEqual(self.outcome(rows[:2], rows[:1]), [("a", "passed"), ("a #2", "passed")])


class Doubt(unittest.TestCase):
    PROGRAMS = [("mm", "cow", 60), ("mm", "cow_more", 60), ("a/b", "c", 60)]

    def test_only_what_did_not_pass_everywhere(self):
        table = {"bare": [Case("mm.cow.x", "passed"), Case("mm.cow_more", "passed"), Case("a_b.c.1", "skipped")],
                 "pv": [Case("mm.cow.x", "passed"), Case("mm.cow_more", "failed"), Case("a_b.c.1", "passed")]}
        self.assertEqual([p for _, p, _ in selftests.not_all_passed(self.PROGRAMS, table)], ["cow_more", "c"])

    def test_verdict(self):
        mine = [Case("mm.cow.x", "passed"), Case("a_b.c.1", "skipped"), Case("a_b.c.2", "passed"), Case("console", "failed", "cut")]
        theirs = [Case("a_b.c.1", "passed"), Case("a_b.c.2", "passed")]
        found = selftests.judged(mine, theirs, self.PROGRAMS[2:])
        self.assertEqual([(c.name, c.status) for c in found], [
            ("mm.cow.x", "passed"), ("a_b.c.1", "failed"), ("a_b.c.2", "passed"), ("console", "failed")])


class Unsteady(unittest.TestCase):
    """Only what the list calls so is tried again, and only if it failed here alone."""

    ROWS = [("x86", "fsgsbase_64", 60)]

    def tried(self, turns, first=(("x86.fsgsbase_64", "failed"),), theirs="passed"):
        """({case: status}, turns taken), each of @turns the status of one."""
        table = {"bare": [Case("x86.fsgsbase_64", "passed")], "pv": [Case(name, status, "r") for name, status in first]}
        left = list(turns)

        def run(cfg, rows, where, wanted, label):
            self.assertEqual((rows, wanted), (self.ROWS, ("bare", "pv")))
            return {"pv": [Case("x86.fsgsbase_64", left.pop(0))], "bare": [Case("x86.fsgsbase_64", "failed")]}

        with mock.patch.object(selftests, "run_in_roles", run):
            found = selftests.tried_again(None, "", self.ROWS, table, {"pv": [Case("x86.fsgsbase_64", theirs)]})
        self.assertEqual([c.status for c in found["bare"]], ["passed"])
        return {c.name: c.status for c in found["pv"]}, len(turns) - len(left)

    def test_holds_then(self):
        self.assertEqual(self.tried(["passed"]), ({"x86.fsgsbase_64": "skipped"}, 1))
        self.assertEqual(self.tried(["failed", "failed", "passed"]), ({"x86.fsgsbase_64": "skipped"}, 3))

    def test_never_holds(self):
        self.assertEqual(self.tried(["failed"] * 4), ({"x86.fsgsbase_64": "failed"}, selftests.TURNS))
        self.assertEqual(self.tried(["skipped"] * 4), ({"x86.fsgsbase_64": "failed"}, selftests.TURNS))

    def test_others_stay_what_they_are(self):
        rows = {"x86.iopl_64": "failed", "console": "failed", "x86.fsgsbase_64": "skipped"}
        self.assertEqual(self.tried([], tuple(rows.items())), (rows, 0))

    def test_the_list(self):
        every, short = selftests.programs_of_base(), selftests.programs_of_base(long=False)
        unsteady = selftests.programs_of_base(word="unsteady")
        self.assertEqual({p for _, p, _ in unsteady}, {"set-timer-lat", "fsgsbase_64"})
        self.assertTrue(set(unsteady) < set(every) and set(short) < set(every))


class WithoutTap(unittest.TestCase):
    """Programs of the base that tell by their exit status: recorded output of ours and of the base, to the verdict."""

    PROGRAMS = [("x86", "iopl_64", 20)]

    def cases(self, status, said="[RUN]\tcli\n", programs=PROGRAMS):
        with tempfile.TemporaryDirectory() as out:
            os.makedirs(os.path.join(out, "tap"))
            for folder, program, _ in programs:
                path = os.path.join(out, "tap", selftests.name_of(folder, program))
                with open(path + ".txt", "w") as text, open(path + ".status", "w") as code:
                    text.write(said)
                    code.write(f"{status}\n")
            job = machine.Job("bare", "guest/selftests")
            return selftests.cases(machine.Result(job, "/log/x.log", 1.0, console.Verdict("ok"), [], out, {}), "bare", programs)

    def verdict(self, ours, base):
        (found,) = selftests.judged(self.cases(ours), self.cases(base), self.PROGRAMS)
        return found.name, found.status

    def test_verdicts(self):
        for ours, base, want in ((1, 0, "failed"), (139, 0, "failed"), (124, 0, "failed"), (4, 0, "failed"),
                                 (1, 1, "skipped"), (4, 4, "skipped"), (4, 1, "skipped"), (0, 1, "passed")):
            with self.subTest(ours=ours, base=base):
                self.assertEqual(self.verdict(ours, base), ("x86.iopl_64", want))

    def test_reason_of_both(self):
        (found,) = selftests.judged(self.cases(1, "[FAIL]\tfault\n[OK]\n"), self.cases(1), self.PROGRAMS)
        self.assertEqual(found.reason, "fails with the base's own Xen code too: exit status 1; [FAIL]\tfault")

    def test_what_passed_is_not_run_again(self):
        self.assertEqual(selftests.not_all_passed(self.PROGRAMS, {"bare": self.cases(0)}), [])

    def test_ours_speak_tap(self):
        ours = [("xen", "a_test", 20)]
        self.assertEqual([(c.name, c.status) for c in self.cases(0, programs=ours)], [("xen.a_test.plan", "failed")])


class Absent(unittest.TestCase):
    """A program that does not compile."""

    ROWS = [("x86", "a", 1), ("x86", "b", 1), ("a/b", "c", 1)]
    MAKEFILE = "$(OUTPUT)/%: %.c\n\ttest -s $< && install $< $@\n"

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.cfg = Settings(build=top.name, jobs=1)
        for target in ((build, "make"), (build, "tree")):
            patch = mock.patch.object(*target)
            setattr(self, target[1], patch.start())
            self.addCleanup(patch.stop)

    def sources(self, cfg, **texts):
        folder = os.path.join(cfg.tree, "tools/testing/selftests/x86")
        os.makedirs(folder, exist_ok=True)
        for name, text in {"Makefile": self.MAKEFILE, **{f"{n}.c": t for n, t in texts.items()}}.items():
            with open(os.path.join(folder, name), "w") as f:
                f.write(text)

    def built(self, cfg):
        rows = self.ROWS[:2]
        missing = selftests.absent(selftests.build_each(cfg, rows, "base"), rows)
        return [p for d, p, s in rows if (d, p, s) not in missing]

    def test_nothing_stays_from_an_earlier_build(self):
        self.sources(self.cfg, a="x", b="x")
        self.assertEqual(self.built(self.cfg), ["a", "b"])
        self.sources(self.cfg, a="x", b="")
        self.assertEqual(self.built(self.cfg), ["a"])

    def test_the_base_decides(self):
        self.sources(self.cfg.but(xen="base"), a="x", b="")
        found = selftests.not_built(self.cfg, self.ROWS)
        self.assertEqual([(c.name, c.status) for c in found],
                         [("x86.a", "failed"), ("x86.b", "skipped"), ("a_b.c", "skipped")])
        self.tree.assert_called_once_with(self.cfg.but(xen="base"))

    def test_nothing_to_ask(self):
        self.assertEqual(selftests.not_built(self.cfg, []), [])
        self.assertEqual([c.status for c in selftests.not_built(self.cfg.but(xen="base"), self.ROWS)], ["skipped"] * 3)
        self.tree.assert_not_called()


class Ours(unittest.TestCase):
    def test_a_name_must_be_a_test(self):
        with tempfile.TemporaryDirectory() as where, mock.patch.object(selftests, "install", return_value=where):
            with open(os.path.join(where, "kselftest-list.txt"), "w") as f:
                f.write("xen:a_test\nxen:b_test\n")
            for only in ("", "a_test", "a_test,b_test"):
                self.assertEqual([p for _, p, _ in selftests.build_ours(None, only)[1]], ["a_test", "b_test"])
            for call in (lambda: selftests.build_ours(None, "a_test,c_test"), lambda: selftests.one(None, "pv", "c_test")):
                with self.assertRaises(LabError) as caught:
                    call()
                self.assertIn("no self-test c_test", str(caught.exception))


class Guest(unittest.TestCase):
    """A guest on a dom0 that ended well: its own console decides."""

    def outcome(self, text, machine_ended="ok"):
        job = machine.Job("pv_dom0", "guest/dom0", params={"guests": "pv"})
        with tempfile.TemporaryDirectory() as out:
            result = machine.Result(job, "/log/x.log", 1.0, console.Verdict(machine_ended), [], out,
                                    {"": "", **({"pv": text} if text is not None else {})})
            return [(c.name, c.reason) for c in selftests.cases(result, "pv", [("xen", "a_test", 60)])]

    def test_panic(self):
        panic = "Linux version 6.12\nKernel panic - not syncing: x\n"
        self.assertEqual(self.outcome(panic), [
            ("console", "panic: Kernel panic - not syncing: x (/log/x-pv.log)"),
            ("xen.a_test", "did not run: panic Kernel panic - not syncing: x")])

    def test_never_started(self):
        self.assertEqual(self.outcome(None)[0], ("console", "silent: never started (/log/x.log)"))

    def test_ended_well_on_a_dom0_that_did_not(self):
        text = "Linux version 6.12\nXENLAB: done status=0\n"
        self.assertEqual([n for n, _ in self.outcome(text, "hang")], ["xen.a_test"])

    def test_ended_well(self):
        self.assertEqual([n for n, _ in self.outcome("Linux version 6.12\nXENLAB: done status=0\n")], ["xen.a_test"])


if __name__ == "__main__":
    unittest.main()
