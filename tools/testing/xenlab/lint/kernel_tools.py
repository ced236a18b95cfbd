# SPDX-License-Identifier: GPL-2.0
"""
What lint finds with the kernel's own tools: checkpatch, kernel-doc, sparse with W=1, coccicheck.
Each check returns (passed, text); passed is None where its tool is missing, and the text then
names the package.
"""

import concurrent.futures
import hashlib
import os
import re
import shutil
import subprocess

import build
import common
import manifest

# What checkpatch gets wrong on whole files of ours, and why it is not asked.
IGNORE = {
    "FILE_PATH_CHANGES": "speaks of patches",
    "ALLOC_WITH_SIZEOF": "the typed allocators are not in every base",
    "EMBEDDED_FILENAME": "a 'source' line of Kconfig has to name its file",
}
# The same for programs of user space, that is for files below tools/.
IGNORE_USER = {
    "VOLATILE": "what a signal handler or another process changes is volatile",
    "ENOSYS": "a program has to ask whether a system call is there",
    "PREFER_DEFINED_ATTRIBUTE_MACRO": "the short forms are the kernel's",
    "BIT_MACRO": "BIT() is the kernel's",
    "MACRO_WITH_FLOW_CONTROL": "how kselftest skips and asserts",
}
# The same for folders.
IGNORE_IN = {
    "drivers/xen/user/": {
        "ENOSYS": "a device's answer to an unknown request is part of its ABI",
    },
    "arch/x86/xen/": {
        "AVOID_BUG": "page tables that cannot be set up at boot, or are not where they must be, leave nothing to go on with",
        "ARCH_INCLUDE_LINUX": "the wrappers of <linux/> are not in every base, and early files need the arch's alone",
        "MACRO_ARG_UNUSED": "a list of pv_ops has members that a base lacks",
    },
}
# What checkpatch misreads on single lines: type, pattern of its message, pattern of the line it names, why.
MISREAD = (
    ("CAMELCASE", r"<XenbusState[A-Z][A-Za-z]*>", r"", "the names of the base's enum xenbus_state"),
    ("NEW_TYPEDEFS", r"", r"^typedef struct \{ unsigned long \w; \} x\w+_t;$", "a number of its own kind: opaque on purpose"),
    ("SPACING", r"around that '\*' \(ctx:WxV\)", r"\b__xen_shared \*\w", "an attribute of a pointer's target: no product"),
    ("SPACING", r"around that '\*' \(ctx:WxV\)", r"\bstruct ABI\(\w+\) \*\w", "a pointer to a struct that a macro names"),
    ("SPACING", r"around that '\*' \(ctx:WxV\)", r"\bFIXTURE_DATA\(\w+\) \*\w", "a pointer to the harness's struct of a fixture"),
    ("NEW_TYPEDEFS", r"", r"^typedef struct x[mp]addr \{$", "names that the base's own drivers use"),
    ("SPACING", r"around that '%' \(ctx:WxV\)", r"_ASM_EXTABLE_TYPE_REG\(.* %\[\w+\]\)", "an operand of an instruction: no remainder"),
    ("CAMELCASE", r"<__(?:Set|Clear)PageOffline>", r"", "names of the base's page flags"),
    ("CONST_STRUCT", r"struct ctl_table", r"XEN_PORT_CTL_TABLE", "what the base's own function takes"),
    ("CAMELCASE", r"<domU>", r"console\.domU\.", "a member of the ABI's struct start_info"),
    ("CAMELCASE", r"<orig_video_isVGA>", r"", "a member of the boot protocol's struct screen_info"),
    ("CAMELCASE", r"<_(?:Atomic|Static_assert)>", r"", "keywords of C11"),
    ("MACRO_ARG_REUSE", r"'name'", r"^#define STAT\(name\)", "defines a function; the argument is a field's name"),
    ("MACRO_ARG_REUSE", r"'act'", r"^#define EVERY\(act\)", "a row of a table; the argument is half of an enumerator"),
)
KERNEL_HELPERS = {"minmax.cocci", "array_size.cocci"}       # want helpers that user space lacks
KINDS = (".c", ".h", ".S", ".rst")


class Tree:
    """The laid tree and which of its files are ours."""

    def __init__(self, cfg, plan, root=common.ROOT):
        self.cfg, self.plan, self.root = cfg, plan, root
        self.top = cfg.tree
        self.cache_path = os.path.join(cfg.build, "lint", f"{cfg.variant}.json")
        self.cache = common.read_json(self.cache_path, {})

    def ours(self, *endings):
        return sorted(p for p in self.plan.ours if p.endswith(endings))

    def parallel(self, work, items):
        with concurrent.futures.ThreadPoolExecutor(self.cfg.jobs) as pool:
            return list(pool.map(work, items))

    def cached(self, kind, path, extra, work):
        """@work(path), or what it said when file and tool had the same content."""
        with open(os.path.join(self.top, path) if not os.path.isabs(path) else path, "rb") as f:
            key = hashlib.sha256(f.read() + f"{kind}{path}{extra}".encode()).hexdigest()[:24]
        if key not in self.cache:
            self.cache[key] = work(path)
        return self.cache[key]

    def save(self):
        common.write_json(self.cache_path, self.cache)


def ran(cmd, cwd=None, env=None):
    """(exit status, output) of a tool that speaks English; one that is killed has found nothing out."""
    # The kernel's makefiles drop LC_ALL, and glibc looks at LANGUAGE even for C.UTF-8.
    words = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "LANGUAGE": "", **(env or {})}
    done = subprocess.run(cmd, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **words})
    if done.returncode < 0:
        raise common.LabError(f"{os.path.basename(cmd[0])} was ended by signal {-done.returncode}")
    return done.returncode, done.stdout.decode(errors="replace")


def output(cmd, cwd=None, env=None):
    return ran(cmd, cwd, env)[1]


def is_kconfig(path):
    return os.path.basename(path).startswith("Kconfig")


TERSE = re.compile(r"^(.+?):(\d+): (?:ERROR|WARNING|CHECK):(\w+): (.*)$")


def misread(finding, top):
    """Is this line of checkpatch's one of MISREAD?"""
    found = TERSE.match(finding)
    hits = [m for m in MISREAD if found and m[0] == found[3] and re.search(m[1], found[4])]
    if not hits:
        return False
    with open(os.path.join(top, found[1]), errors="replace") as f:
        line = f.read().split("\n")[int(found[2]) - 1]
    return any(re.search(m[2], line) for m in hits)


def checkpatch(tree):
    if not shutil.which("perl"):
        return None, "perl is missing: package perl"
    script = os.path.join(tree.top, "scripts/checkpatch.pl")
    extra = common.file_hash(script)
    common_args = ["perl", script, "--strict", "-q", "--terse", "--no-summary", "--show-types"]

    def whole(path):
        ignore = ",".join([*IGNORE, *(IGNORE_USER if path.startswith("tools/") else ()),
                           *(name for top, names in IGNORE_IN.items() if path.startswith(top) for name in names)])
        return output(common_args + ["--ignore", ignore, "-f", path], cwd=tree.top)

    def licence(path):
        return output(common_args + ["--no-tree", "--types", "SPDX_LICENSE_TAG", "-f", path])

    files = [p for p in tree.plan.ours if p.endswith(KINDS) or is_kconfig(p)]
    scripts = [os.path.join(tree.root, p) for p in manifest.our_files(tree.root) if p.endswith((".py", ".sh"))]
    said = tree.parallel(lambda p: tree.cached("checkpatch", p, f"{extra}{IGNORE}{IGNORE_USER}{IGNORE_IN}", whole), sorted(files))
    said += tree.parallel(lambda p: tree.cached("spdx", p, extra, licence), scripts)
    tree.save()
    text = "\n".join(line for line in "".join(said).strip().split("\n") if not misread(line, tree.top))
    return not text, text or f"{len(files)} files, licence lines of {len(scripts)} scripts"


def kernel_doc(tree):
    script = os.path.join(tree.top, "scripts/kernel-doc")
    extra = common.file_hash(os.path.realpath(script))
    files = [p for p in tree.ours(".c", ".h") if not p.startswith("tools/")]
    said = tree.parallel(lambda p: tree.cached("kdoc", p, extra, lambda q: output([script, "-none", "-Wall", q],
                                                                                 cwd=tree.top)), files)
    tree.save()
    text = "".join(said).strip()
    return not text, text or f"{len(files)} files"


def docs(tree):
    """Our pages through the kernel's own Sphinx run; what it says of other folders is the base's affair."""
    if not shutil.which("sphinx-build"):
        return None, "sphinx-build is not installed: package python3-sphinx"
    out = os.path.join(tree.cfg.build, "lint", f"docs-{tree.cfg.variant}")
    # Sphinx says nothing of a page that it has built before.
    shutil.rmtree(out, ignore_errors=True)
    said = output(["make", "-C", tree.top, "htmldocs", "SPHINXDIRS=virt/xen", f"O={out}"])
    pages = [p for p in tree.ours(".rst")]
    bad = docs_complaints(said, tree.ours(".rst", ".c", ".h"))
    built = os.path.join(out, "Documentation/output/virt/xen/index.html")
    if not os.path.exists(built):
        bad.append(f"htmldocs built no {os.path.basename(built)}:\n" + "\n".join(said.splitlines()[-15:]))
    return not bad, "\n".join(bad) or f"{len(pages)} pages"


def docs_complaints(said, files):
    """The lines of @said that complain of one of @files."""
    return [line for line in said.splitlines()
            if re.search(r"\b(WARNING|ERROR|SEVERE|CRITICAL|warning|error)\b", line) and any(f in line for f in files)]


# sparse and W=1

def kernel_sources(tree):
    return [p for p in tree.ours(".c", ".S") if not p.startswith("tools/")]


def folders(paths):
    """The top folders that hold all of @paths: no folder is inside another."""
    out = []
    for folder in sorted({os.path.dirname(p) for p in paths}):
        if not any(folder == have or folder.startswith(have + "/") for have in out):
            out.append(folder)
    return out


WARNING = re.compile(r"^(?:\.\./)?([\w./-]+):(\d+)(?::\d+)?: (?:warning|error):?.*", re.M)


def warnings(log, ours):
    """Lines of a build log that warn about one of our files, each once."""
    found = {}
    for match in WARNING.finditer(log):
        if match[1] in ours:
            found[match.group()] = None
    return list(found)


# sparse 0.6.4 lacks the operator, and takes no strlen() in a constant; after an error it keeps
# its warnings to itself, so both have to go.
SPARSE_FLAGS = "CF=-D__typeof_unqual__=__typeof__ -D'__builtin_strlen(x)=(sizeof(x)-1)'"
TOO_OLD = "sparse is not available or not up to date"


def compile_check(tree):
    """sparse and gcc's W=1 over our directories, in an object folder of lint's own."""
    if not shutil.which("sparse"):
        return None, "sparse is missing: package sparse"
    sources = kernel_sources(tree)
    if not sources:
        return None, "no C file of ours is in the tree yet"
    main = tree.cfg
    build.configure(main)
    obj = os.path.join(tree.top, "o-lint")
    os.makedirs(obj, exist_ok=True)
    with open(os.path.join(main.obj, ".config")) as f:
        common.write_if_changed(os.path.join(obj, ".config"), f.read())
    log = os.path.join(main.logs, "lint-build.log")
    command = [f"O={obj}" if word.startswith("O=") else word for word in build.make_command(main)]
    common.run(command + ["olddefconfig", "prepare"], env=build.MAKE_ENV, log=log, what="lint: make prepare", timeout=3600)
    # Compile all of ours again: a warning shows only when the compiler runs (ccache repeats it).
    for path in sources:
        try:
            os.unlink(os.path.join(obj, os.path.splitext(path)[0] + ".o"))
        except FileNotFoundError:
            pass
    targets = [folder + "/" for folder in folders(sources)]
    common.run(command + ["-k", "C=2", "W=1", "KCFLAGS=-Wno-error", SPARSE_FLAGS, *targets], env=build.MAKE_ENV, log=log,
               what="lint: make C=2 W=1", timeout=3600)
    with open(log, errors="replace") as f:
        said = f.read()
    bad = warnings(said, set(tree.plan.ours))
    if TOO_OLD in said and not bad:
        return None, f"sparse is too old for base {main.base}; W=1 alone is clean"
    missing = [p for p in sources if not os.path.exists(os.path.join(obj, os.path.splitext(p)[0] + ".o"))]
    note = f"{len(sources) - len(missing)} objects"
    if missing:
        note += "; not built by this configuration: " + " ".join(missing)
    return not bad, "\n".join(bad) or note


# Kconfig

FRAGMENT = "xen_all_roles.config"
STARTS = ("allnoconfig", "x86_64_defconfig")
# Front ends of subsystems that allnoconfig leaves out and that only a distribution wants.
NOT_ALONE = {"NET_9P_XEN", "DRM_XEN_FRONTEND", "SND_XEN_FRONTEND", "USB_XEN_HCD"}
COMPLAINT = re.compile(r"^.*(?:warning:|unmet direct dep|recursive dep|syntax error).*$", re.M | re.I)


def kconfig_complaints(start, log, fragment, config):
    """What one configuration run got wrong: complaints, and options that the fragment set in vain."""
    bad = [f"{start}: {line.strip()}" for line in COMPLAINT.findall(log)]
    wanted = dict(re.findall(r"^CONFIG_(\w+)=([ym])$", fragment, re.M))
    have = dict(re.findall(r"^CONFIG_(\w+)=([ym])$", config, re.M))
    spared = NOT_ALONE if start == "allnoconfig" else set()
    bad += [f"{start}: {FRAGMENT} sets {name}, which is then off: a dependency is missing"
            for name in wanted if name not in have and name not in spared]
    return bad


def kconfig(tree):
    """The fragment of ours on top of the usual starting points, without a complaint."""
    obj = os.path.join(tree.top, "o-kconfig")
    os.makedirs(obj, exist_ok=True)
    with open(os.path.join(tree.top, "kernel/configs", FRAGMENT)) as f:
        fragment = f.read()
    bad = []
    for start in STARTS:
        command = ["make", "-s", "-C", tree.top, f"O={obj}", start, FRAGMENT]
        log = common.run(command, what=f"make {start} {FRAGMENT}", timeout=600)
        with open(os.path.join(obj, ".config")) as f:
            bad += kconfig_complaints(start, log, fragment, f.read())
    return not bad, "\n".join(bad) or f"{FRAGMENT} on {' and '.join(STARTS)}"


# coccicheck

def semantic_patches(top):
    """The base's semantic patches that report, each with its options; those in OCaml apart."""
    use, skipped = [], []
    for folder, _, names in os.walk(os.path.join(top, "scripts/coccinelle")):
        for name in sorted(n for n in names if n.endswith(".cocci")):
            path = os.path.join(folder, name)
            with open(path, errors="replace") as f:
                text = f.read()
            if not re.search(r"^virtual\s+report\b", text, re.M) and not re.search(r"^virtual .*\breport\b", text, re.M):
                continue
            if re.search(r"^@.*\bocaml\b.*@", text, re.M):
                skipped.append(name)
                continue
            options = re.search(r"Options:(.*)", text)
            use.append((path, options[1].split() if options else []))
    return use, skipped


REPORT = re.compile(r"^(\S+?):(\d+):\S* .*", re.M)


SPATCH = ("spatch", "-D", "report", "--no-show-diff", "--very-quiet", "--timeout", "60")
GAVE_UP = re.compile(r"^timeout \(we abort\)|^Fatal error:|^EXN:", re.M)


def reports(top, patch, options, files):
    """({file: what spatch reports of it}, why it is not known of the others)."""
    includes = [w for p in ("arch/x86/include", "include", "include/uapi", "arch/x86/include/uapi") for w in ("-I", p)]
    status, text = ran([*SPATCH, "--cocci-file", patch, *options, *includes, *files], cwd=top)
    if status == 0 and not GAVE_UP.search(text):
        return {p: [m.group() for m in REPORT.finditer(text) if m[1] == p] for p in files}, []
    if len(files) == 1:
        said = (text.strip().splitlines() or ["nothing"])[-1]
        return {}, [f"{files[0]}: {os.path.basename(patch)}: spatch ended with status {status}, its last word: {said}"]
    # The time limit is for all of them together, and one that fails takes the others with it.
    each = [reports(top, patch, options, [p]) for p in files]
    return {p: lines for found, _ in each for p, lines in found.items()}, [line for _, lines in each for line in lines]


def coccicheck(tree):
    """What `make coccicheck MODE=report` reports, on our C files alone."""
    if not shutil.which("spatch"):
        return None, "spatch is missing: package coccinelle"
    files = tree.ours(".c")
    if not files:
        return None, "no C file of ours is in the tree yet"
    patches, skipped = semantic_patches(tree.top)
    hashes = {p: common.file_hash(os.path.join(tree.top, p)) for p in files}

    def one(item):
        """One semantic patch on the files that it has not seen in this form."""
        patch, options = item
        rule = os.path.basename(patch) + common.file_hash(patch)[:16]
        mine = [p for p in files if not (p.startswith("tools/") and os.path.basename(patch) in KERNEL_HELPERS)]
        keys = {p: f"spatch {rule} {p} {hashes[p][:24]}" for p in mine}
        new = [p for p in mine if keys[p] not in tree.cache]
        found, unknown = reports(tree.top, patch, options, new) if new else ({}, [])
        tree.cache.update({keys[p]: lines for p, lines in found.items()})
        return unknown + [line for p in mine for line in tree.cache.get(keys[p], ())]

    said = tree.parallel(one, patches)
    tree.save()
    bad = sorted({line for lines in said for line in lines})
    note = f"{len(patches)} semantic patches on {len(files)} files"
    if skipped:
        note += f"; left out, they need an OCaml compiler: {' '.join(sorted(skipped))}"
    return not bad, "\n".join(bad) or note
