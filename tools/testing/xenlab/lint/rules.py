# SPDX-License-Identifier: GPL-2.0
"""
What lint finds by reading one file.  A rule is a function of (path, text) that yields
(line, message); it stands in RULES with the files it reads.  A message that begins with
"note:" is reported and does not fail.
"""

import ast
import fnmatch
import os
import re

FILE_HARD, FILE_SOFT = 800, 500
FUNC_HARD, FUNC_SOFT = 60, 40

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def code(text):
    """C text with comments and the insides of strings blanked, lines kept."""
    def blank(match):
        found = match.group()
        if found[0] in "\"'":
            return found[0] + " " * (len(found) - 2) + found[0]
        return re.sub(r"[^\n]", " ", found)
    return COMMENT.sub(blank, text)


def matches(text, pattern, message):
    for number, line in enumerate(text.split("\n"), 1):
        for found in pattern.finditer(line):
            yield number, message.format(found.group().strip())


def is_c(path):
    return path.endswith((".c", ".h", ".S"))


def is_kernel_c(path):
    return is_c(path) and not path.startswith("tools/")


def is_program(path):
    return is_c(path) or path.endswith((".py", ".sh"))


def is_text(path):
    return True


# The rules

def spdx(path, text):
    lines = text.split("\n", 2)
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    if "SPDX-License-Identifier: " not in first:
        yield 1, "no SPDX-License-Identifier on the first line"


def file_size(path, text):
    count = text.count("\n")
    if count > FILE_HARD:
        yield count, f"{count} lines, the budget is {FILE_HARD}"
    elif count > FILE_SOFT:
        yield count, f"note: {count} lines, over {FILE_SOFT}"


def over(line, name, length):
    if length > FUNC_HARD:
        yield line, f"{name}: {length} lines, the budget is {FUNC_HARD}"
    elif length > FUNC_SOFT:
        yield line, f"note: {name}: {length} lines, over {FUNC_SOFT}"


def c_functions(text):
    """(first line, name, lines of the body) of each function; tables are none."""
    lines = code(text).split("\n")
    begin = None
    for number, line in enumerate(lines):
        if line.startswith("{"):
            head = "\n".join(lines[max(0, number - 8):number])
            head = re.split(r"[;}]|^#.*$", head, flags=re.M)[-1]
            name = re.findall(r"(\w+)\s*\(", head)
            begin = (number, name[0] if name else None)
        elif line.startswith("}") and begin:
            start, name = begin
            if name:
                yield start + 1, name, number - start - 1
            begin = None


def function_size(path, text):
    if path.endswith(".py"):
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            yield error.lineno or 1, f"does not parse: {error.msg}"
            return
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from over(node.lineno, node.name, node.end_lineno - node.lineno)
    elif path.endswith(".sh"):
        for found in re.finditer(r"^(\w+)\(\)\s*\{\n(.*?)^\}", text, re.M | re.S):
            yield from over(text.count("\n", 0, found.start()) + 1, found[1], found[2].count("\n"))
    elif path.endswith((".c", ".h")):
        for line, name, length in c_functions(text):
            yield from over(line, name, length)


HYPERCALL = re.compile(r"\bHYPERVISOR_(?!shared_info\b)[a-z]\w*|\b_hypercall[0-6]\b|\bxen_single_call\b|\b__xen_hypercall\w*")


def hypercall(path, text):
    yield from matches(code(text), HYPERCALL, "{}: raw hypercall outside the door")


FRAME = re.compile(r"\b_*(?:pfn_to_mfn|mfn_to_pfn|pfn_to_gfn|gfn_to_pfn|pfn_to_bfn|bfn_to_pfn|virt_to_mfn|virt_to_gfn|"
                   r"mfn_to_virt|gfn_to_virt|virt_to_machine|machine_to_virt|phys_to_machine|machine_to_phys|"
                   r"xen_page_to_gfn|mfn_to_local_pfn|bfn_to_local_pfn|[gs]et_phys_to_machine)\s*\(")


def frame(path, text):
    yield from matches(code(text), FRAME, "{}): raw frame number; use the types of xen/frame.h")


VERSION = re.compile(r"\bLINUX_VERSION_" + r"CODE\b|\bKERNEL_" + r"VERSION\s*\(|linux/version\.h")


def version(path, text):
    kept = re.sub(r'"', " ", text) if is_c(path) else text
    yield from matches(kept, VERSION, "{}: a version test outside port/")


# Split, so that this file holds none of what it looks for.
MACHINE = re.compile(r"(?<![\w.])/(?:wo" r"rk|ho" r"me/\w+|tmp/(?:xen\.|bash_))[\w./-]*")
ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
URL = re.compile(r"\b(?:https?|ftp|git|rsync)://([\w.-]+)")
# Addresses that belong to nobody, and the one that QEMU gives its guests.
NOBODY = re.compile(r"^(?:0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|192\.0\.2\.|198\.51\.100\.|"
                    r"203\.0\.113\.|2[2-5]\d\.)")
SITES = re.compile(r"(?:^|\.)(?:kernel\.org|xenproject\.org|xen\.org|w3\.org|example\.(?:org|com)|invalid)$")


def machine(path, text):
    yield from matches(text, MACHINE, "{}: a path of one machine")
    for number, line in enumerate(text.split("\n"), 1):
        for found in ADDRESS.findall(line):
            if not NOBODY.match(found):
                yield number, f"{found}: a host's address"
        for site in URL.findall(line):
            if not SITES.search(site.rstrip(".")):
                yield number, f"{site}: a host's name"


EXPORT = re.compile(r"^EXPORT_SYMBOL\w*\((\w+)", re.M)


DOCUMENTED = re.compile(r"^/\*\*\n \* (\w+)\(\) - ", re.M)


def documented(texts):
    """Names of the functions that kernel-doc in a header of ours describes; @texts is {path: text}."""
    return {name for path, text in texts.items() if path.endswith(".h") and is_kernel_c(path)
            for name in DOCUMENTED.findall(text)}


def export_doc(path, text, in_headers=()):
    """An exported function has kernel-doc where it is defined or, by @in_headers, where it is declared."""
    for found in EXPORT.finditer(text):
        name = found[1]
        if name in in_headers:
            continue
        if re.search(rf"^(?! ?\*)[^#\n/(]*\b{name}(?:\[[^\n]*)?\s*(?:=|;|__)", text, re.M) and \
           not re.search(rf"\b{name}\s*\(", text.replace(found.group(), "")):
            continue        # a variable
        if not re.search(rf"^ \* (?:struct |enum |union )?{name}\b(?:\(\))?\s*[-:]", text, re.M):
            yield text.count("\n", 0, found.start()) + 1, f"{name}: exported without kernel-doc"


RULES = {
    "spdx": (spdx, is_text),
    "file-size": (file_size, is_program),
    "function-size": (function_size, is_program),
    "hypercall": (hypercall, is_kernel_c),
    "frame": (frame, is_kernel_c),
    "version": (version, is_kernel_c),
    "machine": (machine, is_text),
    "export-doc": (export_doc, is_kernel_c),
}


def read_allow(path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "allow")):
    """The data file of exceptions, as [(rule, glob)]."""
    out = []
    with open(path) as f:
        for line in f:
            words = line.split("#", 1)[0].split()
            if words:
                out.append((words[0], words[1]))
    return out


def check_text(name, path, text, allow=(), in_headers=()):
    """[(line, message)] of rule @name on one file; for @in_headers see documented()."""
    rule, applies = RULES[name]
    if not applies(path) or any(r == name and fnmatch.fnmatch(path, glob) for r, glob in allow):
        return []
    return list(rule(path, text, in_headers) if rule is export_doc else rule(path, text))


def unnamed_tests(paths, read):
    """Test files that nothing names: [(path, message)]; @read gives a file's text."""
    known = set(paths)
    for path in sorted(paths):
        folder, name = os.path.split(path)
        stem = name.rsplit(".", 1)[0]
        if path.startswith("tools/testing/selftests/xen/") and folder.endswith("/xen") and name.endswith((".c", ".sh")):
            makefile = f"{folder}/Makefile"
        elif name.endswith(("_kunit.c", "_test.c")) and not path.startswith("tools/"):
            makefile = nearest_makefile(folder, known)
        elif folder == "tools/testing/xenlab/tests" and name.endswith(".py"):
            if not name.startswith("test_") and not name.startswith("_") and "unittest" in read(path):
                yield path, "not named test_*.py: the runner will not find it"
            continue
        else:
            continue
        if makefile not in known or not names_test(read(makefile), name, stem):
            yield path, f"no line of {makefile or 'any Makefile'} names this test"


def names_test(makefile, name, stem):
    """By its name, or by a wildcard that it matches."""
    globs = [g for found in re.findall(r"\$\(wildcard ([^)]*)\)", makefile) for g in found.split()]
    return bool(re.search(rf"\b{re.escape(stem)}\b", makefile)) or any(fnmatch.fnmatch(name, g) for g in globs)


def nearest_makefile(folder, known):
    while folder:
        if f"{folder}/Makefile" in known:
            return f"{folder}/Makefile"
        folder = os.path.dirname(folder)
    return ""
