# SPDX-License-Identifier: GPL-2.0
"""
The overlay as a patch series for a pristine base: build/series/<base>/NNNN-*.patch.

The subjects of the manifest are the patches, in its order.  They are made in a git repository
that holds only the base's files that the series touches, which is all that `git am` looks at,
and are verified by applying them to a second one and comparing the result with the laid tree.
"""

import os
import shutil
import tempfile

import common
import overlay
from common import LabError, Step

NOBODY = ("xen-pvops", "xen-pvops@example.org")

# The user's configuration must not change what the series looks like.
GIT_ENV = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC"}
GIT = ("git", "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.autocrlf=false",
       "-c", "core.fileMode=true", "-c", "gc.auto=0", "-c", "init.defaultBranch=main", "-c", "safe.directory=*")


def git(folder, *args, env=None, stdin=None):
    return common.run([*GIT, "-C", folder, *args], env={**GIT_ENV, **(env or {})}, stdin=stdin, what=f"git {args[0]}")


def identity(root):
    """Author and date of the patches: the repository's last commit, so that they repeat byte for byte."""
    try:
        name, email, date = git(root, "log", "-1", "--format=%an%n%ae%n%ad", "--date=raw").splitlines()
    except (LabError, ValueError):
        (name, email), date = NOBODY, "@0 +0000"
    return {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", name), ("EMAIL", email), ("DATE", date))}


def touched(cfg, plan):
    """The base's files that the series replaces or removes."""
    return sorted(p for p in set(plan.ours) | set(plan.removed) if os.path.lexists(os.path.join(cfg.base_dir, p)))


def changes(plan):
    """[(subject, our paths, removed paths)] in the manifest's order."""
    order = {}
    for rule in plan.rules:
        order.setdefault(rule.subject, ([], []))
    for path in sorted(plan.ours):
        order[plan.where[path].subject][0].append(path)
    for path in sorted(set(plan.removed) - set(plan.ours)):
        order[plan.removed[path].subject][1].append(path)
    return [(subject, *paths) for subject, paths in order.items() if any(paths)]


def copy(source, folder, path):
    target = os.path.join(folder, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.lexists(target):
        os.unlink(target)
    shutil.copy2(source, target, follow_symlinks=False)


def pristine(cfg, plan, folder, env):
    """A git repository of the base's touched files, with one commit."""
    os.makedirs(folder)
    git(folder, "init", "-q")
    for path in touched(cfg, plan):
        copy(os.path.join(cfg.base_dir, path), folder, path)
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "--allow-empty", "-m", "pristine base", env=env)


def commit_subjects(cfg, plan, folder, root, env):
    for subject, ours, removed in changes(plan):
        for path in removed:
            os.unlink(os.path.join(folder, path))
        for path in ours:
            copy(os.path.join(root, plan.ours[path]), folder, path)
        git(folder, "add", "-A", "-f")
        if git(folder, "status", "--porcelain").strip():
            git(folder, "commit", "-q", "-m", f"{subject.title}\n\n{subject.body}".strip(), env=env)


def make(cfg, plan, out, root=common.ROOT):
    """Write the patches into folder @out; returns their names."""
    env = identity(root)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(out), prefix=".series-") as temp:
        work = os.path.join(temp, "base")
        pristine(cfg, plan, work, env)
        commit_subjects(cfg, plan, work, root, env)
        shutil.rmtree(out, ignore_errors=True)
        start = git(work, "rev-list", "--max-parents=0", "HEAD").strip()
        git(work, "format-patch", "-q", "--no-renames", "--full-index", "--no-signature", "--stat=100",
            "--summary", "--zero-commit", "-o", out, f"{start}..HEAD")
    return sorted(os.listdir(out)) if os.path.isdir(out) else []


def verify(cfg, plan, out, root=common.ROOT):
    """Apply the patches to pristine files and compare with the laid tree, file for file."""
    env = identity(root)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(out), prefix=".series-") as temp:
        work = os.path.join(temp, "am")
        pristine(cfg, plan, work, env)
        patches = [os.path.join(out, name) for name in sorted(os.listdir(out))]
        if patches:
            git(work, "am", "-q", "--keep-cr", *patches, env=env)
        compare(cfg, plan, work)


def compare(cfg, plan, work):
    """The series' result against cfg.tree: every file that it touches, and the base's others."""
    have = set(overlay.walk(work))
    for path in sorted(have ^ set(plan.ours)):
        side = "lacks" if path in plan.ours else "leaves"
        raise LabError(f"the series {side} {path}: it does not make the tree that is laid")
    for path in sorted(plan.paths()):
        source = os.path.join(work if path in plan.ours else cfg.base_dir, path)
        target = os.path.join(cfg.tree, path)
        want, got = os.lstat(source), overlay.lstat(target)
        if path not in plan.ours and got and overlay.stamp(want) == overlay.stamp(got):
            continue
        if not overlay.same_file(source, want, target, got):
            raise LabError(f"{path}: differs between the series and {cfg.tree}")
    for path in plan.removed:
        if path not in plan.ours and os.path.lexists(os.path.join(cfg.tree, path)):
            raise LabError(f"{path}: removed by the series, but still in {cfg.tree}")


def main(cfg):
    import build
    if cfg.xen != "ours":
        raise LabError("XEN=base is the base as it is: there is no series for it")
    build.tree(cfg)
    plan = overlay.make_plan(cfg)
    out = os.path.join(cfg.build, "series", cfg.name)
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with Step(f"series for {cfg.name}") as step:
        part = out + ".part"
        names = make(cfg, plan, part)
        verify(cfg, plan, part)
        shutil.rmtree(out, ignore_errors=True)
        if names:
            os.rename(part, out)
        step.note = f"{len(names)} patches, applied to the base they make the laid tree, file for file"
    for name in names:
        common.say(os.path.join(out, name))
    return 0
