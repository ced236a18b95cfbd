# SPDX-License-Identifier: GPL-2.0
"""
Has the machine's clock interrupt dom0 once a second, for ever.

QEMU now and then seems to forget to tell its CPU of an interrupt that it has raised, most likely when another thread
raises it while the CPU leaves a guest.  The next interrupt mends that, but the hypervisor's timer is the only one of an
idle machine, and is not set again before it was heard: the machine stands still.
"""

import fcntl
import os

RTC_UIE_ON = 0x7003

rtc = os.open("/dev/rtc0", os.O_RDONLY)
fcntl.ioctl(rtc, RTC_UIE_ON)
while True:
    os.read(rtc, 8)
