# SPDX-License-Identifier: GPL-2.0
"""What a console says: marks of the in-guest scripts, complaints of kernels, and a verdict."""

import dataclasses
import re

GUEST = re.compile(r"^<([\w.-]+)> (.*)$", re.S)
MARK = re.compile(r"XENLAB: (?:<([\w.-]+)> )?(\w+) ?(.*)$")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][0-9A-Z]|\r|\x00")

# The hypervisor's lines carry a time stamp once its clock runs.
PANIC = re.compile(r"Kernel panic - not syncing|\(XEN\) (\[.*\] )?(Panic on CPU|Xen BUG at|"
                   r"Domain 0 \(vcpu#\d+\) crashed|Hardware Dom0 crashed)")
COMPLAINT = re.compile(
    r"\b(BUG: |WARNING: |Oops: |general protection fault|UBSAN: |kernel BUG at |INFO: task .* blocked|"
    r"possible recursive locking|possible circular locking|inconsistent lock state|suspicious RCU usage|"
    r"soft lockup|scheduling while atomic|sleeping function called|unreferenced object|refcount_t: |"
    r"list_(add|del) corruption|Bad page state|xen_mc_flush.*failed|xen: page tables are written by |"
    r"unable to handle (kernel|page)|nobody cared)")
# Says that the emulating machine was slow, nothing of the code.
SLOW = re.compile(r"rcu: INFO: rcu_\w+ (self-)?detected (expedited )?stall|clocksource: timekeeping watchdog|"
                  r"hrtimer: interrupt took|perf: interrupt took|sched: RT throttling|"
                  r"workqueue: .* hogged CPU|WARNING: CPU: \d+ PID: \d+ at kernel/time/clocksource\.c")
KERNEL = re.compile(r"Linux version \d")
HYPERVISOR = re.compile(r"\(XEN\) |Xen 4\.|Xen version ")


@dataclasses.dataclass
class Mark:
    """One line of an in-guest script: who said it (empty: the machine itself), verb, words."""

    guest: str
    verb: str
    words: list

    @property
    def fields(self):
        return dict(word.split("=", 1) for word in self.words if "=" in word)


def clean(line):
    return ESCAPES.sub("", line).rstrip("\n")


def parse_mark(line):
    found = MARK.search(clean(line))
    if not found:
        return None
    return Mark(found[1] or "", found[2], found[3].split())


def split(lines):
    """{guest: lines}: the machine's own lines are under "", relayed guest consoles under their name."""
    streams = {"": []}
    for line in lines:
        line = clean(line)
        found = GUEST.match(line)
        if found:
            streams.setdefault(found[1], []).append(found[2])
        else:
            streams[""].append(line)
    return streams


@dataclasses.dataclass
class Verdict:
    """
    status: ok       the job ended with status 0
            failed   the job ended, something in it did not hold
            panic    a kernel or the hypervisor gave up
            hang     no end within the time limit, power-off included
            cut      the machine went away before its end, perhaps in the middle of a line
            silent   not one line from a kernel
    """

    status: str
    reason: str = ""
    complaints: list = dataclasses.field(default_factory=list)
    slow: list = dataclasses.field(default_factory=list)


def judge(text, timed_out, guest=False):
    """
    The verdict on one console, the machine's or a guest's.  @text is all that it printed.  After its end a machine
    has to go away by itself; whether a @guest did is dom0's to say, which may itself be what did not.
    """
    lines = [clean(line) for line in text.split("\n")]
    slow = [line for line in lines if SLOW.search(line)]
    # The hypervisor warns of what it was told to do; when it gives up it is a panic.
    complaints = [line for line in lines
                  if COMPLAINT.search(line) and not SLOW.search(line) and not line.startswith("(XEN)")]
    verdict = Verdict("ok", complaints=complaints, slow=slow)
    panic = next((line for line in lines if PANIC.search(line)), None)
    marks = [m for m in map(parse_mark, lines) if m and not m.guest]
    done = next((m for m in marks if m.verb == "done"), None)
    fails = [m for m in marks if m.verb == "fail"]
    if panic:
        verdict.status, verdict.reason = "panic", panic.strip()
    elif done is None and not any(KERNEL.search(line) for line in lines) and not marks:
        verdict.status = "silent"
        verdict.reason = "not a line from the kernel" + (
            ", only the hypervisor's" if any(HYPERVISOR.search(line) for line in lines) else "")
    elif done is None:
        last = next((line for line in reversed(lines) if line.strip()), "")
        half = bool(lines and lines[-1].strip())
        verdict.status = "hang" if timed_out else "cut"
        verdict.reason = (f"no end within the time limit; last line: {last}" if timed_out else
                          f"the console ends in the middle of a line: {last}" if half else
                          f"the machine stopped without finishing; last line: {last}")
    elif fails or done.fields.get("status") != "0":
        verdict.status = "failed"
        verdict.reason = "; ".join(" ".join(m.words) for m in fails) or f"job status {done.fields.get('status')}"
    elif timed_out and not guest:
        last = next(line for line in reversed(lines) if line.strip())
        verdict.status, verdict.reason = "hang", f"the machine did not power off; last line: {last}"
    elif complaints:
        verdict.status, verdict.reason = "failed", complaints[0].strip()
    return verdict
