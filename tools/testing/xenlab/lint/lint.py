#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Everything that `make lint` checks on this repository's files.

    main(cfg)  -> [(name, passed, text)]   passed: True, False, or None for a check that was skipped
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import base
import build
import common
import kernel_tools
import manifest
import overlay
import rules

BINARY = (".gz", ".xz", ".png", ".bin", ".elf")


def read_texts(root):
    """{path: text} of all files of the repository that are text."""
    texts = {}
    for path in manifest.our_files(root):
        full = os.path.join(root, path)
        if os.path.islink(full) or path.endswith(BINARY):
            continue
        with open(full, "rb") as f:
            data = f.read()
        if b"\0" not in data:
            texts[path] = data.decode(errors="replace")
    return texts


def text_rules(texts, allow):
    """Results of all text rules; notes stand behind the failures and do not fail."""
    results = []
    in_headers = rules.documented(texts)
    for name in rules.RULES:
        bad, notes = [], []
        for path, text in sorted(texts.items()):
            for line, message in rules.check_text(name, path, text, allow, in_headers):
                (notes if message.startswith("note:") else bad).append(f"{path}:{line}: {message}")
        results.append((f"lint {name}", not bad, "\n".join(bad + notes) or f"{len(texts)} files"))
    bad = [f"{path}: {message}" for path, message in rules.unnamed_tests(texts, texts.get)]
    results.append(("lint tests-named", not bad, "\n".join(bad) or "every test is named where it is run from"))
    return results


CHECKS = {
    "checkpatch": kernel_tools.checkpatch,
    "kernel-doc": kernel_tools.kernel_doc,
    "docs": kernel_tools.docs,
    "kconfig": kernel_tools.kconfig,
    "coccicheck": kernel_tools.coccicheck,
    "sparse and W=1": kernel_tools.compile_check,
}


def main(cfg, root=common.ROOT, checks=None):
    results = text_rules(read_texts(root), rules.read_allow())
    build.tree(cfg)
    tree = kernel_tools.Tree(cfg, overlay.make_plan(cfg, root), root)
    for name, check in (CHECKS if checks is None else checks).items():
        with common.Step(f"lint: {name}") as step:
            try:
                passed, text = check(tree)
            except common.LabError as error:
                passed, text = False, str(error)
            step.note = {True: "clean", False: "findings", None: f"skipped, {text}"}[passed]
        results.append((f"lint {name}", passed, text))
    return results


def report(results):
    """Print the findings, then one line per check; returns the exit status."""
    for name, passed, text in results:
        if passed is False or "note:" in text:
            common.say(f"--- {name}\n{text}")
    for name, passed, text in results:
        word = {True: "ok", False: "FAILED", None: "skipped"}[passed]
        common.say(f"{word:8} {name}" + (f": {text.splitlines()[-1]}" if passed is not False and text else ""))
    return 1 if any(passed is False for _, passed, _ in results) else 0


def command(argv):
    """Run alone, on BASE= and below BUILD= of the environment; any argument only gets the usage."""
    if argv:
        common.say(f"usage: [BASE=...] [BUILD=...] lint.py\n{__doc__.strip()}")
        return 0 if argv[0] in ("-h", "--help") else 2
    try:
        cfg = common.Settings.from_env()
        with common.Lock(cfg):
            return report(main(cfg))
    except common.LabError as problem:
        common.say(f"lint: {problem}\n{problem.hint}")
        return problem.status


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
