# SPDX-License-Identifier: GPL-2.0
"""The manifest and the laying of it, on toy kernels of a dozen files."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import common
import manifest
import overlay
from common import LabError, Settings

MAKEFILE = "VERSION = {}\nPATCHLEVEL = {}\nSUBLEVEL = 3\nEXTRAVERSION =\n"
BASE = {
    "arch/x86/xen/Kconfig": "config XEN\n",
    "arch/x86/xen/time.c": "int t;\nint u;\n",
    "arch/x86/xen/Makefile": "obj-y += time.o\n",
    "drivers/xen/grant-table.c": "int g;\n",
    "drivers/xen/xenbus/xenbus.h": "x\n",
    "include/xen/xen.h": "y\n",
    "include/xen/interface/xen.h": "abi\n",
    "kernel/sched.c": "s\n",
}
OURS = {
    "Kconfig": "config XEN_ALL_ROLES\n",
    "arch/x86/xen/Kconfig": "config XEN\nours\n",
    "arch/x86/xen/time/clock.c": "int c;\n",
    "README.md": "read me\n",
}
MANIFEST = """
lay Kconfig as arch/x86/xen/Kconfig.roles   # the switch
lay arch/x86/xen/
remove arch/x86/xen/time.c
never README.md
never OVERLAY
"""


class Case(unittest.TestCase):
    """A build folder with two toy bases and a repository of ours."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="xenlab-test-")
        self.addCleanup(shutil.rmtree, self.top)
        self.root = os.path.join(self.top, "repo")
        self.build = os.path.join(self.top, "build")
        for name in ("6.12", "7.2"):
            self.make_base(f"build/base/{name}", *name.split("."))
        for path, text in OURS.items():
            self.write(f"repo/{path}", text)
        self.manifest(MANIFEST)
        quiet = contextlib.redirect_stdout(io.StringIO())
        self.out = quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)

    def make_base(self, where, major, minor):
        for path, text in BASE.items():
            self.write(f"{where}/{path}", text)
        self.write(f"{where}/Makefile", MAKEFILE.format(major, minor))
        os.symlink("kernel/sched.c", os.path.join(self.top, where, "link"))

    def write(self, path, text, mode=None):
        path = os.path.join(self.top, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        if mode:
            os.chmod(path, mode)

    def manifest(self, text):
        self.write("repo/OVERLAY", text)

    def cfg(self, **over):
        return Settings.from_env({}, build=self.build, **over)

    def lay(self, **over):
        cfg = self.cfg(**over)
        self.note = overlay.lay(cfg, self.root)
        return cfg.tree

    def tree(self, top):
        """{path: content} of all but the lab's state."""
        out = {}
        for path in manifest.walk(top):
            full = os.path.join(top, path)
            if os.path.islink(full):
                out[path] = "-> " + os.readlink(full)
            else:
                with open(full) as f:
                    out[path] = f.read()
        return out

    def expect(self, base="6.12"):
        want = {**BASE, "Makefile": MAKEFILE.format(*base.split(".")), "link": "-> kernel/sched.c"}
        del want["arch/x86/xen/time.c"]
        want.update({"arch/x86/xen/Kconfig": OURS["arch/x86/xen/Kconfig"],
                     "arch/x86/xen/Kconfig.roles": OURS["Kconfig"],
                     "arch/x86/xen/time/clock.c": OURS["arch/x86/xen/time/clock.c"]})
        return want

    def times(self, top):
        return {p: os.lstat(os.path.join(top, p)).st_mtime_ns for p in manifest.walk(top)}

    def fails(self, *words, **over):
        with self.assertRaises(LabError) as caught:
            self.lay(**over)
        text = f"{caught.exception} {caught.exception.hint}"
        for word in words:
            self.assertIn(word, text)


class BuildFolder(Case):
    """BUILD= below the top of the repository is not a file of ours."""

    def setUp(self):
        super().setUp()
        self.own = manifest.our_files(self.root)
        self.inside = os.path.join(self.root, "work/build2")

    def use(self):
        common.set_apart(self.inside, self.root)
        for name in (common.LOCK, "tree/6.12/new.c"):
            self.write(f"repo/work/build2/{name}", "")

    def test_in_a_clone(self):
        subprocess.run(["git", "init", "-q", self.root], check=True)
        self.use()
        self.assertEqual(manifest.our_files(self.root), self.own)

    def test_without_git(self):
        self.use()
        self.assertEqual(manifest.our_files(self.root), self.own)

    def test_used_again_and_after_deps(self):
        self.write("repo/work/build2/log/deps.log", "")
        self.use()
        self.use()

    def test_a_folder_of_ours_is_refused(self):
        for path in ("arch/x86", "."):
            with self.assertRaisesRegex(LabError, "holds other files"):
                common.set_apart(os.path.realpath(os.path.join(self.root, path)), self.root)

    def test_others_are_left_alone(self):
        for path in (os.path.join(self.root, "build"), self.top, self.root + "2"):
            common.set_apart(path, self.root)
            self.assertFalse(os.path.exists(os.path.join(path, ".gitignore")))


class Manifest(unittest.TestCase):
    def bad(self, text, *words):
        with self.assertRaises(LabError) as caught:
            manifest.parse(text)
        for word in ("OVERLAY:",) + words:
            self.assertIn(word, str(caught.exception))

    def test_good(self):
        rules = manifest.parse("# c\n\nlay a/b/\nlay k as x/y # z\nremove q if-present\nport p.h as include/p.h\nnever n\n")
        self.assertEqual([(r.kind, r.path, r.dest, r.optional) for r in rules],
                         [("lay", "a/b", "a/b", True), ("lay", "k", "x/y", False), ("remove", "q", "q", True),
                          ("port", "p.h", "include/p.h", False), ("never", "n", "n", False)])

    def test_subjects(self):
        rules = manifest.parse("never a\nsubject xen: one # not a comment\n# First line.\n#\n# Second.\n\n# no body\n"
                               "lay b\n# no body\nlay c\nsubject x: two\nlay d\n")
        self.assertEqual([(r.path, r.subject.title) for r in rules[1:]],
                         [("b", "xen: one # not a comment"), ("c", "xen: one # not a comment"), ("d", "x: two")])
        self.assertEqual(rules[1].subject.body, "First line.\n\nSecond.\n")
        self.bad("subject\n", "title")

    def test_mistakes(self):
        self.bad("lya a\n", "lya")
        self.bad("a\nlay\n", "OVERLAY:1")
        self.bad("lay a\nlay\n", "OVERLAY:2")
        self.bad("lay a as\n", "as")
        self.bad("lay a to b\n", "to b")
        self.bad("port a\n", "port FILE as PATH")
        self.bad("remove a maybe\n", "maybe")
        self.bad("never a if-present\n", "if-present")
        self.bad("lay a\nnever a\n", "OVERLAY:1")
        self.bad("remove a\nremove a if-present\n", "already")

    def test_paths_stay_inside(self):
        for path in ("/etc/passwd", "../x", "a/../../x", "a//b", "./a", "..", "a/.."):
            self.bad(f"lay {path}\n", path)
            self.bad(f"remove {path}\n", path)
            self.bad(f"lay a as {path}\n", path)
            self.bad(f"port a as {path}\n", path)
        self.bad("lay a as o-lab/x\n", "o-lab/x")
        self.bad("lay a as .xenlab/x\n", ".xenlab/x")


class Laying(Case):
    def test_two_bases(self):
        for base in ("6.12", "7.2"):
            tree = self.lay(base=base)
            self.assertEqual(self.tree(tree), self.expect(base))

    def test_base_alone(self):
        tree = self.lay(xen="base")
        self.assertEqual(self.tree(tree), {**BASE, "Makefile": MAKEFILE.format(6, 12), "link": "-> kernel/sched.c"})

    def test_nothing_changed(self):
        before = self.times(self.lay())
        self.assertEqual(self.times(self.lay()), before)
        self.assertIn("0 written, 0 deleted", self.note)

    def test_an_edit_touches_one_file(self):
        tree = self.lay()
        before = self.times(tree)
        self.write("repo/arch/x86/xen/time/clock.c", "int d;\n")
        os.utime(os.path.join(self.root, "arch/x86/xen/Kconfig"))
        after = self.times(self.lay())
        changed = {p for p in after if before.get(p) != after[p]}
        self.assertEqual(changed, {"arch/x86/xen/time/clock.c"})
        self.assertIn("1 written", self.note)

    def test_dropping_ours_restores_the_base(self):
        tree = self.lay()
        marker = self.times(tree)["arch/x86/xen/Kconfig"]
        os.unlink(os.path.join(self.root, "arch/x86/xen/Kconfig"))
        shutil.rmtree(os.path.join(self.root, "arch/x86/xen/time"))
        self.manifest(MANIFEST.replace("remove arch/x86/xen/time.c", ""))
        self.lay()
        want = self.expect()
        want["arch/x86/xen/Kconfig"] = BASE["arch/x86/xen/Kconfig"]
        want["arch/x86/xen/time.c"] = BASE["arch/x86/xen/time.c"]
        del want["arch/x86/xen/time/clock.c"]
        self.assertEqual(self.tree(tree), want)
        self.assertFalse(os.path.exists(os.path.join(tree, "arch/x86/xen/time")))
        # Restored with a fresh time, or make would keep the object of ours.
        self.assertGreater(self.times(tree)["arch/x86/xen/Kconfig"], marker)

    def test_deleted_and_spoilt_files_come_back(self):
        tree = self.lay()
        os.unlink(os.path.join(tree, "kernel/sched.c"))
        os.unlink(os.path.join(tree, "arch/x86/xen/Kconfig"))
        os.unlink(os.path.join(tree, "link"))
        shutil.rmtree(os.path.join(tree, "include"))
        with open(os.path.join(tree, "Makefile"), "a") as f:
            f.write("junk\n")
        self.lay()
        self.assertEqual(self.tree(tree), self.expect())

    def test_objects_survive(self):
        tree = self.lay()
        self.write("build/tree/6.12/o-lab/vmlinux", "objects")
        self.write("repo/arch/x86/xen/time/clock.c", "int e;\n")
        self.lay()
        self.assertTrue(os.path.exists(os.path.join(tree, "o-lab/vmlinux")))

    def test_base_changes(self):
        path = os.path.join(self.top, "linux")
        self.make_base("linux", 6, 13)
        tree = self.lay(base=path)
        before = self.times(tree)
        self.write("linux/kernel/sched.c", "S\n")
        self.write("linux/kernel/new.c", "n\n")
        os.unlink(os.path.join(path, "include/xen/xen.h"))
        os.utime(os.path.join(path, "drivers/xen/grant-table.c"))
        self.write("linux/tool", "#!/bin/sh\n", 0o755)
        self.lay(base=path)
        after = self.times(tree)
        self.assertEqual({p for p in after if before.get(p) != after[p]},
                         {"kernel/sched.c", "kernel/new.c", "tool"})
        self.assertNotIn("include/xen/xen.h", after)
        self.assertTrue(os.access(os.path.join(tree, "tool"), os.X_OK))

    def test_file_becomes_folder_and_back(self):
        path = os.path.join(self.top, "linux")
        self.make_base("linux", 6, 13)
        tree = self.lay(base=path)
        os.unlink(os.path.join(path, "kernel/sched.c"))
        self.write("linux/kernel/sched.c/core.c", "c\n")
        self.lay(base=path)
        self.assertEqual(self.tree(tree)["kernel/sched.c/core.c"], "c\n")
        shutil.rmtree(os.path.join(path, "kernel/sched.c"))
        self.write("linux/kernel/sched.c", "file\n")
        self.lay(base=path)
        self.assertEqual(self.tree(tree)["kernel/sched.c"], "file\n")

    def test_git_clone_as_base(self):
        path = os.path.join(self.top, "clone")
        self.make_base("clone", 6, 14)
        self.write("clone/.gitignore", "*.o\n")
        git = ["git", "-C", path, "-c", "user.name=t", "-c", "user.email=t@example.org"]
        for cmd in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
            subprocess.run(git + cmd, check=True)
        self.write("clone/kernel/sched.c", "uncommitted\n")
        self.write("clone/kernel/sched.o", "object\n")
        self.write("clone/o-build/junk.c", "object folder\n")
        os.unlink(os.path.join(path, "drivers/xen/grant-table.c"))
        files = self.tree(self.lay(base=path))
        self.assertEqual(files["kernel/sched.c"], "uncommitted\n")
        for gone in ("kernel/sched.o", "o-build/junk.c", "drivers/xen/grant-table.c", ".git/HEAD"):
            self.assertNotIn(gone, files)

    def test_built_tree_as_base(self):
        path = os.path.join(self.top, "linux")
        self.make_base("linux", 6, 13)
        for junk in ("kernel/sched.o", "kernel/.sched.o.cmd", ".config", "vmlinux", "include/generated/a.h",
                     "include/config/auto.conf"):
            self.write(f"linux/{junk}", "junk\n")
        self.write("linux/scripts/fixdep", "\x7fELF program", 0o755)
        self.write("linux/scripts/run.sh", "#!/bin/sh", 0o755)
        self.write("linux/arch/x86/kernel/vmlinux.lds.S", "keep\n")
        files = self.tree(self.lay(base=path))
        extra = set(files) - set(self.expect())
        self.assertEqual(extra, {"scripts/run.sh", "arch/x86/kernel/vmlinux.lds.S"})


class Interrupted(Case):
    """Kill the run at each of its steps; the same command must then end in the right tree."""

    class Killed(BaseException):
        pass

    def interrupt(self, name, at):
        real = getattr(overlay.Layer, name)
        calls = [0]

        def wrapper(layer, *args):
            calls[0] += 1
            if calls[0] > at:
                raise self.Killed
            return real(layer, *args)

        with mock.patch.object(overlay.Layer, name, wrapper), contextlib.suppress(self.Killed):
            self.lay()
            return False
        return True

    def test_first_copy(self):
        with mock.patch.object(common, "run", side_effect=self.Killed), self.assertRaises(self.Killed):
            self.lay()
        self.assertFalse(os.path.exists(self.cfg().tree))
        self.assertEqual(self.tree(self.lay()), self.expect())

    def test_every_step_of_an_update(self):
        other = MANIFEST.replace("remove arch/x86/xen/time.c", "remove drivers/xen/grant-table.c")
        for name in ("save", "put", "drop"):
            at, more = 0, True
            while more:
                self.manifest(MANIFEST)
                self.write("repo/arch/x86/xen/time/clock.c", OURS["arch/x86/xen/time/clock.c"])
                tree = self.lay()
                self.manifest(other)
                self.write("repo/arch/x86/xen/time/clock.c", "changed\n")
                more = self.interrupt(name, at)
                # Back to the first manifest: what the killed run laid must go again.
                self.manifest(MANIFEST)
                self.write("repo/arch/x86/xen/time/clock.c", OURS["arch/x86/xen/time/clock.c"])
                self.lay()
                self.assertEqual(self.tree(tree), self.expect(), f"killed in {name} number {at}")
                at += 1
            self.assertGreater(at, 1, f"{name} was never interrupted")

    def test_new_file_of_a_killed_run_goes(self):
        tree = self.lay()
        self.write("repo/arch/x86/xen/extra.c", "x\n")
        self.interrupt("save", 1)
        self.assertTrue(os.path.exists(os.path.join(tree, "arch/x86/xen/extra.c")))
        os.unlink(os.path.join(self.root, "arch/x86/xen/extra.c"))
        self.assertEqual(self.tree(self.lay()), self.expect())

    def test_lost_state(self):
        tree = self.lay()
        shutil.rmtree(os.path.join(tree, manifest.STATE_DIR))
        self.write("build/tree/6.12/stray.c", "?\n")
        self.assertEqual(self.tree(self.lay()), self.expect())

    def test_full_disk(self):
        tree = self.lay()
        self.write("repo/arch/x86/xen/time/clock.c", "bigger\n")
        with mock.patch.object(shutil, "copyfile", side_effect=OSError(28, "No space left on device")):
            self.fails("No space left")
        self.lay()
        self.assertEqual(self.tree(tree)["arch/x86/xen/time/clock.c"], "bigger\n")


class Refused(Case):
    def test_uncovered_file(self):
        self.write("repo/drivers/new.c", "n\n")
        self.fails("drivers/new.c", "no line of OVERLAY")

    def test_covered_twice(self):
        self.manifest(MANIFEST + "never arch/x86/xen/Kconfig\n")
        self.fails("arch/x86/xen/Kconfig", "covered twice", "OVERLAY:3", "OVERLAY:7")

    def test_ours_missing(self):
        self.manifest(MANIFEST + "lay drivers/xen/lost.c\n")
        self.fails("drivers/xen/lost.c", "no such file of ours")

    def test_empty_folder_is_fine(self):
        self.manifest(MANIFEST + "lay drivers/xen/\n")
        self.lay()

    def test_remove_unknown_to_the_base(self):
        self.manifest(MANIFEST + "remove drivers/xen/nope.c\n")
        self.fails("OVERLAY:7", "drivers/xen/nope.c", "base 6.12", "if-present")
        self.manifest(MANIFEST + "remove drivers/xen/nope.c if-present\n")
        self.assertEqual(self.tree(self.lay()), self.expect())

    def test_remove_folder(self):
        self.manifest(MANIFEST + "remove drivers/xen\n")
        files = self.tree(self.lay())
        self.assertFalse([p for p in files if p.startswith("drivers/")])

    def test_laid_twice(self):
        self.write("repo/other", "o\n")
        self.manifest(MANIFEST + "lay other as arch/x86/xen/time/clock.c\n")
        self.fails("arch/x86/xen/time/clock.c", "laid twice")

    def test_file_and_folder_clash(self):
        self.write("repo/other", "o\n")
        self.manifest(MANIFEST + "lay other as drivers/xen\n")
        self.fails("drivers/xen", "a folder in base")
        self.manifest(MANIFEST + "lay other as kernel/sched.c/core.c\n")
        self.fails("kernel/sched.c/core.c", "a file or a symlink at kernel/sched.c")

    def test_unknown_base(self):
        self.fails("no such base", base="5.4")
        self.fails("nowhere", base="/nowhere/linux")
        os.makedirs(os.path.join(self.top, "empty"))
        self.fails("not a kernel tree", base=os.path.join(self.top, "empty"))

    def test_no_manifest(self):
        os.unlink(os.path.join(self.root, "OVERLAY"))
        self.fails("OVERLAY", "No such file")

    def test_a_refusal_changes_nothing(self):
        tree = self.lay()
        before = self.times(tree)
        self.manifest(MANIFEST + "remove drivers/xen/nope.c\n")
        self.fails("nope.c")
        self.assertEqual(self.times(tree), before)


class Ports(Case):
    def setUp(self):
        super().setUp()
        self.manifest(MANIFEST + "port port.h as include/xen/port.h\nport lazy.c as arch/x86/xen/lazy.c\n")
        for base in ("6.12", "7.2"):
            for name in ("port.h", "lazy.c"):
                self.write(f"repo/port/{base}/{name}", f"{name} of {base}\n")

    def test_each_base_gets_its_own(self):
        for base in ("6.12", "7.2"):
            self.assertEqual(self.tree(self.lay(base=base))["include/xen/port.h"], f"port.h of {base}\n")

    def chosen(self, major, minor):
        where = f"linux-{major}.{minor}"
        self.make_base(where, major, minor)
        files = self.tree(self.lay(base=os.path.join(self.top, where)))
        return files["arch/x86/xen/lazy.c"].split()[-1]

    def test_a_path_gets_the_newest_that_is_not_newer(self):
        self.assertEqual(self.chosen(6, 12), "6.12")
        self.assertEqual(self.chosen(6, 18), "6.12")
        self.assertEqual(self.chosen(7, 1), "6.12")
        self.assertEqual(self.chosen(7, 2), "7.2")
        self.assertEqual(self.chosen(7, 10), "7.2")

    def test_older_than_all(self):
        self.make_base("old", 6, 9)
        self.fails("6.9", "older than every port folder", "6.12, 7.2", base=os.path.join(self.top, "old"))

    def test_missing_file(self):
        os.unlink(os.path.join(self.root, "port/7.2/lazy.c"))
        self.fails("port/7.2/lazy.c", "OVERLAY:8")

    def test_file_in_one_folder_only(self):
        self.write("repo/port/7.2/more.c", "m\n")
        self.fails("port/7.2/more.c")

    def test_no_folder_at_all(self):
        shutil.rmtree(os.path.join(self.root, "port"))
        self.fails("port/: none")


class Owned(Case):
    def test_count(self):
        ours, base = overlay.owned(self.cfg(), self.root)
        self.assertEqual(ours, 2 + 1 + 1)       # Kconfig, Kconfig.roles, clock.c
        self.assertEqual(base, 1 + 1 + 1 + 1 + 1)
        lines = self.out.getvalue().splitlines()
        self.assertIn("include/xen/interface (ABI)", "\n".join(lines))
        self.assertTrue(lines[-1].startswith("total"))
        ours, base = overlay.owned(self.cfg(xen="base"), self.root)
        self.assertEqual((ours, base), (0, 8))


if __name__ == "__main__":
    unittest.main()
