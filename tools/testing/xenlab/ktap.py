# SPDX-License-Identifier: GPL-2.0
"""KTAP as kselftest and KUnit print it: nested results to a flat list."""

import dataclasses
import re

LINE = re.compile(r"^(?P<indent>(?:# )*\s*)(?P<verdict>ok|not ok) +(?P<number>\d+)(?: +-)? *(?P<rest>.*)$")
PLAN = re.compile(r"^(?P<indent>(?:# )*\s*)1\.\.(?P<count>\d+)(?: *# *(?P<skip>SKIP.*))?\s*$", re.I)
STAMP = re.compile(r"^\[ *\d+\.\d+\](?:\[[^]]*\])? ")
VERSION = re.compile(r"^K?TAP version \d")
PLACE = re.compile(r"[\w.-]+\.c:\d+:")
DIRECTIVE = re.compile(r"\s*#\s*(SKIP|XFAIL)\b:?\s*(.*)$", re.I)


@dataclasses.dataclass
class Case:
    name: str
    status: str             # passed, failed, skipped
    reason: str = ""


class Level:
    def __init__(self, planned=None):
        self.planned, self.seen = planned, 0


class Parser:
    def __init__(self, program):
        self.program = program
        self.cases = []
        self.levels = {}                # indentation: Level
        self.note = ""

    def add(self, name, status, reason=""):
        self.cases.append(Case(f"{self.program}.{name}" if name else self.program, status, reason))

    def close_below(self, depth):
        """True if there were results deeper than @depth; each of their plans must have been kept."""
        inner = [d for d in self.levels if d > depth]
        for d in sorted(inner, reverse=True):
            level = self.levels.pop(d)
            if level.planned is None:
                continue
            if level.planned != level.seen:
                self.add("plan", "failed", f"{level.planned} results announced, {level.seen} came")
        return bool(inner)

    def result(self, found):
        depth = len(found["indent"])
        covers = self.close_below(depth)
        self.levels.setdefault(depth, Level()).seen += 1
        name = found["rest"]
        directive = DIRECTIVE.search(name)
        if directive:
            name = name[:directive.start()]
        name = name.split(" # ")[0].strip() or found["number"]
        status = "failed" if found["verdict"] == "not ok" else "skipped" if directive else "passed"
        if not covers:
            self.add(name, status, directive[2] if directive else self.note if status == "failed" else "")
        elif status == "failed" and not any(c.status == "failed" for c in self.cases):
            self.add(name, "failed", "failed as a whole")
        self.note = ""

    def feed(self, line):
        plan = PLAN.match(line)
        if plan:
            depth = len(plan["indent"])
            self.close_below(depth)
            trailing = self.levels.get(depth)
            if trailing and trailing.planned is None and trailing.seen:
                trailing.planned = int(plan["count"])       # TAP allows the plan at the end
            else:
                self.levels[depth] = Level(int(plan["count"]))
            if plan["skip"]:
                self.add("", "skipped", plan["skip"][4:].strip())
            return
        found = LINE.match(line)
        if found:
            self.result(found)
        elif line.startswith("# ") and "Starting" not in line and "RUN" not in line and "OK" not in line:
            # Where an expectation did not hold says more than the line that follows it.
            if not PLACE.match(self.note):
                self.note = line[2:].strip()


def ended(status):
    return f"exit status {status}" + (": no end within its time" if status == 124 else "")


def by_status(text, program, status):
    """The one Case of a program that tells its result by its exit status alone."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if status == 0 and lines:
        return Case(program, "passed")
    if status == 4:
        return Case(program, "skipped", lines[-1] if lines else "")
    told = [line for line in lines if "FAIL" in line] or lines[-1:] or ["no output"]
    return Case(program, "failed", f"{ended(status)}; {told[-1]}")


def parse(text, program, status=0, plain=False):
    """
    The leaf results of one program's output as Cases named "program.test"; @status is its exit
    status (4: skipped as a whole).  A plan that is missing or not kept, and a bad exit status without
    a failed result, are failed Cases of their own: output that breaks off never looks like success.
    @plain: the program may be one that does not speak TAP; without one line of it, the status decides.
    """
    parser = Parser(program)
    lines = [STAMP.sub("", line.rstrip("\r")) for line in text.split("\n")]
    if plain and not any(rule.match(line) for line in lines for rule in (VERSION, PLAN, LINE)):
        return [by_status(text, program, status)]
    for line in lines:
        parser.feed(line)
    outermost = min(parser.levels, default=None)
    planned = outermost is not None and parser.levels[outermost].planned is not None
    parser.close_below(-1)
    if not planned and status == 4:
        return [Case(program, "skipped", parser.note)]
    if not planned:
        parser.add("plan", "failed", f"no plan in the output (exit status {status})")
    elif status not in (0, 4) and not any(c.status == "failed" for c in parser.cases):
        parser.add("exit", "failed", ended(status))
    return parser.cases
