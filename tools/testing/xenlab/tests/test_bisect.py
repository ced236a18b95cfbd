# SPDX-License-Identifier: GPL-2.0
"""Bisection on toy histories, with real git and a shell script in place of build and boot."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import types
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bisect_run
import build
import common
import overlay
from common import LabError, LabFault, Settings

# state says what a commit does: good, bad, nobuild, hang, broken
WORKER = r"""
state=$(cat "$1/src/state")
echo "$2 $state" >> "$1/calls"
case $2.$state in
build.nobuild) exit 125 ;;
build.broken) exit 200 ;;
build.*) exit 0 ;;
test.hang) setsid sleep 300 & echo $! > "$1/sleeper"; sleep 300 ;;
test.crash) exit 3 ;;
test.good) exit 0 ;;
esac
exit 1
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="xenlab-test-")
        self.addCleanup(shutil.rmtree, self.top)
        self.source = os.path.join(self.top, "linux")
        self.commits = []
        self.out = io.StringIO()
        quiet = contextlib.redirect_stdout(self.out)
        quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)

    def git(self, *args):
        done = subprocess.run(["git", "-C", self.source, "-c", "user.name=t", "-c", "user.email=t@example.org", *args],
                              check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def history(self, *states):
        os.makedirs(self.source)
        self.git("init", "-q")
        for number, state in enumerate(states):
            with open(os.path.join(self.source, "state"), "w") as f:
                f.write(state + "\n")
            with open(os.path.join(self.source, "number"), "w") as f:
                f.write(f"{number}\n")
            self.git("add", ".")
            self.git("commit", "-q", "-m", f"change {number}")
            self.commits.append(self.git("rev-parse", "HEAD"))

    def job(self, **env):
        env = {"GOOD": self.commits[0], "BAD": self.commits[-1], "TREE": self.source, "ROLE": "pv", **env}
        job = bisect_run.make_job(Settings(build=os.path.join(self.top, "build"), jobs=1), env)
        script = os.path.join(self.top, "worker.sh")
        with open(script, "w") as f:
            f.write(f'set -- {job.folder} "$1"\n' + WORKER)
        job.worker = ["/bin/sh", script]
        return job

    def steps(self, job):
        return {row["title"]: row["verdict"] for row in common.read_json(os.path.join(job.folder, "steps.json"))}

    def report(self, job):
        with open(os.path.join(job.folder, "report.txt")) as f:
            return f.read()


class Bisect(Case):
    def test_first_bad_commit(self):
        self.history(*["good"] * 6, *["bad"] * 5)
        job = self.job()
        self.assertEqual(bisect_run.run_job(job), 0)
        self.assertIn(f"first bad commit: {self.commits[6]}", self.report(job))
        self.assertIn("change 6", self.report(job))
        self.assertLess(len(self.steps(job)), 8)
        # The user's own checkout stays where it is, without a trace of a bisection.
        self.assertEqual(self.git("rev-parse", "HEAD"), self.commits[-1])
        self.assertEqual(self.git("status", "--porcelain"), "")
        self.assertFalse(os.path.exists(os.path.join(self.source, ".git/BISECT_LOG")))

    def test_a_commit_that_does_not_build_is_skipped(self):
        self.history("good", "good", "good", "nobuild", "good", "bad", "bad", "bad")
        job = self.job()
        self.assertEqual(bisect_run.run_job(job), 0)
        self.assertIn(f"first bad commit: {self.commits[5]}", self.report(job))
        self.assertEqual(self.steps(job)["change 3"], bisect_run.WORDS[bisect_run.SKIP])
        # No boot was tried there.
        with open(os.path.join(job.folder, "calls")) as f:
            self.assertNotIn("test nobuild", f.read())

    def test_skips_around_the_change_leave_suspects(self):
        self.history("good", "good", "nobuild", "nobuild", "bad", "bad")
        job = self.job()
        self.assertEqual(bisect_run.run_job(job), 1)
        text = self.report(job)
        self.assertIn("any of", text)
        for number in (2, 3, 4):
            self.assertIn(self.commits[number], text)
        self.assertNotIn("first bad commit:", text)

    def test_a_hang_is_bad_and_leaves_no_process(self):
        self.history("good", "good", "hang", "hang")
        job = self.job(LIMIT="1")
        bystander = subprocess.Popen(["sleep", "300"])
        self.addCleanup(bystander.wait)
        self.addCleanup(bystander.kill)
        self.assertEqual(bisect_run.run_job(job), 0)
        self.assertIsNone(bystander.poll(), "killed a process that is none of the step's")
        self.assertIn(f"first bad commit: {self.commits[2]}", self.report(job))
        with open(os.path.join(job.folder, "sleeper")) as f:
            pid = f.read().strip()
        time.sleep(0.1)
        self.assertFalse(os.path.exists(f"/proc/{pid}"), "what the hung boot started is still running")

    def test_a_broken_lab_stops(self):
        for state in ("broken", "crash"):
            with self.subTest(state):
                shutil.rmtree(self.source, ignore_errors=True)
                self.commits = []
                self.history("good", "good", state, state, "bad", "bad")
                job = self.job(TRUST="1")
                with self.assertRaises(LabError) as caught:
                    bisect_run.run_job(job)
                self.assertIn("did not come to an end", str(caught.exception))

    def test_ends_are_checked(self):
        self.history("good", "good", "good")
        with self.assertRaises(LabError) as caught:
            bisect_run.run_job(self.job())
        self.assertIn("BAD=", str(caught.exception))
        shutil.rmtree(self.source)
        self.commits = []
        self.history("bad", "bad")
        with self.assertRaises(LabError) as caught:
            bisect_run.run_job(self.job())
        self.assertIn("GOOD=", str(caught.exception))

    def test_an_interrupted_run_starts_over(self):
        self.history("good", "good", "good", "bad", "bad")
        job = self.job()
        bisect_run.make_clone(job)
        bisect_run.git(job.clone, "bisect", "start", self.commits[-1], self.commits[0])
        os.makedirs(job.clone + ".part")
        self.assertEqual(bisect_run.run_job(job), 0)
        self.assertIn(self.commits[3], self.report(job))

    def test_new_commits_reach_an_old_clone(self):
        self.history("good", "bad")
        bisect_run.run_job(self.job())
        with open(os.path.join(self.source, "number"), "w") as f:
            f.write("more\n")
        self.git("commit", "-q", "-a", "-m", "more")
        self.commits.append(self.git("rev-parse", "HEAD"))
        job = self.job()
        self.assertEqual(bisect_run.run_job(job), 0)
        self.assertIn(self.commits[1], self.report(job))


class Refused(Case):
    def fails(self, word, **env):
        with self.assertRaises(LabError) as caught:
            self.job(**env)
        self.assertIn(word, f"{caught.exception} {caught.exception.hint}")

    def test_bad_arguments(self):
        self.history("good", "bad")
        self.fails("GOOD=", GOOD="")
        self.fails("BAD=", BAD="")
        self.fails("no such commit", GOOD="v9.9")
        self.fails("same commit", GOOD="HEAD", BAD="HEAD")
        self.fails("LIMIT=", LIMIT="soon")
        self.fails("ROLE=sailor", ROLE="sailor")
        self.assertEqual(self.job(ROLE="dom0").role, "pv_dom0")
        self.fails("not the top of a git clone", TREE=self.top)

    def test_names_become_commits(self):
        self.history("good", "bad")
        self.git("tag", "-a", "-m", "x", "v1", "HEAD~1")
        job = self.job(GOOD="v1", BAD="HEAD")
        self.assertEqual((job.good, job.bad), tuple(self.commits))


class Worker(Case):
    """The real phases, with the lab's modules replaced."""

    def run_worker(self, name, kernel_build=None, run_test=None, tree=True, build_ours=None, **env):
        if not self.commits:
            self.history("good", "bad")
        job = self.job(**env) if tree else self.job(TREE="", **env)
        os.makedirs(job.folder, exist_ok=True)
        job.save()
        fakes = {"build": types.SimpleNamespace(kernel=kernel_build), "roles": types.SimpleNamespace(run_test=run_test),
                 "selftests": types.SimpleNamespace(build_ours=build_ours)}
        with mock.patch.dict(sys.modules, fakes), mock.patch.object(overlay, "SOURCE", "unset"), \
                contextlib.redirect_stderr(io.StringIO()):
            code = bisect_run.worker(name, job.file)
            self.source_used = overlay.SOURCE
        return code, job

    def test_build(self):
        bases = []
        code, job = self.run_worker("build", lambda cfg: bases.append(cfg.base))
        self.assertEqual((code, bases, self.source_used), (bisect_run.GOOD, [job.clone], "unset"))
        code, _ = self.run_worker("build", mock.Mock(side_effect=LabError("no")))
        self.assertEqual(code, bisect_run.SKIP)
        code, _ = self.run_worker("build", mock.Mock(side_effect=KeyError("bug")))
        self.assertEqual(code, bisect_run.STOP)

    def test_the_test_is_built_with_the_kernel(self):
        built = []
        code, _ = self.run_worker("build", mock.Mock(), build_ours=lambda cfg, only: built.append(only), TEST="a_test")
        self.assertEqual((code, built), (bisect_run.GOOD, ["a_test"]))
        code, _ = self.run_worker("build", mock.Mock(), build_ours=mock.Mock(side_effect=LabError("no such")), TEST="a_test")
        self.assertEqual(code, bisect_run.SKIP)

    def test_the_labs_faults_stop(self):
        for fault in (LabFault("full"), OSError("full")):
            self.assertEqual(self.run_worker("build", mock.Mock(side_effect=fault))[0], bisect_run.STOP)
        # the compiler only says that it failed
        with mock.patch.object(os, "statvfs", return_value=types.SimpleNamespace(f_bavail=1, f_frsize=4096)):
            self.assertEqual(self.run_worker("build", mock.Mock(side_effect=LabError("make failed")))[0], bisect_run.STOP)
            with self.assertRaises(LabFault):
                common.need_space(self.top, 1, "x")
        with self.assertRaises(LabFault):
            common.run(["/no/such/command"])

    def test_test(self):
        calls = []
        code, job = self.run_worker("test", run_test=lambda *a: calls.append(a[1:]) or True)
        self.assertEqual((code, calls), (bisect_run.GOOD, [("pv", "boot")]))
        self.assertEqual(self.run_worker("test", run_test=lambda *a: False)[0], bisect_run.BAD)
        # all that it needs has been built before
        self.assertEqual(self.run_worker("test", run_test=mock.Mock(side_effect=LabError("x")))[0], bisect_run.STOP)
        self.assertEqual(self.run_worker("test", run_test=mock.Mock(side_effect=TypeError("x")))[0], bisect_run.STOP)

    def test_own_history_lays_the_clone(self):
        self.history("good", "bad")
        bases = []
        with mock.patch.object(common, "ROOT", self.source):
            code, job = self.run_worker("build", lambda cfg: bases.append(cfg.base), tree=False)
        self.assertEqual(code, bisect_run.GOOD)
        self.assertFalse(job.kernel)
        self.assertEqual(self.source_used, job.clone)
        self.assertEqual(bases, [os.path.join(self.top, "build/base/6.12")])

    def test_configuration_is_the_commits(self):
        cfg = Settings(build=self.top)
        kept = {c: [os.path.relpath(p, common.ROOT) for p in build.fragments(cfg.but(config=c))] for c in common.CONFIGS}
        self.assertEqual({c: [os.path.basename(p)[:-7] for p in paths] for c, paths in kept.items()},
                         {"lab": ["xen_all_roles", "lab"], "debug": ["xen_all_roles", "lab", "debug"],
                          "kasan": ["xen_all_roles", "lab", "debug", "kasan"], "modules": ["xen_all_roles", "lab", "modules"],
                          "distro": ["xen_all_roles", "distro"]})
        for paths in kept.values():
            self.assertTrue(all(os.path.isfile(os.path.join(common.ROOT, p)) for p in paths), paths)
        own = os.path.join(self.source, "tools/testing/xenlab/configs/lab.config")
        os.makedirs(os.path.dirname(own))
        with open(own, "w") as f:
            f.write("CONFIG_OLD=y\n")
        with mock.patch.object(overlay, "SOURCE", self.source):
            # a commit without the other one is configured with today's
            found = build.fragments(cfg)
        self.assertEqual(found, [os.path.join(common.ROOT, "kernel/configs/xen_all_roles.config"), own])


if __name__ == "__main__":
    unittest.main()
