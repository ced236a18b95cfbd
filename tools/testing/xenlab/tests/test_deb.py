# SPDX-License-Identifier: GPL-2.0
"""Packages: what is missing is named, versions are such that dpkg takes them, failures say so."""

import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import common
import deb
from common import LabError, Settings


class Deb(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="xenlab-test-")
        self.addCleanup(shutil.rmtree, self.top)
        os.makedirs(os.path.join(self.top, "base/6.12"))
        quiet = contextlib.redirect_stdout(io.StringIO())
        quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)

    def cfg(self, **over):
        return Settings(build=self.top, jobs=1, **over)

    def version(self, extra="", **over):
        with open(os.path.join(self.top, "base/6.12/Makefile"), "w") as f:
            f.write(f"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\nEXTRAVERSION = {extra}\n")
        return deb.version(self.cfg(**over))

    def test_missing_packages(self):
        self.assertEqual(deb.missing(lambda tool, path: "/bin/" + tool, lambda path: True), [])
        found = deb.missing(lambda tool, path: None if tool in ("dh", "depmod") else tool, lambda path: "ssl" in path)
        self.assertEqual(found, ["debhelper", "kmod", "libelf-dev"])
        with mock.patch.object(deb, "missing", return_value=["debhelper"]), self.assertRaises(LabError) as caught:
            deb.main(self.cfg())
        self.assertIn("debhelper", str(caught.exception))

    def test_what_is_missed_is_what_deps_installs(self):
        with open(os.path.join(os.path.dirname(deb.__file__), "deps.sh")) as f:
            table = re.search(r"<<-EOF\n(.*?)\tEOF", f.read(), re.S)[1]
        rows = [line.split() for line in table.splitlines()]
        installed = {package for _, package, group in rows if group in ("all", "deb")}
        self.assertEqual({*deb.TOOLS.values(), *deb.FILES.values()} - installed, {"dpkg"})     # essential

    def test_versions(self):
        self.assertEqual(self.version(), "6.12.7-1xenpvops")
        self.assertEqual(self.version(xen="base"), "6.12.7-1xenbase")
        self.assertEqual(self.version("-rc3"), "6.12.7~rc3-1xenpvops")
        self.assertRegex(self.version("-my_tree"), r"^[A-Za-z0-9.+~]+-[A-Za-z0-9.+~]+$")

    def run_main(self, leaves):
        cfg = self.cfg()
        obj = cfg.but(config="distro").obj
        os.makedirs(obj, exist_ok=True)
        self.version()
        with open(os.path.join(obj, ".config"), "w") as f:
            f.write("CONFIG_XEN=y\n")
        self.targets = []

        def make(_, *targets, **__):
            self.targets.append(targets)
            if "bindeb-pkg" in targets:
                for name in leaves:
                    with open(os.path.join(os.path.dirname(obj), name), "w") as f:
                        f.write("package")

        patches = (mock.patch.object(deb, "missing", return_value=[]), mock.patch.object(common, "need_space"),
                   mock.patch.multiple(deb.build, tree=mock.Mock(), configure=mock.Mock(), make=make))
        with contextlib.ExitStack() as stack:
            for patch in patches:
                stack.enter_context(patch)
            return deb.main(cfg)

    def test_packages_are_collected(self):
        names = ["linux-image-6.12.7_6.12.7-1xenpvops_amd64.deb", "linux-upstream_6.12.7_amd64.changes"]
        self.assertEqual(self.run_main(names), 0)
        out = os.path.join(self.top, "deb/6.12")
        self.assertEqual(sorted(os.listdir(out)), names)
        # A second run replaces them, and configures no second time.
        self.assertEqual(self.run_main(names[:1]), 0)
        self.assertEqual(os.listdir(out), names[:1])
        self.assertTrue(any(re.match("KDEB_PKGVERSION=", word) for word in self.targets[-1]))

    def test_a_build_without_packages_fails(self):
        with self.assertRaises(LabError) as caught:
            self.run_main(["linux-libc-dev_1_amd64.deb"])
        self.assertIn("no linux-image", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
