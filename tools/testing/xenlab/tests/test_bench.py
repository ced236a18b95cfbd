# SPDX-License-Identifier: GPL-2.0
"""The bench without machines: trace decoder on golden bytes, rows, means, chart, initramfs, settings."""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bench
import build
import chart
import page
import rows
import xentrace
from common import LabError, Settings

# The beginning of a file that xentrace wrote in dom0 on Xen 4.17: CPU 0, then fourteen hypercalls.
GOLDEN = bytes.fromhex("""
    03f00120 00000000 5c710600
    0d102090 f2465355 01000000 19000000
    0d102090 c1495355 01000000 19000000
    0d102090 0a4d5355 01000000 03000000
    0d1020a0 4f515355 01000000 1d001000 01000000
    0d1020b0 f0d38b55 01000000 18005000 08000000 00000000
    0d102090 74dd8b55 01000000 20000000
    0d102090 28f18b55 01000000 17000000
    0d1020a0 47f58b55 01000000 1d001000 01000000
    0d1020b0 0928c955 01000000 18005000 08000000 00000000
    0d102090 9f3ec955 01000000 17000000
    0d1020a0 be42c955 01000000 1d001000 01000000
    0d1020b0 f3e50556 01000000 18005000 08000000 00000000
    0d102090 83ef0556 01000000 20000000
    0d102090 f5020656 01000000 17000000
""")
CPU_0 = bytes.fromhex("03f00120 00000000 00000000")
# grant_table_op with command 0 as argument 0 and count 7 as argument 2
GRANTS = bytes.fromhex("0d1020b0 10000000 00000000 14001001 00000000 07000000")
SUBCALL = bytes.fromhex("0e202090 20000000 00000000 0e000000")
PADDING = bytes.fromhex("02f00100")
LOST = bytes.fromhex("01f00110 05000000")


class Trace(unittest.TestCase):
    def test_golden(self):
        found = list(xentrace.records(GOLDEN))
        self.assertEqual(len(found), 14)
        self.assertEqual({r.cpu for r in found}, {0})
        self.assertEqual(found[0].tick, 0x1555346f2)
        self.assertEqual(found[0].event, xentrace.HYPERCALL)
        self.assertEqual(xentrace.arguments(found[4].words), {0: 8, 1: 0})

    def test_golden_counts(self):
        c = xentrace.count(GOLDEN)
        self.assertEqual((c.hypercalls, c.entries, c.grants), (14, 0, 0))
        self.assertEqual(dict(c.by_name), {"set_segment_base": 2, "stack_switch": 1, "sched_op": 3, "vcpu_op": 3,
                                           "event_channel_op": 2, "iret": 3})

    def test_window(self):
        c = xentrace.count(GOLDEN, 0x1558bd3f0, 0x155c92809)
        self.assertEqual(c.hypercalls, 4)
        self.assertEqual(xentrace.count(GOLDEN, 0, 1).hypercalls, 0)

    def test_grant_operations_are_counted_by_their_count(self):
        c = xentrace.count(CPU_0 + GRANTS + PADDING + GRANTS)
        self.assertEqual((c.hypercalls, c.grants), (2, 14))

    def test_multicall_entries_are_no_hypercalls(self):
        c = xentrace.count(CPU_0 + SUBCALL)
        self.assertEqual((c.hypercalls, c.entries), (0, 1))
        self.assertEqual(dict(c.by_name), {"multicall: update_va_mapping": 1})

    def test_wide_argument(self):
        self.assertEqual(xentrace.arguments((2 << 20 | 1, 5, 1)), {0: 1 << 32 | 5})

    def test_dropped_records_are_an_error(self):
        with self.assertRaisesRegex(xentrace.TraceError, "dropped 5 records of CPU 0"):
            xentrace.count(CPU_0 + LOST)

    def test_cut_file(self):
        for end in (2, 14, len(GOLDEN) - 1, len(GOLDEN) - 4):
            with self.assertRaises(xentrace.TraceError):
                xentrace.count(GOLDEN[:end])

    def test_no_trace(self):
        with self.assertRaisesRegex(xentrace.TraceError, "no CPU"):
            xentrace.count(GRANTS)

    def test_promised_argument_is_missing(self):
        with self.assertRaisesRegex(xentrace.TraceError, "lacks arguments"):
            xentrace.arguments((1 << 20 | 20,))


def some(**medians):
    return rows.Measured(medians=medians)


class Rows(unittest.TestCase):
    def test_results(self):
        text = "noise\r\nBENCH fork 100.50 90.00 120.00 5\nWINDOW fork 10 20 40\nBENCH pipe 3\nBENCH x a b c 5\n"
        values, windows = rows.parse_results(text)
        self.assertEqual(values, {"fork": (100.5, 90.0, 120.0)})
        self.assertEqual(windows, {"fork": [(10, 20, 40)]})

    def test_timer_is_a_difference(self):
        m = rows.measured({"timer_fired": (250.0, 250.0, 250.0), "timer_armed": (240.0, 240.0, 240.0)})
        self.assertEqual(m.medians["timer"], 10.0)

    def test_ratio(self):
        made = rows.rows(some(fork=80.0), some(fork=100.0), some(fork=20.0))
        self.assertEqual([r.as_dict() for r in made], [{
            "group": "ops", "key": "fork", "name": "fork + exit + wait", "unit": "instructions each",
            "ours": 80.0, "base": 100.0, "bare": 20.0, "ratio": 0.8}])

    def test_order_is_the_tables(self):
        made = rows.rows(some(signal=1, getpid=1, blk_w1m=1, tcp_u0=1, privcmd=1), None, None)
        self.assertEqual([r.key for r in made], ["getpid", "signal", "privcmd", "blk_w1m", "tcp_u0"])

    def test_what_one_side_lacks_is_named(self):
        made = rows.rows(some(fork=80.0), some(fork=1.0, getpid=3.0), some())
        lacking = bench.missing(made, ())
        self.assertEqual(lacking, ["getpid (ours)"])
        self.assertIn("no figure: getpid (ours)", rows.table(made, lacking))

    def test_what_both_sides_lack_is_named(self):
        both = some(**{key: 1.0 for key, *_ in rows.BLOCK_ROWS[1:]})
        made = rows.rows(both, both, None)
        self.assertEqual(bench.missing(made, ("block",)), ["4 KiB random read, depth 1 (both)"])

    def test_expected_rows(self):
        guest = ("boot_guest", "boot to user space, PV domU")
        self.assertNotIn(guest, bench.expected(("ops",)))
        self.assertIn(guest, bench.expected(("ops", "net")))
        self.assertEqual(len(bench.expected(bench.PARTS)),
                         sum(map(len, (rows.CPU_ROWS, rows.GUEST_ROWS, rows.XEN_ROWS, rows.BLOCK_ROWS, rows.NET_ROWS,
                                       rows.BARE_ROWS, rows.NONE_ROWS))))

    def test_negligible_counts_make_no_row(self):
        ours = rows.Measured(calls={"fork": 0.01, "signal": 2.0}, grants={"signal": 0.0})
        base = rows.Measured(calls={"fork": 0.0, "signal": 4.0}, grants={"signal": 0.0})
        made = rows.rows(ours, base, None)
        self.assertEqual([(r.group, r.key, r.ratio) for r in made], [("calls", "signal", 0.5)])

    def test_geometric_mean(self):
        self.assertAlmostEqual(rows.geomean([0.5, 2.0]), 1.0)
        self.assertAlmostEqual(rows.geomean([0.5, None, 0.125]), 0.25)
        self.assertIsNone(rows.geomean([None]))

    def test_means_by_group(self):
        made = rows.rows(some(fork=50.0, getpid=200.0, tcp_u0=1.0), some(fork=100.0, getpid=100.0, tcp_u0=4.0), None)
        self.assertEqual([(t, n, round(m, 3)) for t, n, m in rows.means(made)],
                         [("CPU and memory", 2, 1.0), ("network", 1, 0.25), ("all instruction rows with Xen", 3, 0.63)])

    def test_agreement(self):
        a = rows.Measured(medians={"fork": 100.0, "getpid": 10.0}, calls={"fork": 2.0, "x": 0.01})
        b = rows.Measured(medians={"fork": 103.0, "getpid": 10.0}, calls={"fork": 2.0, "x": 0.0})
        apart = rows.agreement(a, b)
        self.assertEqual(apart[0][0], "fork")
        self.assertAlmostEqual(apart[0][1], 0.03)
        self.assertEqual({n for n, _ in apart}, {"fork", "getpid", "fork calls"})

    def test_middle_half(self):
        self.assertEqual(bench.middle_half([3.0]), 3.0)
        self.assertEqual(bench.middle_half([1.0, 2.0]), 1.5)
        self.assertEqual(bench.middle_half([100.0, 4.0, 0.0, 2.0]), 3.0)

    def test_every_key_is_one_row(self):
        tables = (rows.CPU_ROWS, rows.GUEST_ROWS, rows.XEN_ROWS, rows.BLOCK_ROWS, rows.NET_ROWS, rows.BARE_ROWS,
                  rows.NONE_ROWS)
        keys = [r[0] for t in tables for r in t]
        self.assertEqual(len(keys), len(set(keys)))


class Chart(unittest.TestCase):
    def test_svg_is_xml_with_a_bar_for_each_ratio(self):
        made = rows.rows(some(fork=80.0, signal=500.0, getpid=1.0), some(fork=100.0, signal=100.0), None)
        document = xml.dom.minidom.parseString(chart.svg(made, "a < b & c"))
        bars = [e for e in document.getElementsByTagName("rect") if e.getAttribute("height") == str(chart.BAR)]
        self.assertEqual(len(bars), 2)
        self.assertEqual([b.getAttribute("fill") for b in bars], [chart.BETTER, chart.WORSE])
        self.assertEqual(float(bars[1].getAttribute("width")), chart.WIDTH)    # cut at the chart's edge
        self.assertIn("a &lt; b &amp; c", chart.svg(made, "a < b & c"))

    def test_no_rows(self):
        xml.dom.minidom.parseString(chart.svg([], "nothing"))


class Guest(unittest.TestCase):
    def test_rows_are_operations_of_the_first_table(self):
        self.assertEqual(len(rows.GUEST_ROWS), 12)
        made = rows.rows(some(guest_fork=80.0), some(guest_fork=100.0), None)
        self.assertEqual([(r.group, r.name, r.ratio) for r in made], [("guest", "fork + exit + wait", 0.8)])

    def test_counts_of_a_guest_say_so(self):
        made = rows.rows(rows.Measured(calls={"guest_fork": 2.0}), rows.Measured(calls={"guest_fork": 4.0}), None)
        self.assertEqual([(r.group, r.name) for r in made], [("calls", "fork + exit + wait, PV domU")])


class Bare(unittest.TestCase):
    """Our kernel on the bare machine against the base without Xen."""

    def test_rows(self):
        made = rows.rows(some(fork=9.0), some(fork=9.0), some(fork=201.0, blk_w1m=3.0), some(fork=202.0, blk_w1m=3.0),
                         some(fork=200.0, boot_user=4.0))
        self.assertEqual([(r.key, r.ours, r.base, r.bare) for r in made if r.group in ("bare", "none")],
                         [("bare_fork", 201.0, 202.0, None), ("bare_blk_w1m", 3.0, 3.0, None),
                          ("none_fork", 201.0, 200.0, None), ("none_boot_user", None, 4.0, None),
                          ("none_blk_w1m", 3.0, None, None)])
        self.assertTrue(made[-2].unit.startswith("ns"))
        self.assertIn("1.005", rows.table(made))
        self.assertEqual(rows.means(made)[-1][1], 1)    # they are not in the mean of all rows with Xen

    def test_what_is_not_measured_is_missing(self):
        made = rows.rows(None, None, some(fork=1.0), some(), some(getpid=1.0))
        lacking = bench.missing(made, ("bare",))
        self.assertIn("getpid (ours)", lacking)
        self.assertIn("fork + exit + wait (base)", lacking)
        self.assertIn("signal (both)", lacking)
        self.assertEqual({r.group for r in made}, {"bare", "none"})

    def test_machines(self):
        cfg = Settings(build="/nowhere")
        with mock.patch.object(build, "kernel", lambda c: c.variant):
            found = bench.machines_for(cfg, bench.Plan(parts=("bare",)))
            self.assertEqual({(m.label, m.kernel, m.role) for m in found.values()},
                             {("bare", "6.12", "bare"), ("base-bare", "6.12-xenbase", "bare"),
                              ("none", "6.12-noxen", "bare")})
            found = bench.machines_for(cfg, bench.Plan(parts=("ops",)))
            self.assertEqual(set(found), {"ours", "base", "bare"})

    def test_configuration(self):
        text = build.without_xen("CONFIG_A=y\nCONFIG_XEN=y\nCONFIG_NET_9P_XEN=y\n# CONFIG_XEN_PV is not set\n")
        self.assertEqual(text, "CONFIG_A=y\n# CONFIG_XEN is not set\n")


class Configured(unittest.TestCase):
    """The kernel without Xen, from a configuration of ours that is there already."""

    def configure(self, resolved):
        with tempfile.TemporaryDirectory() as folder:
            cfg = Settings(build=folder, jobs=1)
            os.makedirs(cfg.obj)
            text = ""
            for path in build.fragments(cfg):
                with open(path) as f:
                    text += f.read()
            for name, data in ((".config", "CONFIG_XEN=y\nCONFIG_A=y\n"), (".xenlab-input", text + build.kconfig_stamp(cfg))):
                with open(os.path.join(cfg.obj, name), "w") as f:
                    f.write(data)
            none = cfg.but(xen="none")

            def make(cfg, *targets, **_):
                self.assertEqual((cfg, targets), (none, ("olddefconfig",)))
                with open(os.path.join(cfg.obj, ".config"), "a") as f:
                    f.write(resolved)

            with mock.patch.object(build, "tree"), mock.patch.object(build, "make", make):
                return build.configure(none)

    def test_without_xen(self):
        self.assertEqual(self.configure("CONFIG_B=y\n"), [])

    def test_something_selects_xen(self):
        with self.assertRaisesRegex(LabError, "has Xen support"):
            self.configure("CONFIG_XEN=y\n")


class Page(unittest.TestCase):
    def test_tables(self):
        made = rows.rows(some(fork=123456.0, boot_user=5.0), some(fork=200000.0, boot_user=10.0), some(fork=9.0))
        text = page.rst(made, "6.12.1", "lab")
        self.assertIn("Linux 6.12.1, configuration ``lab``", text)
        self.assertIn('   "fork + exit + wait", "123 456", "200 000", "9.00", "0.617"\n', text)
        self.assertIn('   "boot to user space (ns of guest time)", "5.00", "10.00", "-", "0.500"\n', text)
        self.assertIn("CPU and memory\n==============\n", text)
        self.assertNotIn("Network", text)
        self.assertIn('   "CPU and memory", "2", "0.556"\n', text)


class Settings_(unittest.TestCase):
    def test_default(self):
        plan = bench.Plan.from_env({})
        self.assertEqual((plan.parts, plan.repeat, plan.trace), (bench.PARTS, 5, True))

    def test_kernels_that_were_brought_are_compared_with_each_other_only(self):
        self.assertEqual(bench.Plan.from_env({"OURS": __file__}).parts, bench.XEN_PARTS)
        self.assertEqual(bench.Plan.from_env({"OURS": __file__, "BENCH": "bare"}).parts, ("bare",))

    def test_parts(self):
        self.assertEqual(bench.Plan.from_env({"BENCH": "net,ops,net"}).parts, ("net", "ops"))
        with self.assertRaisesRegex(LabError, "BENCH=disk"):
            bench.Plan.from_env({"BENCH": "disk"})

    def test_repeat(self):
        for bad in ("0", "many", "102"):
            with self.assertRaisesRegex(LabError, "REPEAT"):
                bench.Plan.from_env({"REPEAT": bad})

    def test_missing_image(self):
        with self.assertRaisesRegex(LabError, "OURS=/nowhere"):
            bench.Plan.from_env({"OURS": "/nowhere"})


class Orders(unittest.TestCase):
    def test_dom0_lists(self):
        lists = bench.dom0_lists(bench.Plan(parts=("block", "net"), repeat=3))
        self.assertEqual(lists["dom0.list"], [])
        self.assertIn("REPEAT=3 blk blk_r4k_1 /dev/xvdb read rand 4096 1 1000", lists["guest.list"])
        self.assertIn("dom0 REPEAT=3 net tcp_0u tcp 10.79.0.2 900", lists["guest.list"])
        self.assertIn("REPEAT=24 net tcp_uu tcp 10.79.0.3 900 TRACE=tcp_uu", lists["trace.list"])
        self.assertEqual(len(lists["guest.list"]), len(lists["trace.list"]))

    def test_guest_rows_are_measured_in_the_guest(self):
        plan = bench.Plan(parts=("guest",), repeat=3)
        lists = bench.dom0_lists(plan)
        self.assertEqual(lists["dom0.list"], [])
        self.assertIn("REPEAT=3 PREFIX=guest_ ops copy_8m", lists["guest.list"])
        self.assertIn("REPEAT=24 PREFIX=guest_ ops copy_8m TRACE=guest_copy_8m", lists["trace.list"])
        self.assertIn("REPEAT=3 PREFIX=guest_ ops copy_8m", bench.bare_list(plan)["bare.list"])

    def test_boot_is_measured_alone(self):
        machine = bench.Machine("ours", "", "boot")
        self.assertEqual(bench.lists_for(machine, bench.Plan()), {"bare.list": ["boot boot_user"]})
        made = {"dom0": some(fork=1.0), "boot": some(boot_user=2.0)}
        with tempfile.TemporaryDirectory() as folder, \
             mock.patch.object(bench, "boot", lambda cfg, m, *_: (made[m.role], [])), \
             mock.patch.object(bench, "known_path", lambda *_: os.path.join(folder, "known.json")):
            found, _ = bench.measure(Settings(build=folder), bench.Machine("ours", "", "dom0"), bench.Plan(), None, "o")
        self.assertEqual(found.medians, {"fork": 1.0, "boot_user": 2.0})

    def test_no_trace(self):
        self.assertEqual(bench.dom0_lists(bench.Plan(trace=False))["trace.list"], [])

    def test_bare_list(self):
        lines = bench.bare_list(bench.Plan(parts=("ops", "xen")))["bare.list"]
        self.assertEqual(lines, ["REPEAT=5 boot boot_user", "REPEAT=5 ops"])
        lines = bench.bare_list(bench.Plan(parts=("bare",)))["bare.list"]
        self.assertEqual(len(lines), 2 + len(rows.BLOCK_ROWS) + len(rows.NET_ROWS))


class Files(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def path(self, name, data=b""):
        full = os.path.join(self.dir.name, name)
        with open(full, "wb") as f:
            f.write(data)
        return full

    def test_cpio(self):
        archive = bench.cpio([("bench", 0o40755, b""), ("bench/a", 0o100644, b"12345"), ("init", 0o120777, b"/a")])
        self.assertEqual(len(archive) % 4, 0)
        # header: magic and thirteen fields of eight hexadecimal digits; field 6 is the size
        second = 110 + len("bench\0") + (-(110 + 6) % 4)
        self.assertEqual(archive[second:second + 6], b"070701")
        self.assertEqual(int(archive[second + 6 + 6 * 8:second + 6 + 7 * 8], 16), 5)
        self.assertIn(b"TRAILER!!!", archive)

    def test_dom0_gets_kernel_guest_and_scripts(self):
        program, kernel = self.path("xenbench", b"PROGRAM"), self.path("bzImage", b"KERNEL")
        for parts, two in ((("block",), False), (("net",), True)):
            data = bench.initramfs(program, bench.Machine("ours", kernel, "dom0"), bench.Plan(parts=parts))
            for name in (b"bench/bzImage\0", b"bench/guest.cpio\0", b"bench/dom0.sh\0", b"bench/vif.sh\0", b"KERNEL"):
                self.assertTrue(name in data, name)
            self.assertEqual(b"bench/two-guests\0" in data, two)

    def test_figures_are_known_of_what_was_measured(self):
        cfg = Settings(build=self.dir.name)
        kit = bench.Kit(self.path("xenbench"), self.path("xen.elf"), self.path("root.img"), "QEMU emulator version 7.2.1")
        where = lambda role, kit=kit: bench.known_path(cfg, bench.Machine("ours", kit.xen, role), bench.Plan(), kit)
        before = {role: where(role) for role in ("dom0", "bare")}
        self.assertEqual(before, {role: where(role) for role in before})
        other = dataclasses.replace(kit, emulator="QEMU emulator version 10.0.2")
        for role, path in before.items():
            self.assertNotEqual(where(role, other), path)
        self.assertNotEqual(where("dom0", dataclasses.replace(kit, root=self.path("root-2.img"))), before["dom0"])
        os.utime(kit.root, ns=(1, 1))
        self.assertNotEqual(where("dom0"), before["dom0"])
        self.assertEqual(where("bare"), before["bare"])

    def test_traces(self):
        self.path("fork.trace", GOLDEN)
        self.path("fork.window", b"BENCH fork 1 1 1 1\nWINDOW fork 0 6000000000 7\n")
        self.path("signal.trace", CPU_0 + LOST)
        self.path("signal.window", b"WINDOW signal 0 6000000000 7\n")
        self.path("mmap.trace", GOLDEN)
        self.path("mmap.window", b"")
        m = rows.Measured()
        troubles = bench.read_traces(self.dir.name, m)
        self.assertEqual(m.calls, {"fork": 2.0})
        self.assertEqual(m.detail["fork"]["iret"], 0.429)
        self.assertEqual(len(troubles), 2)
        self.assertTrue(any("dropped" in t for t in troubles))

    def test_machine_without_results(self):
        with open(os.path.join(self.dir.name, "out.img"), "wb") as f:
            f.truncate(1 << 20)
        with self.assertRaisesRegex(LabError, "left no results"):
            bench.collect(bench.Machine("ours", "", "dom0"), self.dir.name, "", "console.log")

    def test_failed_commands_are_troubles(self):
        m, troubles = bench.collect(bench.Machine("bare", "", "bare"), self.dir.name,
                                    "BENCH fork 1.0 1.0 1.0 1\nBENCHEXIT 2\n", "console.log")
        self.assertEqual(m.medians, {"fork": 1.0})
        self.assertEqual(troubles, ["bare: BENCHEXIT 2"])

    def test_main_writes_json_and_chart(self):
        cfg = Settings(build=self.dir.name, jobs=2)
        kernel = self.path("bzImage")
        side = lambda value: some(**{key: value for key, _ in bench.expected(("ops",))})
        results = {"ours": side(80.0), "base": side(100.0), "bare": side(20.0)}
        with mock.patch.dict(os.environ, {"OURS": kernel, "BASEIMG": kernel, "BENCH": "ops"}), \
             mock.patch.object(bench.Kit, "make"), mock.patch.object(bench, "need_space"), \
             mock.patch.object(bench, "say") as said, \
             mock.patch.object(bench, "measure_all", lambda *_: (results, [])):
            self.assertEqual(bench.main(cfg), 0)
        with open(os.path.join(self.dir.name, "bench.json")) as f:
            made = json.load(f)
        self.assertEqual({(row["ours"], row["base"], row["bare"], row["ratio"]) for row in made}, {(80, 100, 20, 0.8)})
        self.assertTrue(os.path.exists(os.path.join(self.dir.name, "bench.svg")))
        self.assertIn("geometric mean, CPU and memory (22 rows): 0.800", said.mock_calls[0].args[0])

    def test_a_row_that_ours_lacks_fails_the_bench(self):
        cfg = Settings(build=self.dir.name, jobs=2)
        kernel = self.path("bzImage")
        results = {"ours": some(fork=80.0), "base": some(fork=100.0, signal=3.0), "bare": some()}
        with mock.patch.dict(os.environ, {"OURS": kernel, "BASEIMG": kernel}), \
             mock.patch.object(bench.Kit, "make"), mock.patch.object(bench, "need_space"), \
             mock.patch.object(bench, "say"), mock.patch.object(bench, "measure_all", lambda *_: (results, [])):
            self.assertEqual(bench.main(cfg), 1)


class Program(unittest.TestCase):
    """xenbench on the machine that runs the tests: it counts something and refuses nonsense."""

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.program = bench.compile_program(Settings(build=cls.dir.name))

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def call(self, *args):
        return subprocess.run([self.program, *args], capture_output=True, text=True, timeout=60, check=False)

    def test_one_operation(self):
        done = self.call("REPEAT=3", "ops", "getpid")
        values, windows = rows.parse_results(done.stdout)
        self.assertEqual((done.returncode, set(values)), (0, {"getpid"}))
        self.assertGreater(values["getpid"][0], 0)
        self.assertEqual([window[2] for window in windows["getpid"]], [20000] * 3)

    def test_prefix_of_keys(self):
        values, windows = rows.parse_results(self.call("REPEAT=2", "PREFIX=guest_", "ops", "getpid").stdout)
        self.assertEqual((set(values), set(windows)), ({"guest_getpid"}, {"guest_getpid"}))

    def test_every_cpu_row_has_an_operation(self):
        known = {key for key, *_ in rows.CPU_ROWS if not key.startswith(("boot_", "timer"))}
        with open(self.program, "rb") as f:
            text = f.read()
        for key in known | {key for key, *_ in rows.XEN_ROWS}:
            self.assertTrue(key.encode() + b"\0" in text, f"no operation {key}")

    def test_bad_arguments(self):
        for args in ((), ("nothing",), ("REPEAT=0", "ops"), ("blk", "k"), ("net", "k", "tcp", "x", "1"),
                     ("call", "0", "boot"), ("boot", "key")):
            done = self.call(*args)
            self.assertNotEqual(done.returncode, 0, args)
            self.assertTrue(done.stderr, args)

    def test_block_load_on_a_file_is_refused(self):
        done = self.call("blk", "k", self.program, "read", "rand", "4096", "1", "1")
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
