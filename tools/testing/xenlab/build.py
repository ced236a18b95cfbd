# SPDX-License-Identifier: GPL-2.0
"""From a laid tree to one bzImage: configuration and compilation."""

import glob
import hashlib
import os
import re
import shutil

import base
import overlay
from common import LabError, ROOT, Step, need_space, run, write_if_changed

CONFIGS = "tools/testing/xenlab/configs"
ROLES_FRAGMENT = "kernel/configs/xen_all_roles.config"


def tree(cfg):
    """The kernel tree of this run, laid."""
    base.kernel(cfg)
    if os.path.isdir(cfg.tree):
        need_space(cfg.build, 1000, f"objects in {cfg.tree}")
    else:
        need_space(cfg.build, 3000, "a kernel tree and its objects")
    overlay.lay(cfg)
    return cfg.tree


def make_command(cfg, *targets):
    compiler = "ccache gcc" if shutil.which("ccache") else "gcc"
    return ["make", "-C", cfg.tree, f"O={cfg.obj}", f"-j{cfg.jobs}", f"CC={compiler}", f"HOSTCC={compiler}",
            "LOCALVERSION=", *targets]


# With relative paths on every command line one cache serves ours, the base's and every debug variant.
MAKE_ENV = {"CCACHE_NOHASHDIR": "1", "CCACHE_SLOPPINESS": "locale,time_macros",
            "KBUILD_BUILD_USER": "xenlab", "KBUILD_BUILD_HOST": "xenlab"}


def make(cfg, *targets, log=None, what="", timeout=7200):
    return run(make_command(cfg, *targets), env=MAKE_ENV, log=log, what=what, timeout=timeout)


def fragment_options(*paths):
    """Options that the fragments ask for: {name: value}; "is not set" counts as n."""
    options = {}
    for path in paths:
        with open(path) as f:
            for line in f:
                found = re.match(r"CONFIG_(\w+)=(.*)$|# CONFIG_(\w+) is not set", line)
                if found:
                    options[found[1] or found[3]] = found[2] if found[1] else "n"
    return options


def read_config(path):
    return fragment_options(path)


def fragments(cfg):
    names = ["distro" if cfg.config == "distro" else "lab"]
    if cfg.checks_itself:
        names.append("debug")
    if cfg.config in ("kasan", "modules"):
        names.append(cfg.config)
    return [of_source(path) for path in (ROLES_FRAGMENT, *(f"{CONFIGS}/{name}.config" for name in names))]


def of_source(path):
    """A fragment asks for what the laid code has: of a commit that is bisected, its own, if it has one."""
    own = os.path.join(overlay.SOURCE, path)
    return own if os.path.exists(own) else os.path.join(ROOT, path)


def configure(cfg):
    """
    Write cfg.obj/.config.  The base's own tree gets exactly what ours resolved to, less the symbols
    that only ours has, so that an A/B compares code and nothing else; without Xen, less all that needs it.
    """
    os.makedirs(cfg.obj, exist_ok=True)
    log = os.path.join(cfg.logs, "config.log")
    dot = os.path.join(cfg.obj, ".config")
    if cfg.xen != "ours":
        ours = cfg.but(xen="ours")
        tree(ours)
        configure(ours)
        wanted = read_config(os.path.join(ours.obj, ".config"))
        with open(os.path.join(ours.obj, ".config")) as f:
            text = f.read()
        if cfg.xen == "none":
            text = without_xen(text)
            wanted = {}
    else:
        wanted = fragment_options(*fragments(cfg))
        text = ""
        for path in fragments(cfg):
            with open(path) as f:
                text += f.read()
    # The input decides: an unchanged one must not touch .config, or everything is looked at again.
    source = os.path.join(cfg.obj, ".xenlab-input")
    stamp = text + kconfig_stamp(cfg)
    if os.path.exists(dot) and not differs(source, stamp):
        return []
    if cfg.xen != "ours":
        with open(dot, "w") as f:
            f.write(text)
        make(cfg, "olddefconfig", log=log, what="olddefconfig")
    elif cfg.config == "distro":
        make(cfg, "x86_64_defconfig", log=log, what="x86_64_defconfig")
        with open(dot, "a") as f:
            f.write(text)
        make(cfg, "olddefconfig", log=log, what="olddefconfig")
    else:
        merged = os.path.join(cfg.obj, ".xenlab-allconfig")
        write_if_changed(merged, text)
        make(cfg, f"KCONFIG_ALLCONFIG={merged}", "allnoconfig", log=log, what="allnoconfig")
    have = read_config(dot)
    lost = lost_options(wanted, have)
    if cfg.xen == "none" and have.get("XEN", "n") != "n":
        raise LabError(f"the configuration of {cfg.variant} has Xen support", "another option selects it")
    needed = [n for n in lost if "XEN" in n]
    if needed and cfg.xen == "ours":
        raise LabError(f"the configuration of {cfg.variant} loses {', '.join(needed)}",
                       "a dependency is missing in the fragment or changed in the base's Kconfig")
    write_if_changed(source, stamp)
    return lost


def without_xen(text):
    """A configuration without CONFIG_XEN and what names it: all the rest goes with these."""
    lines = [line for line in text.splitlines() if "XEN" not in line]
    return "\n".join(lines + ["# CONFIG_XEN is not set", ""])


def differs(path, text):
    try:
        with open(path) as f:
            return f.read() != text
    except OSError:
        return True


def kconfig_stamp(cfg):
    """Our own Kconfig files decide as well."""
    digest = hashlib.sha256()
    for path in ("arch/x86/xen/Kconfig", "arch/x86/xen/Kconfig.roles", "drivers/xen/Kconfig", "Makefile"):
        try:
            with open(os.path.join(cfg.tree, path), "rb") as f:
                digest.update(f.read())
        except OSError:
            pass
    return f"# {digest.hexdigest()}\n"


def lost_options(wanted, have):
    return sorted(n for n, v in wanted.items() if v != "n" and have.get(n, "n") != v and have.get(n) not in ("y", "m"))


def kernel(cfg):
    """Lay, configure, compile; returns the path of the bzImage."""
    tree(cfg)
    lost = configure(cfg)
    if lost:
        with open(os.path.join(cfg.logs, "config-lost.txt"), "w") as f:
            f.write("\n".join(lost) + "\n")
    with Step(f"kernel {cfg.variant} ({cfg.config})") as step:
        log = os.path.join(cfg.logs, "build.log")
        make(cfg, "bzImage", log=log, what="the kernel build")
        with open(log, errors="replace") as f:
            done = sum(1 for line in f if re.match(r"  (CC|AS|LD|AR|OBJCOPY|BUILD)\b", line))
        with open(cfg.bzimage, "rb") as f:
            step.note = f"{done} steps, bzImage {hashlib.file_digest(f, 'sha256').hexdigest()[:12]}"
    modules(cfg)
    return cfg.bzimage


def modules(cfg):
    """Build the modules of a configuration that has some, and install them where modules_folder() finds them."""
    if "m" not in read_config(os.path.join(cfg.obj, ".config")).values():
        return
    root = os.path.join(cfg.obj, "xenlab-modules")
    with Step(f"modules {cfg.variant} ({cfg.config})") as step:
        make(cfg, "modules", log=os.path.join(cfg.logs, "modules.log"), what="the build of the modules")
        shutil.rmtree(root, ignore_errors=True)
        make(cfg, f"INSTALL_MOD_PATH={root}", "INSTALL_MOD_STRIP=1", "modules_install",
             log=os.path.join(cfg.logs, "modules-install.log"), what="modules_install")
        # it points out of the guest
        os.unlink(os.path.join(modules_folder(cfg), "build"))
        step.note = f"{len(glob.glob(os.path.join(modules_folder(cfg), 'kernel/**/*.ko'), recursive=True))} modules"


def modules_folder(cfg):
    """What the kernel looks for in /lib/modules/<its release>; "" if it was built without modules."""
    found = glob.glob(os.path.join(cfg.obj, "xenlab-modules/lib/modules/*"))
    return found[0] if found else ""
