# SPDX-License-Identifier: GPL-2.0
"""kselftests in the roles: ours (TARGETS=xen) and those of the base that touch what Xen support replaces."""

import collections
import dataclasses
import glob
import itertools
import os
import shutil

import build
import console
import ktap
import roles
from common import LabError, Step, run, say, write_if_changed
from machine import GUESTS, ROLES, TITLES, Job

OURS = ("xen",)
HERE = os.path.dirname(__file__)
TURNS = 3                   # for tests whose results are of chance
SECONDS = 120               # for one program of ours, under emulation; a machine may be slow
# Roles of `make check`; ROLE=all (or a list) runs others too.  Under emulated nested paging the whole set
# takes an hour for the three roles that are left out here.
CHECKED = ("bare", "pv_dom0", "pvh_dom0", "pv")
# And where there are four cores, in PVH and HVM guests, what asks the hypervisor.
CHECKED_MORE = ("role_test", "evtchn_test", "gntalloc_test", "gntcopy_test", "gntdev_test", "privcmd_test", "balloon_test")


def roles_asked_for():
    asked = os.environ.get("ROLE", "")
    if not asked:
        return CHECKED
    wanted = ROLES if asked == "all" else tuple(asked.split(","))
    for role in wanted:
        if role not in ROLES:
            raise LabError(f"ROLE={role} is none of all, {', '.join(ROLES)}")
    return wanted


def install(cfg, targets, name):
    """
    Build kselftest @targets in the laid tree and install them; returns the folder.  The base's own
    rules do it all: lib.mk, headers_install, INSTALL_PATH.  They are in our tree only; XEN=base runs the same files.
    """
    if cfg.xen == "base":
        cfg = cfg.but(xen="ours")
        build.tree(cfg)
    where = os.path.join(cfg.obj, f"kselftest-{name}")
    log = os.path.join(cfg.logs, f"kselftest-{name}.log")
    with Step(f"kselftest {' '.join(targets)}") as step:
        build.make(cfg, "headers", log=log, what="headers_install")
        run(["make", "-C", os.path.join(cfg.tree, "tools/testing/selftests"), f"O={cfg.obj}", f"-j{cfg.jobs}",
             f"TARGETS={' '.join(targets)}", f"INSTALL_PATH={where}", "FORCE_TARGETS=", "install"],
            log=log, append=True, env=build.MAKE_ENV, what="the kselftest build", timeout=1800)
        programs = glob.glob(f"{where}/*/*")
        step.note = f"{len([p for p in programs if os.access(p, os.X_OK)])} files"
    return where


def build_each(cfg, programs, name):
    """
    Build the named programs of the base one by one with its own rules: a folder of which another program does not
    compile still yields these.  Returns the folder, laid out as install() does.
    """
    where = os.path.join(cfg.obj, f"kselftest-{name}")
    log = os.path.join(cfg.logs, f"kselftest-{name}.log")
    # No rule of theirs knows the kernel's headers: what those break must not be there from an earlier run.
    shutil.rmtree(where, ignore_errors=True)
    os.makedirs(cfg.obj, exist_ok=True)
    with Step(f"{len(programs)} self-tests of the base") as step:
        build.make(cfg, "headers", log=log, what="headers_install")
        for folder in sorted({d for d, _, _ in programs}):
            out = os.path.join(where, folder)
            os.makedirs(out, exist_ok=True)
            try:
                run(["make", "-k", "-C", os.path.join(cfg.tree, "tools/testing/selftests", folder), f"-j{cfg.jobs}",
                     f"OUTPUT={out}", f"KHDR_INCLUDES=-isystem {cfg.obj}/usr/include"] +
                    [os.path.join(out, p) for d, p, _ in programs if d == folder],
                    log=log, append=True, env=build.MAKE_ENV, timeout=1800)
            except LabError:
                pass            # what is missing is reported by name
        step.note = f"{len(programs) - len(absent(where, programs))} built"
    return where


def absent(where, programs):
    return [row for row in programs if not os.access(os.path.join(where, row[0], row[1]), os.X_OK)]


def not_built(cfg, missing):
    """What became of the programs that do not compile in @cfg's tree: the base's own tree tells whose fault it is."""
    if cfg.xen != "base" and missing:
        base = cfg.but(xen="base")
        build.tree(base)
        theirs = absent(build_each(base, missing, "base-absent"), missing)
    else:
        theirs = missing
    return [ktap.Case(name_of(d, p), "skipped", "the base's Makefile does not build it here") if (d, p, s) in theirs else
            ktap.Case(name_of(d, p), "failed", "does not compile here, but does in the base's own tree "
                                               f"({os.path.join(cfg.logs, 'kselftest-base.log')})")
            for d, p, s in missing]


def programs_of_ours(where):
    """(folder, program, seconds) as kselftest-list.txt has them."""
    try:
        with open(os.path.join(where, "kselftest-list.txt")) as f:
            pairs = [line.strip().split(":", 1) for line in f if ":" in line]
    except OSError as error:
        raise LabError(f"kselftest installed no list: {error}") from error
    return [(folder, program, SECONDS) for folder, program in pairs if folder in OURS]


def build_ours(cfg, only=""):
    """Our self-tests, built: (folder, programs).  What @only names must be among them."""
    where = install(cfg, OURS, "xen")
    programs = programs_of_ours(where)
    lacking = set(only.split(",") if only else ()) - {program for _, program, _ in programs}
    if lacking:
        raise LabError(f"there is no self-test {', '.join(sorted(lacking))}", "tools/testing/selftests/xen has them")
    return where, programs


def programs_of_base(long=True, word=""):
    """The list that we keep of the base's own tests: with or without those that take minutes, or those with @word."""
    rows = []
    with open(os.path.join(HERE, "base-selftests.list")) as f:
        for line in f:
            words = line.split("#", 1)[0].split()
            if words and (long or "long" not in words[3:]) and (not word or word in words[3:]):
                rows.append((words[0], words[1], int(words[2])))
    return rows


def known_differences(cfg):
    """Lines "test role base reason" of tests that mainline's own Xen code fails: {(test, role): reason}."""
    known = {}
    if cfg.xen != "base":
        return known
    path = os.path.join(HERE, "..", "selftests", "xen", "known-differences")
    try:
        with open(path) as f:
            lines = f.read().splitlines()
    except OSError:
        return known
    for line in lines:
        words = line.split("#", 1)[0].split(None, 3)
        if len(words) == 4 and words[2] in (cfg.name, "*"):
            known |= {(words[0], role): words[3] for role in (ROLES if words[1] == "*" else (words[1],))}
    return known


def jobs(cfg, where, programs, wanted, only="", label=""):
    """The machines that run @programs in the @wanted roles."""
    listing = os.path.join(where, "xenlab-list")
    write_if_changed(listing, "".join(f"{d} {p} {s}\n" for d, p, s in programs))
    folders = sorted({d for d, _, _ in programs})
    files = tuple((os.path.join(where, d), f"selftests/{d}") for d in folders) + ((listing, "selftests/list"),)
    slow = roles.slowness(cfg)
    budget = int(slow * sum(s for _, p, s in programs if not only or p in only.split(",")) / 2) + 120
    # A guest's words are themselves a list with commas.
    only = only.replace(",", "+")
    tests = {"tests": only} if only else {}
    out = []
    # A dom0 that runs tests itself does so before its guest; every other guest has a dom0 of its own beside it.
    guests = [r for r in GUESTS if r in wanted]
    first = "pv_dom0" in wanted
    for guest in guests or [""] * first:
        own = {"dom0jobs": "guest/selftests"} if first else {}
        out.append(Job("pv_dom0", "guest/dom0", files=files, label=f"{label}pv_dom0" if first else f"{label}dom0-{guest}",
                       limit=180 + budget * (bool(guest) + first),
                       params={**own, **tests, "guests": guest, "guestjob": "guest/selftests",
                               "guestlimit": budget, "guestextra": f"xenlab.tests={only}" if only else ""}))
        first = False
    if "pvh_dom0" in wanted:
        out.append(Job("pvh_dom0", "guest/dom0", files=files, label=f"{label}pvh_dom0", limit=240 + budget,
                       params={"dom0jobs": "guest/selftests", **tests}))
    if "bare" in wanted:
        out.append(Job("bare", "guest/selftests", files=files, label=f"{label}bare", limit=120 + budget, params=tests))
    return out


def tap_folder(result, role):
    return os.path.join(result.out, role if role in GUESTS else "", "tap")


def verdict_of(result, role):
    """How the machine or, for a guest's role, the guest on it ended; and its console's place."""
    if role not in GUESTS:
        return result.verdict, result.log
    if role not in result.streams:
        return console.Verdict("silent", "never started"), result.log
    hung = result.verdict.status == "hang"
    return console.judge(result.streams[role], hung, guest=True), f"{result.log[:-4]}-{role}.log"


def cases(result, role, programs, only=""):
    """All results of one role; a program that left none is a failure."""
    folder = tap_folder(result, role)
    verdict, log = verdict_of(result, role)
    found = []
    if verdict.status != "ok":
        found.append(ktap.Case("console", "failed", f"{verdict.status}: {verdict.reason} ({log})"))
    for where, program, _ in programs:
        if only and program not in only.split(","):
            continue
        name = name_of(where, program)
        try:
            with open(os.path.join(folder, name + ".txt"), errors="replace") as f:
                text = f.read()
            with open(os.path.join(folder, name + ".status")) as f:
                status = int(f.read())
        except (OSError, ValueError):
            found.append(ktap.Case(name, "failed", f"did not run: {verdict.status} {verdict.reason}"))
            continue
        found += ktap.parse(text, name, status, plain=where not in OURS)
    return found


def run_in_roles(cfg, programs, where, wanted=ROLES, only="", label="selftests-"):
    """{role: [Case]}, and what each machine's own console had to complain of as further failed Cases."""
    results = roles.run_jobs(cfg, jobs(cfg, where, programs, wanted, only, label))
    table = {}
    for result in results:
        covered = [r for r in wanted if r == result.job.params.get("guests") or
                   r == result.job.kind and (r != "pv_dom0" or "dom0jobs" in result.job.params)]
        for role in covered:
            table.setdefault(role, []).extend(cases(result, role, programs, only))
        if result.job.kind not in covered and result.verdict.status != "ok":
            failed = ktap.Case("console", "failed", f"{result.verdict.status}: {result.verdict.reason} ({result.log})")
            table.setdefault(result.job.kind, []).append(failed)
    return {role: table[role] for role in ROLES if role in table}


def ours(cfg, wanted=ROLES, only=""):
    """Our self-tests, in mainline's code the known differences turned into skips that carry their reason."""
    where, programs = build_ours(cfg, only)
    with Step(f"self-tests in {len(wanted)} roles, {cfg.variant}") as step:
        table = run_in_roles(cfg, programs, where, wanted, only)
        known = known_differences(cfg)
        for role, found in table.items():
            for case in found:
                reason = known.get((case.name.removeprefix("xen."), role))
                if case.status == "failed" and reason:
                    case.status, case.reason = "skipped", f"known difference: {reason}"
        step.note = summary([c for found in table.values() for c in found])
    return table


def checked(cfg):
    """What `make check` runs."""
    table = ours(cfg, roles_asked_for())
    if cfg.jobs >= 4 and not os.environ.get("ROLE"):
        for role, found in ours(cfg, ("pvh", "hvm"), ",".join(CHECKED_MORE)).items():
            table.setdefault(role, []).extend(found)
    return table


def summary(found):
    count = lambda status: sum(1 for c in found if c.status == status)
    return f"{count('passed')} passed, {count('failed')} failed, {count('skipped')} skipped"


def one(cfg, role, test):
    """For bisection: one program of ours in one role."""
    table = ours(cfg, (role,), test)
    found = table.get(role, [])
    for case in found:
        if case.status == "failed":
            say(f"  {TITLES[role]}: {case.name}: {case.reason}")
    return any(c.status == "passed" for c in found) and not any(c.status == "failed" for c in found)


def of_base(cfg, wanted=("bare", "pv_dom0", "pv"), long=True):
    """
    The base's own tests, in ours and in the base's own Xen code: every result must be the same.
    A test that fails in both is the base's affair and counts as skipped, with that reason.
    A program of which every case passes in every role cannot do better with the base's code: it is not run there.
    """
    programs = programs_of_base(long)
    where = build_each(cfg, programs, "base")
    missing = absent(where, programs)
    unbuilt = not_built(cfg, missing)
    programs = [row for row in programs if row not in missing]
    with Step(f"the base's self-tests, {cfg.variant}") as step:
        mine = run_in_roles(cfg, programs, where, wanted, label="base-selftests-")
        step.note = summary([c for found in mine.values() for c in found])
    doubtful = not_all_passed(programs, mine)
    theirs = {}
    if doubtful:
        other = cfg.but(xen="base")
        build.kernel(other)
        with Step(f"{len(doubtful)} of them, {other.variant}") as step:
            theirs = run_in_roles(other, doubtful, where, wanted, label="base-selftests-")
            step.note = summary([c for found in theirs.values() for c in found])
    table = {role: judged(mine.get(role, []), theirs.get(role, []), doubtful) for role in wanted}
    table[wanted[0]] += unbuilt
    return tried_again(cfg, where, programs_of_base(word="unsteady"), table, theirs)


def tried_again(cfg, where, unsteady, table, theirs):
    """
    Programs whose results are known to be of chance, with either code: one that failed here only is run a few times
    more.  What then holds once is a skip with the reason, and what never does a failure.
    """
    fails = lambda row, role: any(c.status == "failed" and is_of(c, [row]) for c in table[role])
    for _ in range(TURNS):
        rows = [row for row in unsteady if any(fails(row, role) for role in table)]
        if not rows:
            break
        mine = run_in_roles(cfg, rows, where, tuple(table), label="base-selftests-again-")
        for row, role in itertools.product(rows, table):
            of_row = lambda found: [c for c in found.get(role, []) if is_of(c, [row])]
            if of_row(mine) and not any(c.status == "failed" for c in compare(of_row(mine), of_row(theirs))):
                for case in of_row(table):
                    if case.status == "failed":
                        case.status, case.reason = "skipped", f"not every time: {case.reason}"
    return table


def name_of(folder, program):
    return f"{folder.replace('/', '_')}.{program}"


def is_of(case, rows):
    return any(case.name == name or case.name.startswith(name + ".") for name in (name_of(d, p) for d, p, _ in rows))


def not_all_passed(programs, table):
    """The programs with a case that failed or was skipped in some role."""
    return [row for row in programs
            if any(c.status != "passed" and is_of(c, [row]) for found in table.values() for c in found)]


def judged(mine, theirs, doubtful):
    """What passed stands; the rest, a dead machine included, is compared."""
    compared = [c for c in mine if is_of(c, doubtful) or c.status != "passed"]
    return [c for c in mine if c not in compared] + compare(compared, theirs)


def numbered(cases):
    """Names that come again get a number: some programs call all their cases the same."""
    seen = collections.Counter()
    out = []
    for case in cases:
        seen[case.name] += 1
        again = f" #{seen[case.name]}" if seen[case.name] > 1 else ""
        out.append(dataclasses.replace(case, name=case.name + again))
    return out


def compare(mine, theirs):
    reference = {c.name: c for c in numbered(theirs)}
    out = []
    for case in numbered(mine):
        ref = reference.pop(case.name, None)
        if case.status == "failed" and ref is not None and ref.status == "failed":
            out.append(ktap.Case(case.name, "skipped", f"fails with the base's own Xen code too: {case.reason}"))
        elif case.status == "passed" and ref is None:
            out.append(case)        # only ours gets that far
        elif case.status == "failed" or ref is None or ref.status == "passed" and case.status != "passed":
            theirs_said = ref.status if ref else "absent"
            out.append(ktap.Case(case.name, "failed", f"here {case.status} ({case.reason}), with the base's code {theirs_said}"))
        else:
            out.append(case)
    out += [ktap.Case(name, "failed", f"absent here, with the base's code {ref.status}")
            for name, ref in reference.items() if ref.status == "passed"]
    return out
