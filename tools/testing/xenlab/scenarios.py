# SPDX-License-Identifier: GPL-2.0
"""What needs two domains: hotplug, save, migration, crash, block; see guest/*scenarios.sh."""

import build
import ktap
import os
import re
import roles
import selftests
import shlex
import stock
from common import LabError, Step, write_if_changed
from machine import GUESTS, Job
from selftests import summary

# A PVH guest takes an hour under emulation.
ROLES = ("pv",)

# Scenarios that a second guest takes part in with self-tests, which may take these seconds.
ROGUES = {"net-rogue": ("netif_rogue_test", "netif_rogue_rx_test"), "event-flood": ("netif_rogue_test",),
          "store-flood": ("store_flood_test",), "grant-limit": ("grant_limit_test",),
          "two-level": ("evtchn_test", "evtchn_load_test", "evtchn_storm_test"), "many-channels": ("evtchn_many_test",),
          "held-over-restore": ("ending_restore_test",)}
ROGUE_SECONDS = 600
NET_PORT = 7001             # as guest/lib.sh has it
PCI_CARDS = 3


# Scenarios of `make check`; `make scenarios` runs all, TEST=NAME,... some, TEST=block those of BLOCK.
CHECKED = ("whole-life", "destroy", "crash")
# And where there are four cores.
CHECKED_MORE = ("disk-hotplug", "net-hotplug", "vcpus", "balloon", "save-restore")
# Of guest/scenarios.sh, with one guest of each role.
LIFE = ("whole-life", "destroy", "crash", "disk-hotplug", "net-hotplug", "net-rogue", "event-flood", "store-flood",
        "grant-limit", "two-level", "many-channels", "vcpus", "balloon", "balloon-floor", "balloon-above-boot",
        "save-restore", "vcpus-over-restore", "held-over-restore", "migrate", "save-restore-50")
ON_REQUEST = ("save-restore-50",)
# Of guest/blk-scenarios.sh; a machine of their own.
BLOCK = ("rings", "resize", "read-only", "cdrom", "limits", "discard", "flush", "power-cut", "open-removal", "readers",
         "memory-pressure", "faults", "stuck-device", "hundred-cycles", "idle-memory", "rogue")
# Of guest/net-scenarios.sh; another.
NET = ("net-faults", "net-faults-and-cycles", "net-hundred-cycles", "net-rate-limit", "net-static-grants",
       "net-idle-memory")
# Of guest/device-scenarios.sh; another.
DEVICES = ("9p", "framebuffer", "keyboard")
# Of guest/pcifront-scenarios.sh; another.
PCIFRONT = ("pcifront",)
CARDS = ("00:16:3e:79:00:01", "00:16:3e:79:00:02")
# Of guest/frontend-scenarios.sh; another, and packages from the archive: only if asked for.  Which kernels
# there are is the archive's to say: ALL_STOCK stands for stock-VERSION-ROLE of each.
ALL_STOCK = "stock-frontend"
STOCK = re.compile(r"stock-\d+\.\d+-(pv|pvh)")
STOCK_ROLES = ("pv", "pvh")
GRUB = ("pv-grub", "pv-grub-32", "hvm-firmware")
# Of guest/pci-scenarios.sh, in both kinds of dom0; a machine for each.
PCI = ("pci-pins", "pci-messages", "pci-load", "pci-affinity", "pci-cpu-off", "pci-updown", "pci-queues",
       "pci-reset", "pci-reload")
DOM0 = ("pv_dom0", "pvh_dom0")
# Of guest/module-scenarios.sh, with a kernel of its own: only if asked for.
MODULES = ("module-cycles", "module-reload", "module-cut")
GROUPS = {"block": BLOCK, "net": NET, "devices": DEVICES + PCIFRONT, "frontends": (ALL_STOCK,) + GRUB, "pci": PCI,
          "modules": MODULES}
# A dom0's job: what its results' names begin with, and its scenarios.
JOBS = {"guest/scenarios": ("{scenarioroles}", LIFE), "guest/blk-scenarios": ("blk", BLOCK), "guest/net-scenarios": ("net", NET),
        "guest/device-scenarios": ("dev", DEVICES), "guest/pcifront-scenarios": ("dev", PCIFRONT),
        "guest/frontend-scenarios": ("front", GRUB), "guest/pci-scenarios": ("{kind}", PCI),
        "guest/module-scenarios": ("modules", MODULES)}
KNOWN = {name for _, names in JOBS.values() for name in names} | {ALL_STOCK}
STATUS = {"ok": "passed", "fail": "failed", "skip": "skipped"}


def rogue_files(cfg):
    """What that guest finds on its lab disk."""
    where = selftests.install(cfg, selftests.OURS, "xen")
    listing = os.path.join(where, "xenlab-rogues")
    seconds = int(roles.slowness(cfg) * ROGUE_SECONDS)
    write_if_changed(listing, "".join(f"xen {program} {seconds}\n"
                                      for program in sorted(set().union(*ROGUES.values()))))
    return ((os.path.join(where, "xen"), "selftests/xen"), (listing, "selftests/list"))


def checked(cfg):
    return CHECKED + (CHECKED_MORE if cfg.jobs >= 4 else ())


def roles_asked_for():
    """ROLE=pvh,hvm: guests of other roles than PV ones."""
    asked = selftests.roles_asked_for() if os.environ.get("ROLE") else ()
    return tuple(role for role in asked if role in GUESTS) or ROLES


def dom0s_asked_for():
    """ROLE=pvh_dom0: that one only."""
    asked = selftests.roles_asked_for() if os.environ.get("ROLE") else ()
    return tuple(role for role in asked if role in DOM0) or DOM0


def asked(only):
    """Names in TEST=, or @only; the name of a group stands for all of it."""
    names = []
    for name in os.environ.get("TEST", "").split(",") if os.environ.get("TEST") else only:
        names += GROUPS.get(name, (name,))
    for name in names:
        if name not in KNOWN and not STOCK.fullmatch(name):
            raise LabError(f"TEST={name} is no scenario", f"there are {', '.join(sorted({*GROUPS, *KNOWN}))}")
    return tuple(dict.fromkeys(names))


def of_archive(cfg, names):
    """@names with those of the kernels that the archive has in place of ALL_STOCK."""
    wanted = [name for name in names if STOCK.fullmatch(name)]
    if ALL_STOCK not in names and not wanted:
        return names
    have = [f"stock-{version}-{role}" for version in stock.kernels(cfg) for role in STOCK_ROLES]
    for name in wanted:
        if name not in have:
            raise LabError(f"TEST={name}: the archive has other kernels", f"there are {', '.join(have)}")
    names = [one for name in names for one in (have if name == ALL_STOCK else (name,))]
    return tuple(dict.fromkeys(names))


def due(job):
    """{scenario: name of its result}: all that a machine has to tell of."""
    prefix, names = JOBS[job.params["dom0jobs"]]
    only = job.params.get("scenarios", "").split(",")
    if only != [""]:
        stocks = tuple(filter(STOCK.fullmatch, only)) if names is GRUB else ()
        names = [name for name in names + stocks if name in only]
    else:
        names = [name for name in names if name not in ON_REQUEST]
    return {name: f"{prefix.format(kind=job.kind, **job.params)}.{name}" for name in names}


def run(cfg, only=()):
    """{"pv_dom0": [Case]} of one dom0 boot for each guest role, side by side, and one for each group."""
    wanted = roles_asked_for()
    slow = roles.slowness(cfg)
    only = of_archive(cfg, asked(only))
    params = {"patience": int(slow * 240), **({"scenarios": ",".join(only)} if only else {})}
    jobs = machines(cfg, wanted, only, slow, params)
    with Step(f"scenarios with {' and '.join(wanted)} guests, {cfg.variant}") as step:
        found = {role: [] for role in DOM0}
        for result in roles.run_jobs(cfg, jobs):
            found[result.job.kind] += cases(result)
        if set(only) & set(MODULES):
            found["pv_dom0"] += modules(cfg, slow, params)
        found["pv_dom0"] += nobodys(only, jobs)
        step.note = summary(sum(found.values(), []))
    return {role: rows for role, rows in found.items() if rows}


def machines(cfg, wanted, only, slow, params):
    """The Jobs for the names in @only, all names if it is empty; module-scenarios are another kernel's."""
    everything = "pv" in wanted and not only
    asks = lambda names: set(only) & set(names)
    jobs = []
    if not only or asks(LIFE):
        files = rogue_files(cfg) if not only or asks(ROGUES) else ()
        limit = int(slow * (5400 if "save-restore-50" in only else 2700))
        jobs += [Job("pv_dom0", "guest/dom0", label=f"scenarios-{role}", limit=limit, files=files,
                     params={"dom0jobs": "guest/scenarios", "scenarioroles": role, **params}) for role in wanted]
    if everything or "pv" in wanted and asks(BLOCK):
        jobs.append(block(cfg, slow, params, not only or "rogue" in only))
    if everything or "pv" in wanted and asks(NET):
        jobs.append(net(cfg, slow, params, not only or "net-static-grants" in only))
    if everything or "pv" in wanted and asks(DEVICES):
        jobs.append(Job("pv_dom0", "guest/dom0", label="scenarios-dev", limit=int(slow * 1800),
                        params={"dom0jobs": "guest/device-scenarios", **params}))
    if everything or "pv" in wanted and asks(PCIFRONT):
        jobs.append(pcifront(slow, params))
    if asks(GRUB) or any(map(STOCK.fullmatch, only)):
        jobs.append(frontends(cfg, slow, params))
    if everything or asks(PCI):
        jobs += [pci(role, slow, params) for role in dom0s_asked_for()]
    return jobs


def nobodys(only, jobs):
    """What is asked for and no machine is there for: a role that has no such scenario."""
    having = set(MODULES).union(*(due(job) for job in jobs))
    return [ktap.Case(name, "failed", "did not run: not for the guests that ROLE= names") for name in only if name not in having]


def frontend_program(cfg, name, wanted):
    """A self-test that plays a frontend in the guest, on its lab disk."""
    return ((os.path.join(selftests.install(cfg, selftests.OURS, "xen"), "xen", name), f"guest/{name}"),) if wanted else ()


def block(cfg, slow, params, rogue):
    """What the block backend can do: guest/blk-scenarios.sh, with a rogue frontend for the guest if it is to play."""
    return Job("pv_dom0", "guest/dom0", label="scenarios-blk", limit=int(slow * 1800),
               files=frontend_program(cfg, "blkif_rogue_test", rogue), params={"dom0jobs": "guest/blk-scenarios", **params})


def net(cfg, slow, params, lender):
    """What the network backend can do: guest/net-scenarios.sh, with a frontend that lends its buffers if it is to play."""
    return Job("pv_dom0", "guest/dom0", label="scenarios-net", limit=int(slow * 1800),
               files=frontend_program(cfg, "netif_static_test", lender), params={"dom0jobs": "guest/net-scenarios", **params})


def pcifront(slow, params):
    """
    guest/pcifront-scenarios.sh: a guest gets one of two cards on one wire.  The toolstack gives no card away where
    there is no IOMMU.
    """
    cards = [word for n in (0, 1) for word in
             ("-netdev", f"hubport,id=n{n},hubid=0", "-device", f"e1000e,netdev=n{n},mac={CARDS[n]},addr={16 + n:#x}")]
    return Job("pv_dom0", "guest/dom0", label="scenarios-pcifront", limit=int(slow * 1800), board="q35",
               devices=("-device", "amd-iommu", *cards), xen_words="iommu=on",
               params={"dom0jobs": "guest/pcifront-scenarios", **params})


def frontends(cfg, slow, params):
    """Front ends of others: guest/frontend-scenarios.sh, with the distribution's kernels and GRUB on the lab disk."""
    return Job("pv_dom0", "guest/dom0", label="scenarios-front", limit=int(slow * 3600), files=stock.files(cfg),
               params={"dom0jobs": "guest/frontend-scenarios", **params})


def pci(role, slow, params):
    """
    A dom0 of two vCPUs with a SATA disk, and e1000e and NVMe behind root ports: guest/pci-scenarios.sh.
    Each card's other side is guest/netd.sh, a process of the host for each connection, on a user network
    that goes nowhere else.
    """
    netd = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest", "netd.sh")
    devices = ["-drive", "if=none,id=pci,format=raw,file={work}/pci.img",
               "-drive", "if=none,id=sata,format=raw,file={work}/sata.img", "-device", "ide-hd,drive=sata,bus=ide.5"]
    for n, device in enumerate([f"e1000e,netdev=net{n},mac=52:54:00:79:00:0{n}" for n in range(PCI_CARDS)] +
                               ["nvme,drive=pci,serial=xenlab,max_ioqpairs=4,msix_qsize=5"]):
        if n < PCI_CARDS:
            command = f"/bin/bash {shlex.quote(netd)}".replace("{", "{{").replace("}", "}}").replace(",", ",,")
            devices += ["-netdev", f"user,id=net{n},restrict=on,net=10.79.{n}.0/24,"
                                   f"guestfwd=tcp:10.79.{n}.100:{NET_PORT}-cmd:{command}"]
        devices += ["-device", f"pcie-root-port,id=port{n},chassis={n + 1}", "-device", f"{device},bus=port{n}"]
    return Job(role, "guest/dom0", label=f"scenarios-pci-{role}", limit=int(slow * 1800), board="q35",
               devices=tuple(devices), images=(("pci.img", 64), ("sata.img", 64)),
               # ACPI tells a PV dom0 how many there are; see KINDS for the other
               cpus=2 if role == "pv_dom0" else 1, xen_words="dom0_max_vcpus=2",
               words="e1000e.IntMode=0,2,2 nvme.write_queues=2", params={"dom0jobs": "guest/pci-scenarios", **params})


def modules(cfg, slow, params):
    """The back ends as modules, loaded and unloaded: guest/module-scenarios.sh."""
    cfg = cfg.but(config="modules")
    build.kernel(cfg)
    job = Job("pv_dom0", "guest/dom0", label="scenarios-modules", limit=int(slow * 1800),
              params={"dom0jobs": "guest/module-scenarios", **params})
    return [case for result in roles.run_jobs(cfg, [job]) for case in cases(result)]


def cases(result):
    found = []
    for mark in result.marks:
        if mark.verb in STATUS and not mark.guest and mark.words:
            status = STATUS[mark.verb]
            found.append(ktap.Case(mark.words[0], status, " ".join(mark.words[1:])))
    told = {case.name for case in found}
    found += [ktap.Case(name, "failed", "did not run") for name in due(result.job).values() if name not in told]
    # the marks tell of everything that failed by name; what else the console holds counts as well
    if result.verdict.status not in ("ok", "failed") or result.verdict.complaints:
        reason = result.verdict.complaints[0] if result.verdict.complaints else result.verdict.reason
        found.append(ktap.Case("console", "failed", f"{result.verdict.status}: {reason} ({result.log})"))
    return found
