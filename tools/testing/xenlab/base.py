# SPDX-License-Identifier: GPL-2.0
"""What the lab takes as it is: the pristine kernel and the hypervisor."""

import glob
import gzip
import os
import re
import shutil

import archive
from common import LabError, Once, Step, kernel_version, need_space, run

USER_XENS = Once()


def kernel(cfg):
    """Make sure that cfg.base_dir holds the pristine tree; returns its version as text."""
    if cfg.is_path:
        if not os.path.isdir(cfg.base_dir):
            raise LabError(f"BASE={cfg.base}: no such folder")
        return kernel_version(cfg.base_dir)[2]
    if not re.fullmatch(r"\d+\.\d+", cfg.base):
        raise LabError(f"BASE={cfg.base} is neither a version such as 6.12 nor a path to a kernel tree")
    if os.path.isdir(cfg.base_dir):
        return kernel_version(cfg.base_dir)[2]
    with Step(f"base kernel {cfg.base}") as step:
        need_space(cfg.build, 4000, f"unpacking linux-source-{cfg.base}")
        deb = archive.fetch(cfg, f"linux-source-{cfg.base}", r"^linux-source-[0-9.]+$")
        part = cfg.base_dir + ".part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        archive.unpack(deb, f"{part}/deb")
        (tar,) = glob.glob(f"{part}/deb/usr/src/linux-source-*.tar.*")
        run(["tar", "-C", part, "-xf", tar], what=f"unpacking {os.path.basename(tar)}", timeout=1800)
        (tree,) = glob.glob(f"{part}/linux-source-*")
        version = kernel_version(tree)[2]
        os.rename(tree, cfg.base_dir)
        shutil.rmtree(part)
        step.note = version
    return version


def hypervisor(cfg, version=""):
    """Path of an uncompressed hypervisor ELF: the user's XENBIN, or the distribution's package."""
    out = os.path.join(cfg.build, "xen")
    if cfg.xenbin:
        if not os.path.isfile(cfg.xenbin):
            raise LabError(f"XENBIN={cfg.xenbin}: no such file")
        return USER_XENS.get((cfg.build, cfg.xenbin), lambda: plain_elf(cfg.xenbin, os.path.join(out, "user.elf")))
    version = version or os.environ.get("XENVER") or "4.17"
    elf = os.path.join(out, f"xen-{version}.elf")
    if os.path.exists(elf):
        return elf
    with Step(f"hypervisor {version}"):
        deb = archive.fetch(cfg, f"xen-hypervisor-{version}-amd64", r"^xen-hypervisor-[0-9.]+-amd64$")
        part = os.path.join(out, f"part-{version}")
        shutil.rmtree(part, ignore_errors=True)
        archive.unpack(deb, part)
        found = glob.glob(f"{part}/boot/xen-{version}-amd64.gz")
        if not found:
            raise LabError(f"{os.path.basename(deb)} holds no boot/xen-{version}-amd64.gz")
        plain_elf(found[0], elf)
        shutil.rmtree(part)
    return elf


def plain_elf(path, final):
    """QEMU's multiboot loader takes an ELF, packages carry it gzipped."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise LabError(f"{path}: broken gzip file: {error}") from error
    if data[:4] != b"\x7fELF":
        raise LabError(f"{path} is no ELF file, gzipped or not: a hypervisor for QEMU's -kernel must be one")
    os.makedirs(os.path.dirname(final), exist_ok=True)
    with open(final + ".part", "wb") as f:
        f.write(data)
    os.replace(final + ".part", final)
    return final
