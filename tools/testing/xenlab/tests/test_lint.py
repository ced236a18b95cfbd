# SPDX-License-Identifier: GPL-2.0
"""Each rule of lint finds a sample that offends it, and leaves one alone that does not."""

import glob
import os
import shutil
import sys
import tempfile
import types
import unittest
from unittest import mock

LAB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(LAB, "lint"), LAB]
import common
import kernel_tools as tools
import lint
import rules

FUNCTION = "static int {}(int a,\n\t\t  int b)\n{{\n{}}}\n"


def body(lines):
    return "\ta++;\n" * lines


class TextRules(unittest.TestCase):
    seen = set()

    def check(self, rule, path, text, allow=()):
        self.seen.add(rule)
        return rules.check_text(rule, path, text, allow)

    def bad(self, rule, path, text, line, word=""):
        found = self.check(rule, path, text)
        self.assertEqual([n for n, m in found if not m.startswith("note:")], [line], found)
        self.assertIn(word, found[0][1])

    def good(self, rule, path, text, allow=()):
        self.assertEqual(self.check(rule, path, text, allow), [])

    def test_spdx(self):
        tag = "SPDX-License-" + "Identifier: GPL-2.0"
        self.bad("spdx", "a.c", "int x;\n", 1)
        self.bad("spdx", "a.py", f"#!/usr/bin/python3\nimport os\n# {tag}\n", 1)
        self.bad("spdx", "empty", "", 1)
        self.good("spdx", "a.py", f"#!/usr/bin/python3\n# {tag}\n")
        self.good("spdx", "a.c", f"// {tag}\n")
        self.good("spdx", "x.json", "{}", [("spdx", "*.json")])

    def test_file_size(self):
        self.bad("file-size", "a.c", "\n" * 801, 801)
        self.good("file-size", "a.rst", "\n" * 801)
        self.good("file-size", "a.c", "\n" * 500)
        self.assertTrue(self.check("file-size", "a.c", "\n" * 501)[0][1].startswith("note:"))

    def test_function_size(self):
        text = "int x;\n" + FUNCTION.format("long_one", body(61)) + FUNCTION.format("short", body(3))
        self.bad("function-size", "a.c", text, 4, "long_one: 61")
        self.good("function-size", "a.c", FUNCTION.format("f", body(40)))
        self.assertTrue(self.check("function-size", "a.c", FUNCTION.format("f", body(41)))[0][1].startswith("note:"))
        self.bad("function-size", "t.c", f"TEST_F(fix, name)\n{{\n{body(70)}}}\n", 2, "TEST_F")
        self.bad("function-size", "a.c", f"#define X 1\nvoid f(void)\n{{\n/* }}\n}}\n*/\n{body(70)}}}\n", 3, "f: 73")

    def test_tables_are_no_functions(self):
        rows = "\t{ 1, f(2) },\n" * 100
        self.good("function-size", "a.c", f"static const struct row t[] = {{\n{rows}}};\n")
        self.good("function-size", "a.c", f"struct s\n{{\n{body(100)}}};\n")

    def test_function_size_of_scripts(self):
        text = "x = 1\n\n\ndef long_one():\n" + "    x = 1\n" * 61
        self.bad("function-size", "a.py", text, 4, "long_one")
        self.bad("function-size", "a.py", "def broken(:\n", 1, "parse")
        self.bad("function-size", "a.sh", "x=1\nlong_one() {\n" + "\techo\n" * 61 + "}\n", 2, "long_one")

    def test_hypercall(self):
        for call in ("HYPERVISOR_event_channel_op(1, &x)", "_hypercall2(int, op, a, b)", "xen_single_call(1, 2)"):
            self.bad("hypercall", "drivers/xen/a.c", f"int f(void)\n{{\n\treturn {call};\n}}\n", 3)
        self.good("hypercall", "drivers/xen/a.c", "/* HYPERVISOR_sched_op() */\nx = __HYPERVISOR_sched_op;\ny = HYPERVISOR_VIRT_START;\nz = HYPERVISOR_shared_info;\n")
        self.good("hypercall", "tools/testing/a.c", "HYPERVISOR_sched_op();\n")
        self.good("hypercall", "arch/x86/xen/hv/door.c", "HYPERVISOR_sched_op();\n", rules.read_allow())
        self.assertTrue(self.check("hypercall", "drivers/xen/a.c", "HYPERVISOR_sched_op();\n", rules.read_allow()))

    def test_frame(self):
        self.bad("frame", "drivers/xen/a.c", "x;\ny = pfn_to_mfn(z);\n", 2, "pfn_to_mfn")
        self.bad("frame", "drivers/xen/a.c", "y = virt_to_gfn(z);\n", 1)
        self.bad("frame", "drivers/xen/a.c", "y = xen_page_to_gfn(z);\n", 1)
        self.good("frame", "drivers/xen/a.c", "y = xpfn_to_xmfn(z); /* pfn_to_mfn(z) */\n")
        self.good("frame", "include/xen/frame.h", "y = pfn_to_mfn(z);\n", rules.read_allow())

    def test_version(self):
        for text in ("#if LINUX_VERSION_CODE > 1\n", "#if X >= KERNEL_VERSION(6, 12, 0)\n", "#include <linux/version.h>\n"):
            self.bad("version", "drivers/xen/a.c", text, 1)
            self.good("version", "port/6.12/port.h", text, rules.read_allow())
        self.good("version", "drivers/xen/a.c", "int kernel_version;\n")

    def test_machine(self):
        for text in ("see /" "work/main/x", "see /home/me/linux", "kernel=/" "tmp/xen.elf", "fetch from 8.8.4.4 now",
                     "https://deb.mirror.net/debian", "http://user.internal/x"):
            self.bad("machine", "README.md", f"ok\n{text}\n", 2)
        for text in ("10.0.2.15 and 127.0.0.1", "192.0.2.7", "version 6.12.117", "https://www.kernel.org/doc", "a/work/b",
                     "build/work/x", "/tmp/x", "https://xenbits.xen.org/docs", "Linux 6.12.1.2.3"):
            self.good("machine", "README.md", text + "\n")

    def test_export_doc(self):
        function = "int f(int a)\n{\n\treturn a;\n}\nEXPORT_SYMBOL_GPL(f);\n"
        self.bad("export-doc", "drivers/xen/a.c", function, 5, "f: ")
        self.good("export-doc", "drivers/xen/a.c", "/**\n * f() - do it\n * @a: what\n */\n" + function)
        self.good("export-doc", "drivers/xen/a.c", "unsigned long table[4];\nEXPORT_SYMBOL(table);\n")

    def test_export_doc_in_a_header(self):
        texts = {"include/xen/a.h": "/**\n * f() - do it\n * @a: what\n */\nint f(int a);\n\n/* g() - no kernel-doc */\nint g(int a);\n",
                 "drivers/xen/other.c": "/**\n * h() - in no header\n */\n", "tools/x.h": "/**\n * h() - not the kernel's\n */\n",
                 "drivers/xen/a.c": "".join(f"int {name}(int a)\n{{\n}}\nEXPORT_SYMBOL_GPL({name});\n" for name in "fgh")}
        self.assertEqual(rules.documented(texts), {"f"})
        results = {name: (passed, text) for name, passed, text in lint.text_rules(texts, [])}
        self.assertEqual(results["lint export-doc"],
                         (False, "drivers/xen/a.c:8: g: exported without kernel-doc\n"
                                 "drivers/xen/a.c:12: h: exported without kernel-doc"))

    def test_tests_named(self):
        files = {"tools/testing/selftests/xen/Makefile": "TEST_GEN_PROGS := a_test\n",
                 "tools/testing/selftests/xen/a_test.c": "", "tools/testing/selftests/xen/b_test.c": "",
                 "tools/testing/selftests/xen/lib/util.c": "",
                 "drivers/xen/Makefile": "obj-y += tests/ring_kunit.o\n", "drivers/xen/tests/ring_kunit.c": "",
                 "drivers/xen/tests/lost_kunit.c": "", "port/x_kunit.c": "",
                 "tools/testing/xenlab/tests/test_a.py": "import unittest", "tools/testing/xenlab/tests/b.py": "import unittest",
                 "tools/testing/xenlab/tests/helper.py": "import os"}
        found = [path for path, _ in rules.unnamed_tests(files, files.get)]
        self.assertEqual(found, ["drivers/xen/tests/lost_kunit.c", "port/x_kunit.c", "tools/testing/selftests/xen/b_test.c",
                                 "tools/testing/xenlab/tests/b.py"])

    def test_tests_named_by_a_wildcard(self):
        files = {"tools/testing/selftests/xen/Makefile": "T := $(wildcard *_test.c)\n",
                 "tools/testing/selftests/xen/a_test.c": "", "tools/testing/selftests/xen/stray.c": ""}
        self.assertEqual([p for p, _ in rules.unnamed_tests(files, files.get)], ["tools/testing/selftests/xen/stray.c"])

    def test_results(self):
        texts = {"drivers/xen/a.c": "x = pfn_to_mfn(1);\n" + "\n" * 600}
        results = {name: (passed, text) for name, passed, text in lint.text_rules(texts, [])}
        self.assertFalse(results["lint frame"][0])
        self.assertIn("drivers/xen/a.c:1: pfn_to_mfn(", results["lint frame"][1])
        self.assertTrue(results["lint file-size"][0])
        self.assertIn("note:", results["lint file-size"][1])
        with mock.patch.object(common, "say"):
            self.assertEqual(lint.report([("a", True, ""), ("b", None, "no tool")]), 0)
            self.assertEqual(lint.report([("a", True, ""), ("b", False, "bad")]), 1)

    def test_an_argument_runs_nothing(self):
        with mock.patch.object(lint, "main", side_effect=AssertionError), mock.patch.object(common, "say"):
            self.assertEqual(lint.command(["--help"]), 0)
            self.assertEqual(lint.command(["drivers/xen"]), 2)

    @classmethod
    def tearDownClass(cls):
        left = set(rules.RULES) - cls.seen
        assert not left, f"rules without a test: {left}"


LOG = """\
  CC      drivers/xen/ours.o
../drivers/xen/ours.c:12:3: warning: unused variable 'x' [-Wunused-variable]
../drivers/xen/ours.c:12:3: warning: unused variable 'x' [-Wunused-variable]
../drivers/xen/theirs.c:7:1: warning: symbol 'y' was not declared. Should it be static?
../include/xen/ours.h:3:9: error: incompatible types
../drivers/xen/ours.c:13:3: note: in expansion of macro
"""


class ToolsTest(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="xenlab-test-")
        self.addCleanup(shutil.rmtree, self.top)

    def write(self, path, text):
        path = os.path.join(self.top, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)

    def tree(self, *ours, top=None):
        plan = types.SimpleNamespace(ours={p: p for p in ours})
        cfg = common.Settings(build=self.top, jobs=2)
        tree = tools.Tree(cfg, plan, self.top)
        tree.top = top or self.top
        return tree

    def test_only_our_warnings_count(self):
        found = tools.warnings(LOG, {"drivers/xen/ours.c", "include/xen/ours.h"})
        self.assertEqual([line.split(": ")[1] for line in found], ["warning", "error"])

    def test_folders(self):
        self.assertEqual(tools.folders(["a/x.c", "a/b/y.c", "c/d/z.c", "ab/t.c"]), ["a", "ab", "c/d"])

    def test_kconfig_complaints(self):
        fragment = "CONFIG_XEN=y\nCONFIG_XEN_PV=y\nCONFIG_USB_XEN_HCD=m\n# CONFIG_FB is not set\n"
        config = "CONFIG_XEN=y\n# CONFIG_XEN_PV is not set\n"
        unmet = "WARNING: unmet direct dependencies detected for ZONE_DEVICE\n  Depends on [n]: X"
        for start, lost in (("allnoconfig", ["XEN_PV"]), ("x86_64_defconfig", ["XEN_PV", "USB_XEN_HCD"])):
            found = tools.kconfig_complaints(start, unmet, fragment, config)
            self.assertIn("ZONE_DEVICE", found[0])
            self.assertEqual([line.split()[3].rstrip(",") for line in found[1:]], lost)
        self.assertEqual(tools.kconfig_complaints("allnoconfig", "#\n# configuration written\n", "CONFIG_XEN=y\n", config), [])

    def test_docs_complaints(self):
        ours = ["Documentation/virt/xen/a.rst", "include/xen/ring.h"]
        bad = ["/t/Documentation/virt/xen/a.rst:7: ERROR: Malformed table.", "./include/xen/ring.h:3: warning: no description"]
        other = ["/t/Documentation/virt/kvm/a.rst:7: WARNING: not ours", "reading Documentation/virt/xen/a.rst", "WARNING: dot(1) not found"]
        self.assertEqual(tools.docs_complaints("\n".join(bad + other), ours), bad)

    def test_missing_tools_are_named(self):
        with mock.patch.object(shutil, "which", return_value=None):
            for check, package in ((tools.checkpatch, "perl"), (tools.compile_check, "sparse"), (tools.coccicheck, "coccinelle"),
                                   (tools.docs, "python3-sphinx")):
                passed, text = check(self.tree("a.c"))
                self.assertIsNone(passed)
                self.assertIn(f"package {package}", text)

    def test_semantic_patches(self):
        self.write("scripts/coccinelle/a.cocci", "// Options: --no-includes\nvirtual patch\nvirtual report\n")
        self.write("scripts/coccinelle/b.cocci", "virtual patch\n")
        self.write("scripts/coccinelle/c.cocci", "virtual report\n@script:ocaml@\n")
        use, skipped = tools.semantic_patches(self.top)
        self.assertEqual([(os.path.basename(p), o) for p, o in use], [("a.cocci", ["--no-includes"])])
        self.assertEqual(skipped, ["c.cocci"])

    @unittest.skipUnless(shutil.which("spatch"), "spatch is missing: package coccinelle")
    def test_coccicheck_finds(self):
        self.write("scripts/coccinelle/null.cocci", "// Options: --no-includes\nvirtual report\n@r depends on report@\nexpression E;\n"
                   "position p;\n@@\n if (E) kfree@p(E);\n@script:python depends on report@\np << r.p;\n@@\n"
                   'coccilib.report.print_report(p[0], "WARNING: NULL check before kfree")\n')
        self.write("a.c", "void f(void *x)\n{\n\tif (x)\n\t\tkfree(x);\n}\n")
        self.write("b.c", "void f(void *x)\n{\n\tkfree(x);\n}\n")
        for _ in range(2):      # the second time from the cache
            passed, text = tools.coccicheck(self.tree("a.c", "b.c"))
            self.assertFalse(passed)
            self.assertIn("a.c:4", text)
            self.assertNotIn("b.c", text)
        self.assertTrue(tools.coccicheck(self.tree("b.c"))[0])

    def fake_spatch(self, script):
        folder = os.path.join(self.top, "bin")
        self.write("bin/spatch", f"#!/bin/sh\n{script}\n")
        os.chmod(os.path.join(folder, "spatch"), 0o755)
        return mock.patch.dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}")

    def test_coccicheck_that_fails(self):
        self.write("scripts/coccinelle/null.cocci", "virtual report\n")
        self.write("a.c", "int a;\n")
        self.write("b.c", "int b;\n")
        # the one is never through; alone, the other is
        for script, word in (('case "$*" in *b.c*) echo "Fatal error: exception x"; exit 2;; esac; echo "a.c:1:2-3: WARNING: y"', "status 2"),
                             ('case "$*" in *b.c*) echo "timeout (we abort): b.c";; *) echo "a.c:1:2-3: WARNING: y";; esac', "timeout")):
            with self.subTest(word), self.fake_spatch(script):
                tree = self.tree("a.c", "b.c")
                tree.cache.clear()
                for _ in range(2):
                    passed, text = tools.coccicheck(tree)
                    self.assertFalse(passed)
                    self.assertIn("a.c:1:2-3: WARNING: y", text)
                    self.assertRegex(text, f"(?m)^b.c: null.cocci: spatch ended with .*{word}")
                    self.assertNotRegex(text, "(?m)^a.c: null.cocci")
                self.assertEqual([key.split()[2] for key in tree.cache], ["a.c"])
        # it works again: what is known is not asked for, and what was not known is
        with self.fake_spatch(f'echo "$*" >> {self.top}/calls'):
            self.assertEqual(tools.coccicheck(tree), (False, "a.c:1:2-3: WARNING: y"))
        with open(os.path.join(self.top, "calls")) as f:
            calls = f.read().splitlines()
        self.assertEqual([line.split()[-1] for line in calls], ["b.c"])
        self.assertNotIn("a.c", calls[0])

    def test_a_killed_tool_is_no_clean_one(self):
        with self.assertRaises(common.LabError):
            tools.output(["/bin/sh", "-c", "kill -9 $$"])

    def test_tools_speak_english(self):
        with mock.patch.dict(os.environ, LANGUAGE="de", LANG="de_DE.UTF-8", LC_ALL="de_DE.UTF-8"):
            said = tools.output(["/bin/sh", "-c", 'echo "$LANGUAGE,$LANG,$LC_ALL"'])
        self.assertEqual(said, ",C.UTF-8,C.UTF-8\n")

    def base(self):
        found = sorted(glob.glob(os.path.join(common.ROOT, "build/base/*/scripts/checkpatch.pl")))
        if not found:
            self.skipTest("no base kernel below build/base: make base")
        return found[-1][:-len("/scripts/checkpatch.pl")]

    def test_checkpatch_finds(self):
        base = self.base()
        self.write("scripts/const_structs.checkpatch", "")
        self.write("scripts/spelling.txt", "")
        for name in ("checkpatch.pl", "kernel-doc"):
            os.symlink(os.path.join(base, "scripts", name), os.path.join(self.top, "scripts", name))
        # checkpatch looks for a kernel tree around it
        for name in ("COPYING", "CREDITS", "Kbuild", "MAINTAINERS", "Makefile", "README"):
            self.write(name, "\n")
        for name in ("Documentation", "arch", "include", "drivers", "fs", "init", "ipc", "kernel", "lib"):
            os.makedirs(os.path.join(self.top, name))
        tag = "// SPDX-License-" + "Identifier: GPL-2.0\n"
        self.write("drivers/bad.c", tag + "int x ;\nvoid f(void)\n{\n  x = 1;\n}\n")
        self.write("drivers/good.c", tag + "static int x;\n\nvoid f(void)\n{\n\tx = 1;\n}\n")
        with mock.patch.object(tools.manifest, "our_files", return_value=[]):
            passed, text = tools.checkpatch(self.tree("drivers/bad.c", "drivers/good.c"))
            self.assertFalse(passed)
            self.assertIn("drivers/bad.c", text)
            self.assertNotIn("drivers/good.c", text)
            self.assertTrue(tools.checkpatch(self.tree("drivers/good.c"))[0])

    def test_misread_lines_alone_are_dropped(self):
        self.write("a.h", "static struct s __xen_shared *f(void);\nint a = b *c;\nx = XenbusStateClosed + aB;\n")
        spaces = "CHECK:SPACING: spaces preferred around that '*' (ctx:WxV)"
        self.assertTrue(tools.misread(f"a.h:1: {spaces}", self.top))
        self.assertFalse(tools.misread(f"a.h:2: {spaces}", self.top))
        self.assertFalse(tools.misread("a.h:1: CHECK:LINE_SPACING: a blank line", self.top))
        self.assertTrue(tools.misread("a.h:3: CHECK:CAMELCASE: Avoid CamelCase: <XenbusStateClosed>", self.top))
        self.assertFalse(tools.misread("a.h:3: CHECK:CAMELCASE: Avoid CamelCase: <aB>", self.top))
        self.assertFalse(tools.misread("No typos will be found", self.top))

    def test_kernel_doc_finds(self):
        base = self.base()
        self.write("bad.c", "/**\n * f() - do it\n * @b: not there\n */\nvoid f(int a)\n{\n}\n")
        self.write("good.c", "/**\n * f() - do it\n * @a: what\n */\nvoid f(int a)\n{\n}\n")
        os.makedirs(os.path.join(self.top, "scripts"))
        os.symlink(os.path.join(base, "scripts/kernel-doc"), os.path.join(self.top, "scripts/kernel-doc"))
        passed, text = tools.kernel_doc(self.tree("bad.c", "good.c"))
        self.assertFalse(passed)
        self.assertIn("bad.c", text)
        self.assertNotIn("good.c", text)


if __name__ == "__main__":
    unittest.main()
