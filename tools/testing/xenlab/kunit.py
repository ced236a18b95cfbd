# SPDX-License-Identifier: GPL-2.0
"""KUnit suites built into the lab's kernel, run at boot in the roles where they mean something."""

import glob
import os

import ktap
import roles
from common import Step
from machine import Job
from selftests import summary

# A newer base has a switch of its own for running what is enabled, off in a configuration grown from nothing.
WORDS = "kunit.enable=1 kunit.autorun=1"
ROLES = ("bare", "pv_dom0", "pvh_dom0")


def run(cfg):
    """{role: [Case]} from /sys/kernel/debug/kunit/*/results of one boot for each role."""
    slow = roles.slowness(cfg)
    jobs = [Job(role, "guest/kunit", words=WORDS, label=f"kunit-{role}", limit=int(slow * 240)) for role in ROLES]
    with Step(f"KUnit in {len(ROLES)} roles, {cfg.variant}") as step:
        table = {result.job.kind: cases(result) for result in roles.run_jobs(cfg, jobs)}
        step.note = summary([c for found in table.values() for c in found])
    return table


def cases(result):
    found = []
    for path in sorted(glob.glob(os.path.join(result.out, "kunit", "*"))):
        with open(path, errors="replace") as f:
            found += ktap.parse(f.read(), os.path.basename(path))
    if result.verdict.status != "ok":
        found.append(ktap.Case("console", "failed", f"{result.verdict.status}: {result.verdict.reason} ({result.log})"))
    elif not found:
        found.append(ktap.Case("suites", "failed", f"the kernel ran no suite ({result.log})"))
    return found
