# SPDX-License-Identifier: GPL-2.0
"""
make bench: how many instructions and hypercalls our Xen code takes, against the base's own.

Five machines boot the same base in the same configuration under QEMU's TCG with one thread and
-icount shift=0, where one instruction of the guest takes one nanosecond of its time: "ours" and
"base" as PV dom0 with PV guests, "bare" our kernel without a hypervisor, and beside it "base-bare" and
"none", the base with and without its Xen code.  dom0's boot is measured in a machine without disks,
whose answers would come when the host has them.  The time stamp counter
then counts the instructions of all CPUs, hypervisor and backends included; idle time does not
count on a saturated machine, and what ran in between is in the figure, whoever ran it.  Nothing
depends on the host's speed or load, so the machines run side by side.

How to read a row: `fork + exit + wait  ours 600 000  base 750 000  bare 150 000  ratio 0.80`.
Each figure is the median of REPEAT repetitions after a warm-up, as instructions of the whole
machine per operation.  The guest's rows are the memory operations among the first ones, in a PV guest
with one CPU.  Block rows: one guest with one CPU, null_blk behind blkback in dom0; bare
asks null_blk directly.  Network rows: bare is the loopback device.  dom0's backends, interrupts and
programs are on its first CPU meanwhile, so that no row depends on where a scheduler happens to put
a thread.  Hypercall rows come from a pass under xentrace: entries into the hypervisor by all domains
per operation (a multicall counts once), and grant operations as the grant calls' own count says, the mean
of the repetitions without the lowest and the highest quarter; build/bench-hypercalls.json has them by name.

Settings besides those of every lab command:
  BENCH=ops,guest,xen,block,net,bare   parts to run; default all; "bare" compares kernels on the bare machine
  REPEAT=5                  repetitions; three times as many of event channels, grants and store
  AGREE=1                   measure the same kernel (XEN=ours or XEN=base) twice, show how far the runs are apart,
                            status 1 if any row differs by more than 2 %
  TRACE=0                   leave the xentrace pass out
  OURS=, BASEIMG=           bzImages to compare instead of building: any two kernels
  FRESH=1                   measure even what is known from an earlier run of the same bzImage
Results: build/bench.json, build/bench.svg, build/bench.rst (Documentation/virt/xen/measured.rst), consoles and raw results below build/log/bench.
"""

import collections
import dataclasses
import json
import os
import re
import shutil
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench"))

import chart
import image
import page
import rows as bench_rows
import xentrace
from common import (LabError, Step, file_hash, flag, kernel_version, need_space, read_json, run, say, text_hash,
                    write_if_changed, write_json)

XEN_PARTS = ("ops", "guest", "xen", "block", "net")
PARTS = XEN_PARTS + ("bare",)
BARE_PARTS = ("ops", "block", "net")        # what runs without a hypervisor
SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench")
NULL_BLK = "null_blk.nr_devices=1 null_blk.queue_mode=2 null_blk.irqmode=0 null_blk.gb=1"
QUIET = "quiet nokaslr norandmaps tsc=reliable panic=-1 net.ifnames=0"
# dom0's CPUs have processors of their own, and so has each guest: the scheduler has nothing to decide.
XEN = "console=com1 com1=115200,8n1 dom0_mem=1024M,max:1024M dom0_max_vcpus=2 dom0_vcpus_pin loglvl=warning"
LIMIT = 2400                    # seconds of wall time for one machine
OUT_MIB = 256
AGREE_LIMIT = 0.02


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is asked for."""

    parts: tuple = PARTS
    repeat: int = 5
    trace: bool = True
    agree: bool = False
    fresh: bool = False
    ours: str = ""
    base: str = ""

    @classmethod
    def from_env(cls, env=os.environ):
        # Kernels that a user brings are compared with each other and no third one.
        default = XEN_PARTS if env.get("OURS") or env.get("BASEIMG") else PARTS
        parts = tuple(dict.fromkeys(p for p in re.split(r"[, ]+", env.get("BENCH") or ",".join(default)) if p))
        unknown = [p for p in parts if p not in PARTS]
        if unknown or not parts:
            raise LabError(f"BENCH={env.get('BENCH')}: parts are {', '.join(PARTS)}")
        try:
            repeat = int(env.get("REPEAT") or 5)
        except ValueError:
            repeat = 0
        if not 1 <= repeat <= 101:
            raise LabError(f"REPEAT={env.get('REPEAT')} is not a number from 1 to 101")
        images = {}
        for field, name in (("ours", "OURS"), ("base", "BASEIMG")):
            images[field] = env.get(name) or ""
            if images[field] and not os.path.isfile(images[field]):
                raise LabError(f"{name}={images[field]}: no such file")
        return cls(parts, repeat, trace=flag(env.get("TRACE") or "1"), agree=flag(env.get("AGREE")),
                   fresh=flag(env.get("FRESH")), **images)


@dataclasses.dataclass(frozen=True)
class Machine:
    label: str          # "ours", "base", "bare", "base-bare", "none"
    kernel: str         # bzImage
    role: str           # "dom0", "bare", or "boot": a dom0 that ends as soon as it is up


def cpio(entries):
    """An initramfs in the newc format from (name, mode, data)."""
    out = bytearray()
    for inode, (name, mode, data) in enumerate(list(entries) + [("TRAILER!!!", 0, b"")], 1):
        encoded = name.encode() + b"\0"
        fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        out += b"070701" + b"".join(b"%08X" % f for f in fields) + encoded
        out += b"\0" * (-len(out) % 4)
        out += data
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def compile_program(cfg):
    """Path of xenbench, static, from the C files beside this one."""
    out = os.path.join(cfg.build, "bench", "xenbench")
    sources = sorted(os.path.join(SOURCES, n) for n in os.listdir(SOURCES) if n.endswith(".c"))
    os.makedirs(os.path.dirname(out), exist_ok=True)
    run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-pthread", "-o", out + ".part"] + sources,
        what="compiling xenbench")
    os.replace(out + ".part", out)
    return out


@dataclasses.dataclass(frozen=True)
class Kit:
    """What every machine of a run shares."""

    program: str        # xenbench
    xen: str            # hypervisor
    root: str           # dom0's root image
    emulator: str       # QEMU's version

    @classmethod
    def make(cls, cfg):
        import base
        import image
        from machine import qemu
        return cls(compile_program(cfg), base.hypervisor(cfg), image.root(cfg), run([qemu(), "--version"]).splitlines()[0])


def block_order(row, device):
    key, _, args, count = row
    return f"blk {key} {device} {args} {count}"


def net_order(row):
    """(where it runs, command) in the PV machine; the guests are 10.79.0.2 and .3, dom0 .1."""
    key, _, protocol, source, target, count = row
    address = {"dom0": "10.79.0.1", "domU": "10.79.0.2", "peer": "10.79.0.3"}[target]
    return ("dom0 " if source == "dom0" else ""), f"net {key} {protocol} {address} {count}"


def guest_order(key):
    return f"PREFIX={bench_rows.GUEST} ops {key.removeprefix(bench_rows.GUEST)}"


def bare_list(plan):
    lines = ["boot boot_user"]
    parts = set(plan.parts) | set(BARE_PARTS if "bare" in plan.parts else ())
    if "ops" in parts:
        lines.append("ops")
    if "guest" in plan.parts:
        lines += [guest_order(key) for key, _ in bench_rows.GUEST_ROWS]
    if "block" in parts:
        lines += [block_order(row, "/dev/nullb0") for row in bench_rows.BLOCK_ROWS]
    if "net" in parts:
        lines += [f"net {row[0]} {row[2]} 127.0.0.1 {row[5]}" for row in bench_rows.NET_ROWS]
    return {"bare.list": [f"REPEAT={plan.repeat} {line}" for line in lines]}


def dom0_lists(plan):
    """The files for dom0.sh; see there."""
    lists = {"dom0.list": [], "xen.list": [], "guest.list": [], "trace.list": []}
    few, several, often = "REPEAT=8 ", "REPEAT=24 ", f"REPEAT={plan.repeat} "
    if "ops" in plan.parts:
        lists["dom0.list"].append(often + "ops")
        for key, *_ in bench_rows.CPU_ROWS:
            if not key.startswith(("boot_", "timer")):
                lists["trace.list"].append(f"early {few}ops {key} TRACE={key}")
    if "xen" in plan.parts:
        # Short, and with a daemon or another CPU in between: five are too few for a median that holds.
        lists["xen.list"].append(f"REPEAT={3 * plan.repeat} xen")
    orders = []
    if "guest" in plan.parts:
        orders += [("", guest_order(key), key) for key, _ in bench_rows.GUEST_ROWS]
    if "block" in plan.parts:
        orders += [("", block_order(row, "/dev/xvdb"), row[0]) for row in bench_rows.BLOCK_ROWS]
    if "net" in plan.parts:
        orders += [net_order(row) + (row[0],) for row in bench_rows.NET_ROWS]
    for where, order, key in orders:
        lists["guest.list"].append(f"{where}{often}{order}")
        lists["trace.list"].append(f"{where}{several}{order} TRACE={key}")
    if not plan.trace:
        lists["trace.list"] = []
    return lists


def lists_for(machine, plan):
    if machine.role == "boot":
        return {"bare.list": ["boot boot_user"]}
    return dom0_lists(plan) if machine.role == "dom0" else bare_list(plan)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def initramfs(program, machine, plan):
    """The first file system of a machine; the guests' own, and their kernel, lie within dom0's."""
    folders = [(d, 0o40755, b"") for d in ("bench", "dev", "proc", "sys", "root")]
    base = folders + [("init", 0o100755, read(program)), ("bench/xenbench", 0o120777, b"/init")]
    lists = lists_for(machine, plan)
    files = [(f"bench/{n}", 0o100644, ("\n".join(l) + "\n" if l else "").encode()) for n, l in lists.items()]
    if machine.role != "dom0":
        return cpio(base + files)
    files.append(("bench/bzImage", 0o100644, read(machine.kernel)))
    files.append(("bench/guest.cpio", 0o100644, cpio(base)))
    if "net" in plan.parts:
        files.append(("bench/two-guests", 0o100644, b""))
    scripts = [(f"bench/{n}", 0o100755, read(os.path.join(SOURCES, n)))
               for n in sorted(os.listdir(SOURCES)) if n.endswith(".sh")]
    # /init is not to be seen in dom0's final root: a program of its own there, not a link.
    base[-1] = ("bench/xenbench", 0o100755, read(program))
    return cpio(base + files + scripts)


def command(machine, work, plan, kit):
    """QEMU's command line; writes what it needs into @work."""
    from machine import qemu
    ram = os.path.join(work, "initramfs.cpio")
    write_if_changed(ram, initramfs(kit.program, machine, plan))
    argv = [qemu(), "-machine", "pc,hpet=off", "-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio",
            "-monitor", "none", "-net", "none", "-rtc", "base=2026-01-01,clock=vm",
            "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]
    append = f"{QUIET} {NULL_BLK} bench.role={machine.role}"
    if machine.role == "bare":
        return argv + ["-cpu", "qemu64", "-m", "1024", "-smp", "2", "-kernel", machine.kernel, "-initrd", ram,
                       "-append", f"console=ttyS0,115200 {append}"]
    disks = ()
    if machine.role == "dom0":
        out = os.path.join(work, "out.img")
        with open(out, "wb") as f:
            f.truncate(OUT_MIB << 20)
        disks = ((kit.root, ",snapshot=on"), (out, ""))
    for n, (path, option) in enumerate(disks):
        argv += ["-drive", f"if=none,id=d{n},format=raw,file={path.replace(',', ',,')}{option}",
                 "-device", f"virtio-blk-pci,drive=d{n}"]
    module = f"{machine.kernel} console=hvc0 {append}".replace(",", ",,")
    return argv + ["-cpu", "qemu64,+npt", "-m", "2048", "-smp", "4", "-kernel", kit.xen,
                   "-append", XEN, "-initrd", f"{module},{ram}"]


def middle_half(values):
    """The mean without the lowest and the highest quarter: a count more or less does not move it far."""
    values = sorted(values)
    cut = len(values) // 4
    return statistics.mean(values[cut:len(values) - cut])


def read_traces(folder, m):
    """Adds hypercalls and grant operations per operation to @m; returns what could not be read."""
    troubles = []
    for name in sorted(os.listdir(folder)):
        key, ending = os.path.splitext(name)
        if ending != ".trace":
            continue
        try:
            with open(os.path.join(folder, f"{key}.window")) as f:
                _, windows = bench_rows.parse_results(f.read())
            each = windows[key]
            with open(os.path.join(folder, name), "rb") as f:
                counts = xentrace.count_each(f.read(), [window[:2] for window in each])
        except (OSError, KeyError, xentrace.TraceError) as error:
            troubles.append(f"trace of {key}: {error}")
            continue
        middle = lambda what: middle_half([what(c) / operations for c, (_, _, operations) in zip(counts, each)])
        m.calls[key] = middle(lambda c: c.hypercalls)
        m.grants[key] = middle(lambda c: c.grants)
        operations = sum(window[2] for window in each)
        by_name = sum((c.by_name for c in counts), start=collections.Counter())
        m.detail[key] = {n: round(c / operations, 3) for n, c in by_name.most_common()}
    return troubles


def collect(machine, work, text, log):
    """(Measured, troubles) from a machine that has ended."""
    failed = re.findall(r"^(?:FAILED .*|BENCHEXIT [1-9]\d*)", text, re.M)
    if machine.role != "dom0":
        values, _ = bench_rows.parse_results(text)
        return bench_rows.measured(values), [f"{machine.label}: {f}" for f in failed]
    results = os.path.join(work, "results")
    image.unpack_out(os.path.join(work, "out.img"), results)
    out = os.path.join(results, "out")
    try:
        with open(os.path.join(out, "results.txt")) as f:
            results = f.read()
    except OSError as error:
        raise LabError(f"bench: the machine '{machine.label}' left no results", f"its console: {log}") from error
    values, _ = bench_rows.parse_results(results)
    m = bench_rows.measured(values)
    failed += re.findall(r"^FAILED .*", results, re.M)
    return m, [f"{machine.label}: {f}" for f in failed] + [f"{machine.label}: {t}" for t in read_traces(out, m)]


def boot(cfg, machine, plan, kit, label):
    """Runs one machine; (Measured, troubles)."""
    from machine import Console
    work = os.path.join(cfg.build, "bench", label)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    log = os.path.join(cfg.build, "log", "bench", f"{label}.log")
    watch = Console(command(machine, work, plan, kit), log, until=re.compile("BENCHEXIT"))
    watch.run(LIMIT)
    text = watch.text.replace("\r", "")
    if watch.timed_out or not watch.found:
        last = "\n".join(text.splitlines()[-15:])
        how = f"no end after {LIMIT} s" if watch.timed_out else "ended before its work was done"
        raise LabError(f"bench: the machine '{label}': {how}\n{last}\nwhole console: {log}")
    return collect(machine, work, text, log)


def known_path(cfg, machine, plan, kit):
    """
    Where the figures of this kernel, bench and choice are kept: they do not change.  The emulator counts, and in a
    dom0 with disks the toolstack's programs are measured as well.
    """
    scripts = [file_hash(os.path.join(SOURCES, n)) for n in sorted(os.listdir(SOURCES)) if n.endswith(".sh")]
    files = [file_hash(f) for f in (machine.kernel, kit.program, kit.xen)]
    root = (kit.root, os.stat(kit.root).st_mtime_ns) if machine.role == "dom0" else ()
    key = text_hash(*files, *scripts, *root, kit.emulator, machine.role, plan.parts, plan.repeat, plan.trace, QUIET, NULL_BLK, XEN,
                    json.dumps(dom0_lists(plan)), json.dumps(bare_list(plan)), "boot alone")
    return os.path.join(cfg.build, "bench", "known", f"{key}.json")


def measure(cfg, machine, plan, kit, label):
    path = known_path(cfg, machine, plan, kit)
    kept = None if plan.fresh or plan.agree else read_json(path)
    with Step(f"bench {label}") as step:
        if kept:
            step.note = "known from an earlier run"
            return bench_rows.Measured(**kept), []
        m, troubles = boot(cfg, machine, plan, kit, label)
        if machine.role == "dom0":
            alone, more = boot(cfg, dataclasses.replace(machine, role="boot"), plan, kit, f"{label}-boot")
            m.medians.update(alone.medians)
            troubles += more
        step.note = f"{len(m.medians)} figures, {len(m.calls)} traces"
        if not troubles:
            write_json(path, dataclasses.asdict(m))
    return m, troubles


def measure_all(cfg, machines, plan, kit):
    """{label: Measured}, troubles; side by side, since instructions do not depend on the host's load."""
    from machine import side_by_side
    width = max(1, min(len(machines), cfg.jobs))
    found, troubles = {}, []
    with side_by_side(width) as pool:
        jobs = {label: pool.submit(measure, cfg, machine, plan, kit, label) for label, machine in machines.items()}
        for label, job in jobs.items():
            try:
                found[label], more = job.result()
                troubles += more
            except LabError as error:
                troubles.append(str(error))
                found[label] = None
    return found, troubles


def kernels(cfg, plan):
    """Paths of the two bzImages, built where none was given."""
    import build
    ours = plan.ours or build.kernel(cfg.but(xen="ours"))
    return ours, plan.base or build.kernel(cfg.but(xen="base"))


def machines_for(cfg, plan):
    """{label: Machine} of what the parts need."""
    import build
    ours, base = kernels(cfg, plan)
    found = [Machine("bare", ours, "bare")]
    if set(plan.parts) & set(XEN_PARTS):
        found += [Machine("ours", ours, "dom0"), Machine("base", base, "dom0")]
    if "bare" in plan.parts:
        found += [Machine("base-bare", base, "bare"), Machine("none", build.kernel(cfg.but(xen="none")), "bare")]
    return {machine.label: machine for machine in found}


def agree(cfg, plan, kit):
    import build
    given = plan.base if cfg.xen == "base" else plan.ours
    kernel = given or build.kernel(cfg)
    machine = Machine(cfg.xen, kernel, "dom0" if set(plan.parts) & set(XEN_PARTS) else "bare")
    found, troubles = measure_all(cfg, {"run-1": machine, "run-2": machine}, plan, kit)
    for trouble in troubles:
        say(f"trouble: {trouble}")
    if None in found.values():
        return 1
    apart = bench_rows.agreement(found["run-1"], found["run-2"])
    say(f"two runs of {kernel}: {len(apart)} figures")
    for name, difference in apart:
        mark = "  MORE THAN 2 %" if difference > AGREE_LIMIT else ""
        say(f"  {name:<28}{difference * 100:8.3f} %{mark}")
    over = sum(1 for _, d in apart if d > AGREE_LIMIT)
    say(f"{len(apart) - over} of {len(apart)} figures agree within {AGREE_LIMIT:.0%}")
    return 1 if over or troubles or not apart else 0


def expected(parts):
    """(key, title) of the instruction rows that @parts must yield."""
    tables = {"ops": bench_rows.CPU_ROWS, "guest": bench_rows.GUEST_ROWS, "xen": bench_rows.XEN_ROWS,
              "block": bench_rows.BLOCK_ROWS, "net": bench_rows.NET_ROWS,
              "bare": bench_rows.BARE_ROWS + bench_rows.NONE_ROWS}
    guests = {"guest", "block", "net"} & set(parts)
    return [(key, title) for part in parts for key, title, *_ in tables[part] if guests or key != "boot_guest"]


def missing(made, parts):
    """Titles of rows that a side lacks, or both: a defect, never silently left out."""
    out = []
    for row in made:
        for side in ("ours", "base"):
            if getattr(row, side) is None:
                out.append(f"{row.name} ({side})")
    keys = {row.key for row in made}
    return out + [f"{title} (both)" for key, title in expected(parts) if key not in keys]


def main(cfg):
    plan = Plan.from_env()
    need_space(cfg.build, 1500, "the bench")
    kit = Kit.make(cfg)
    if plan.agree:
        return agree(cfg, plan, kit)
    found, troubles = measure_all(cfg, machines_for(cfg, plan), plan, kit)
    made = bench_rows.rows(*(found.get(label) for label in ("ours", "base", "bare", "base-bare", "none")))
    lacking = missing(made, plan.parts)
    say(bench_rows.table(made, lacking))
    write_json(os.path.join(cfg.build, "bench.json"), [row.as_dict() for row in made])
    details = {label: m.detail for label, m in found.items() if m and m.detail}
    write_json(os.path.join(cfg.build, "bench-hypercalls.json"), details)
    title = f"xen-pvops against the base's own Xen code, {cfg.name}"
    write_if_changed(os.path.join(cfg.build, "bench.svg"), chart.svg(made, title))
    if not plan.ours and not plan.base:
        version = kernel_version(cfg.base_dir)[2]
        write_if_changed(os.path.join(cfg.build, "bench.rst"), page.rst(made, version, cfg.config))
    for trouble in troubles:
        say(f"trouble: {trouble}")
    say(f"rows: {os.path.join(cfg.build, 'bench.json')}  chart: {os.path.join(cfg.build, 'bench.svg')}")
    return 1 if troubles or lacking or not made else 0
