# SPDX-License-Identifier: GPL-2.0
"""
The manifest OVERLAY, and which files it speaks of.  The syntax is explained at its top.
"""

import dataclasses
import os
import re
import stat
import subprocess

import common
from common import LabError

MANIFEST = "OVERLAY"
STATE_DIR = ".xenlab"               # in the tree: what was laid, and files half written

# What a build leaves in a tree that is not a git clone and that is no source.
LITTER_DIRS = {".git", ".tmp_versions", "__pycache__"}
LITTER_PATHS = {"include/config", "include/generated", "arch/x86/include/generated",
                ".config", ".config.old", "System.map", "Module.symvers"}
LITTER = re.compile(r"\.(o|ko|a|mod|mod\.c|order|symtypes|s|ll|i|gcno|dwo|pyc|orig|rej)$|"
                    r"^\..*\.(cmd|d)$|^\.tmp_|^vmlinux(\.[a-z]+)?$|^modules\.")
LITTER_KEEP = re.compile(r"\.lds\.S$")



# The manifest

@dataclasses.dataclass
class Rule:
    kind: str           # lay, remove, port, never
    path: str
    dest: str = ""
    optional: bool = False
    where: str = ""     # "OVERLAY:12", for messages
    subject: object = None


@dataclasses.dataclass(eq=False)
class Subject:
    """One patch of the series: the rules from one subject line to the next."""

    title: str
    body: str = ""


def clean_path(path, where):
    """A path that can only lead inside the tree, without a trailing slash."""
    parts = path.rstrip("/").split("/")
    if path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise LabError(f"{where}: {path}: not a plain path below the top of the tree")
    if parts[0] == STATE_DIR or parts[0] == ".git" or parts[0].startswith("o-"):
        raise LabError(f"{where}: {path}: this name is taken by the lab or by git")
    return "/".join(parts)


def parse(text, name=MANIFEST):
    """The manifest's text as a list of rules; every mistake is named with its line."""
    rules, subject, heading = [], Subject("xen: lay over what belongs to no subject"), False
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        words = line.split("#", 1)[0].split()
        if words and words[0] == "subject":
            subject, heading = Subject(" ".join(line.split()[1:])), True
            if not subject.title:
                raise LabError(f"{where}: 'subject' without a title")
        elif words:
            rules.append(parse_line(words, where))
            rules[-1].subject, heading = subject, False
        elif heading and line.startswith("#"):
            subject.body += line[1:].strip() + "\n"
        else:
            heading = False
    seen = {}
    for rule in rules:
        key = (rule.kind == "remove", rule.kind == "port", rule.path)
        if key in seen:
            raise LabError(f"{rule.where}: {rule.path}: already named in {seen[key]}")
        seen[key] = rule.where
    return rules


def parse_line(words, where):
    kind, rest = words[0], words[1:]
    if kind not in ("lay", "remove", "port", "never"):
        raise LabError(f"{where}: '{kind}' is none of lay, remove, port, never, subject")
    if not rest:
        raise LabError(f"{where}: '{kind}' without a path")
    path = clean_path(rest[0], where)
    rule = Rule(kind, path, dest=path, optional=rest[0].endswith("/"), where=where)
    rest = rest[1:]
    if kind in ("lay", "port") and len(rest) == 2 and rest[0] == "as":
        rule.dest = clean_path(rest[1], where)
        rest = []
    elif kind == "port":
        raise LabError(f"{where}: expected 'port FILE as PATH'")
    if kind == "remove":
        rule.optional = rest == ["if-present"]
        rest = [] if rule.optional else rest
    if rest:
        raise LabError(f"{where}: do not understand '{' '.join(rest)}'")
    return rule


def read_manifest(root=common.ROOT):
    path = os.path.join(root, MANIFEST)
    try:
        with open(path) as f:
            return parse(f.read())
    except OSError as error:
        raise LabError(f"{path}: {error.strerror}") from error


def our_files(root=common.ROOT):
    """Every file of the repository: tracked, and new ones that are not ignored."""
    names = git_files(root)
    if names is None:
        names = walk(root)
        builds = ("build/",) + tuple(p.removesuffix(common.LOCK) for p in names if p.endswith("/" + common.LOCK))
        names = [p for p in names if not p.startswith(builds)]
    return sorted(n for n in names if os.path.lexists(os.path.join(root, n)))


def git_files(top):
    """What git calls the files of @top, or None where @top is no git work tree's top."""
    if not os.path.exists(os.path.join(top, ".git")):
        return None
    cmd = ["git", "-c", "safe.directory=*", "-C", top, "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        done = subprocess.run(cmd, capture_output=True, check=True)
    except FileNotFoundError as missing:
        raise LabError("git: no such command", "it is in the package git") from missing
    except subprocess.CalledProcessError as error:
        raise LabError(f"{top}: git ls-files: {error.stderr.decode(errors='replace').strip()}") from error
    return sorted({os.fsdecode(name) for name in done.stdout.split(b"\0") if name})


def covers(rule, path):
    return path == rule.path or path.startswith(rule.path + "/")


def assign(rules, files):
    """
    The rule of each of our files, as {file: rule}.  A file that no rule covers, or more than
    one, is an error, and so is a lay or port rule that covers nothing.
    """
    mine = {}
    ports = {rule.path for rule in rules if rule.kind == "port"}
    used = set()
    for path in files:
        found = [r for r in rules if r.kind in ("lay", "never") and covers(r, path)]
        part = path.split("/", 2)
        if part[0] == "port" and len(part) == 3 and part[2] in ports:
            found += [r for r in rules if r.kind == "port" and r.path == part[2]]
        if not found:
            raise LabError(f"{path}: no line of {MANIFEST} covers this file",
                           "add lay, port or never, or let .gitignore name it")
        if len(found) > 1:
            raise LabError(f"{path}: covered twice, {found[0].where} and {found[1].where}")
        mine[path] = found[0]
        used.add(found[0].where)
    for rule in rules:
        if rule.kind == "lay" and rule.where not in used and not rule.optional:
            raise LabError(f"{rule.where}: {rule.path}: there is no such file of ours")
    return mine


# Port folders

def version_key(name):
    return tuple(int(n) for n in name.split("."))


def port_folder(cfg, names, base_dir=None):
    """Which of the port folders @names serves the base: its own, else the newest that is not newer."""
    known = {n: version_key(n) for n in names if re.fullmatch(r"\d+\.\d+", n)}
    if not cfg.is_path and cfg.base in known:
        return cfg.base
    major, minor, text = common.kernel_version(base_dir or cfg.base_dir)
    fit = [n for n in known if known[n] <= (major, minor)]
    if not fit:
        have = ", ".join(sorted(known, key=known.get)) or "none"
        raise LabError(f"base {cfg.base} is Linux {text}, older than every port folder (port/: {have})",
                       "a base needs a folder of its own or one of an older version")
    return max(fit, key=known.get)


def port_files(cfg, rules, files):
    """{path in the tree: our path} of the port folder that serves the base."""
    ports = {rule.path: rule for rule in rules if rule.kind == "port"}
    folders = {}
    for path in files:
        part = path.split("/", 2)
        if part[0] == "port" and len(part) == 3:
            folders.setdefault(part[1], set()).add(part[2])
    for folder in sorted(folders):
        for name in sorted(set(ports) - folders[folder]):
            raise LabError(f"port/{folder}/{name}: missing; {ports[name].where} wants it from every port folder")
        for name in sorted(folders[folder] - set(ports)):
            raise LabError(f"port/{folder}/{name}: no port line of {MANIFEST} names it")
    if not ports:
        return {}
    chosen = port_folder(cfg, folders)
    return {rule.dest: f"port/{chosen}/{name}" for name, rule in ports.items()}


# Files of a tree

def walk(top, skip_litter=False):
    """Paths of all files and symlinks below @top."""
    out, todo = [], [""]
    while todo:
        prefix = todo.pop()
        with os.scandir(os.path.join(top, prefix)) as entries:
            for entry in entries:
                path = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    hidden = entry.name in LITTER_DIRS or path == STATE_DIR
                    if hidden or (not prefix and entry.name.startswith("o-")):
                        continue
                    if not (skip_litter and path in LITTER_PATHS):
                        todo.append(path + "/")
                elif not (skip_litter and is_litter(path, entry)):
                    out.append(path)
    return sorted(out)


def is_litter(path, entry):
    name = entry.name
    if path in LITTER_PATHS:
        return True
    if LITTER.search(name) and not LITTER_KEEP.search(name):
        return True
    if entry.is_file(follow_symlinks=False) and entry.stat().st_mode & stat.S_IXUSR:
        with open(entry.path, "rb") as f:
            return f.read(4) == b"\x7fELF"
    return False
