# SPDX-License-Identifier: GPL-2.0
"""Lists of this repository's files that are kept by hand: each file is in them, and no other."""

import fnmatch
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import common
import manifest


class Lists(unittest.TestCase):
    def text(self, path):
        with open(os.path.join(common.ROOT, path)) as f:
            return f.read()

    def test_every_file_is_maintained_and_every_entry_is_for_some(self):
        files = manifest.our_files()
        entries = [line.split()[1] for line in self.text("MAINTAINERS").splitlines() if line.startswith("F:\t")]
        match = lambda path, entry: path.startswith(entry) if entry.endswith("/") else fnmatch.fnmatch(path, entry)
        self.assertEqual([p for p in files if not any(match(p, e) for e in entries)], [])
        self.assertEqual([e for e in entries if not any(match(p, e) for p in files)], [])

    def test_what_is_removed_is_listed_as_superseded(self):
        page = self.text("Documentation/virt/xen/from-upstream.rst")
        gone = [os.path.basename(rule.path) for rule in manifest.read_manifest() if rule.kind == "remove"]
        self.assertGreater(len(gone), 50)
        self.assertEqual([name for name in gone if not re.search(rf"(^|[ /]){re.escape(name)}[, \n]", page, re.M)], [])


if __name__ == "__main__":
    unittest.main()
