# SPDX-License-Identifier: GPL-2.0
"""
What the bench measures, and what becomes of the figures: rows, table, JSON.

A row's ratio is ours/base: below 1.00 ours executes fewer instructions (or hypercalls) for the
same work.  "bare" is our kernel without a hypervisor, for scale; it takes no part in the ratio.  In the
groups "bare" and "none" our kernel on the bare machine is "ours"; "base" is, in the first, the base with its own
Xen code, and in the second the base built without Xen.
"""

import dataclasses
import math
import re

INSTRUCTIONS = "instructions"
HYPERCALLS = "hypercalls"
GRANTS = "grant operations"

# key, title
CPU_ROWS = (
    ("getpid", "getpid"),
    ("clock_gettime", "clock_gettime, vdso"),
    ("fork", "fork + exit + wait"),
    ("fork_32m", "same, 32 MiB touched, rewritten"),
    ("copy_8m", "fork, child rewrites 8 MiB"),
    ("fork_exec", "fork + exec"),
    ("vfork_exec", "vfork + exec"),
    ("mmap", "mmap + munmap 4 KiB"),
    ("unmap_4k", "4 KiB touched and given up"),
    ("unmap_64k", "64 KiB touched and given up"),
    ("faults_256", "256 page faults"),
    ("mprotect", "mprotect 1 MiB twice"),
    ("mremap", "mremap 1 MiB"),
    ("signal", "signal"),
    ("pipe_1cpu", "pipe round trip, one CPU"),
    ("pipe_2cpu", "pipe round trip, two CPUs"),
    ("switch_64", "context switch among 64 processes"),
    ("thread", "thread create + join"),
    ("timer", "timer armed and taken"),
    ("ipi", "IPI round trip"),
    ("shootdown", "page taken from two CPUs"),
    ("boot_user", "boot to user space"),
    ("boot_guest", "boot to user space, PV domU"),
)

# The same operations in a PV guest, where no other domain's privileges help or hinder; their keys begin with this.
GUEST = "guest_"
GUEST_ROWS = tuple((GUEST + key, title) for key, title in CPU_ROWS if key in (
    "fork", "fork_32m", "copy_8m", "fork_exec", "vfork_exec", "mmap", "unmap_4k", "unmap_64k", "faults_256", "mprotect",
    "mremap", "thread"))

XEN_ROWS = (
    ("event_1cpu", "event round trip, one CPU"),
    ("event_2cpu", "event round trip, two CPUs"),
    ("event_bind", "event channel bind + unbind"),
    ("grant_alloc", "grant alloc + revoke"),
    ("grant_alloc_all", "grant alloc + revoke, all CPUs"),
    ("grant_map", "grant map + unmap"),
    ("xenstore", "xenstore round trip"),
    ("privcmd", "hypercall through privcmd"),
    ("foreign_map", "frame of another domain map + unmap"),
)

# key, title, arguments of `xenbench blk` after the device, requests in a repetition
BLOCK_ROWS = (
    ("blk_r4k_1", "4 KiB random read, depth 1", "read rand 4096 1", 1000),
    ("blk_r4k_32", "4 KiB random read, depth 32", "read rand 4096 32", 4000),
    ("blk_w4k_1", "4 KiB random write, depth 1", "write rand 4096 1", 1000),
    ("blk_w4k_32", "4 KiB random write, depth 32", "write rand 4096 32", 4000),
    ("blk_r1m", "1 MiB sequential read", "read seq 1048576 2", 384),
    ("blk_w1m", "1 MiB sequential write", "write seq 1048576 2", 384),
)

# key, title, protocol, from, to, operations in a repetition
NET_ROWS = (
    ("tcp_u0", "64 KiB TCP, domU to dom0", "tcp", "domU", "dom0", 900),
    ("tcp_0u", "64 KiB TCP, dom0 to domU", "tcp", "dom0", "domU", 900),
    ("tcp_uu", "64 KiB TCP, domU to domU", "tcp", "domU", "peer", 900),
    ("udp_u0", "64-byte UDP, domU to dom0", "udp", "domU", "dom0", 8192),
    ("udp_0u", "64-byte UDP, dom0 to domU", "udp", "dom0", "domU", 8192),
    ("udp_uu", "64-byte UDP, domU to domU", "udp", "domU", "peer", 8192),
)

# On the bare machine; keys of these rows begin with their group's name.
BARE_ROWS, NONE_ROWS = (tuple((f"{group}_{row[0]}", row[1]) for table in (CPU_ROWS, BLOCK_ROWS, NET_ROWS)
                              for row in table if row[0] != "boot_guest") for group in ("bare", "none"))

GROUPS = (("ops", "CPU and memory"), ("guest", "memory, in a PV domU"), ("xen", "event channels, grants, xenstore"),
          ("block", "block"), ("net", "network"), ("calls", "hypercalls per operation"),
          ("grants", "grant operations per operation"), ("bare", "bare machine"),
          ("none", "bare machine, base without Xen"))
# A count this small is a poll of the tracer, not the work's.
NEGLIGIBLE = 0.02


@dataclasses.dataclass
class Row:
    group: str
    key: str
    name: str
    unit: str
    ours: float = None
    base: float = None
    bare: float = None

    @property
    def ratio(self):
        if self.ours is None or self.base is None or self.base <= 0:
            return None
        return self.ours / self.base

    def as_dict(self):
        short = lambda v: None if v is None else round(v, 3)
        return {"group": self.group, "key": self.key, "name": self.name, "unit": self.unit, "ours": short(self.ours),
                "base": short(self.base), "bare": short(self.bare), "ratio": short(self.ratio)}


@dataclasses.dataclass
class Measured:
    """What one kernel on one machine gave."""

    medians: dict = dataclasses.field(default_factory=dict)     # {key: instructions per operation}
    spread: dict = dataclasses.field(default_factory=dict)      # {key: (max - min) / median}
    calls: dict = dataclasses.field(default_factory=dict)       # {key: hypercalls per operation}
    grants: dict = dataclasses.field(default_factory=dict)
    detail: dict = dataclasses.field(default_factory=dict)      # {key: {hypercall's name: per operation}}


def parse_results(text):
    """({key: (median, min, max)}, {key: [(first tick, last tick, operations), ...]}) of xenbench's output."""
    values, windows = {}, {}
    for line in text.splitlines():
        word = line.strip().split()
        try:
            if len(word) == 6 and word[0] == "BENCH":
                values[word[1]] = tuple(float(w) for w in word[2:5])
            elif len(word) == 5 and word[0] == "WINDOW":
                windows.setdefault(word[1], []).append(tuple(int(w) for w in word[2:5]))
        except ValueError:
            continue                # a line that was cut or mixed with another: its row stays empty
    return values, windows


def measured(values):
    """A Measured from parse_results()'s first dictionary; derives what is a difference of two."""
    m = Measured()
    for key, (median, low, high) in values.items():
        m.medians[key] = median
        m.spread[key] = (high - low) / median if median else 0.0
    if "timer_fired" in m.medians and "timer_armed" in m.medians:
        m.medians["timer"] = m.medians["timer_fired"] - m.medians["timer_armed"]
    return m


def columns(key, ours, base, bare, field="medians"):
    return {name: getattr(m, field).get(key) if m else None
            for name, m in (("ours", ours), ("base", base), ("bare", bare))}


def unit_of(key):
    return "ns of guest time" if re.match(r"((bare|none)_)?boot_", key) else f"{INSTRUCTIONS} each"


def bare_rows(bare, base, without):
    """Ours on the bare machine, against two kernels there."""
    side = lambda m, key: m.medians.get(key.partition("_")[2]) if m else None
    return [Row(group, key, title, unit_of(key), side(bare, key), side(other, key))
            for group, table, other in (("bare", BARE_ROWS, base), ("none", NONE_ROWS, without))
            for key, title in table]


def present(made):
    return [r for r in made if (r.ours, r.base, r.bare) != (None, None, None)]


def rows(ours, base, bare, base_bare=None, without=None):
    """
    All rows for which somebody has a figure, in the order of the tables above; @base_bare and @without are the base
    with and without Xen on the bare machine.  If no others are compared, ours there is in their rows only.
    """
    if without and not ours and not base:
        return present(bare_rows(bare, base_bare, without))
    made = []
    for group, table in (("ops", CPU_ROWS), ("guest", GUEST_ROWS), ("xen", XEN_ROWS), ("block", BLOCK_ROWS),
                         ("net", NET_ROWS)):
        for key, title, *_ in table:
            made.append(Row(group, key, title, unit_of(key), **columns(key, ours, base, bare)))
    for group, field, unit in (("calls", "calls", f"{HYPERCALLS} each"), ("grants", "grants", f"{GRANTS} each")):
        for table in (CPU_ROWS, GUEST_ROWS, BLOCK_ROWS, NET_ROWS):
            for key, title, *_ in table:
                title += ", PV domU" if table is GUEST_ROWS else ""
                figures = columns(key, ours, base, None, field)
                if any(v is not None and v > NEGLIGIBLE for v in figures.values()):
                    made.append(Row(group, key, title, unit, **figures))
    if without:
        made += bare_rows(bare, base_bare, without)
    return present(made)


def geomean(ratios):
    """Geometric mean of the positive ones; None if there is none."""
    logs = [math.log(r) for r in ratios if r is not None and r > 0]
    return math.exp(sum(logs) / len(logs)) if logs else None


def means(made):
    """[(group's title, number of rows, geometric mean)], and over all instruction rows last."""
    out = []
    for group, title in GROUPS:
        ratios = [r.ratio for r in made if r.group == group and r.ratio]
        if ratios:
            out.append((title, len(ratios), geomean(ratios)))
    ratios = [r.ratio for r in made if r.group not in ("bare", "none") and r.unit.startswith(INSTRUCTIONS) and r.ratio]
    if ratios:
        out.append(("all instruction rows with Xen", len(ratios), geomean(ratios)))
    return out


def figure(value):
    if value is None:
        return "-"
    if abs(value) < 100:
        return f"{value:.2f}"
    return f"{round(value):,}".replace(",", " ")


def ratio(row):
    return "-" if row.ratio is None else f"{row.ratio:.3f}"


def table(made, missing=()):
    """The rows as text for a terminal."""
    lines = []
    for group, title in GROUPS:
        block = [r for r in made if r.group == group]
        if not block:
            continue
        lines += [f"{title:<36}{'ours':>14}{'base':>14}{'bare':>14}{'ratio':>8}"]
        for r in block:
            lines.append(f"  {r.name:<34}{figure(r.ours):>14}{figure(r.base):>14}{figure(r.bare):>14}{ratio(r):>8}")
        lines.append("")
    for title, number, mean in means(made):
        lines.append(f"geometric mean, {title} ({number} rows): {mean:.3f}")
    lines += [f"no figure: {what}" for what in missing]
    return "\n".join(lines)


def agreement(first, second):
    """[(key, difference relative to the smaller)], largest first, of two runs of the same kernel."""
    out = []
    for field in ("medians", "calls", "grants"):
        a, b = getattr(first, field), getattr(second, field)
        for key in sorted(set(a) & set(b)):
            low = min(a[key], b[key])
            if field != "medians" and max(a[key], b[key]) <= NEGLIGIBLE:
                continue
            if low > 0:
                name = key if field == "medians" else f"{key} {field}"
                out.append((name, abs(a[key] - b[key]) / low))
    return sorted(out, key=lambda item: -item[1])
