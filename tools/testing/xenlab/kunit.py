# SPDX-License-Identifier: GPL-2.0
"""KUnit suites built into the lab's kernel, run at boot in the roles where they mean something."""

import glob
import os

import ktap
import roles
from common import Step
from machine import Job
from selftests import summary, verdict_of

# A newer base has a switch of its own for running what is enabled, off in a configuration grown from nothing.
WORDS = ("kunit.enable=1", "kunit.autorun=1")
GUEST = "pv"                # beside the PV dom0, whose hypervisor treats some of its faults in another way
ROLES = ("bare", "pv_dom0", "pvh_dom0", GUEST)


def job(role, slow):
    """One machine; the PV dom0's has the guest as well."""
    common = {"words": " ".join(WORDS), "label": f"kunit-{role}"}
    if role != "pv_dom0":
        return Job(role, "guest/kunit", limit=int(slow * 240), **common)
    limit = int(slow * 480)
    return Job(role, "guest/dom0", limit=limit + 180, **common,
               params={"dom0jobs": "guest/kunit", "guests": GUEST, "guestjob": "guest/kunit", "guestlimit": limit,
                       "guestextra": ",".join(WORDS)})


def run(cfg):
    """{role: [Case]} from /sys/kernel/debug/kunit/*/results of one boot for each role."""
    slow = roles.slowness(cfg)
    jobs = [job(role, slow) for role in ROLES if role != GUEST]
    with Step(f"KUnit in {len(ROLES)} roles, {cfg.variant}") as step:
        table = {}
        for result in roles.run_jobs(cfg, jobs):
            table[result.job.kind] = cases(result, result.job.kind)
            if result.job.kind == "pv_dom0":
                table[GUEST] = cases(result, GUEST)
        step.note = summary([c for found in table.values() for c in found])
    return table


def cases(result, role):
    found = []
    verdict, log = verdict_of(result, role)
    for path in sorted(glob.glob(os.path.join(result.out, role if role == GUEST else "", "kunit", "*"))):
        with open(path, errors="replace") as f:
            found += ktap.parse(f.read(), os.path.basename(path))
    if verdict.status != "ok":
        found.append(ktap.Case("console", "failed", f"{verdict.status}: {verdict.reason} ({log})"))
    elif not found:
        found.append(ktap.Case("suites", "failed", f"the kernel ran no suite ({log})"))
    return found
