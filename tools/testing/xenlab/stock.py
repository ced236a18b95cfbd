# SPDX-License-Identifier: GPL-2.0
"""
Kernels as the distribution ships them, and PV GRUB: front ends that nobody built for this project.
A kernel is unpacked to build/stock/VERSION: vmlinuz, and the modules that a guest of the lab must load, in order.
"""

import glob
import lzma
import os
import re
import shutil

import archive
import image
from common import LabError, Step, run, write_if_changed

# (meta-package, suites): of the release, of its updates, of the newest suite.
KERNELS = (("linux-image-amd64", ("",)), ("linux-image-6.12-amd64", ("", "sid")), ("linux-image-amd64", ("sid",)))
# What the lab's first programs need; what is built in is no file.  Older kernels' ext4 asks for crc32c by name.
MODULES = ("crc32c_generic", "xen-blkfront", "xen-netfront", "ext4", "overlay")
GRUB = "grub-xen-host"
# 32-bit GRUB cannot start these kernels, but it can read.
GRUB_CFG = """\
if [ "$grub_cpu" = i386 ]; then
	hashsum --hash sha256 /boot/initramfs.cpio
	sleep 2
	halt
fi
linux /stock/{kernel}/vmlinuz {words}
initrd /stock/{kernel}/initramfs.cpio
boot
"""
# Of a guest as guest/toolstack.sh makes it.
GRUB_WORDS = """console=hvc0 earlyprintk=xen xenlab.root=/dev/xvda xenlab.disk=/dev/xvdb xenlab.out=/dev/xvdc
    xenlab.scratch=/dev/xvdc xenlab.role=pv xenlab.ip=10.77.0.11/24 xenlab.job=guest/verify-domu xenlab.by=grub panic=-1"""
BOOT_SECTOR = os.path.join(os.path.dirname(__file__), "guest", "firmware.S")


def kernels(cfg):
    """{name: folder} of all; the name is the kernel's version, "6.1"."""
    found = {}
    for meta, suites in KERNELS:
        deb = archive.current(cfg, meta, suites)
        name = version(deb)
        if name not in found:
            found[name] = kernel(cfg, name, deb)
    return found


def version(deb):
    match = re.match(r"linux-image-(\d+\.\d+)", os.path.basename(deb))
    if not match:
        raise LabError(f"{deb}: not the name of a kernel package")
    return match[1]


def parts(cfg, deb):
    """@deb and the packages that newer releases put a kernel's image and modules into."""
    text = run(["dpkg-deb", "-f", deb, "Depends"])
    return [deb] + [archive.fetch(cfg, name, "^linux-(binary|modules)-")
                    for name in re.findall(r"\blinux-(?:binary|modules)-[\w.+-]+", text)]


def kernel(cfg, name, deb):
    """The folder of one kernel, made once."""
    out = os.path.join(cfg.build, "stock", name)
    stamp = os.path.join(out, os.path.basename(deb))
    if os.path.exists(stamp):
        return out
    with Step(f"the distribution's kernel {name}") as step:
        part = out + ".part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        for package in parts(cfg, deb):
            archive.unpack(package, f"{part}/deb")
        images = glob.glob(f"{part}/deb/boot/vmlinuz-*") + glob.glob(f"{part}/deb/usr/lib/modules/*/vmlinuz")
        if not images:
            raise LabError(f"{os.path.basename(deb)} holds no kernel image")
        shutil.copy(images[0], f"{part}/vmlinuz")
        order = take_modules(f"{part}/deb", part)
        shutil.rmtree(f"{part}/deb")
        open(os.path.join(part, os.path.basename(deb)), "w").close()
        os.rename(part, out)
        step.note = f"{len(order)} modules"
    return out


def take_modules(tree, out):
    """Copy MODULES and what they depend on, plain, as NN-name.ko in the order in which to load them."""
    index = {}
    for path in glob.glob(f"{tree}/**/*.ko*", recursive=True):
        index.setdefault(canonical(os.path.basename(path).split(".ko")[0]), path)
    order = []
    for name in MODULES:
        visit(index, canonical(name), order)
    for n, (name, data) in enumerate(order):
        with open(os.path.join(out, f"{n:02}-{name}.ko"), "wb") as f:
            f.write(data)
    return order


def canonical(name):
    return name.replace("-", "_")


def visit(index, name, order):
    if any(name == done for done, _ in order):
        return
    if name not in index:
        return
    data = plain(index[name])
    for other in depends(data):
        visit(index, canonical(other), order)
    order.append((name, data))


def plain(path):
    with open(path, "rb") as f:
        data = f.read()
    if path.endswith(".xz"):
        return lzma.decompress(data)
    if path.endswith(".ko"):
        return data
    raise LabError(f"{path}: modules packed in another way than xz")


def depends(data):
    """Names in a module's own "depends=" line."""
    match = re.search(rb"\0depends=([^\0]*)\0", data)
    return [name for name in match[1].decode().split(",") if name] if match else []


def modules(folder):
    return sorted(glob.glob(os.path.join(folder, "*.ko")))


def grub(cfg):
    """Folder with grub-<platform>.bin."""
    out = os.path.join(cfg.build, "stock", "grub")
    if not os.path.isdir(out):
        part = out + ".part"
        shutil.rmtree(part, ignore_errors=True)
        archive.unpack(archive.fetch(cfg, GRUB, "^grub-xen"), part)
        os.rename(part, out)
    found = os.path.join(out, "usr/lib/grub-xen")
    if not glob.glob(f"{found}/grub-*.bin"):
        raise LabError(f"{GRUB} holds no usr/lib/grub-xen/grub-*.bin")
    return found


def files(cfg):
    """All that guest/frontend-scenarios.sh finds on the lab disk: pairs (file, name there)."""
    place = os.path.join(cfg.build, "stock")
    found = []
    have = kernels(cfg)
    for name, folder in have.items():
        initramfs = image.initramfs(cfg, os.path.join(place, f"initramfs-{name}.cpio"), modules(folder))
        found += [(os.path.join(folder, "vmlinuz"), f"stock/{name}/vmlinuz"),
                  (initramfs, f"stock/{name}/initramfs.cpio")]
    images = grub(cfg)
    found += [(os.path.join(images, name), f"stock/{name}") for name in ("grub-x86_64-xen.bin", "grub-i386-xen.bin")]
    # GRUB unpacks gzip and xz, which the oldest of them is.
    oldest = min(have, key=lambda name: [int(n) for n in name.split(".")])
    config = os.path.join(place, "grub.cfg")
    write_if_changed(config, GRUB_CFG.format(kernel=oldest, words=" ".join(GRUB_WORDS.split())))
    return tuple(found + [(config, "boot/grub/grub.cfg"), (boot_sector(place), "stock/firmware.bin")])


def boot_sector(place):
    out = os.path.join(place, "firmware.bin")
    run(["gcc", "-m32", "-nostdlib", "-static", "-Wl,--oformat=binary,-Ttext=0x7c00,-e,_start,--build-id=none",
         "-o", out, BOOT_SECTOR], what="assembling firmware.S")
    return out
