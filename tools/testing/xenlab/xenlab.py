# SPDX-License-Identifier: GPL-2.0
"""Entry of the lab: one subcommand for each target of the Makefile."""

import glob
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from common import LabError, Lock, Settings, Step, die_with_us, say  # noqa: E402


def do_run(cfg):
    import roles
    return roles.main(cfg)


def do_check(cfg):
    import check
    return check.main(cfg)


def do_base(cfg):
    import base
    say(f"{cfg.base_dir}: {base.kernel(cfg)}")


def do_tree(cfg):
    import build
    say(build.tree(cfg))


def do_kernel(cfg):
    import build
    say(build.kernel(cfg))


def do_owned(cfg):
    import build
    import overlay
    build.tree(cfg)
    overlay.owned(cfg)


def do_shell(cfg):
    import shell
    return shell.main(cfg, debug=False)


def do_debug(cfg):
    import shell
    return shell.main(cfg, debug=True)


def do_series(cfg):
    import series
    return series.main(cfg)


def do_deb(cfg):
    import deb
    return deb.main(cfg)


def do_bisect(cfg):
    import bisect_run
    return bisect_run.main(cfg)


def alone(stage):
    def command(cfg):
        import check
        return check.only(cfg, stage)
    return command


do_lint, do_unit, do_kunit = alone("lint"), alone("unit"), alone("kunit")
do_selftests, do_base_selftests = alone("selftests"), alone("all base-selftests")
do_scenarios = alone("all scenarios")


def do_matrix(cfg):
    import matrix
    return matrix.main(cfg)


def do_stress(cfg):
    import stress
    return stress.main(cfg)


def do_bench(cfg):
    import bench
    return bench.main(cfg)


def do_clean(cfg):
    """Everything that can be made again without the archive."""
    killed = glob.glob("labdisk-*", root_dir=cfg.build)         # of machines whose lab had no time to end
    for name in ["tree", "run", "log", "series", "deb", "bisect", "lint", "xen-unit", "kvm-probe.json"] + killed:
        path = os.path.join(cfg.build, name)
        if os.path.isdir(path):
            with Step(f"removing {path}"):
                shutil.rmtree(path)
        elif os.path.exists(path):
            os.unlink(path)


COMMANDS = {name[3:].replace("_", "-"): value for name, value in list(globals().items()) if name.startswith("do_")}


def main(argv):
    if len(argv) != 2 or argv[1] not in COMMANDS:
        say(f"usage: xenlab {'|'.join(COMMANDS)}   (settings come from the environment: see README.md)")
        return 2
    # A killed run takes its machines and builds with it, and is killed with its make.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if "MAKELEVEL" in os.environ:
        die_with_us()
    try:
        cfg = Settings.from_env()
        with Lock(cfg):
            return COMMANDS[argv[1]](cfg) or 0
    except LabError as error:
        say(f"\nxenlab: {error}")
        if error.hint:
            say(f"        {error.hint}")
        return error.status
    except KeyboardInterrupt:
        say("\nxenlab: interrupted; the same command goes on from here")
        return 130
    except OSError as error:
        say(f"\nxenlab: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
