# SPDX-License-Identifier: GPL-2.0
"""`make shell ROLE=...` and `make debug ROLE=...`: a running system's console on this terminal."""

import os

import machine
import roles
from common import LabError, say
from machine import GUESTS, Job

SHORT = {"dom0": "pv_dom0", "pvhdom0": "pvh_dom0"}


def main(cfg, debug):
    role = os.environ.get("ROLE") or "dom0"
    role = SHORT.get(role, role)
    if role not in machine.ROLES:
        raise LabError(f"ROLE={role} is none of dom0, pvh_dom0, {', '.join(GUESTS)}, bare")
    roles.prepare(cfg)
    words = "nokaslr" if debug else ""
    if role in GUESTS:
        job = Job("pv_dom0", "guest/shell-dom0", params={"shellguest": role, "shell": 1}, words=words)
    elif role == "bare":
        job = Job("bare", "shell", params={"shell": 1}, words=words)
    else:
        job = Job(role, "guest/shell-dom0", params={"shell": 1}, words=words)
    say(f"\n{machine.TITLES[role]}: leave the shell to power off; QEMU's own menu is Ctrl-A (h for help)")
    if debug:
        vmlinux = os.path.join(cfg.obj, "vmlinux")
        say("the machine waits for:\n"
            f"  gdb {vmlinux} -ex 'target remote 127.0.0.1:{machine.GDB_PORT}' -ex 'hbreak start_kernel' -ex continue")
    return machine.interactive(cfg, job, debug)
