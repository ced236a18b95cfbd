# SPDX-License-Identifier: GPL-2.0
"""800x600 random pixels, always the same, as a framebuffer has them (bgrx) or a picture of its screen (rgb)."""

import random
import sys

raw = random.Random(79).randbytes(800 * 600 * 4)
if sys.argv[1] == "bgrx":
    sys.stdout.buffer.write(raw)
else:
    rgb = bytearray(800 * 600 * 3)
    rgb[0::3], rgb[1::3], rgb[2::3] = raw[2::4], raw[1::4], raw[0::4]
    sys.stdout.buffer.write(rgb)
