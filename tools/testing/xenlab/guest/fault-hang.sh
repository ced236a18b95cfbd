#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A machine that never ends: the lab must call it hung.
. /xenlab/guest/lib.sh
mark note "sleeping for ever"
sleep infinity
