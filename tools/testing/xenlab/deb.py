# SPDX-License-Identifier: GPL-2.0
"""
Installable kernel packages from a distribution-like configuration with our fragment, built by the
base's own bindeb-pkg: build/deb/<base>/*.deb.
"""

import glob
import os
import re
import shutil

import build
import common
from common import LabError, Step

# What bindeb-pkg calls, and the package that has it.
TOOLS = {
    "dpkg-buildpackage": "dpkg-dev", "dpkg-deb": "dpkg", "dh": "debhelper", "rsync": "rsync", "cpio": "cpio",
    "depmod": "kmod", "bc": "bc", "openssl": "openssl", "xz": "xz-utils",
}
# Build dependencies that are no command: a file that shows them.
FILES = {"/usr/include/openssl/ssl.h": "libssl-dev", "/usr/include/libelf.h": "libelf-dev"}
# Debugging information would multiply the packages; an update must not need a key of the user's.
SMALL = """CONFIG_DEBUG_INFO_NONE=y
# CONFIG_DEBUG_INFO_BTF is not set
CONFIG_LOCALVERSION=""
# CONFIG_LOCALVERSION_AUTO is not set
CONFIG_SYSTEM_TRUSTED_KEYS=""
"""


def present(path):
    return os.path.exists(path) or bool(glob.glob(path.replace("/usr/include/", "/usr/include/*/")))


def missing(which=shutil.which, exists=present):
    """Packages that have to be installed first."""
    want = [package for tool, package in TOOLS.items() if not which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")]
    want += [package for path, package in FILES.items() if not exists(path)]
    return sorted(set(want))


def main(cfg):
    want = missing()
    if want:
        raise LabError(f"make deb needs packages that are not installed: {' '.join(want)}",
                       f"apt-get install {' '.join(want)}")
    cfg = cfg.but(config="distro")
    common.need_space(cfg.build, 12000, "a distribution-like kernel and its packages")
    build.tree(cfg)
    with Step(f"configuring {cfg.variant} like a distribution"):
        build.configure(cfg)
        dot = os.path.join(cfg.obj, ".config")
        with open(dot) as f:
            text = f.read()
        if not all(line in text for line in SMALL.splitlines()[:1]):
            with open(dot, "a") as f:
                f.write(SMALL)
            build.make(cfg, "olddefconfig", log=os.path.join(cfg.logs, "deb-config.log"), what="olddefconfig")
    out = os.path.join(cfg.build, "deb", cfg.variant)
    with Step(f"packages of {cfg.variant}") as step:
        # bindeb-pkg puts the packages beside the object folder.
        for old in packages(cfg):
            os.unlink(old)
        log = os.path.join(cfg.logs, "deb.log")
        build.make(cfg, "bindeb-pkg", f"KDEB_PKGVERSION={version(cfg)}", log=log, what="make bindeb-pkg", timeout=6 * 3600)
        made = packages(cfg)
        if not any("linux-image-" in path for path in made):
            raise LabError("make bindeb-pkg left no linux-image package", f"log: {log}")
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        names = []
        for path in made:
            shutil.move(path, out)
            if path.endswith(".deb"):
                names.append(os.path.join(out, os.path.basename(path)))
        step.note = f"{len(names)} packages"
    for name in names:
        common.say(f"{name}  ({os.path.getsize(name) >> 20} MiB)")
    return 0


def packages(cfg):
    """What bindeb-pkg left."""
    top = os.path.dirname(cfg.obj)
    return sorted(p for ending in ("*.deb", "*.buildinfo", "*.changes") for p in glob.glob(os.path.join(top, "linux-" + ending)))


def version(cfg):
    """A package version that grows with the base's and says whose Xen code is in it."""
    text = common.kernel_version(cfg.base_dir)[2]
    text = re.sub(r"-rc", "~rc", text)
    text = re.sub(r"[^A-Za-z0-9.+~]", ".", text)
    return f"{text}-1{'xenpvops' if cfg.xen == 'ours' else 'xenbase'}"
