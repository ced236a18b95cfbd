# SPDX-License-Identifier: GPL-2.0
"""A lab that is told to end takes its machines with it, at once."""

import contextlib
import glob
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

LAB = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
ROOT = os.path.realpath(os.path.join(LAB, "..", "..", ".."))
sys.path.insert(0, LAB)
import machine
import xenlab
from common import Settings

# In place of xenlab.py: the lab's own main, whose machines sleep; there are more of them than run at once.
FAKE = """
import os, sys
sys.path.insert(0, os.environ["REAL_LAB"])
import bench, machine, roles, xenlab

def run_roles(cfg):
    roles.run_jobs(cfg, [machine.Job("bare", "job", label=f"m{n}") for n in range(4)])

def run_bench(cfg):
    machines = {f"m{n}": bench.Machine(f"m{n}", "", "bare") for n in range(4)}
    bench.measure_all(cfg, machines, bench.Plan(), None)

def tell(text):
    os.write(1, text.encode() + b"\\n")          # whole lines, whichever thread says them

def command(*_):
    tell("a machine")
    return ["sh", "-c", "echo up; exec sleep " + os.environ["LENGTH"]]

class Console(machine.Console):
    def line(self, text):
        tell("machine says " + text)

machine.Console = Console
machine.command = bench.command = command
bench.known_path = lambda *_: "/nowhere/known"
xenlab.COMMANDS = {"run": run_roles, "bench": run_bench}
sys.exit(xenlab.main(sys.argv))
"""


def sleeping(length):
    """Machines that are known by how long they sleep."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                found += [path] if f.read() == f"sleep\0{length}\0".encode() else []
        except OSError:
            pass
    return found


class Heartbeat(unittest.TestCase):
    def test_beats_until_the_machine_ends(self):
        with tempfile.TemporaryDirectory() as work:
            path = machine.socket_path(work, "beat")
            with machine.heartbeat(path), socket.socket(socket.AF_UNIX) as qemu:
                time.sleep(1.2)                 # beats before there is a machine
                qemu.settimeout(5)
                qemu.bind(path)
                qemu.listen()
                for _ in range(2):              # and for the next one
                    line = qemu.accept()[0]
                    line.settimeout(5)
                    self.assertEqual([line.recv(1) for _ in range(2)], [b"\0"] * 2)
                    line.close()
            self.assertEqual([t.name for t in threading.enumerate() if "beat" in t.name], [])

    def test_nobody_reads(self):
        with tempfile.TemporaryDirectory() as work, socket.socket(socket.AF_UNIX) as qemu:
            qemu.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            path = machine.socket_path(work, "beat")
            qemu.bind(path)
            qemu.listen()
            with mock.patch.object(machine, "BEAT", 0.0005), machine.heartbeat(path):
                line = qemu.accept()[0]
                time.sleep(0.5)
                while len(line.recv(1 << 16)) > 1:
                    pass                        # goes on once it is read
                line.close()


class Ending(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        for name, text in (("xenlab.py", FAKE), ("deps.sh", "")):
            with open(os.path.join(self.dir.name, name), "w") as f:
                f.write(text)
        self.build = os.path.join(self.dir.name, "build")
        self.length = f"20.{time.monotonic_ns()}"

    def start(self, target):
        env = {**os.environ, "REAL_LAB": LAB, "LENGTH": self.length}
        for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
            env.pop(name, None)
        make = subprocess.Popen(["make", "-s", "-C", ROOT, f"LAB={self.dir.name}", f"BUILD={self.build}", "JOBS=2", target],
                                env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                # A background job of a shell's ignores it.
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.addCleanup(make.stdout.close)
        self.addCleanup(make.kill)
        for _ in range(2):
            said = []
            while not said or "says up" not in said[-1]:
                said.append(make.stdout.readline())
                self.assertTrue(said[-1], f"the lab ended by itself: {said}")
        return make

    def ends(self, target, number, signalled):
        make = self.start(target)
        with open(os.path.join(self.build, ".lab.lock")) as f:
            lab = int(f.read().split()[1].rstrip(":"))
        begin = time.monotonic()
        os.kill(make.pid if signalled == "make" else lab, number)
        rest = make.stdout.read()               # up to the end of the last that could write there
        make.wait(20)
        self.assertLess(time.monotonic() - begin, 4)
        self.assertNotIn("a machine", rest)
        self.assertEqual(sleeping(self.length), [])
        return rest

    def test_told_to_end(self):
        self.assertIn("143", self.ends("run", signal.SIGTERM, "lab"))

    def test_interrupted(self):
        self.assertIn("interrupted", self.ends("run", signal.SIGINT, "lab"))

    def test_the_bench_is_told_to_end(self):
        self.ends("bench", signal.SIGTERM, "lab")

    def test_make_is_told_to_end(self):
        self.ends("run", signal.SIGTERM, "make")

    def test_make_is_killed(self):
        self.ends("bench", signal.SIGKILL, "make")

    def test_what_a_killed_lab_left_is_cleaned(self):
        for name in ("labdisk-abc", "image"):
            os.makedirs(os.path.join(self.build, name, "boot"))
        with contextlib.redirect_stdout(io.StringIO()):
            xenlab.do_clean(Settings(build=self.build))
        self.assertEqual(os.listdir(self.build), ["image"])


if __name__ == "__main__":
    unittest.main()
