# SPDX-License-Identifier: GPL-2.0
"""The disks and the initramfs that every machine of the lab boots with."""

import os
import shutil
import subprocess
import tempfile

import archive
from common import LabError, Once, Step, need_space, run, text_hash, write_if_changed

SUITE = "bookworm"
# One root for dom0 and for the guests.
PACKAGES = """xen-utils-4.17 xen-utils-common xenstore-utils qemu-system-xen seabios
    iproute2 iputils-ping bridge-utils ethtool socat fio iperf3 stress-ng
    pciutils kmod udev procps psmisc strace util-linux e2fsprogs grub-xen-bin python3-minimal""".split()
ROOT_MIB = 1400
OUT_MIB = 96
USER_ROOTS = Once()


def root(cfg):
    """Path of the ext4 image with the guests' and dom0's root file system."""
    if cfg.rootfs:
        return USER_ROOTS.get((cfg.build, cfg.rootfs), lambda: user_root(cfg))
    key = text_hash(SUITE, *PACKAGES, ROOT_MIB)
    image = os.path.join(cfg.build, "image", f"root-{key}.img")
    if os.path.exists(image):
        return image
    if os.geteuid() != 0:
        raise LabError("making a root file system takes root (mmdebstrap)",
                       "bring one: ROOTFS=/path/to/image-or-folder with Xen's toolstack in it")
    with Step("root file system"):
        need_space(cfg.build, 3500, "the root file system")
        work = os.path.join(cfg.build, "image", "root.part")
        shutil.rmtree(work, ignore_errors=True)
        sources = os.path.join(cfg.build, "image", "sources.list")
        write_if_changed(sources, "\n".join(archive.source_lines()) + "\n")
        run(["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}",
             '--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/man/*',
             '--dpkgopt=path-exclude=/usr/share/locale/*', SUITE, work, sources],
            log=os.path.join(cfg.build, "log", "rootfs.log"), timeout=1800, what="mmdebstrap")
        make_ext4(work, image, ROOT_MIB, "xenlab-root")
        shutil.rmtree(work)
    return image


def user_root(cfg):
    path = os.path.realpath(cfg.rootfs)
    if os.path.isdir(path):
        image = os.path.join(cfg.build, "image", f"user-{text_hash(path)}.img")
        size = int(run(["du", "-sm", path]).split()[0])
        with Step(f"root image of {cfg.rootfs}"):
            make_ext4(path, image, size * 5 // 4 + 128, "xenlab-root")
        return image
    try:
        with open(path, "rb") as f:
            f.seek(1080)
            magic = f.read(2)
    except OSError as error:
        raise LabError(f"ROOTFS={cfg.rootfs}: {error.strerror}") from error
    if magic != b"\x53\xef":
        raise LabError(f"ROOTFS={cfg.rootfs} is neither a folder nor an ext2/3/4 image without partitions")
    return path


def make_ext4(folder, image, mib, label):
    os.makedirs(os.path.dirname(image), exist_ok=True)
    part = image + ".part"
    if os.path.exists(part):
        os.unlink(part)
    run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-L", label, "-d", folder, part, f"{mib}M"],
        what=f"mke2fs {os.path.basename(image)}")
    os.replace(part, image)


def lab_disk(cfg, path, extra=()):
    """
    A small disk with the in-guest scripts and programs.  @extra: pairs (file or folder, name on the
    disk).  It is made anew for every machine, which takes well under a second.
    """
    here = os.path.dirname(__file__)
    with tempfile.TemporaryDirectory(prefix="labdisk-", dir=cfg.build) as stage:
        # the guest runs scripts as it finds them: modes do not survive every checkout
        for sub in ("guest", "bench"):
            for name in sorted(os.listdir(os.path.join(here, sub))):
                source = os.path.join(here, sub, name)
                if os.path.isfile(source) and name.endswith((".sh", ".py")):
                    os.makedirs(os.path.join(stage, sub), exist_ok=True)
                    shutil.copy(source, os.path.join(stage, sub, name))
                    os.chmod(os.path.join(stage, sub, name), 0o755)
        for source, name in extra:
            target = os.path.join(stage, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isdir(source):
                shutil.copytree(source, target, symlinks=True)
            else:
                shutil.copy(source, target)
        used = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(stage) for f in fs
                   if not os.path.islink(os.path.join(d, f)))
        make_ext4(stage, path, (used >> 20) * 5 // 4 + 24, "xenlab")
    return path


def out_disk(path):
    """A raw disk onto which a machine writes a tar of its results."""
    with open(path, "wb") as f:
        f.truncate(OUT_MIB << 20)
    return path


def unpack_out(path, into):
    """Names of the result files; empty if the machine never came to write them."""
    shutil.rmtree(into, ignore_errors=True)
    os.makedirs(into)
    # An untouched disk is no tar; one that a dying machine half wrote gives what it has.
    subprocess.run(["tar", "-C", into, "--no-same-owner", "-xf", path], stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return sorted(os.listdir(into))


INITRAMFS = """\
dir /dev 755 0 0
nod /dev/console 600 0 0 c 5 1
nod /dev/null 666 0 0 c 1 3
dir /proc 755 0 0
dir /sys 755 0 0
dir /bin 755 0 0
dir /root 755 0 0
dir /lower 755 0 0
dir /upper 755 0 0
file /bin/busybox {busybox} 755 0 0
slink /bin/sh busybox 777 0 0
file /init {init} 755 0 0
"""


def initramfs(cfg, out, modules=()):
    """
    The initramfs that mounts root and lab disk; made by the kernel tree's own gen_init_cpio.  The files
    @modules are loaded in the order of their names before anything else.
    """
    busybox = shutil.which("busybox")
    if not busybox:
        raise LabError("busybox: no such command", "package busybox-static")
    tool = os.path.join(cfg.obj, "usr/gen_init_cpio")
    if not os.path.exists(tool):
        raise LabError(f"{tool} is missing: the kernel is not built", "make kernel")
    # In gen_init_cpio's list a name ends at a space, which other paths than the build folder's may have.
    busybox = shutil.copy(busybox, out + ".busybox")
    init = shutil.copy(os.path.join(os.path.dirname(__file__), "guest", "initramfs-init.sh"), out + ".init")
    spec = out + ".list"
    lines = "".join(f"file /modules/{os.path.basename(path)} {path} 644 0 0\n" for path in modules)
    write_if_changed(spec, INITRAMFS.format(busybox=busybox, init=init) + "dir /modules 755 0 0\n" + lines)
    with open(out, "wb") as f:
        status = subprocess.run([tool, spec], stdout=f, stderr=subprocess.PIPE, check=False)
    if status.returncode:
        raise LabError(f"gen_init_cpio: {status.stderr.decode(errors='replace').strip()}")
    return out
