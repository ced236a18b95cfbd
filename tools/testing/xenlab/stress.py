# SPDX-License-Identifier: GPL-2.0
"""
`make stress`: storms on the page tables of PV roles, with checked data, swap and KSM; see guest/stress.sh.

  MINUTES=10     how long          ROLE=pv,pv_dom0   where: any roles, by default a PV guest with two vCPUs
Most of it is worth most with DEBUG=1.
"""

import os

import roles
import selftests
from common import LabError, Step, say
from machine import GUESTS, TITLES, Job

DEFAULT_ROLES = ("pv",)
MINUTES = 10
MEMORY = 640                # MiB that the storms get; what they swap out stays in a RAM disk
DOM0 = 1024
HYPERVISOR = 512
CHECKS = ("ready", "storm", "swapped", "merged", "quiet", "no-leak")


def minutes():
    text = os.environ.get("MINUTES") or str(MINUTES)
    if not text.isdigit() or not 1 <= int(text) <= 1440:
        raise LabError(f"MINUTES={text} is not a number from 1 to 1440")
    return int(text)


def job(role, program, length, slow):
    """The machine for one role."""
    params = {"minutes": length}
    limit = int(slow * 600) + length * 60 * 2
    common = {"files": ((program, "guest/pt_storm"),), "label": f"stress-{role}", "limit": limit}
    if role == "bare":
        return Job("bare", "guest/stress", params=params, **common)
    if role in GUESTS:
        return Job("pv_dom0", "guest/dom0", memory=DOM0 + HYPERVISOR + MEMORY,
                   params={"guests": role, "guestjob": "guest/stress", "guestextra": f"xenlab.minutes={length}",
                           "guestlimit": limit, "guestmemory": MEMORY, "guestvcpus": roles.VCPUS[role]}, **common)
    return Job(role, "guest/dom0", params={"dom0jobs": "guest/stress", **params}, **common)


def fault(role, result):
    """Why a role's storm was not what it should be, or ""."""
    guest = role if role in GUESTS else ""
    done = {m.words[0] for m in result.marks if m.guest == guest and m.verb == "ok" and m.words}
    missing = [name for name in CHECKS if f"stress.{name}" not in done]
    verdict, log = selftests.verdict_of(result, role)
    if verdict.status != "ok":
        return f"{verdict.status}: {verdict.reason} ({log})"
    if result.verdict.status != "ok":
        return f"{result.verdict.status}: {result.verdict.reason} ({result.log})"
    return f"not shown: {', '.join(missing)} ({log})" if missing else ""


def main(cfg):
    length = minutes()
    wanted = selftests.roles_asked_for() if os.environ.get("ROLE") else DEFAULT_ROLES
    roles.prepare(cfg)
    program = os.path.join(selftests.install(cfg, selftests.OURS, "xen"), "xen", "pt_storm")
    slow = roles.slowness(cfg)
    with Step(f"{length} minutes of storms in {len(wanted)} roles, {cfg.variant}") as step:
        results = roles.run_jobs(cfg, [job(role, program, length, slow) for role in wanted])
        faults = {role: fault(role, result) for role, result in zip(wanted, results)}
        step.note = f"{sum(map(bool, faults.values()))} failed"
    for role, result in zip(wanted, results):
        told = [" ".join(m.words) for m in result.marks if m.verb == "storm"]
        say(f"{TITLES[role]:<10} {'FAILED: ' + faults[role] if faults[role] else 'ok'}")
        say("\n".join(f"    {line}" for line in told))
    return 1 if any(faults.values()) else 0
