# SPDX-License-Identifier: GPL-2.0
"""`make run`: one bzImage in six roles, and what each of them proved."""

import dataclasses
import threading

import base
import build
import console
import image
import machine
from common import LabError, Step, clock, say, tail
from machine import GUESTS, ROLES, TITLES, Job

DOMU_CHECKS = ("root", "disk", "net", "net-mtu", "net-64k")
CHECKS = {"bare": ("no-xen", "disk"),
          "pv_dom0": ("toolstack", "list", "no-guest-left"),
          "pvh_dom0": ("toolstack", "list", "no-guest-left"),
          **{role: ("create", *DOMU_CHECKS, "ends") for role in GUESTS}}
# Under emulated nested paging two vCPUs that wait for each other cost minutes.
VCPUS = {"pv": 2, "pvh": 1, "hvm": 1}
# What /sys/hypervisor must say: type, guest_type.
IDENTITY = {"bare": ("none", "none"), "pv_dom0": ("xen", "PV"), "pvh_dom0": ("xen", "PVH"),
            "pv": ("xen", "PV"), "pvh": ("xen", "PVH"), "hvm": ("xen", "HVM")}
TOLD = {"root": "root from blkback", "disk": "disk data", "net": "ping", "net-mtu": "TCP at MTU size both ways",
        "net-64k": "TCP at 64 KiB both ways", "toolstack": "toolstack", "list": "xl list",
        "no-guest-left": "guests gone", "no-xen": "no Xen seen", "create": "created", "ends": "ended"}


@dataclasses.dataclass
class RoleResult:
    role: str
    ok: bool
    seconds: str = "-"          # to user space, by the machine's own clock
    wall: str = "-"
    clocksource: str = "-"
    verified: list = dataclasses.field(default_factory=list)
    why: str = ""
    log: str = ""


def prepare(cfg):
    """Everything that a boot needs, in the order in which a failure is cheapest."""
    base.kernel(cfg)
    base.hypervisor(cfg)
    image.root(cfg)
    build.kernel(cfg)
    with Step("accelerator") as step:
        step.note = machine.accelerator(cfg).upper()


def jobs_for(cfg, roles, slow=1.0):
    """The machines that cover @roles, the longest first: each guest has a PV dom0 of its own."""
    jobs = []
    for guest in [r for r in GUESTS if r in roles] or [""] * ("pv_dom0" in roles):
        params = {"guests": guest, "guestjob": "guest/verify-domu", "guestlimit": int(slow * 600),
                  "guestvcpus": VCPUS.get(guest, 1)} if guest else {}
        jobs.append(Job("pv_dom0", "guest/dom0", limit=int(slow * 800), params=params,
                        label=f"dom0-{guest}" if guest else "pv_dom0"))
    if "pvh_dom0" in roles:
        jobs.append(Job("pvh_dom0", "guest/dom0", limit=int(slow * 300)))
    if "bare" in roles:
        jobs.append(Job("bare", "guest/verify-bare", limit=int(slow * 120)))
    return jobs


def slowness(cfg):
    """Time limits are for an ordinary 4-core machine; debug kernels and smaller machines get more."""
    factor = 1.0 if cfg.jobs >= 4 else 1.6
    return factor * (4 if cfg.checks_itself else 1)


def width(cfg):
    """How many machines are at work: each is one busy thread; with more than two cores one is left to the rest."""
    return cfg.jobs if cfg.jobs <= 2 else cfg.jobs * 3 // 4


def judge_role(role, result):
    """One row of the table from a machine's result."""
    guest = role if role in GUESTS else ""
    marks = [m for m in result.marks if m.guest == guest]
    # a guest's "create" and "ends" are said by dom0
    named = {m.words[0].removeprefix(role + "."): m.verb for m in result.marks
             if m.verb in ("ok", "fail") and m.words and m.words[0].startswith(role + ".")}
    boot = next((m.fields for m in marks if m.verb == "boot"), None)
    wall = next((m.fields.get("wall", "-") for m in result.marks
                 if m.verb == "guest" and m.fields.get("role") == role), f"{result.seconds:.0f}")
    text = result.streams.get(guest, "")
    verdict = console.judge(text, result.verdict.status == "hang", guest=True) if guest else result.verdict
    log = result.log if not guest else f"{result.log[:-4]}-{guest}.log"
    row = RoleResult(role, False, log=log, wall=wall)
    if guest and guest not in result.streams:
        verdict = console.Verdict("silent", f"never started: dom0 {result.verdict.reason or 'did not create it'}")
    if boot is None:
        row.why = f"{verdict.status}: {verdict.reason}" if verdict.status != "ok" else "no boot mark"
        return row
    row.seconds, row.clocksource = boot.get("seconds", "-"), boot.get("clocksource", "-")
    row.verified = [c for c in CHECKS[role] if named.get(c) == "ok"]
    missing = [c for c in CHECKS[role] if named.get(c) != "ok"]
    identity = (boot.get("hypervisor"), boot.get("guest_type"))
    if verdict.status != "ok":
        row.why = f"{verdict.status}: {verdict.reason}"
    elif missing:
        row.why = "not verified: " + ", ".join(missing)
    elif boot.get("role") != role or identity != IDENTITY[role]:
        row.why = f"booted as something else: /sys/hypervisor says {identity}, not {IDENTITY[role]}"
    else:
        row.ok = True
    return row


def lost_by_emulator(cfg, result):
    """
    TCG's nested paging under the IOMMU now and then hands a PVH dom0's first program a wrong page.  Only that
    machine, only before the lab's own first mark, and only once: what kills it twice is ours.
    """
    return (result.job.kind == "pvh_dom0" and machine.accelerator(cfg) == "tcg" and result.verdict.status == "panic"
            and not any(mark.verb == "boot" for mark in result.marks))


def run_jobs(cfg, jobs, on_result=None, quiet=False):
    """Boot several machines side by side, as many as the cores carry."""
    lock = threading.Lock()

    def one(job):
        title = TITLES.get(job.kind, job.kind)

        def told(mark):
            who = TITLES.get(mark.guest, mark.guest) or title
            with lock:
                if mark.verb == "boot":
                    say(f"[{clock()}]   {who}: user space after {mark.fields.get('seconds')} s")
                elif mark.verb == "fail":
                    say(f"[{clock()}]   {who}: FAILED {' '.join(mark.words)}")

        result = machine.boot(cfg, job, on_mark=None if quiet else told)
        if lost_by_emulator(cfg, result):
            with lock:
                say(f"[{clock()}]   {title}: started once more, since it died before user space: {result.verdict.reason}")
                say(tail(result.log, 25))
            result = machine.boot(cfg, job, on_mark=None if quiet else told)
        with lock:
            if on_result:
                on_result(result)
        return result

    with machine.side_by_side(width(cfg)) as pool:
        return list(pool.map(one, jobs))


def roles_of(cfg):
    """KASAN is not for PV page tables, and so not for guests either, each of which has a PV dom0."""
    return ROLES if cfg.config != "kasan" else ("bare", "pvh_dom0")


def run_roles(cfg, roles=None):
    """Boot @roles, by default all that the configuration is for; list of RoleResult in table order."""
    roles = roles or roles_of(cfg)
    rows = {}
    jobs = jobs_for(cfg, roles, slowness(cfg))

    def on_result(result):
        for role in (result.job.kind, result.job.params.get("guests")):
            # every guest's dom0 must hold, not just one of them
            if role in roles and (role not in rows or rows[role].ok):
                rows[role] = judge_role(role, result)

    with Step(f"{len(roles)} roles, {cfg.variant}") as step:
        run_jobs(cfg, jobs, on_result)
        bad = [r for r in rows.values() if not r.ok]
        step.note = "all hold" if not bad else f"{len(bad)} FAILED"
    return [rows[r] for r in ROLES if r in roles]


def table(rows):
    lines = [f"{'role':<10} {'result':<7} {'boot':>7} {'wall':>6}  {'clock source':<13} verified"]
    for row in rows:
        verified = ", ".join(TOLD[c] for c in row.verified)
        lines.append(f"{TITLES[row.role]:<10} {'ok' if row.ok else 'FAILED':<7} {row.seconds + ' s':>7} "
                     f"{row.wall + ' s':>6}  {row.clocksource:<13} {verified}")
    return "\n".join(lines)


def show(cfg, rows):
    for row in rows:
        if row.ok:
            continue
        say(f"\n--- {TITLES[row.role]} {row.why}")
        say("\n".join("    " + line for line in console.clean(tail(row.log, 15).replace("\n", "\x01")).split("\x01")))
        say(f"    whole console: {row.log}")
    say()
    say(table(rows))


def main(cfg):
    prepare(cfg)
    rows = run_roles(cfg)
    show(cfg, rows)
    return 0 if all(row.ok for row in rows) else 1


def run_test(cfg, role, test, params=None):
    """
    Build, then run one test in one role: True if it passed.  @test is "boot", or a self-test's name.
    LabError means that the kernel did not build.
    """
    import selftests
    prepare(cfg)
    if role not in ROLES:
        raise LabError(f"ROLE={role} is none of {', '.join(ROLES)}")
    if test == "boot":
        return all(row.ok for row in run_roles(cfg, (role,)))
    return selftests.one(cfg, role, test)
