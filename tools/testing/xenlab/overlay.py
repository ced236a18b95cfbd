# SPDX-License-Identifier: GPL-2.0
"""
Lay this repository over a pristine kernel tree, as the manifest OVERLAY says.

    lay(cfg)      make or update cfg.tree; touches only files whose content changes
    owned(cfg)    print whose lines the Xen code of the tree is

A run that is killed at any point is repaired by the next one: the first copy goes to a folder
of its own and is renamed when it is whole; later every file is replaced by a rename, and the
list of all that may have been laid is on disk before the first file is touched.
"""

import dataclasses
import filecmp
import os
import shutil
import stat

import common
from common import LabError, LabFault
from manifest import STATE_DIR, assign, covers, git_files, our_files, port_files, read_manifest, walk

FORMAT = 1

# The repository that is laid; a bisection of its history puts its own clone here.
SOURCE = common.ROOT

# Where Xen code lives in a kernel tree, for owned().
XEN_PATHS = (
    "arch/x86/xen", "arch/x86/include/asm/xen", "arch/x86/pci/xen.c", "arch/x86/platform/pvh",
    "include/xen", "include/trace/events/xen.h",
    "drivers/xen", "drivers/block/xen-blkback", "drivers/block/xen-blkfront.c",
    "drivers/net/xen-netback", "drivers/net/xen-netfront.c", "drivers/tty/hvc/hvc_xen.c",
    "drivers/pci/xen-pcifront.c", "drivers/scsi/xen-scsifront.c", "drivers/usb/host/xen-hcd.c",
    "drivers/video/fbdev/xen-fbfront.c", "drivers/input/misc/xen-kbdfront.c",
    "drivers/gpu/drm/xen", "drivers/char/tpm/xen-tpmfront.c", "drivers/watchdog/xen_wdt.c",
    "net/9p/trans_xen.c", "sound/xen",
)
ABI = "include/xen/interface"       # the hypervisor's interface: the base's by design


# The base

def base_files(cfg):
    """{path: lstat} of the base's sources, build results left out."""
    top = cfg.base_dir
    if not os.path.isdir(top):
        hint = "make base fetches it" if not cfg.is_path else "BASE= wants the top of a kernel tree"
        raise LabError(f"{top}: there is no such base kernel", hint)
    common.kernel_version(top)
    names = git_files(top) if cfg.is_path else None
    if names is None:
        names = walk(top, skip_litter=cfg.is_path)
    out = {}
    for name in names:
        if name.split("/", 1)[0] == STATE_DIR or name.startswith("o-"):
            continue
        try:
            st = os.lstat(os.path.join(top, name))
        except (FileNotFoundError, NotADirectoryError):
            continue        # tracked, but deleted in the work tree
        if not stat.S_ISDIR(st.st_mode):
            out[name] = st
    return out


# The plan

@dataclasses.dataclass
class Plan:
    """What the tree shall hold."""

    base: dict          # path: lstat of the base's file that stays
    ours: dict          # path in the tree: our path, relative to the repository
    removed: dict       # the base's path that goes: the rule that removes it
    rules: list
    where: dict         # path in the tree: the rule that lays it

    def source(self, cfg, root, path):
        if path in self.ours:
            return os.path.join(root, self.ours[path])
        return os.path.join(cfg.base_dir, path)

    def paths(self):
        return set(self.base) | set(self.ours)


def make_plan(cfg, root=None):
    root = root or SOURCE
    base = base_files(cfg)
    if cfg.xen != "ours":
        return Plan(base, {}, {}, [], {})
    rules = read_manifest(root)
    files = our_files(root)
    mine = assign(rules, files)
    ours, where = {}, {}
    pairs = [(rule.dest + path[len(rule.path):], path, rule)
             for path, rule in mine.items() if rule.kind == "lay"]
    by_dest = {rule.dest: rule for rule in rules if rule.kind == "port"}
    pairs += [(dest, path, by_dest[dest]) for dest, path in port_files(cfg, rules, files).items()]
    for dest, path, rule in pairs:
        if dest in ours:
            raise LabError(f"{dest}: laid twice, from {ours[dest]} and from {path}")
        ours[dest], where[dest] = path, rule
    check_shape(cfg, ours, base)
    removed = removals(cfg, rules, base)
    keep = {path: st for path, st in base.items() if path not in removed and path not in ours}
    return Plan(keep, ours, removed, rules, where)


def check_shape(cfg, ours, base):
    """No file of ours where the base has a folder, and no folder where it has a file."""
    folders = {os.path.dirname(path) for path in base}
    for path in ours:
        if path in folders:
            raise LabError(f"{path}: a file of ours, but a folder in base {cfg.base}")
        parent = os.path.dirname(path)
        while parent:
            if parent in base:
                raise LabError(f"{path}: base {cfg.base} has a file or a symlink at {parent}")
            parent = os.path.dirname(parent)


def removals(cfg, rules, base):
    removed = {}
    names = sorted(base)
    for rule in rules:
        if rule.kind != "remove":
            continue
        found = {n for n in names if covers(rule, n)}
        if not found and not rule.optional:
            raise LabError(f"{rule.where}: remove {rule.path}: base {cfg.base} has no such file or folder",
                           "'if-present' at the end of the line, if bases differ here")
        removed.update(dict.fromkeys(found, rule))
    return removed


# Laying

class Layer:
    """One run over one tree: replaces files, counts, and keeps the state on disk honest."""

    def __init__(self, cfg, plan, root):
        self.cfg, self.plan, self.root = cfg, plan, root
        self.tree = cfg.tree
        self.state_path = os.path.join(cfg.tree, STATE_DIR, "state.json")
        self.temp = os.path.join(cfg.tree, STATE_DIR, "temp")
        self.same = {}          # base path: stats of both sides when the contents were last equal
        self.written = self.dropped = 0

    def identity(self):
        version = common.kernel_version(self.cfg.base_dir)[2]
        return f"{self.cfg.base_dir} {version}"

    def save(self, complete, files):
        common.write_json(self.state_path, {
            "format": FORMAT, "complete": complete, "base": self.identity(),
            "files": sorted(files), "same": self.same})

    def first_copy(self):
        """The whole base, into a folder that gets its name only when it is whole."""
        part = self.tree + ".part"
        shutil.rmtree(part, ignore_errors=True)
        common.need_space(os.path.dirname(self.tree), 2500, "a kernel tree with its objects")
        os.makedirs(os.path.join(part, STATE_DIR))
        names = os.path.join(part, STATE_DIR, "copy")
        with open(names, "wb") as f:
            f.write(b"\0".join(os.fsencode("./" + p) for p in sorted(self.plan.base)) + b"\0")
        with open(names, "rb") as f:
            common.run(["xargs", "-0", "cp", "-a", "--no-preserve=ownership", "--reflink=auto",
                        "--parents", "-t", part], cwd=self.cfg.base_dir, stdin=f,
                       what=f"copying the base to {self.tree}")
        os.unlink(names)
        os.rename(part, self.tree)

    def put(self, source, path):
        """Replace tree file @path by @source, in one rename, with a fresh time for make."""
        target = os.path.join(self.tree, path)
        temp = os.path.join(self.temp, "file")
        st = os.lstat(source)
        if stat.S_ISLNK(st.st_mode):
            os.symlink(os.readlink(source), temp)
        else:
            shutil.copyfile(source, temp)
            os.chmod(temp, stat.S_IMODE(st.st_mode) | stat.S_IWUSR)
        self.make_room(path)
        os.replace(temp, target)
        self.written += 1

    def make_room(self, path):
        """Folders above @path, and nothing but a file or nothing at it."""
        parent = ""
        for part in path.split("/")[:-1]:
            parent = os.path.join(parent, part)
            full = os.path.join(self.tree, parent)
            if os.path.islink(full) or os.path.isfile(full):
                os.unlink(full)
        full = os.path.join(self.tree, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if os.path.isdir(full) and not os.path.islink(full):
            shutil.rmtree(full)

    def drop(self, path):
        """Remove tree file @path and the folders that it leaves empty."""
        full = os.path.join(self.tree, path)
        try:
            os.unlink(full)
            self.dropped += 1
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return
        parent = os.path.dirname(path)
        while parent:
            try:
                os.rmdir(os.path.join(self.tree, parent))
            except OSError:
                return
            parent = os.path.dirname(parent)

    def sync_base(self, trust):
        """Bring the base's files up to date; @trust: equal size and time mean equal content."""
        known, self.same = self.same, {}
        for path, want in self.plan.base.items():
            source, target = os.path.join(self.cfg.base_dir, path), os.path.join(self.tree, path)
            have = lstat(target)
            if trust and have and stamp(have) == stamp(want):
                continue
            pair = [stamp(want), stamp(have)] if have else None
            if not (trust and pair and known.get(path) == pair):
                if not same_file(source, want, target, have):
                    self.put(source, path)
                    have = os.lstat(target)
            if stamp(have) != stamp(want):
                self.same[path] = [stamp(want), stamp(have)]

    def sync_ours(self):
        for path, ours in sorted(self.plan.ours.items()):
            source, target = os.path.join(self.root, ours), os.path.join(self.tree, path)
            want, have = os.lstat(source), lstat(target)
            if not same_file(source, want, target, have):
                self.put(source, path)

    def lay(self):
        fresh = not os.path.isdir(self.tree)
        if fresh:
            self.first_copy()
        shutil.rmtree(self.temp, ignore_errors=True)
        os.makedirs(self.temp)
        state = common.read_json(self.state_path, {})
        usable = fresh or state.get("format") == FORMAT
        trust = fresh or (usable and state.get("base") == self.identity())
        old = set(state.get("files", [])) if usable else set(walk(self.tree))
        self.same = state.get("same", {}) if usable else {}
        now = self.plan.paths()
        self.save(False, old | now)
        for path in sorted(old - now):
            self.drop(path)
        self.sync_base(trust)
        self.sync_ours()
        self.save(True, now)
        return fresh


def lstat(path):
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def stamp(st):
    """What tells a changed file: type and mode, size, time."""
    return [st.st_mode | stat.S_IWUSR, st.st_size, st.st_mtime_ns]


def same_file(source, want, target, have):
    """Same type, same content, and executable or not alike."""
    if have is None or stat.S_IFMT(want.st_mode) != stat.S_IFMT(have.st_mode):
        return False
    if stat.S_ISLNK(want.st_mode):
        return os.readlink(source) == os.readlink(target)
    if (want.st_mode ^ have.st_mode) & stat.S_IXUSR or want.st_size != have.st_size:
        return False
    return filecmp.cmp(source, target, shallow=False)


def lay(cfg, root=None):
    """Make or update cfg.tree; returns in words what it did."""
    root = root or SOURCE
    plan = make_plan(cfg, root)
    layer = Layer(cfg, plan, root)
    try:
        fresh = layer.lay()
    except OSError as error:
        raise LabFault(f"{cfg.tree}: {error.strerror}: {error.filename or ''}",
                       "the same command continues once the cause is gone") from error
    ours = f"{len(plan.ours)} files of ours, {len(plan.removed)} of the base's removed; " if plan.rules else ""
    return f"{ours}{'new tree, ' if fresh else ''}{layer.written} written, {layer.dropped} deleted"


# Whose code it is

def room(path):
    """The directory that a file counts for."""
    if path == ABI or path.startswith(ABI + "/"):
        return ABI + " (ABI)"
    return os.path.dirname(path)


def is_xen(path):
    return any(path == p or path.startswith(p + "/") for p in XEN_PATHS)


def is_code(path):
    name = os.path.basename(path)
    return name.endswith((".c", ".h", ".S")) or name.startswith(("Kconfig", "Makefile"))


def count(cfg, plan=None, root=None):
    """{directory: [our lines, the base's lines]} of the Xen code in the tree."""
    root = root or SOURCE
    plan = plan or make_plan(cfg, root)
    table = {}
    for path in plan.paths():
        if is_xen(path) and is_code(path):
            with open(plan.source(cfg, root, path), "rb") as f:
                lines = f.read().count(b"\n")
            table.setdefault(room(path), [0, 0])[0 if path in plan.ours else 1] += lines
    return table


def owned(cfg, root=None):
    """Print, by directory, how many lines of Xen code are ours and how many the base's."""
    table = count(cfg, root=root)
    ours, base = (sum(row[i] for row in table.values()) for i in (0, 1))
    common.say(f"{'directory':46} {'ours':>8} {'base':>8}")
    for name in sorted(table):
        common.say(f"{name:46} {table[name][0]:8} {table[name][1]:8}")
    share = 100 * ours / (ours + base) if ours + base else 0
    common.say(f"{'total':46} {ours:8} {base:8}   {share:.1f} % ours")
    return ours, base
