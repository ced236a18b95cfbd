# SPDX-License-Identifier: GPL-2.0
"""`make check`: every test of the project, one line at the end."""

import dataclasses
import importlib
import os
import re
import subprocess
import sys
import time
import traceback
import unittest

import build
import console
import faults
import ktap
import kunit
import roles
import scenarios
import selftests
from common import LabError, ROOT, Step, say, tail, text_hash, write_json
from machine import TITLES

SECOND_BASE = "7.2"
HERE = os.path.dirname(__file__)


@dataclasses.dataclass
class Tally:
    """All results so far; a stage that dies is a failed result, never a missing one."""

    rows: list = dataclasses.field(default_factory=list)

    def add(self, stage, name, status, reason=""):
        self.rows.append({"stage": stage, "name": name, "status": status, "reason": reason})
        if status == "failed":
            say(f"    FAILED {stage}: {name}" + (f": {reason}" if reason else ""))
            console_tail(reason)

    def count(self, status):
        return sum(1 for row in self.rows if row["status"] == status)

    def stage(self, name, function, *args):
        """Run @function(tally adder); its exceptions become one failed result."""
        before = len(self.rows)
        begin = time.monotonic()
        try:
            function(lambda case, status, reason="": self.add(name, case, status, reason), *args)
        except LabError as error:
            self.add(name, "stage", "failed", f"{error} {error.hint}".strip())
        except Exception as error:              # a bug of the lab must not hide the other stages
            traceback.print_exc()
            self.add(name, "stage", "failed", f"{type(error).__name__}: {error}")
        fresh = self.rows[before:]
        if not fresh:
            self.add(name, "stage", "failed", "the stage had no results")
            fresh = self.rows[before:]
        count = lambda status: sum(1 for row in fresh if row["status"] == status)
        say(f"--- {name}: {count('passed')} passed, {count('failed')} failed, {count('skipped')} skipped"
            f" ({time.monotonic() - begin:.0f} s)")


def console_tail(reason):
    """A reason that ends in a console's place is shown with its last lines: nobody has the log of a far machine."""
    place = re.search(r"\((/[^()]+\.log)\)$", reason)
    if place:
        say("\n".join("        " + console.clean(line) for line in tail(place[1], 25).split("\n")))


def lab_units(add):
    """The lab's own unit tests."""
    with Step("the lab's own tests"):
        suite = unittest.defaultTestLoader.discover(os.path.join(HERE, "tests"), top_level_dir=os.path.join(HERE, "tests"))
        result = Units(add)
        suite.run(result)


class Units(unittest.TestResult):
    def __init__(self, add):
        super().__init__()
        self.report = add
        self.buffer = True

    def addSuccess(self, test):
        self.report(test.id(), "passed")

    def addSkip(self, test, reason):
        self.report(test.id(), "skipped", reason)

    def addFailure(self, test, err):
        self.report(test.id(), "failed", self._exc_info_to_string(err, test)[-600:])

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err:
            self.report(subtest.id(), "failed", self._exc_info_to_string(err, test)[-600:])


def user_space_units(add, cfg):
    """The pure kernel files in user space, with sanitizers: tools/testing/xen-unit."""
    folder = os.path.join(ROOT, "tools/testing/xen-unit")
    # Several checkouts may take turns in a build folder: each has its own programs.
    out = os.path.join(cfg.build, "xen-unit", text_hash(ROOT)[:6])
    with Step("pure files in user space"):
        proc = subprocess.run(["make", "-s", "-C", folder, "check"], capture_output=True, text=True, check=False,
                              env={**os.environ, "MAKEFLAGS": "", "MAKELEVEL": "", "UNIT_OUT": out})
    for case in ktap.parse(proc.stdout, "xen-unit", proc.returncode):
        add(case.name, case.status, case.reason)


def roles_stage(add, cfg):
    rows = roles.run_roles(cfg)
    for row in rows:
        add(TITLES[row.role], "passed" if row.ok else "failed", f"{row.why} ({row.log})" if row.why else "")
    say(roles.table(rows))


def add_table(add, table):
    for role, cases in table.items():
        for case in cases:
            add(f"{TITLES.get(role, role)}: {case.name}", case.status, case.reason)


def lint_stage(add, cfg):
    sys.path.insert(0, os.path.join(HERE, "lint"))
    for name, passed, text in importlib.import_module("lint").main(cfg):
        status = "skipped" if passed is None else "passed" if passed else "failed"
        add(name, status, "" if passed else text)


def build_stage(add, cfg):
    roles.prepare(cfg)
    add(f"bzImage {cfg.variant}", "passed")


def stages(cfg):
    """(name, function, arguments), in the order in which a fault is cheapest to see."""
    second = cfg.but(base=SECOND_BASE)
    rows = [("lab", lab_units)]
    if os.path.exists(os.path.join(ROOT, "tools/testing/xen-unit/Makefile")):
        rows.append(("xen-unit", user_space_units, cfg))
    rows += [
        ("build", build_stage, cfg),
        ("lint", lint_stage, cfg),
        ("roles", roles_stage, cfg),
        ("faults", lambda add: add_table(add, faults.run(cfg))),
        ("kunit", lambda add: add_table(add, kunit.run(cfg))),
        ("selftests", lambda add: add_table(add, selftests.checked(cfg))),
        ("scenarios", lambda add: add_table(add, scenarios.run(cfg, only=scenarios.checked(cfg)))),
    ]
    if cfg.jobs >= 4:
        rows.append(("base-selftests", lambda add: add_table(add, selftests.of_base(cfg, long=False))))
    if second.base != cfg.base:
        rows += [
            (f"build {SECOND_BASE}", build_stage, second),
            (f"lint {SECOND_BASE}", lint_stage, second),
            (f"roles {SECOND_BASE}", roles_stage, second),
            (f"kunit {SECOND_BASE}", lambda add: add_table(add, kunit.run(second))),
        ]
    return rows


def extra(cfg):
    """Stages on request only, or longer than `make check` has them."""
    return [("all base-selftests", lambda add: add_table(add, selftests.of_base(cfg))),
            ("all scenarios", lambda add: add_table(add, scenarios.run(cfg)))]


def finish(cfg, tally):
    try:
        write_json(os.path.join(cfg.build, "check.json"), tally.rows)
    except OSError as error:            # a full disk must not cost the last line
        say(f"no check.json: {error}")
    failed = [row for row in tally.rows if row["status"] == "failed"]
    if failed:
        say("\nfailed:")
        for row in failed:
            say(f"  {row['stage']}: {row['name']}: {row['reason']}")
    say(f"\n{tally.count('passed')} passed, {tally.count('failed')} failed, {tally.count('skipped')} skipped")
    return 1 if failed else 0


def main(cfg):
    tally = Tally()
    for name, function, *args in stages(cfg):
        tally.stage(name, function, *args)
    return finish(cfg, tally)


def only(cfg, wanted):
    """One stage on its own: make lint, make unit, make selftests ..."""
    tally = Tally()
    needs_kernel = wanted in ("kunit", "selftests", "all scenarios", "all base-selftests", "lint")
    if needs_kernel:
        roles.prepare(cfg) if wanted != "lint" else build.tree(cfg)
    for name, function, *args in stages(cfg) + extra(cfg):
        if name == wanted or wanted == "unit" and name in ("lab", "xen-unit"):
            tally.stage(name, function, *args)
    return finish(cfg, tally)
