# SPDX-License-Identifier: GPL-2.0
"""
make bisect: find the commit that breaks one self-test in one role, unattended.

    GOOD=, BAD=   commits of this repository, or of the kernel tree that TREE= names
    TEST=         a self-test, or "boot" (the default);  ROLE= the role it runs in
    LIMIT=        seconds after which a boot counts as hung, and so as bad
    TRUST=1       do not test GOOD and BAD themselves first

History is checked out in a clone below build/bisect, never in the user's own checkout.  git calls
this file once for each commit ("step"), which lays, builds incrementally, boots and answers with
git's codes: 0 good, 1 bad, 125 cannot be judged because it does not build or lacks the test, 200 stop:
the lab is broken.  (It is not called bisect.py because that is the name of a module of Python's own.)
"""

import ctypes
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common
import overlay
from common import LabError, LabFault, Settings
from machine import ROLES

GOOD, BAD, SKIP, STOP = 0, 1, 125, 200
WORDS = {GOOD: "good", BAD: "bad", SKIP: "skipped, it does not build or lacks the test", STOP: "stopped, the lab failed"}
BUILD_LIMIT = 7200
TEST_LIMIT = 1800
ROOM = 500              # MiB; a build that fails with less has run out of it
SUBREAPER = 36          # PR_SET_CHILD_SUBREAPER

GIT = ("git", "-c", "safe.directory=*", "-c", "advice.detachedHead=false", "-c", "core.hooksPath=/dev/null")


def git(folder, *args, check=True):
    done = subprocess.run([*GIT, "-C", folder, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and done.returncode:
        raise LabError(f"git {' '.join(args[:2])} in {folder}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


# The job

@dataclasses.dataclass
class Job:
    """All that a step needs; kept in a file, because git starts the steps."""

    settings: dict
    source: str         # whose history it is
    folder: str         # of this bisection, below build/bisect
    kernel: bool        # a kernel tree's history, not this repository's
    good: str
    bad: str
    test: str
    role: str
    limit: int = TEST_LIMIT
    trust: bool = False
    worker: list = dataclasses.field(default_factory=lambda: [sys.executable, os.path.abspath(__file__)])

    @property
    def clone(self):
        return os.path.join(self.folder, "src")

    @property
    def file(self):
        return os.path.join(self.folder, "job.json")

    def save(self):
        common.write_json(self.file, dataclasses.asdict(self))

    @classmethod
    def load(cls, path):
        return cls(**common.read_json(path))

    def cfg(self):
        """
        The run's settings.  Both kinds build in a tree of their own, because their base is a path:
        the clone itself, or the pristine base under the clone as the overlay.
        """
        cfg = Settings(**self.settings)
        return cfg.but(base=self.clone if self.kernel else cfg.base_dir)


def make_job(cfg, env=os.environ):
    for name in ("GOOD", "BAD"):
        if not env.get(name):
            raise LabError(f"make bisect needs {name}=, a commit",
                           "make bisect GOOD=... BAD=... [TREE=/path/to/linux] [TEST=...] [ROLE=...]")
    role = {"dom0": "pv_dom0"}.get(env.get("ROLE"), env.get("ROLE") or "pv_dom0")
    if role not in ROLES:
        raise LabError(f"ROLE={role} is none of {', '.join(ROLES)}")
    source = os.path.realpath(env.get("TREE") or common.ROOT)
    kernel = bool(env.get("TREE"))
    if not os.path.exists(os.path.join(source, ".git")):
        raise LabError(f"TREE={source}: not the top of a git clone" if kernel else f"{source}: not a git clone")
    if kernel and cfg.is_path:
        raise LabError("TREE= is the base of a kernel bisection: BASE= cannot be another path")
    commits = {}
    for name in ("GOOD", "BAD"):
        commits[name] = git(source, "rev-parse", "--verify", "-q", env[name] + "^{commit}", check=False)
        if not commits[name]:
            raise LabError(f"{name}={env[name]}: no such commit in {source}")
    if commits["GOOD"] == commits["BAD"]:
        raise LabError("GOOD and BAD are the same commit")
    try:
        limit = int(env.get("LIMIT") or TEST_LIMIT)
    except ValueError as error:
        raise LabError(f"LIMIT={env['LIMIT']}: not a number of seconds") from error
    name = (os.path.basename(source) if kernel else "repository") + "-" + common.text_hash(source)[:6]
    return Job(settings=dataclasses.asdict(cfg), source=source, kernel=kernel, limit=limit,
               folder=os.path.join(cfg.build, "bisect", name), good=commits["GOOD"], bad=commits["BAD"],
               test=env.get("TEST") or "boot", role=role, trust=common.flag(env.get("TRUST")))


def make_clone(job):
    """A clone that borrows the source's objects; what an interrupted run left is replaced."""
    if os.path.isdir(job.clone):
        # Keep the checkout, so that files which do not change keep their times.
        try:
            git(job.clone, "bisect", "reset")
            git(job.clone, "diff", "--stat", job.good, job.bad)
            git(job.clone, "checkout", "-q", "-f", "--detach", job.bad)
            return
        except LabError:
            pass        # the source was made anew: so is the clone
        shutil.rmtree(job.clone)
    os.makedirs(job.folder, exist_ok=True)
    part = job.clone + ".part"
    shutil.rmtree(part, ignore_errors=True)
    common.run([*GIT, "clone", "-q", "--shared", "--no-checkout", job.source, part], what="cloning the history")
    git(part, "checkout", "-q", "-f", "--detach", job.bad)
    os.rename(part, job.clone)


# One commit

def descendants(top):
    """Process ids below @top, children first."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as f:
                parents.setdefault(int(f.read().rpartition(")")[2].split()[1]), []).append(int(name))
        except (OSError, IndexError, ValueError):
            continue
    out, todo = [], [top]
    while todo:
        children = parents.get(todo.pop(), [])
        out += children
        todo += children
    return out[::-1]


def kill_below(spare=()):
    """
    End everything that was started below us, also what left its process group (QEMU, sshd ...),
    except the processes in @spare.
    """
    for sig in (signal.SIGTERM, signal.SIGKILL):
        left = set(descendants(os.getpid())) - set(spare)
        for pid in left:
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                pass
        deadline = time.monotonic() + 5
        while left and time.monotonic() < deadline:
            for pid in left:
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass
            left = set(descendants(os.getpid())) - set(spare)
            time.sleep(0.05)


def phase(job, name, limit):
    """Run one phase as a process of its own; its exit status, or None when the time is up."""
    log = os.path.join(job.folder, "log", f"{git(job.clone, 'rev-parse', '--short=12', 'HEAD')}-{name}.log")
    os.makedirs(os.path.dirname(log), exist_ok=True)
    others = descendants(os.getpid())
    with open(log, "wb") as out:
        child = subprocess.Popen([*job.worker, name, job.file], stdout=out, stderr=subprocess.STDOUT,
                                 stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            return child.wait(limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            kill_below(others)
            child.poll()


def adopt():
    """Whatever loses its parent below us becomes our child, so that kill_below() finds it."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def judge(job):
    """The verdict on the commit that is checked out in the clone."""
    adopt()
    built = phase(job, "build", BUILD_LIMIT)
    if built != GOOD:
        return STOP if built == STOP else SKIP
    tested = phase(job, "test", job.limit)
    if tested is None:
        return BAD
    return tested if tested in (GOOD, BAD, SKIP) else STOP


def step(job, commit=None):
    """Judge one commit and keep the record; returns git's code."""
    if commit:
        git(job.clone, "checkout", "-q", "-f", "--detach", commit)
    begin = time.monotonic()
    code = judge(job)
    sha, title = git(job.clone, "log", "-1", "--format=%H%n%s").split("\n", 1)
    record = common.read_json(os.path.join(job.folder, "steps.json"), [])
    record.append({"commit": sha, "title": title, "verdict": WORDS[code], "seconds": round(time.monotonic() - begin)})
    common.write_json(os.path.join(job.folder, "steps.json"), record)
    common.say(f"bisect: {sha[:12]} {WORDS[code]} ({record[-1]['seconds']} s): {title}")
    return code


def worker(name, path):
    """
    A phase's own process: 'build' or 'test', on the commit that is checked out.  All that can be the commit's own
    fault is built in the first; what fails in the second without a result is the lab's.
    """
    job = Job.load(path)
    cfg = job.cfg()
    if not job.kernel:
        overlay.SOURCE = job.clone
    try:
        if name == "build":
            return build_phase(cfg, job.test)
        import roles
        return GOOD if roles.run_test(cfg, job.role, job.test) else BAD
    except LabError as error:
        common.say(f"{error}\n{error.hint}")
        return STOP
    except Exception:
        # Neither the commit's fault nor a verdict: git must not take it for "bad".
        traceback.print_exc()
        return STOP


def build_phase(cfg, test):
    import build
    import selftests
    try:
        build.kernel(cfg)
        if test != "boot":
            selftests.build_ours(cfg, test)
    except LabFault:
        raise
    except LabError as error:
        common.need_space(cfg.build, ROOM, "a build")
        common.say(f"{error}\n{error.hint}")
        return SKIP
    return GOOD


# The whole

def check_ends(job):
    """Bisecting is only sound if BAD really is bad and GOOD good."""
    for name, commit, want in (("BAD", job.bad, BAD), ("GOOD", job.good, GOOD)):
        code = step(job, commit)
        if code != want:
            raise LabError(f"{name}={commit[:12]} was judged: {WORDS[code]}; "
                           f"TEST={job.test} ROLE={job.role} cannot be bisected between these two",
                           f"logs: {os.path.join(job.folder, 'log')}")


def bisect(job):
    """Run git bisect; returns (first bad commit or None, commits that may be it)."""
    git(job.clone, "bisect", "start", job.bad, job.good)
    log = os.path.join(job.folder, "bisect.log")
    command = [*GIT, "-C", job.clone, "bisect", "run", sys.executable, os.path.abspath(__file__), "step", job.file]
    adopt()
    others = descendants(os.getpid())
    with open(log, "wb") as out, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                                  stdin=subprocess.DEVNULL) as run:
        try:
            for line in run.stdout:
                out.write(line)
                if line.startswith(b"bisect:"):
                    common.say(line.decode(errors="replace").rstrip())
        except BaseException:
            kill_below(others)
            raise
    return outcome(job, log)


def outcome(job, log):
    with open(log, errors="replace") as f:
        lines = f.read().splitlines()
    for line in lines:
        sha, _, rest = line.partition(" ")
        if rest == "is the first bad commit":
            return sha, [sha]
    suspects = []
    for number, line in enumerate(lines):
        if "first bad commit could be any of" in line:
            suspects = [x for x in lines[number + 1:] if len(x) in (40, 64) and set(x) <= set("0123456789abcdef")]
    if not suspects:
        raise LabError("git bisect did not come to an end:\n" + "\n".join(lines[-8:]), f"logs: {job.folder}/log, {log}")
    return None, suspects


def report(job, first, suspects):
    """The report as text; it is kept in report.txt."""
    lines = [f"bisected {job.source} with TEST={job.test} ROLE={job.role}",
             f"good {job.good}", f"bad  {job.bad}", ""]
    for row in common.read_json(os.path.join(job.folder, "steps.json"), []):
        lines.append(f"{row['commit'][:12]} {row['verdict']:12} {row['seconds']:6} s  {row['title']}")
    lines.append("")
    if first:
        lines += [f"first bad commit: {first}", "", git(job.clone, "show", "--stat", "--format=fuller", first)]
    else:
        lines.append("only commits that could not be judged are left; the first bad one is any of:")
        lines += ["  " + git(job.clone, "log", "-1", "--format=%H %s", sha) for sha in suspects]
    text = "\n".join(lines) + "\n"
    common.write_if_changed(os.path.join(job.folder, "report.txt"), text)
    return text


def run_job(job):
    shutil.rmtree(os.path.join(job.folder, "log"), ignore_errors=True)
    make_clone(job)
    job.save()
    common.write_json(os.path.join(job.folder, "steps.json"), [])
    if not job.trust:
        check_ends(job)
    first, suspects = bisect(job)
    common.say(report(job, first, suspects))
    common.say(f"report: {os.path.join(job.folder, 'report.txt')}")
    return 0 if first else 1


def main(cfg):
    import base
    job = make_job(cfg)
    if not job.kernel:
        base.kernel(cfg)
    return run_job(job)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("step", "build", "test"):
        sys.exit("bisect_run.py is called by make bisect and by git")
    if sys.argv[1] == "step":
        sys.exit(step(Job.load(sys.argv[2])))
    sys.exit(worker(*sys.argv[1:]))
