# SPDX-License-Identifier: GPL-2.0
"""The figures as a page of Documentation/virt/xen: one table for each group, in reStructuredText."""

import rows as bench_rows

HEAD = """.. SPDX-License-Identifier: GPL-2.0

.. Written by make bench: build/bench.rst.

========
Measured
========

What our Xen support and the base's own execute for the same work, as ``make bench``
counted it on Linux {version}, configuration ``{config}``.  How it counts is told in
testing.rst.  Figures are instructions per operation unless a table says otherwise, ``ratio``
is ours by base, and ``bare`` is our kernel without a hypervisor.

Where hypercalls are counted, an instruction that the hypervisor emulates for the base in
a PV domU counts as none; ours does the same by hypercall, in fewer instructions
(pagetables.rst).  What the base without Xen saves on the bare machine is what
``CONFIG_PARAVIRT_XXL`` puts into the core, with the base's Xen code as with ours.

"""
TABLE = """{title}
{line}

.. csv-table::
   :header: "", "ours", "base", "bare", "ratio"
   :widths: 40, 16, 16, 16, 12

"""


def group(made, name, title):
    block = [r for r in made if r.group == name]
    if not block:
        return ""
    lines = []
    for row in block:
        figures = [bench_rows.figure(v) for v in (row.ours, row.base, row.bare)]
        unit = "" if row.unit.startswith(bench_rows.INSTRUCTIONS) or name in ("calls", "grants") else f" ({row.unit})"
        lines.append("   " + ", ".join(f'"{text}"' for text in (row.name + unit, *figures, bench_rows.ratio(row))))
    return TABLE.format(title=title, line="=" * len(title)) + "\n".join(lines) + "\n\n"


def rst(made, version, config):
    """The page as text."""
    text = HEAD.format(version=version, config=config)
    text += "".join(group(made, name, title[0].upper() + title[1:]) for name, title in bench_rows.GROUPS)
    means = [f'   "{title}", "{number}", "{mean:.3f}"\n' for title, number, mean in bench_rows.means(made)]
    return text + ('Geometric means\n===============\n\n.. csv-table::\n   :header: "", "rows", "ratio"\n'
                   '   :widths: 60, 20, 20\n\n' + "".join(means))
