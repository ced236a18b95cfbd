# SPDX-License-Identifier: GPL-2.0
"""`make matrix` without machines: which points, which machines, what fits side by side."""

import itertools
import os
import sys
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import matrix
import roles
from common import LabError, Settings


def points(**env):
    with mock.patch.dict(os.environ, env, clear=True):
        return matrix.points()


class Matrix(unittest.TestCase):
    def test_all_points(self):
        self.assertEqual(len(set(points())), 6 * 3 * 3)

    def test_some(self):
        self.assertEqual(points(ROLE="pv", CPUS="2", MEM="320,256"), [("pv", 2, 320), ("pv", 2, 256)])

    def test_bad_settings(self):
        for env in ({"ROLE": "nobody"}, {"CPUS": "two"}, {"CPUS": "0"}, {"MEM": "-1"}, {"MEM": "1,,2"}):
            with self.subTest(env), self.assertRaises(LabError):
                points(**env)

    def test_machines_are_large_enough(self):
        for point in points():
            self.assertGreaterEqual(matrix.job(point, 1.0, 0, True).memory, point.mem)

    def test_emulated_nested_paging_has_one_cpu(self):
        """TCG breaks translated domains when it emulates several, so they share one (machine.KINDS)."""
        for point in points(CPUS="8", MEM="256"):
            for emulated in (True, False):
                with self.subTest(point, emulated=emulated):
                    one = emulated and point.role in ("pvh", "hvm", "pvh_dom0")
                    self.assertEqual(matrix.job(point, 1.0, 0, emulated).cpus == 1, one)

    def test_side_by_side(self):
        jobs = [matrix.job(point, 1.0, 0, True) for point in points()]
        for width, limit in itertools.product((1, 2, 3, 6, 12), (2048, 5000, matrix.TOGETHER)):
            with self.subTest(width=width, limit=limit):
                found = list(matrix.batches(jobs, width, limit))
                self.assertEqual(sorted(one.label for batch in found for one in batch), sorted(one.label for one in jobs))
                for batch in found:
                    largest = sorted(one.memory for one in batch)[-width:]
                    self.assertTrue(len(batch) == 1 or sum(largest) <= limit)
        # one after the other, whatever their size: what does not fit is not helped by a batch of its own
        self.assertEqual(len(list(matrix.batches(jobs, 1, matrix.TOGETHER))), 1)

    def test_room_of_the_host(self):
        for gib, want in ((4, 3072), (8, 6144), (64, matrix.TOGETHER)):
            pages = {"SC_PHYS_PAGES": gib << 18, "SC_PAGE_SIZE": 4096}
            with mock.patch.object(os, "sysconf", pages.get):
                self.assertEqual(matrix.room(), want)

    def test_width_is_that_of_the_machines(self):
        for jobs in (1, 2, 3, 4, 8, 16):
            cfg = Settings(jobs=jobs)
            with mock.patch("concurrent.futures.ThreadPoolExecutor") as pool:
                roles.run_jobs(cfg, [])
            self.assertEqual(pool.call_args.args[0], roles.width(cfg))


if __name__ == "__main__":
    unittest.main()
