# SPDX-License-Identifier: GPL-2.0
"""The machines of the lab: QEMU command lines, and running one while watching its console."""

import concurrent.futures
import contextlib
import dataclasses
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import threading
import time

import base
import build
import console
import image
from common import LabError, Step, die_with_us, kill_group, read_json, write_json

ROLES = ("bare", "pv_dom0", "pvh_dom0", "pv", "pvh", "hvm")
TITLES = {"bare": "bare", "pv_dom0": "PV dom0", "pvh_dom0": "PVH dom0",
          "pv": "PV domU", "pvh": "PVH domU", "hvm": "HVM domU"}
GUESTS = ("pv", "pvh", "hvm")
GDB_PORT = 1234
BEAT = 1.0              # seconds


@dataclasses.dataclass(frozen=True)
class Kind:
    """A machine that QEMU starts; guests live inside a dom0."""

    role: str
    memory: int                 # MiB
    cpus: int
    disks: tuple                # names of root, lab, out, scratch in the guest
    cpu: str
    machine: str
    controller: str             # QEMU disk device, {n} is the disk's number
    xen: str = ""               # hypervisor options; empty: no hypervisor
    kernel: str = ""
    extra: tuple = ()


VIRTIO = "virtio-blk-pci,drive=d{n}"
AHCI = "ide-hd,drive=d{n},bus=ide.{n}"
# console_timestamps show where a boot spends its time; the watchdog and the mitigations that only
# cost emulated time stay as a distribution has them.
# com2 is the heartbeat's: the hypervisor opens a line only if its console names it, and takes the last one.
XEN_COMMON = ("console=com2,com1 com1=115200,8n1 com2=115200,8n1 loglvl=all guest_loglvl=all sync_console=0 "
              "console_timestamps=boot")

# Machines with a hypervisor have one physical CPU, which it shares out to a dom0 of one vCPU and guests of two:
# TCG's emulation of nested paging breaks guests when it emulates two CPUs, in one thread always, in
# several sometimes.  Several machines run side by side instead.
KINDS = {
    "bare": Kind("bare", 1024, 2, ("/dev/vda", "/dev/vdb", "/dev/vdc", "/dev/vdd"), "qemu64", "pc", VIRTIO,
                 kernel="console=ttyS0,115200 earlyprintk=ttyS0,115200"),
    "pv_dom0": Kind("pv_dom0", 2560, 1, ("/dev/vda", "/dev/vdb", "/dev/vdc", "/dev/vdd"), "qemu64,+npt", "pc", VIRTIO,
                    xen=f"{XEN_COMMON} dom0_mem={{dom0_mem}}M,max:{{dom0_mem}}M dom0_max_vcpus=1",
                    kernel="console=hvc0 earlyprintk=xen"),
    "pvh_dom0": Kind("pvh_dom0", 2048, 1, ("/dev/lab0", "/dev/lab1", "/dev/lab2", "/dev/lab3"),
                     "qemu64,+npt,vendor=AuthenticAMD", "q35", AHCI,
                     xen=f"{XEN_COMMON} dom0=pvh iommu=on dom0_mem={{dom0_mem}}M,max:{{dom0_mem}}M dom0_max_vcpus=1",
                     kernel="console=hvc0", extra=("-device", "amd-iommu")),
}


@dataclasses.dataclass
class Job:
    """What a machine is to do."""

    kind: str                               # a key of KINDS
    script: str                             # in-guest job, a path on the lab disk without .sh
    params: dict = dataclasses.field(default_factory=dict)      # more xenlab.* words
    words: str = ""                         # more kernel command line
    files: tuple = ()                       # more for the lab disk: (source, name)
    limit: int = 600                        # seconds until it counts as hung
    label: str = ""                         # name of logs; default the kind
    dom0_mem: int = 1024
    memory: int = 0
    cpus: int = 0
    icount: bool = False                    # count instructions instead of time
    accel: str = ""
    xen_words: str = ""
    board: str = ""                         # QEMU's machine, if not the kind's
    devices: tuple = ()                     # more of QEMU's command line; {work} is the machine's folder
    images: tuple = ()                      # empty disks for them: (name, MiB)


@dataclasses.dataclass
class Result:
    job: Job
    log: str
    seconds: float
    verdict: console.Verdict
    marks: list
    out: str                                # folder with the result files
    streams: dict                           # {guest: text}


def accelerator(cfg):
    """
    "kvm" only if a trial boot shows that it runs a plain kernel: the device may exist and still not do.
    The answer is kept for this machine and kernel.
    """
    if cfg.accel:
        return cfg.accel
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    memo = os.path.join(cfg.build, "kvm-probe.json")
    key = f"{os.uname().nodename} {boot_id()}"
    known = read_json(memo, {})
    if key not in known:
        with Step("trial boot under KVM") as step:
            known = {key: "kvm" if trial_boot(cfg) else "tcg"}
            step.note = "works" if known[key] == "kvm" else "does not run a plain kernel, using TCG"
        write_json(memo, known)
    return known[key]


def boot_id():
    try:
        with open("/proc/sys/kernel/random/boot_id") as f:
            return f.read().strip()
    except OSError:
        return ""


def trial_boot(cfg):
    initramfs = image.initramfs(cfg, os.path.join(work_dir(cfg, "kvm-probe"), "initramfs.cpio"))
    command = [qemu(), "-accel", "kvm", "-cpu", "host", "-m", "512", "-display", "none", "-monitor", "none",
               "-no-reboot", "-nodefaults", "-serial", "stdio", "-kernel", cfg.bzimage, "-initrd", initramfs,
               "-append", "console=ttyS0 xenlab.root=/dev/none panic=-1"]
    watch = Console(command, os.path.join(cfg.logs, "kvm-probe.log"), until=re.compile("XENLAB: initramfs"))
    watch.run(25)
    return watch.found


def qemu():
    found = shutil.which("qemu-system-x86_64")
    if not found:
        raise LabError("qemu-system-x86_64: no such command", "package qemu-system-x86")
    return found


STOP = threading.Event()        # the lab was told to end: every machine that runs is ended, none is started


class Stopped(Exception):
    """The machine was ended because the lab is ending."""


@contextlib.contextmanager
def side_by_side(width):
    """
    Threads for @width machines.  A signal's exception comes out of the main thread alone, which then waits for
    the others, and they for their machines: they have to be told.
    """
    with concurrent.futures.ThreadPoolExecutor(width) as pool:
        try:
            yield pool
        except (KeyboardInterrupt, SystemExit):
            STOP.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class Console:
    """Runs QEMU, keeps its console in a log as it comes, ends it at a limit or a pattern."""

    def __init__(self, command, log, until=None, on_line=None):
        self.command, self.log, self.until, self.on_line = command, log, until, on_line
        self.found = False
        self.timed_out = False
        self.text = ""
        os.makedirs(os.path.dirname(log), exist_ok=True)

    def run(self, limit):
        if STOP.is_set():
            raise Stopped
        proc = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_us)
        rest = b""
        chunks = []
        end = time.monotonic() + limit
        try:
            with open(self.log, "wb", buffering=0) as log, selectors.DefaultSelector() as wait:
                wait.register(proc.stdout, selectors.EVENT_READ)
                while not self.found:
                    left = end - time.monotonic()
                    if left <= 0:
                        self.timed_out = True
                        break
                    if STOP.is_set():
                        raise Stopped
                    if not wait.select(min(left, 1.0)):
                        continue
                    data = os.read(proc.stdout.fileno(), 65536)
                    if not data:
                        break
                    log.write(data)
                    chunks.append(data)
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        self.line(line.decode(errors="replace"))
        finally:
            kill_group(proc)
            proc.stdout.close()
        self.text = b"".join(chunks).decode(errors="replace")

    def line(self, text):
        if self.until and self.until.search(text):
            self.found = True
        if self.on_line:
            self.on_line(text)


def work_dir(cfg, label):
    path = os.path.join(cfg.build, "run", f"{cfg.variant}-{cfg.config}", label)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def command(cfg, job, work):
    """QEMU's command line for a job; makes the disks that it needs in @work."""
    kind = KINDS[job.kind]
    accel = job.accel or accelerator(cfg)
    initramfs = image.initramfs(cfg, os.path.join(work, "initramfs.cpio"))
    boot = ((cfg.bzimage, "boot/bzImage"), (initramfs, "boot/initramfs.cpio"))
    modules = build.modules_folder(cfg)
    lab = image.lab_disk(cfg, os.path.join(work, "lab.img"),
                         boot + tuple(job.files) + (((modules, "modules"),) if modules else ()))
    out = image.out_disk(os.path.join(work, "out.img"))
    root = image.root(cfg)
    scratch = os.path.join(work, "scratch.img")
    if kind.xen:
        scratch = root          # a dom0 hands it to its guests, read-only
    for name, mib in job.images + ((("scratch.img", 64),) if not kind.xen else ()):
        with open(os.path.join(work, name), "wb") as f:
            f.truncate(mib << 20)
    words = {"root": kind.disks[0], "disk": kind.disks[1], "out": kind.disks[2], "job": job.script,
             "role": kind.role, ("guestroot" if kind.xen else "scratch"): kind.disks[3], **job.params}
    append = " ".join([kind.kernel, "panic=-1 net.ifnames=0", job.words] + [f"xenlab.{k}={v}" for k, v in words.items()])
    if len(append) > 2000:
        raise LabError(f"kernel command line of {len(append)} characters is too long")
    cpu = kind.cpu if accel.startswith("tcg") else "host"
    argv = [qemu(), "-machine", job.board or kind.machine, "-cpu", cpu, "-m", str(job.memory or kind.memory),
            "-smp", str(job.cpus or kind.cpus), "-display", "none", "-nodefaults", "-no-reboot",
            "-serial", "stdio", "-monitor", f"unix:{socket_path(work, 'mon')},server=on,wait=off", "-net", "none"]
    if kind.xen and not job.icount:
        argv += ["-serial", f"unix:{socket_path(work, 'beat')},server=on,wait=off"]
    # One thread: with several, TCG now and then loses a flush between two CPUs and a kernel dies of it.
    argv += ["-accel", "tcg,thread=single" if accel == "tcg" or job.icount else accel]
    if job.icount:
        argv += ["-icount", "shift=0"]
    argv += kind.extra
    argv += [word.format(work=work.replace(",", ",,")) for word in job.devices]
    drives = (("root", root, "snapshot=on"), ("lab", lab, "snapshot=on"), ("out", out, ""), ("more", scratch, "snapshot=on"))
    for n, (_, path, option) in enumerate(drives):
        argv += ["-drive", f"if=none,id=d{n},format=raw,file={path.replace(',', ',,')}" + (f",{option}" if option else ""),
                 "-device", kind.controller.format(n=n)]
    if kind.xen:
        xen = kind.xen.format(dom0_mem=job.dom0_mem)
        # In a multiboot module's command line a comma must be doubled.
        module = f"{cfg.bzimage} {append}".replace(",", ",,")
        argv += ["-kernel", base.hypervisor(cfg), "-append", f"{xen} {job.xen_words}".strip(),
                 "-initrd", f"{module},{initramfs}"]
    else:
        argv += ["-kernel", cfg.bzimage, "-initrd", initramfs, "-append", append]
    return argv


def socket_path(work, name):
    """A socket's name must be short; the folder's may not be."""
    path = os.path.join(work, name)
    return path if len(path) < 100 else os.path.relpath(path)


@contextlib.contextmanager
def heartbeat(path):
    """
    Has the second serial line of a machine interrupt it once a second, for ever: the hypervisor drops the byte.

    QEMU now and then forgets to tell its CPU of an interrupt that it has raised.  The next one mends that, but
    the hypervisor's timer may be the only one, and is not set again before it was heard: the machine stands still.
    """
    ended = threading.Event()

    def beat():
        line = None
        while not ended.wait(BEAT):
            try:
                if not line:
                    line = socket.socket(socket.AF_UNIX)
                    line.connect(path)
                    line.setblocking(False)
                line.send(b"\0")
            except BlockingIOError:
                continue        # nobody reads it yet
            except OSError:
                line = line.close()
        if line:
            line.close()

    thread = threading.Thread(target=beat, name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def boot(cfg, job, on_mark=None):
    """Run one machine to its end and judge it."""
    label = job.label or job.kind
    work = work_dir(cfg, label)
    log = os.path.join(cfg.logs, f"{label}.log")
    argv = command(cfg, job, work)

    def on_line(line):
        mark = console.parse_mark(line)
        if mark and on_mark:
            guest = console.GUEST.match(console.clean(line))
            if guest:
                mark.guest = guest[1]
            on_mark(mark)

    watch = Console(argv, log, on_line=on_line)
    begin = time.monotonic()
    with heartbeat(socket_path(work, "beat")):
        watch.run(job.limit)
    seconds = time.monotonic() - begin
    out = os.path.join(work, "out")
    image.unpack_out(os.path.join(work, "out.img"), out)
    return evaluate(cfg, job, watch, seconds, log, out)


def evaluate(cfg, job, watch, seconds, log, out):
    streams = {who: "\n".join(lines) for who, lines in console.split(watch.text.split("\n")).items()}
    # The copies that dom0 kept of its guests' consoles are whole; the relayed ones may be mixed with printk.
    for name in [n for n in streams if n] + [g for g in GUESTS if os.path.exists(os.path.join(out, g + ".log"))]:
        kept = os.path.join(out, name + ".log")
        if os.path.exists(kept):
            with open(kept, errors="replace") as f:
                streams[name] = f.read()
        with open(f"{log[:-4]}-{name}.log", "w") as f:
            f.write(streams[name])
    marks_file = os.path.join(out, "marks.txt")
    source = watch.text
    if os.path.exists(marks_file):
        with open(marks_file, errors="replace") as f:
            source = f.read()
    marks = []
    for line in source.split("\n"):
        mark = console.parse_mark(line)
        if mark:
            relayed = console.GUEST.match(console.clean(line))
            if relayed:
                mark.guest = relayed[1]
            marks.append(mark)
    verdict = console.judge(streams[""], watch.timed_out)
    return Result(job, log, seconds, verdict, marks, out, streams)


def interactive(cfg, job, debug=False):
    """The machine's console on this terminal; QEMU's gdb server open with @debug."""
    work = work_dir(cfg, "shell")
    argv = command(cfg, job, work)
    argv[argv.index("stdio")] = "mon:stdio"
    i = argv.index("-monitor")
    del argv[i:i + 2]
    if debug:
        argv += ["-S", "-gdb", f"tcp:127.0.0.1:{GDB_PORT}"]
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heartbeat(socket_path(work, "beat")):
            return subprocess.call(argv, preexec_fn=die_with_us)
    finally:
        signal.signal(signal.SIGINT, old)
