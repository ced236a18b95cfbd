# SPDX-License-Identifier: GPL-2.0
"""A chart of the ratios, written by hand: one bar for each row, a line at 1.00."""

from xml.sax.saxutils import escape

import rows as bench_rows

LEFT, WIDTH, RIGHT = 290, 460, 150
LINE, BAR = 20, 12
BETTER, WORSE, TEXT, FAINT = "#2a7f4f", "#b5452c", "#222222", "#888888"


def text(x, y, content, anchor="start", size=12, colour=TEXT, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" '
            f'font-weight="{weight}">{escape(content)}</text>')


def line(x1, y1, x2, y2, colour=FAINT, dash=""):
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{extra}/>'


def bar(y, row, top):
    length = min(row.ratio, top) / top * WIDTH
    colour = BETTER if row.ratio <= 1 else WORSE
    over = " >" if row.ratio > top else ""
    return [text(LEFT - 8, y + BAR - 2, row.name, "end"),
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>',
            text(LEFT + length + 6, y + BAR - 2,
                 f"{row.ratio:.2f}{over}  ({bench_rows.figure(row.ours)} / {bench_rows.figure(row.base)})",
                 size=10, colour=FAINT)]


def svg(made, title):
    """The chart as text; rows without a ratio are left out."""
    made = [r for r in made if r.ratio is not None]
    top = min(2.0, max([1.25] + [r.ratio * 1.05 for r in made]))
    y = 48
    parts = [text(16, 26, title, size=16, weight="bold")]
    for group, name in bench_rows.GROUPS:
        block = [r for r in made if r.group == group]
        if not block:
            continue
        mean = bench_rows.geomean(r.ratio for r in block)
        shown = f"{name}: geometric mean {mean:.3f}" if mean else name
        parts.append(text(16, y + 12, shown, weight="bold"))
        y += LINE
        for row in block:
            parts += bar(y, row, top)
            y += LINE
        y += LINE // 2
    one = LEFT + WIDTH / top
    parts.append(line(one, 40, one, y, dash="4 3"))
    parts.append(text(one, y + 14, "1.00 = the base's own Xen code; shorter is better", "middle", 11, FAINT))
    width, height = LEFT + WIDTH + RIGHT, y + 28
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")
