# SPDX-License-Identifier: GPL-2.0
"""Scenarios without machines: which names make which machine, and what a machine with PCI devices consists of."""

import os
import re
import sys
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import machine
import scenarios
from common import Settings


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


if __name__ == "__main__":
    unittest.main()
