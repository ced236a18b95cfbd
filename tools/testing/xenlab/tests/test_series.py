# SPDX-License-Identifier: GPL-2.0
"""The patch series of a toy overlay: what it holds, and that a wrong one is found."""

import os
import shutil
import unittest
from unittest import mock

import test_overlay
import overlay
import series
from common import LabError

MANIFEST = """
never README.md
never OVERLAY
subject xen: switch
# Why the switch.
lay Kconfig as arch/x86/xen/Kconfig.roles
lay arch/x86/xen/Kconfig
subject x86/xen: clock
# Why the clock.
#
# More of it.
lay arch/x86/xen/time/
remove arch/x86/xen/time.c
subject xen: nothing yet
lay drivers/xen/
"""


class Series(test_overlay.Case):
    def setUp(self):
        super().setUp()
        self.manifest(MANIFEST)
        self.out = os.path.join(self.build, "series", "6.12")
        os.makedirs(os.path.dirname(self.out))

    def make(self):
        cfg = self.cfg()
        overlay.lay(cfg, self.root)
        plan = overlay.make_plan(cfg, self.root)
        return cfg, plan, series.make(cfg, plan, self.out, self.root)

    def patch(self, name):
        with open(os.path.join(self.out, name)) as f:
            return f.read()

    def test_split_by_subject(self):
        cfg, plan, names = self.make()
        self.assertEqual(names, ["0001-xen-switch.patch", "0002-x86-xen-clock.patch"])
        text = self.patch(names[1])
        self.assertIn("Subject: [PATCH 2/2] x86/xen: clock\n\nWhy the clock.\n\nMore of it.\n---\n", text)
        self.assertIn("delete mode 100644 arch/x86/xen/time.c", text)
        self.assertIn("create mode 100644 arch/x86/xen/time/clock.c", text)
        series.verify(cfg, plan, self.out, self.root)

    def test_applies_to_the_whole_base(self):
        cfg, plan, names = self.make()
        whole = os.path.join(self.top, "whole")
        shutil.copytree(cfg.base_dir, whole, symlinks=True)
        series.git(whole, "init", "-q")
        series.git(whole, "add", "-A")
        env = series.identity(self.root)
        series.git(whole, "commit", "-q", "-m", "base", env=env)
        series.git(whole, "am", "-q", *(os.path.join(self.out, n) for n in names), env=env)
        shutil.rmtree(os.path.join(whole, ".git"))
        self.assertEqual(self.tree(whole), self.tree(cfg.tree))

    def test_repeats_byte_for_byte(self):
        _, _, names = self.make()
        before = [self.patch(name) for name in names]
        _, _, again = self.make()
        self.assertEqual([self.patch(name) for name in again], before)

    def test_awkward_content(self):
        for name, data in (("crlf.c", b"a\r\nb\r\n"), ("noeol.c", b"int x;"), ("blank.c", b"\n\n  \n"),
                           ("bin.c", bytes(range(256))), ("from.c", b"From me\n---\ndiff --git a/x b/x\n")):
            path = os.path.join(self.root, "drivers/xen", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(data)
        self.write("repo/drivers/xen/run.sh", "#!/bin/sh\n", 0o755)
        os.symlink("run.sh", os.path.join(self.root, "drivers/xen/link"))
        cfg = self.cfg()
        overlay.lay(cfg, self.root)
        plan = overlay.make_plan(cfg, self.root)
        names = series.make(cfg, plan, self.out, self.root)
        self.assertEqual(len(names), 3)
        series.verify(cfg, plan, self.out, self.root)

    def wrong(self, *words):
        cfg, plan, _ = self.make()
        yield cfg, plan
        with self.assertRaises(LabError) as caught:
            series.verify(cfg, plan, self.out, self.root)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_a_spoilt_patch_is_found(self):
        for _ in self.wrong("Kconfig.roles", "differs"):
            path = os.path.join(self.out, "0001-xen-switch.patch")
            text = self.patch("0001-xen-switch.patch").replace("+config XEN_ALL_ROLES", "+config XEN_NO_ROLES")
            with open(path, "w") as f:
                f.write(text)

    def test_a_missing_patch_is_found(self):
        for _ in self.wrong("the series"):
            os.unlink(os.path.join(self.out, "0002-x86-xen-clock.patch"))

    def test_a_tree_that_differs_elsewhere_is_found(self):
        for cfg, _ in self.wrong("kernel/sched.c", "differs"):
            with open(os.path.join(cfg.tree, "kernel/sched.c"), "a") as f:
                f.write("edited\n")

    def test_a_patch_that_does_not_apply(self):
        for cfg, _ in self.wrong("git am"):
            self.write("build/base/6.12/arch/x86/xen/Kconfig", "something else\n")

    def test_no_history_no_user(self):
        self.assertEqual(series.identity(self.top)["GIT_AUTHOR_NAME"], series.NOBODY[0])

    def test_the_users_git_configuration_does_not_matter(self):
        home = os.path.join(self.top, "home")
        self.write("home/.gitconfig", "[format]\n\tsignOff = true\n\tsubjectPrefix = MINE\n[core]\n\tautocrlf = true\n")
        with mock.patch.dict(os.environ, HOME=home):
            _, _, names = self.make()
        self.assertIn("Subject: [PATCH 1/2] xen: switch", self.patch(names[0]))

    def test_not_for_the_base_alone(self):
        with self.assertRaises(LabError):
            series.main(self.cfg(xen="base"))


if __name__ == "__main__":
    unittest.main()
