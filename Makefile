# SPDX-License-Identifier: GPL-2.0
# One command from a bare machine to one kernel in six roles: make run.  See README.md.

TARGETS := run check base tree kernel owned shell debug series deb bisect lint unit kunit selftests base-selftests scenarios matrix stress bench clean
LAB := tools/testing/xenlab
SETTINGS := BASE XEN CONFIG DEBUG BUILD JOBS ACCEL XENBIN XENVER ROOTFS ROLE TEST GOOD BAD TREE BENCH REPEAT AGREE TRACE OURS BASEIMG FRESH LIMIT TRUST CPUS MEM BOOTS MINUTES
export $(SETTINGS)

help:
	@sed -n '/^## make/,/^## /p' README.md | sed '/^## /d'

$(TARGETS):
	@sh $(LAB)/deps.sh $@
	@exec /usr/bin/env PATH="/usr/bin:$$PATH:/usr/sbin:/sbin" python3 $(LAB)/xenlab.py $@

.PHONY: help $(TARGETS)
