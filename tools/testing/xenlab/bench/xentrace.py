# SPDX-License-Identifier: GPL-2.0
"""
Reads what `xentrace -e 0x0020f000` wrote in dom0 and counts hypercalls.

The file is a sequence of little-endian records.  The first word holds the event in bits 0-27, the
number of data words in bits 28-30, and in bit 31 whether a time stamp of two words precedes them
(the hypervisor's public/trace.h).  xentrace puts a record in front of each CPU's stretch that says
which CPU follows; the hypervisor pads the end of its ring and says when it had to drop records.
"""

import collections
import dataclasses
import struct

CPU_CHANGE = 0x0001f003         # data: CPU, bytes that follow from it
WRAP_BUFFER = 0x0001f002        # padding
LOST_RECORDS = 0x0001f001       # data: how many, ...
HYPERCALL = 0x0020100d          # a PV guest's hypercall
SUBCALL = 0x0020200e            # one entry of a multicall
OTHERS = {0x00201003: "trap", 0x00201004: "page fault", 0x00201006: "emulated instruction",
          0x00201009: "resolved page fault", 0x0020100b: "emulated page table write"}
WIDE = 0x100                    # set in the event of a 64-bit guest's records, but for hypercalls

NUMBER_MASK = 0x000fffff        # the first data word: number, and two bits for each argument
ARGUMENT_SHIFT = 20
GRANT_TABLE_OP = 20

NAMES = {0: "set_trap_table", 1: "mmu_update", 2: "set_gdt", 3: "stack_switch", 4: "set_callbacks",
         5: "fpu_taskswitch", 10: "update_descriptor", 12: "memory_op", 13: "multicall",
         14: "update_va_mapping", 15: "set_timer_op", 17: "xen_version", 18: "console_io",
         20: "grant_table_op", 22: "update_va_mapping_otherdomain", 23: "iret", 24: "vcpu_op",
         25: "set_segment_base", 26: "mmuext_op", 29: "sched_op", 32: "event_channel_op",
         33: "physdev_op", 35: "sysctl", 36: "domctl"}


class TraceError(Exception):
    """The file is no trace, or not all of one."""


@dataclasses.dataclass
class Record:
    cpu: int
    tick: int           # 0 where the record has no time stamp
    event: int
    words: tuple


@dataclasses.dataclass
class Counts:
    """What happened within a window of time."""

    hypercalls: int = 0                 # entries into the hypervisor; a multicall counts once
    entries: int = 0                    # entries of multicalls
    grants: int = 0                     # grant operations, as the calls' count says
    by_name: collections.Counter = dataclasses.field(default_factory=collections.Counter)


def records(data):
    """All records of a trace file."""
    cpu = -1
    pos, end = 0, len(data)
    while pos + 4 <= end:
        (head,) = struct.unpack_from("<I", data, pos)
        pos += 4
        event, extra, stamped = head & 0x0fffffff, head >> 28 & 7, head >> 31
        size = 4 * (extra + (2 if stamped else 0))
        if pos + size > end:
            raise TraceError(f"record of event {event:#x} ends beyond the file")
        words = struct.unpack_from(f"<{size // 4}I", data, pos)
        pos += size
        tick = words[0] | words[1] << 32 if stamped else 0
        if stamped:
            words = words[2:]
        if event == CPU_CHANGE:
            if len(words) < 2:
                raise TraceError("a change of CPU without its two words")
            cpu = words[0]
        elif event == LOST_RECORDS:
            raise TraceError(f"the hypervisor dropped {words[0] if words else 'some'} records of CPU {cpu}")
        elif event != WRAP_BUFFER:
            if cpu < 0:
                raise TraceError("not a file of xentrace: no CPU in front of the first record")
            yield Record(cpu, tick, event, words)
    if pos != end:
        raise TraceError("the file ends within a record")


def arguments(words):
    """{number of an argument: value} of a hypercall's record."""
    found = {}
    rest = list(words[1:])
    for i in range(6):
        kind = words[0] >> (ARGUMENT_SHIFT + 2 * i) & 3
        size = {0: 0, 1: 1, 2: 2}.get(kind, 0)
        if len(rest) < size:
            raise TraceError("a hypercall's record lacks arguments that its first word promises")
        if size == 1:
            found[i] = rest.pop(0)
        elif size == 2:
            found[i] = rest.pop(0) | rest.pop(0) << 32
    return found


def add(c, record):
    """One record's share of the Counts @c."""
    if record.event in (HYPERCALL, SUBCALL) and record.words:
        number = record.words[0] & NUMBER_MASK
        name = NAMES.get(number, f"hypercall {number}")
        if record.event == HYPERCALL:
            c.hypercalls += 1
        else:
            c.entries += 1
            name = f"multicall: {name}"
        if number == GRANT_TABLE_OP:
            c.grants += arguments(record.words).get(2, 1)
        c.by_name[name] += 1
    elif record.event & ~WIDE in OTHERS:
        c.by_name[OTHERS[record.event & ~WIDE]] += 1


def count_each(data, windows):
    """Counts for each of @windows, (first, last) ticks that do not overlap: records with first <= tick < last."""
    counts = [Counts() for _ in windows]
    for record in records(data):
        for c, (first, last) in zip(counts, windows):
            if first <= record.tick < last:
                add(c, record)
                break
    return counts


def count(data, first=0, last=1 << 64):
    return count_each(data, [(first, last)])[0]
