#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run "make check" of each part; number the results and sum them up.

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

for part in "$@"; do
	if ! make -s -C "$part" ${UNIT_OUT:+"OUT=$UNIT_OUT/$part"} check >"$log.part" 2>&1 && ! grep -q '^not ok ' "$log.part"; then
		tail -n 20 "$log.part" | sed 's/^/# /' >>"$log"
		echo "not ok $part does not build or run" >>"$log"
	fi
	sed -n "s/^ok /ok $part: /p; s/^not ok /not ok $part: /p; s/^skip /skip $part: /p; s/^#/#/p; s/^  /# /p" \
		"$log.part" >>"$log"
	rm -f "$log.part"
done

awk '
	BEGIN { print "KTAP version 1" }
	/^ok /     { print "ok " ++n " - " substr($0, 4); passed++; next }
	/^not ok / { print "not ok " ++n " - " substr($0, 8); failed++; next }
	/^skip /   { print "ok " ++n " - " substr($0, 6) " # SKIP"; skipped++; next }
	{ print }
	END {
		print "1.." n + 0
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0
	}' "$log"
