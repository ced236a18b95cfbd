# SPDX-License-Identifier: GPL-2.0
"""Kernels of the distribution: names, modules in order."""

import lzma
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))

import archive  # noqa: E402
import stock    # noqa: E402
from common import LabError, Settings  # noqa: E402


def module(*needs):
    return b"\x7fELF" + b"\0license=GPL\0depends=" + ",".join(needs).encode() + b"\0name=x\0"


class Modules(unittest.TestCase):
    def tree(self, files):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        for name, data in files.items():
            path = os.path.join(top.name, "lib/modules/1/kernel", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(data)
        return top.name

    def test_order(self):
        tree = self.tree({"fs/ext4.ko": module("jbd2", "mbcache"), "fs/jbd2.ko.xz": lzma.compress(module("mbcache")),
                          "fs/mbcache.ko": module(), "block/xen-blkfront.ko": module(), "fs/other.ko": module()})
        names = [name for name, _ in stock.take_modules(tree, tree)]
        self.assertEqual(names, ["xen_blkfront", "mbcache", "jbd2", "ext4"])
        self.assertEqual([os.path.basename(path) for path in stock.modules(tree)],
                         ["00-xen_blkfront.ko", "01-mbcache.ko", "02-jbd2.ko", "03-ext4.ko"])
        with open(stock.modules(tree)[2], "rb") as f:
            self.assertEqual(f.read(), module("mbcache"))

    def test_other_packing(self):
        tree = self.tree({"fs/ext4.ko.zst": b"x"})
        with self.assertRaisesRegex(LabError, "another way than xz"):
            stock.take_modules(tree, tree)

    def test_depends(self):
        self.assertEqual(stock.depends(module("a", "b_c")), ["a", "b_c"])
        self.assertEqual(stock.depends(module()), [])
        self.assertEqual(stock.depends(b"no module"), [])


class Names(unittest.TestCase):
    def test_version(self):
        self.assertEqual(stock.version("/x/linux-image-6.12.117+deb12-amd64_6.12.117-1_amd64.deb"), "6.12")
        with self.assertRaisesRegex(LabError, "not the name"):
            stock.version("/x/linux-image-amd64_6.1_amd64.deb")

    def test_meta_package(self):
        asked = []

        class Apt:
            def __init__(self, cfg, suite=""):
                self.dir, self.suite = cfg.build, suite

            def update(self):
                asked.append(self.suite)

            def version(self, package):
                return "1" if self.suite == "sid" else ""

            def depends(self, package):
                return ["other", "linux-image-9.1-amd64"]

            def download(self, package):
                path = os.path.join(self.dir, "dl", f"{package}_9.1_amd64.deb")
                os.makedirs(os.path.dirname(path), exist_ok=True)
                open(path, "w").close()
                return path

        with tempfile.TemporaryDirectory() as build, mock.patch.object(archive, "Apt", Apt):
            cfg = Settings(build=build)
            path = archive.current(cfg, "linux-image-amd64", ("", "sid"))
            self.assertEqual(os.path.basename(path), "linux-image-9.1-amd64_9.1_amd64.deb")
            self.assertEqual(asked, ["", "sid"])
            # the second time nobody is asked
            self.assertEqual(archive.current(cfg, "linux-image-amd64", ("", "sid")), path)
            self.assertEqual(asked, ["", "sid"])
            with self.assertRaisesRegex(LabError, "no package linux-image-odd"):
                archive.current(cfg, "linux-image-odd", ("",))


if __name__ == "__main__":
    unittest.main()
