#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A machine that goes away in the middle of a line: the lab must not take that for an end.
echo 1 > /proc/sys/kernel/printk
printf 'this line has no e' > /dev/console
sleep 1
echo b > /proc/sysrq-trigger
sleep 60
