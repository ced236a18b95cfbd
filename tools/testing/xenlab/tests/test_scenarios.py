# SPDX-License-Identifier: GPL-2.0
"""Scenarios without machines: which names make which machine, and what a machine with PCI devices consists of."""

import os
import re
import sys
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import console
import machine
import scenarios
from common import LabError, Settings


def text(name):
    with open(os.path.join(HERE, "..", "guest", name)) as f:
        return f.read()


class Pci(unittest.TestCase):
    def test_names_are_those_of_the_guest(self):
        told = re.findall(r'^scenario "\$ROLE\.([\w-]+)"', text("pci-scenarios.sh"), re.M)
        self.assertEqual(tuple(told), scenarios.PCI)

    def test_port_is_that_of_the_guest(self):
        self.assertIn(f"\nNET_PORT={scenarios.NET_PORT}\n", text("lib.sh"))

    def test_group(self):
        with mock.patch.dict(os.environ, {"TEST": "pci,whole-life"}, clear=True):
            self.assertEqual(scenarios.asked(()), scenarios.PCI + ("whole-life",))

    def test_which_dom0(self):
        for role, want in (("", scenarios.DOM0), ("pvh_dom0", ("pvh_dom0",)), ("pv", scenarios.DOM0)):
            with mock.patch.dict(os.environ, {"ROLE": role}, clear=True):
                self.assertEqual(scenarios.dom0s_asked_for(), want)

    def test_each_device_has_a_port_of_its_own(self):
        words = scenarios.pci("pv_dom0", 1.0, {}).devices
        devices = [words[i + 1] for i, word in enumerate(words) if word == "-device"]
        buses = [found[1] for found in (re.search(r"bus=(port\d)", d) for d in devices) if found]
        self.assertEqual(len(set(buses)), scenarios.PCI_CARDS + 1)
        self.assertEqual(buses, re.findall(r"pcie-root-port,id=(\w+)", " ".join(devices)))

    def test_a_path_is_one_word_to_qemu(self):
        with mock.patch("os.path.abspath", return_value="/a b,{c}/scenarios.py"):
            words = scenarios.pci("pv_dom0", 1.0, {}).devices
        formatted = [word.format(work="/w") for word in words]
        self.assertIn("guestfwd=tcp:10.79.0.100:7001-cmd:/bin/bash '/a b,,{c}/guest/netd.sh'", " ".join(formatted))


class Names(unittest.TestCase):
    """What is asked for runs, or is a failure."""

    CFG = Settings(jobs=4)

    def run_with(self, test, silent=(), role="", said=(), kernels=("6.1", "7.3")):
        """{result: status} of scenarios.run(), whose machines pass all that they shall run but the @silent."""
        def run_jobs(cfg, jobs):
            for job in jobs:
                names = [full for name, full in scenarios.due(job).items() if name not in silent]
                marks = [console.Mark("", "ok", [name]) for name in [*names, *said]]
                yield machine.Result(job, "/log/x.log", 1.0, console.Verdict("ok"), marks, "", {})

        with mock.patch.dict(os.environ, {"TEST": test, "ROLE": role}, clear=True), \
                mock.patch.object(scenarios.roles, "run_jobs", run_jobs), mock.patch.object(scenarios, "rogue_files", return_value=()), \
                mock.patch.object(scenarios, "frontend_program", return_value=()), mock.patch.object(scenarios.build, "kernel"), \
                mock.patch.object(scenarios.stock, "kernels", return_value=dict.fromkeys(kernels)), \
                mock.patch.object(scenarios.stock, "files", return_value=()):
            found = scenarios.run(self.CFG)
        return {case.name: case.status for rows in found.values() for case in rows}

    def test_tables_are_those_of_the_guests(self):
        plain = {"blk-scenarios": "", "net-scenarios": "net-"}
        for script, (prefix, names) in scenarios.JOBS.items():
            name = script.removeprefix("guest/")
            with self.subTest(name):
                code = text(name + ".sh")
                told = re.findall(r'\bscenario "?(?:\$\w+|\w+)\.([\w-]+)"? ', code)
                if name in plain:
                    (loop,) = re.findall(r"for s in ([\w\s\\\\]+); do", code)
                    told = [plain[name] + word.replace("_", "-") for word in loop.replace("\\", " ").split()]
                told = [word for word in told if word != "stock-"]
                self.assertEqual(tuple(told), names)
        every = [name for _, names in scenarios.JOBS.values() for name in names]
        self.assertEqual(len(set(every)), len(every), "a name stands for one scenario")

    def test_unknown_names_are_refused(self):
        for name in ("save-restor", "stock-7.2", "balloon,", "pv.balloon"):
            with self.subTest(name), self.assertRaises(LabError):
                self.run_with(name)
        with self.assertRaises(LabError):
            scenarios.asked(("save-restor",))

    def test_what_is_asked_for_runs(self):
        self.assertEqual(self.run_with("balloon,rings,9p,module-cut"), dict.fromkeys(
            ("pv.balloon", "blk.rings", "dev.9p", "modules.module-cut"), "passed"))
        self.assertEqual(self.run_with("pci-load", role="pvh_dom0"), {"pvh_dom0.pci-load": "passed"})
        self.assertEqual(self.run_with("balloon", role="pvh,hvm"), dict.fromkeys(("pvh.balloon", "hvm.balloon"), "passed"))

    def test_what_does_not_run_fails(self):
        self.assertEqual(self.run_with("balloon,vcpus", silent=("vcpus",)), {"pv.balloon": "passed", "pv.vcpus": "failed"})
        self.assertEqual(self.run_with("module-cut", silent=("module-cut",)), {"modules.module-cut": "failed"})
        # what follows the scenario is not the scenario
        self.assertEqual(self.run_with("balloon", silent=("balloon",), said=("pv.balloon.memory",)),
                         {"pv.balloon.memory": "passed", "pv.balloon": "failed"})

    def test_all_of_them_run(self):
        found = self.run_with("", silent=("migrate", "flush", "pci-load"))
        failed = {name for name, status in found.items() if status == "failed"}
        self.assertEqual(failed, {"pv.migrate", "blk.flush", "pv_dom0.pci-load", "pvh_dom0.pci-load"})
        self.assertIn("dev.keyboard", found)
        self.assertNotIn("pv.save-restore-50", found)

    def test_not_in_this_role(self):
        self.assertEqual(self.run_with("balloon,rings", role="pvh"), {"pvh.balloon": "passed", "rings": "failed"})

    def test_kernels_of_the_archive(self):
        found = self.run_with("frontends")
        self.assertEqual(set(found), {f"front.{n}" for n in (
            "stock-6.1-pv", "stock-6.1-pvh", "stock-7.3-pv", "stock-7.3-pvh", "pv-grub", "pv-grub-32", "hvm-firmware")})
        self.assertEqual(self.run_with("stock-7.3-pv"), {"front.stock-7.3-pv": "passed"})
        with self.assertRaises(LabError) as caught:
            self.run_with("stock-7.2-pv")
        self.assertIn("stock-7.3-pv", caught.exception.hint)


if __name__ == "__main__":
    unittest.main()
