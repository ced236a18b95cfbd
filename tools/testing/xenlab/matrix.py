# SPDX-License-Identifier: GPL-2.0
"""
`make matrix`: the six roles with 1, 2 and 8 vCPUs and 256 MiB, 1 GiB and 8 GiB, or one point many times.

  ROLE=pv,pvh_dom0   only these roles            CPUS=1,2   MEM=256,1024 (MiB)   only these sizes
  BOOTS=100          each point so many times in a row
A point holds if the machine reaches user space as what it should be, with all its CPUs and memory, ends
by itself and says nothing bad.
"""

import collections
import itertools
import os
import shutil

import machine
import roles
from common import LabError, Step, say
from machine import GUESTS, ROLES, TITLES, Job

CPUS = (1, 2, 8)
MEM = (256, 1024, 8192)
# dom0 of a guest, and what the hypervisor takes for itself, MiB.
HOST = 1024 + 512
# What a kernel keeps for itself or reserves at boot, at most; one that checks itself has tables for that.
OWN_SHARE = 0.45
OWN_SHARE_CHECKED = 0.6
# vCPUs that wait for each other share an emulated CPU: with a kernel that checks itself, stop_machine() took 26 s.
PATIENT = "watchdog_thresh=60"
# Machines side by side must fit into the host, MiB, and leave it a share for itself.
TOGETHER = 12288
LEFT = 0.25

Point = collections.namedtuple("Point", "role cpus mem")


def numbers(name, default):
    text = os.environ.get(name, "")
    try:
        found = tuple(int(word) for word in text.split(",")) if text else default
    except ValueError:
        found = (0,)
    if min(found) < 1:
        raise LabError(f"{name}={text} is not a list of numbers above 0")
    return found


def points():
    asked = os.environ.get("ROLE", "")
    wanted = ROLES if asked in ("", "all") else tuple(asked.split(","))
    for role in wanted:
        if role not in ROLES:
            raise LabError(f"ROLE={role} is none of all, {', '.join(ROLES)}")
    return [Point(*p) for p in itertools.product(wanted, numbers("CPUS", CPUS), numbers("MEM", MEM))]


def physical_cpus(point, emulated):
    """
    How many CPUs the machine below a point has.  Nested paging is emulated rightly with one CPU only
    (machine.KINDS): it carries all vCPUs of a translated domain.
    """
    if point.role == "bare":
        return point.cpus
    if emulated and point.role not in ("pv_dom0", "pv"):
        return 1
    return point.cpus if point.role not in GUESTS else min(point.cpus, 4)


def job(point, slow, turn, emulated):
    """The machine of a point."""
    role, cpus, mem = point
    label = f"matrix-{role}-{cpus}-{mem}-{turn}"
    limit = int(slow * (400 + 40 * cpus))
    physical = physical_cpus(point, emulated)
    if role == "bare":
        return Job("bare", "guest/idle", memory=mem, cpus=physical, limit=limit, label=label)
    if role in GUESTS:
        return Job("pv_dom0", "guest/dom0", memory=HOST + mem, cpus=physical, limit=limit, label=label,
                   params={"guests": role, "guestjob": "guest/idle", "guestlimit": limit,
                           "guestextra": PATIENT, "guestvcpus": cpus, "guestmemory": mem})
    return Job(role, "guest/dom0", dom0_mem=mem, memory=mem + 768, cpus=physical, limit=limit, label=label,
               words=PATIENT, xen_words=f"dom0_max_vcpus={cpus}")


def fault(point, result, own_share):
    """Why a point does not hold, or ""."""
    role, cpus, mem = point
    row = roles.judge_role(role, result)
    marks = [m for m in result.marks if m.verb == "boot" and m.guest == (role if role in GUESTS else "")]
    if row.why and not row.why.startswith("not verified"):
        return f"{row.why} ({row.log})"
    if not marks:
        return f"no boot mark ({row.log})"
    boot = marks[0].fields
    if int(boot.get("cpus", 0)) != cpus:
        return f"{boot.get('cpus')} CPUs ({row.log})"
    have = int(boot.get("memory", 0)) / 1024
    if not mem * (1 - own_share) <= have <= mem:
        return f"{have:.0f} MiB of memory ({row.log})"
    if result.verdict.status != "ok":
        return f"{result.verdict.status}: {result.verdict.reason} ({result.log})"
    return ""


def room():
    """MiB that all machines at work may take."""
    host = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    return min(TOGETHER, int(host * (1 - LEFT)))


def batches(jobs, side_by_side, limit):
    """Machines of which any @side_by_side take @limit MiB at most; one that is larger runs alone."""
    batch = []
    for one in sorted(jobs, key=lambda j: j.memory):
        # whichever are at work, they are no larger than the last ones
        if batch and sum(j.memory for j in (batch + [one])[-side_by_side:]) > limit:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def main(cfg):
    wanted = points()
    boots = numbers("BOOTS", (1,))[0]
    roles.prepare(cfg)
    slow = roles.slowness(cfg)
    emulated = machine.accelerator(cfg) == "tcg"
    own_share = OWN_SHARE_CHECKED if cfg.checks_itself else OWN_SHARE
    by_label = {}
    for point, turn in itertools.product(wanted, range(boots)):
        one = job(point, slow, turn, emulated)
        by_label[one.label] = (point, one)
    faults = collections.defaultdict(list)

    def on_result(result):
        point, _ = by_label[result.job.label]
        why = fault(point, result, own_share)
        if why:
            faults[point].append(why)
            say(f"    FAILED {TITLES[point.role]}, {point.cpus} vCPUs, {point.mem} MiB: {why}")
        else:
            shutil.rmtree(machine.work_dir(cfg, result.job.label), ignore_errors=True)

    with Step(f"{len(by_label)} boots, {cfg.variant}") as step:
        for batch in batches([one for _, one in by_label.values()], roles.width(cfg), room()):
            roles.run_jobs(cfg, batch, on_result, quiet=True)
        step.note = f"{sum(map(len, faults.values()))} failed"
    say(f"{'role':<10} {'vCPUs':>5} {'MiB':>6}  {'boots':>5} {'failed':>6}")
    for point in wanted:
        say(f"{TITLES[point.role]:<10} {point.cpus:>5} {point.mem:>6}  {boots:>5} {len(faults[point]):>6}")
    return 1 if any(faults.values()) else 0
