# SPDX-License-Identifier: GPL-2.0
"""What every part of the lab shares: settings, progress lines, running commands, files."""

import ctypes
import dataclasses
import fcntl
import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
START = time.monotonic()


class LabError(Exception):
    """A failure that a person can act on: printed as a message, never as a traceback."""

    def __init__(self, message, hint="", status=2):
        super().__init__(message)
        self.hint = hint
        self.status = status


class LabFault(LabError):
    """This machine is at fault, not what is built or tested on it."""


def flag(value):
    return str(value or "").strip().lower() not in ("", "0", "n", "no", "off", "false")


def number(text, name):
    if not text.isdigit():
        raise LabError(f"{name}={text} is no number")
    return int(text)


def looks_like_path(text):
    return "/" in text or text in (".", "..")


def whole_path(text, always=False):
    """A step of a bisection has a working directory of its own: a path of the user's must not depend on it."""
    return os.path.realpath(text) if text and (always or looks_like_path(text)) else text


CONFIGS = ("lab", "debug", "kasan", "modules", "distro")


def config_for(debug):
    """What DEBUG= asks for."""
    return "kasan" if debug.strip().lower() == "kasan" else "debug" if flag(debug) else "lab"


@dataclasses.dataclass
class Settings:
    """One run's choices, read from the environment that make hands down."""

    base: str = "6.12"          # a known base's name, or a path to a kernel tree
    xen: str = "ours"           # "ours": overlay laid; "base": the base's own Xen code; "none": no Xen, for bench.py
    config: str = "lab"         # one of CONFIGS
    xenbin: str = ""            # hypervisor ELF of the user's, or empty
    rootfs: str = ""            # root image or folder of the user's, or empty
    accel: str = ""             # "kvm", "tcg" or empty: probe
    jobs: int = 0
    build: str = os.path.join(ROOT, "build")

    @classmethod
    def from_env(cls, env=os.environ, **over):
        get = lambda name, default="": env.get(name) or default
        values = dict(
            base=whole_path(get("BASE", "6.12")), xen=get("XEN", "ours"),
            config=get("CONFIG", config_for(get("DEBUG"))),
            xenbin=whole_path(get("XENBIN"), True), rootfs=whole_path(get("ROOTFS"), True), accel=get("ACCEL"),
            jobs=number(get("JOBS", "0"), "JOBS"),
            build=os.path.realpath(get("BUILD", os.path.join(ROOT, "build"))))
        values.update(over)
        cfg = cls(**values)
        if cfg.xen not in ("ours", "base"):
            raise LabError(f"XEN={cfg.xen} is neither 'ours' nor 'base'")
        if cfg.config not in CONFIGS:
            raise LabError(f"CONFIG={cfg.config} is none of {', '.join(CONFIGS)}")
        if cfg.accel and not re.fullmatch(r"(kvm|tcg)(,.+)?", cfg.accel):
            raise LabError(f"ACCEL={cfg.accel} is neither kvm nor tcg")
        if re.search(r"[\s:]", cfg.build):
            raise LabError(f"BUILD={cfg.build}: a kernel cannot be built below a path with a space or a colon",
                           "BUILD=/another/folder")
        if not cfg.jobs:
            cfg.jobs = len(os.sched_getaffinity(0))
        return cfg

    def but(self, **over):
        return dataclasses.replace(self, **over)

    @property
    def checks_itself(self):
        return self.config in ("debug", "kasan")

    @property
    def is_path(self):
        return looks_like_path(self.base)

    @property
    def name(self):
        """The base's name in folder names: '6.12', or a path's last part and a short hash."""
        if not self.is_path:
            return self.base
        path = os.path.realpath(self.base)
        digest = hashlib.sha256(path.encode()).hexdigest()[:6]
        return re.sub(r"[\s:]", "_", os.path.basename(path)) + f"-{digest}"

    @property
    def base_dir(self):
        """The pristine kernel: never edited."""
        if self.is_path:
            return os.path.realpath(self.base)
        return os.path.join(self.build, "base", self.base)

    @property
    def variant(self):
        return self.name + {"ours": "", "base": "-xenbase", "none": "-noxen"}[self.xen]

    @property
    def tree(self):
        """The kernel tree that is built: base plus overlay, or the base alone."""
        return os.path.join(self.build, "tree", self.variant)

    @property
    def obj(self):
        """
        The object folder.  It lies directly below the tree so that Kbuild calls the sources
        "..": no command line then holds an absolute path and ccache serves all variants.
        """
        return os.path.join(self.tree, f"o-{self.config}")

    @property
    def bzimage(self):
        return os.path.join(self.obj, "arch/x86/boot/bzImage")

    @property
    def logs(self):
        """Consoles and build logs of this run."""
        default = self.base == "6.12" and self.xen == "ours" and self.config == "lab"
        path = os.path.join(self.build, "log")
        return path if default else os.path.join(path, f"{self.variant}-{self.config}")


def say(text="", end="\n"):
    print(text, end=end, flush=True)


class Step:
    """
    One progress line: name, a dot while it works on a terminal, result and elapsed time.

        with Step("building the kernel") as step:
            ...
            step.note = "1 802 objects"
    """

    depth = 0

    def __init__(self, name):
        self.name = name
        self.note = ""

    def __enter__(self):
        self.begin = time.monotonic()
        Step.depth += 1
        if sys.stdout.isatty() and Step.depth == 1:
            say(f"[{clock()}] {self.name} ...", end="\r")
        return self

    def __exit__(self, kind, error, trace):
        Step.depth -= 1
        took = time.monotonic() - self.begin
        state = "FAILED" if kind else (self.note or "done")
        say(f"[{clock()}] {'  ' * Step.depth}{self.name}: {state} ({took:.1f} s)")
        return False


def clock():
    seconds = int(time.monotonic() - START)
    return f"{seconds // 60:3d}:{seconds % 60:02d}"


def tail(path, lines=25):
    try:
        with open(path, errors="replace") as f:
            return "".join(f.readlines()[-lines:]).rstrip()
    except OSError:
        return ""


LIBC = ctypes.CDLL(None)
SET_DEATH_SIGNAL = 1            # PR_SET_PDEATHSIG


def die_with_us():
    """In a child: even a lab that is killed outright leaves nothing behind that writes into its folders."""
    LIBC.prctl(SET_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)


def run(cmd, log=None, cwd=None, env=None, timeout=None, what="", stdin=None, append=False):
    """
    Run a command; output goes to @log (kept) or is returned.  A failure raises LabError that
    carries the last lines and the log's place.  The command's whole process group dies with us.
    """
    # The messages are read here: LANGUAGE goes before LC_ALL, which kernel makefiles take away.
    full_env = dict(os.environ, LC_ALL="C.UTF-8", LANG="C.UTF-8", LANGUAGE="")
    full_env.pop("MAKEFLAGS", None)
    full_env.pop("MAKELEVEL", None)
    for name in ("BASE", "XEN", "CONFIG", "DEBUG", "BUILD", "V", "ROOTFS", "XENBIN", "ROLE", "TEST"):
        full_env.pop(name, None)
    full_env.update(env or {})
    sink = subprocess.PIPE
    if log:
        os.makedirs(os.path.dirname(log), exist_ok=True)
        sink = open(log, "ab" if append else "wb")
    try:
        proc = subprocess.Popen(cmd, cwd=cwd, env=full_env, stdout=sink, stderr=subprocess.STDOUT,
                                stdin=stdin or subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_us)
    except FileNotFoundError as missing:
        raise LabFault(f"{cmd[0]}: no such command", "deps.sh names the package that has it") from missing
    finally:
        if log:
            sink.close()
    try:
        out, _ = proc.communicate(timeout=timeout)
    except BaseException as error:
        kill_group(proc)
        if isinstance(error, subprocess.TimeoutExpired):
            raise LabError(f"{what or cmd[0]}: no end after {timeout} s", f"log: {log}" if log else "") from error
        raise
    text = (out or b"").decode(errors="replace")
    if proc.returncode:
        last = tail(log) if log else "\n".join(text.splitlines()[-25:])
        where = f"\nwhole log: {log}" if log else ""
        raise LabError(f"{what or shlex.join(cmd)[:200]} failed with status {proc.returncode}\n{last}{where}")
    return text


def kill_group(proc):
    for sig in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(proc.pid, sig)
        except ProcessLookupError:
            return
        try:
            proc.wait(3)
            return
        except subprocess.TimeoutExpired:
            continue


def write_if_changed(path, data, mode=None):
    """Write @data (bytes or str) only where it differs, atomically; True if it was written."""
    if isinstance(data, str):
        data = data.encode()
    try:
        with open(path, "rb") as f:
            if f.read() == data:
                return False
    except (FileNotFoundError, IsADirectoryError):
        pass
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    temp = f"{path}.new{os.getpid()}"
    with open(temp, "wb") as f:
        f.write(data)
    if mode is not None:
        os.chmod(temp, mode)
    os.replace(temp, path)
    return True


def read_json(path, default=None):
    try:
        with open(path) as f:
            return json.load(f)
    except (OSError, ValueError):
        return default


def write_json(path, value):
    write_if_changed(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def file_hash(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def text_hash(*parts):
    return hashlib.sha256("\0".join(str(p) for p in parts).encode()).hexdigest()[:16]


def need_space(path, mib, what):
    """A full disk is found before the work, not in the middle of it."""
    os.makedirs(path, exist_ok=True)
    st = os.statvfs(path)
    free = st.f_bavail * st.f_frsize >> 20
    if free < mib:
        raise LabFault(f"{what} needs {mib} MiB below {path}, which has {free} MiB free",
                       "make clean, or BUILD=/another/folder")


class Once:
    """What several machines ask for at the same time is made once in a run; the others wait for it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.made = {}

    def get(self, key, make):
        with self.lock:
            if key not in self.made:
                self.made[key] = make()
            return self.made[key]


LOCK = ".lab.lock"              # what makes a folder a build folder


def set_apart(build, root=ROOT):
    """A build folder inside the repository is no part of it, neither for git nor for the manifest."""
    if not build.startswith(root + "/") and build != root or build == os.path.join(root, "build"):
        return
    os.makedirs(build, exist_ok=True)
    # What deps.sh and an earlier run left, in the folder that they were given.
    if set(os.listdir(build)) - {"log", ".no-extras"} and not os.path.exists(os.path.join(build, LOCK)):
        raise LabError(f"BUILD={build} is in the repository and holds other files", "BUILD=/a/folder/of/its/own")
    write_if_changed(os.path.join(build, ".gitignore"), "*\n")


class Lock:
    """One run at a time per build folder; the second says who holds it."""

    def __init__(self, cfg):
        set_apart(cfg.build)
        os.makedirs(cfg.build, exist_ok=True)
        self.path = os.path.join(cfg.build, LOCK)

    def __enter__(self):
        self.file = open(self.path, "a+")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.file.seek(0)
            holder = self.file.read().strip() or "another process"
            self.file.close()
            raise LabError(f"the lab is in use in this build folder by {holder}",
                           "wait for it, or use a build folder of your own: BUILD=/some/where")
        self.file.truncate(0)
        self.file.write(f"pid {os.getpid()}: {' '.join(sys.argv[1:])}\n")
        self.file.flush()
        return self

    def __exit__(self, *_):
        self.file.close()


def kernel_version(tree):
    """(major, minor, text) as the tree's Makefile says."""
    try:
        with open(os.path.join(tree, "Makefile")) as f:
            head = f.read(2000)
    except OSError as error:
        raise LabError(f"{tree} is not a kernel tree: {error.strerror}: Makefile") from error
    found = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *(\S*)$", head, re.M))
    try:
        major, minor = int(found["VERSION"]), int(found["PATCHLEVEL"])
    except (KeyError, ValueError) as error:
        raise LabError(f"{tree} is not a kernel tree: its Makefile names no version") from error
    text = f"{major}.{minor}"
    if found.get("SUBLEVEL", "0") != "0":
        text += f".{found['SUBLEVEL']}"
    return major, minor, text + found.get("EXTRAVERSION", "")
