# SPDX-License-Identifier: GPL-2.0
"""
Packages from the distribution's archive, fetched without touching the machine's own apt state.

The archive's address is never written down: it is the one that this machine's apt already uses,
with the suite replaced where a newer suite is wanted.
"""

import contextlib
import glob
import os
import re
import shutil
import time

from common import LabError, run, write_if_changed

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
NEWER = ("sid", "experimental")         # where a version that the machine's suites lack may be


def parse_sources(text, deb822):
    """Entries (uri, suite, components, signed_by) of one apt source file."""
    entries = []
    if not deb822:
        for line in text.splitlines():
            m = re.match(r"^deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$", line.strip())
            if m:
                signed = re.search(r"signed-by=(\S+)", m[1] or "", re.I)
                entries.append((m[2], m[3], m[4].split(), signed[1] if signed else ""))
        return entries
    for stanza in re.split(r"\n\s*\n", text):
        stanza = re.sub(r"^#.*\n?", "", stanza, flags=re.M)
        field = {k.lower(): v.split() for k, v in
                 re.findall(r"^([A-Za-z-]+):\s*((?:.*)(?:\n[ \t].*)*)", stanza, re.M)}
        if "deb" not in field.get("types", []) or field.get("enabled") == ["no"]:
            continue
        signed = field.get("signed-by", [""])
        for uri in field.get("uris", []):
            for suite in field.get("suites", []):
                entries.append((uri, suite, field.get("components", []),
                                signed[0] if signed[0].startswith("/") else ""))
    return entries


def machine_entries():
    """The machine's own Debian sources, of the release that it runs."""
    codename = release()
    entries = []
    for path in ["/etc/apt/sources.list"] + sorted(glob.glob("/etc/apt/sources.list.d/*")):
        if not path.endswith((".list", ".sources")):
            continue
        try:
            with open(path) as f:
                found = parse_sources(f.read(), path.endswith(".sources"))
        except OSError:
            continue
        entries += [e for e in found if "main" in e[2] and
                    re.fullmatch(rf"{codename}(-updates|-security)?|stable(-\w+)?", e[1])]
    if not entries:
        raise LabError("this machine's apt knows no Debian source of its own release",
                       "bring what the lab needs: BASE=/path/to/linux XENBIN=... ROOTFS=...")
    return entries


def release():
    try:
        with open("/etc/os-release") as f:
            found = re.search(r"^VERSION_CODENAME=\"?(\w+)", f.read(), re.M)
    except OSError:
        found = None
    if not found or not shutil.which("apt-get"):
        raise LabError("not a Debian machine: there is no archive to take packages from",
                       "bring what the lab needs: BASE=/path/to/linux XENBIN=... ROOTFS=...")
    return found[1]


def source_lines(suite=""):
    """one-line apt sources: the machine's own, or @suite from the same archive"""
    lines = []
    for uri, own, components, signed in machine_entries():
        if suite and own != release():
            continue
        signed = signed or (KEYRING if os.path.exists(KEYRING) else "")
        option = f"[signed-by={signed}] " if signed else ""
        lines.append(f"deb {option}{uri} {suite or own} main")
    return list(dict.fromkeys(lines))


def forget(path):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


class Apt:
    """A private apt state for the machine's suites (suite "") or one other suite."""

    def __init__(self, cfg, suite=""):
        self.suite = suite
        self.label = suite or "this machine's suites"
        self.dir = os.path.join(cfg.build, "apt", suite or "machine")
        self.download_dir = os.path.join(cfg.build, "dl")
        self.logs = os.path.join(cfg.build, "log")

    def call(self, tool, *args, **more):
        d = self.dir
        options = {"Dir::State::lists": f"{d}/lists", "Dir::Cache": f"{d}/cache",
                   "Dir::Etc::sourcelist": f"{d}/sources.list", "Dir::Etc::sourceparts": "/dev/null",
                   "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
                   "APT::Get::List-Cleanup": "0", "Debug::NoLocking": "1"}
        flags = [f"-o{k}={v}" for k, v in options.items() if v]
        return run([tool] + flags + list(args), **more)

    def update(self, fresh=6 * 3600):
        """Read the package lists unless they were read within @fresh seconds."""
        changed = write_if_changed(f"{self.dir}/sources.list", "\n".join(source_lines(self.suite)) + "\n")
        stamp = f"{self.dir}/updated"
        if not changed and os.path.exists(stamp) and time.time() - os.path.getmtime(stamp) < fresh:
            return
        forget(stamp)           # what fails below is not fresh next time
        for sub in ("lists/partial", "cache/archives/partial"):
            os.makedirs(f"{self.dir}/{sub}", exist_ok=True)
        self.call("apt-get", "update", "-q", "--error-on=any", log=f"{self.logs}/apt-{self.suite or 'machine'}.log",
                  what=f"reading the package lists of {self.label}", timeout=600)
        write_if_changed(stamp, time.ctime())

    def version(self, package):
        text = self.call("apt-cache", "policy", package)
        found = re.search(r"^ *Candidate: (\S+)", text, re.M)
        return found[1] if found and found[1] != "(none)" else ""

    def names(self, pattern):
        text = self.call("apt-cache", "search", "--names-only", pattern)
        return sorted(line.split()[0] for line in text.splitlines() if line)

    def depends(self, package):
        """The packages that @package depends on, first alternatives."""
        text = self.call("apt-cache", "depends", "-i", package)
        return re.findall(r"^ +(?:Pre)?Depends: ([^<\s]+)", text, re.M)

    def download(self, package):
        """Path of the package file in build/dl; a broken download leaves nothing there."""
        part = os.path.join(self.download_dir, f"part-{package}")
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        get = lambda: self.call("apt-get", "download", "-q", package, cwd=part, what=f"downloading {package}", timeout=1800)
        try:
            get()
        except LabError:
            # The archive drops a version when it has a newer one: the lists that name it are old.
            self.update(fresh=0)
            get()
        (name,) = os.listdir(part)
        final = os.path.join(self.download_dir, name)
        os.replace(os.path.join(part, name), final)
        os.rmdir(part)
        return final


def kept(cfg, package):
    """A package file from an earlier run."""
    found = glob.glob(os.path.join(cfg.build, "dl", f"{package}_*.deb"))
    return max(found, key=os.path.getmtime) if found else None


def fetch(cfg, package, pattern):
    """
    The package file of @package: kept from an earlier run, from the machine's suites, or from a
    newer suite.  @pattern (a regular expression) finds its relatives for the message when none has it.
    """
    path = kept(cfg, package)
    if path:
        return path
    has = {}
    for suite in ("",) + NEWER:
        apt = Apt(cfg, suite)
        apt.update()
        if apt.version(package):
            return apt.download(package)
        has[apt.label] = apt.names(pattern)
    lines = "\n".join(f"  {label}: {', '.join(names) or 'none'}" for label, names in has.items())
    raise LabError(f"the archive has no package {package}; it has\n{lines}")


def current(cfg, meta, suites=("",), pattern="linux-image-"):
    """
    The package file that the meta-package @meta stands for in the first of @suites that has it: the
    distribution's kernels change their names with every release.  Without an archive, what is kept.
    """
    memo = os.path.join(cfg.build, "dl", f"current-{suites[0] or 'machine'}-{meta}")
    if os.path.exists(memo):
        with open(memo) as f:
            path = kept(cfg, f.read().strip())
        if path:
            return path
    for suite in suites:
        apt = Apt(cfg, suite)
        apt.update()
        names = [name for name in apt.depends(meta) if name.startswith(pattern)] if apt.version(meta) else []
        if names:
            path = kept(cfg, names[0]) or apt.download(names[0])
            write_if_changed(memo, names[0] + "\n")
            return path
    raise LabError(f"the archive has no package {meta}", f"looked in: {', '.join(s or 'the suites of this machine' for s in suites)}")


def unpack(deb, into):
    os.makedirs(into, exist_ok=True)
    run(["dpkg", "-x", deb, into], what=f"unpacking {os.path.basename(deb)}", timeout=900)
