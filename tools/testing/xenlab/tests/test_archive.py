# SPDX-License-Identifier: GPL-2.0
"""apt source files as machines have them, and images from broken input."""

import concurrent.futures
import contextlib
import gzip
import io
import os
import shutil
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import archive
import base
import build
import common
import image
import overlay
from common import LabError, Lock, Settings

DEB822 = """\
Types: deb
# a comment
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/k.gpg

Enabled: no
Types: deb
URIs: http://off.invalid/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://src.invalid/debian
Suites: bookworm
Components: main
"""


class Sources(unittest.TestCase):
    def test_deb822(self):
        self.assertEqual(archive.parse_sources(DEB822, True),
                         [("http://mirror.invalid/debian", "bookworm", ["main", "contrib"], "/usr/share/keyrings/k.gpg"),
                          ("http://mirror.invalid/debian", "bookworm-updates", ["main", "contrib"], "/usr/share/keyrings/k.gpg")])

    def test_one_line(self):
        text = "# deb x y z\ndeb [arch=amd64 signed-by=/k] http://m.invalid/d bookworm main\ndeb-src http://m.invalid/d bookworm main\n"
        self.assertEqual(archive.parse_sources(text, False), [("http://m.invalid/d", "bookworm", ["main"], "/k")])

    def test_newer_suite_keeps_the_address(self):
        rows = [("http://m.invalid/d", "bookworm", ["main"], "/k"), ("http://m.invalid/s", "bookworm-security", ["main"], "")]
        with mock.patch.object(archive, "machine_entries", return_value=rows), \
                mock.patch.object(archive, "release", return_value="bookworm"):
            self.assertEqual(archive.source_lines("sid"), ["deb [signed-by=/k] http://m.invalid/d sid main"])
            self.assertEqual(len(archive.source_lines()), 2)


class OldLists(unittest.TestCase):
    """The archive changes behind the lists that were read of it."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.calls, self.fails = [], []
        patches = mock.patch.multiple(archive, source_lines=lambda suite: [self.mirror], run=self.run_apt)
        patches.start()
        self.addCleanup(patches.stop)
        self.mirror = "deb http://a.invalid/d bookworm main"
        self.apt = archive.Apt(Settings(build=self.dir.name))

    def run_apt(self, command, cwd="", **_):
        what = next(word for word in command[1:] if not word.startswith("-"))
        self.calls.append(what)
        if self.fails and self.fails.pop(0):
            raise LabError("404")
        if what == "download":
            with open(os.path.join(cwd, "p_1_all.deb"), "wb"):
                pass

    def test_lists_are_read_once(self):
        self.apt.update()
        self.apt.update()
        self.assertEqual(self.calls, ["update"])

    def test_a_mirror_that_failed_is_asked_again(self):
        self.apt.update()
        self.mirror = "deb http://b.invalid/d bookworm main"
        self.fails = [True]
        with self.assertRaises(LabError):
            self.apt.update()
        self.apt.update()
        self.assertEqual(self.calls, ["update"] * 3)

    def test_a_version_that_is_gone_has_the_lists_read_again(self):
        self.apt.update()
        self.fails = [True]
        path = self.apt.download("p")
        self.assertEqual(self.calls, ["update", "download", "update", "download"])
        self.assertTrue(os.path.exists(path))

    def test_it_is_tried_twice_not_more(self):
        self.fails = [True, False, True]
        with self.assertRaises(LabError):
            self.apt.download("p")
        self.assertEqual(self.calls, ["download", "update", "download"])


class Missing(unittest.TestCase):
    def test_a_version_that_is_gone_is_answered_with_those_there_are(self):
        class Apt:
            def __init__(self, cfg, suite=""):
                self.label = suite or "machine"

            def update(self):
                pass

            def version(self, package):
                return ""

            def names(self, pattern):
                return [f"linux-source-{self.label}"]

        with tempfile.TemporaryDirectory() as build, mock.patch.object(archive, "Apt", Apt):
            with self.assertRaisesRegex(LabError, "(?s)no package linux-source-5.0.*linux-source-sid"):
                archive.fetch(Settings(build=build), "linux-source-5.0", "x")


class Language(unittest.TestCase):
    def test_programs_speak_english(self):
        with mock.patch.dict(os.environ, {"LANGUAGE": "de", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"}):
            said = common.run(["sh", "-c", 'echo "$LANGUAGE $LANG $LC_ALL"'])
        self.assertEqual(said, " C.UTF-8 C.UTF-8\n")


class Spaces(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="a b ")
        self.addCleanup(self.dir.cleanup)

    def file(self, path, text=""):
        path = os.path.join(self.dir.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)
        return path

    def test_initramfs_of_a_repository_with_a_space(self):
        self.file("guest/initramfs-init.sh", "init")
        busybox = self.file("bin/busybox", "busybox")
        with tempfile.TemporaryDirectory() as build:
            cfg = Settings(build=build)
            tool = os.path.join(cfg.obj, "usr/gen_init_cpio")
            os.makedirs(os.path.dirname(tool))
            shutil.copy(self.file("tool", '#!/bin/sh\ncat "$1"\n'), tool)
            with mock.patch.object(image, "__file__", os.path.join(self.dir.name, "image.py")), \
                    mock.patch.object(shutil, "which", return_value=busybox):
                out = image.initramfs(cfg, os.path.join(build, "out"))
            with open(out) as f:
                files = [line.split() for line in f if line.startswith("file ")]
            for words in files:
                self.assertEqual(len(words), 6, words)
                with open(words[2]) as f:
                    self.assertEqual(f.read(), os.path.basename(words[1]))
            self.assertEqual([words[1] for words in files], ["/bin/busybox", "/init"])

    def test_a_build_folder_with_a_space_is_refused(self):
        for name in ("a b", "a:b"):
            with self.assertRaisesRegex(LabError, "space or a colon"):
                Settings.from_env({"BUILD": os.path.join("/nowhere", name)})

    def test_a_base_with_a_space_has_a_name_without(self):
        cfg = Settings.from_env({"BUILD": "/b", "BASE": "/nowhere/linux a:b"})
        self.assertRegex(cfg.name, r"^linux_a_b-\w{6}$")
        self.assertEqual(cfg.base_dir, "/nowhere/linux a:b")


class SideBySide(unittest.TestCase):
    """Machines start together, and each asks for its root and its hypervisor."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.folder = os.path.join(self.dir.name, "root")
        os.makedirs(os.path.join(self.folder, "etc"))
        self.elf = os.path.join(self.dir.name, "xen.gz")
        with gzip.open(self.elf, "wb") as f:
            f.write(b"\x7fELF" + b"x" * (4 << 20))
        self.cfg = Settings(build=os.path.join(self.dir.name, "build"), rootfs=self.folder, xenbin=self.elf)

    def together(self, ask):
        start = threading.Barrier(4)

        def one(_):
            start.wait()
            return ask(self.cfg)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            paths = set(pool.map(one, range(4)))
        self.assertEqual(len(paths), 1)
        return paths.pop()

    def test_a_folder_becomes_one_image(self):
        with mock.patch.object(image, "make_ext4", side_effect=lambda *_: time.sleep(0.1)) as make, \
                contextlib.redirect_stdout(io.StringIO()):
            path = self.together(image.root)
        self.assertEqual(make.mock_calls, [mock.call(self.folder, path, mock.ANY, "xenlab-root")])

    def test_a_hypervisor_is_unpacked_once(self):
        with mock.patch.object(base, "plain_elf", side_effect=base.plain_elf) as make:
            path = self.together(base.hypervisor)
        self.assertEqual(make.call_count, 1)
        self.assertEqual(os.path.getsize(path), (4 << 20) + 4)

    def test_what_could_not_be_made_is_tried_again(self):
        once = common.Once()
        with self.assertRaises(LabError):
            once.get("x", mock.Mock(side_effect=LabError("no space")))
        self.assertEqual(once.get("x", lambda: 1), 1)


class BadInput(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.cfg = Settings(build=self.dir.name)

    def file(self, data):
        path = os.path.join(self.dir.name, "input")
        with open(path, "wb") as f:
            f.write(data)
        return path

    def test_unknown_base(self):
        for name in ("six", "6", "6.12.1"):
            with self.assertRaisesRegex(LabError, "neither a version"):
                base.kernel(self.cfg.but(base=name))
        with self.assertRaisesRegex(LabError, "no such folder"):
            base.kernel(self.cfg.but(base="/nonexistent/linux"))
        with self.assertRaisesRegex(LabError, "not a kernel tree"):
            base.kernel(self.cfg.but(base=self.dir.name))

    def test_hypervisor_must_be_an_elf(self):
        with self.assertRaisesRegex(LabError, "no ELF"):
            base.hypervisor(self.cfg.but(xenbin=self.file(b"MZ hello")))
        with self.assertRaisesRegex(LabError, "broken gzip"):
            base.hypervisor(self.cfg.but(xenbin=self.file(b"\x1f\x8bjunk")))
        with self.assertRaisesRegex(LabError, "no such file"):
            base.hypervisor(self.cfg.but(xenbin="/nonexistent"))

    def test_root_must_be_an_image(self):
        with self.assertRaisesRegex(LabError, "neither a folder nor"):
            image.root(self.cfg.but(rootfs=self.file(b"\0" * 4096)))
        with self.assertRaisesRegex(LabError, "No such file"):
            image.root(self.cfg.but(rootfs="/nonexistent"))

    def test_full_disk(self):
        with self.assertRaisesRegex(LabError, "has .* MiB free"):
            common.need_space(self.dir.name, 1 << 40, "the test")

    def test_a_tree_that_is_there_needs_less(self):
        cfg = self.cfg.but(base=self.dir.name)
        disk = mock.Mock(f_bavail=2000, f_frsize=1 << 20)
        with mock.patch.object(os, "statvfs", return_value=disk), mock.patch.object(base, "kernel"), \
                mock.patch.object(overlay, "lay") as lay:
            with self.assertRaisesRegex(LabError, "needs 3000 MiB .* has 2000 MiB free"):
                build.tree(cfg)
            os.makedirs(cfg.tree)
            build.tree(cfg)
            lay.assert_called_once()
            disk.f_bavail = 900
            with self.assertRaisesRegex(LabError, "needs 1000 MiB"):
                build.tree(cfg)

    def test_two_runs_at_once(self):
        with Lock(self.cfg):
            with self.assertRaisesRegex(LabError, "in use in this build folder by pid"):
                with Lock(self.cfg):
                    self.fail("locked twice")
        with Lock(self.cfg):
            pass

    def test_settings(self):
        for env in ({"XEN": "mine"}, {"CONFIG": "big"}, {"JOBS": "many"}, {"ACCEL": "KVM"}):
            with self.assertRaisesRegex(LabError, "=".join(*env.items())):
                Settings.from_env({"BUILD": "/b", **env})
        for accel in ("", "kvm", "tcg", "tcg,thread=multi"):
            self.assertEqual(Settings.from_env({"BUILD": "/b", "ACCEL": accel}).accel, accel)

    def test_a_path_does_not_depend_on_the_working_directory(self):
        cfg = Settings.from_env({"BUILD": "/b", "BASE": "../linux", "XENBIN": "xen", "ROOTFS": "root"})
        self.assertEqual((cfg.base, cfg.xenbin, cfg.rootfs),
                         tuple(map(os.path.realpath, ("../linux", "xen", "root"))))
        cfg = Settings.from_env({"BUILD": "/b"})
        self.assertEqual((cfg.base, cfg.xenbin, cfg.rootfs), ("6.12", "", ""))


if __name__ == "__main__":
    unittest.main()
