#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run a part's unit tests, the files of it that must not compile, and its fuzz targets, in its folder.

failed=0
fail() { echo "not ok $*"; failed=1; }

"$OUT/unit" || failed=1

# Each file of nocompile/ has one offending line under #ifdef OFFEND; without it, it must compile.
for f in nocompile/*.c; do
	[ -e "$f" ] || continue
	name=$(basename "$f" .c)
	# shellcheck disable=SC2086
	if ! gcc -std=gnu11 -Wall -Werror $INC -fsyntax-only "$f" 2>"$OUT/$name.log"; then
		fail "$name: the clean part does not compile"
		sed 's/^/  /' "$OUT/$name.log"
	elif grep -q 'sparse:' "$f"; then
		if ! command -v sparse >/dev/null; then
			echo "skip $name: no sparse"
			continue
		fi
		# shellcheck disable=SC2086
		sparse -Wno-decl $INC "$f" >"$OUT/$name.log" 2>&1
		# shellcheck disable=SC2086
		sparse -Wno-decl $INC -DOFFEND "$f" \
			>"$OUT/$name.bad.log" 2>&1
		want=$(sed -n 's/.*sparse: //p' "$f")
		if grep -q "$want" "$OUT/$name.log"; then
			fail "$name: sparse warns about the clean part"
		elif grep -q "$want" "$OUT/$name.bad.log"; then
			echo "ok $name: sparse says \"$want\""
		else
			fail "$name: sparse is silent"
		fi
	elif gcc -std=gnu11 $INC -DOFFEND -fsyntax-only "$f" 2>"$OUT/$name.log"; then
		fail "$name: the offending line compiles"
	else
		echo "ok $name: does not compile"
	fi
done

for t in $FUZZ; do
	"$OUT/fuzz_$t" -runs="$RUNS" -seed=1 -max_len="$LEN" -verbosity=0 \
		-artifact_prefix="$OUT/fuzz_$t." >"$OUT/fuzz_$t.log" 2>&1 &
	eval "pid_$t=$!"
done
for t in $FUZZ; do
	eval "pid=\$pid_$t"
	if wait "$pid"; then
		echo "ok fuzz $t: $RUNS cases"
	else
		tail -n 30 "$OUT/fuzz_$t.log" | sed 's/^/  /'
		fail "fuzz $t"
	fi
done
for t in $NOFUZZ; do
	echo "skip fuzz $t: no libFuzzer"
done
exit $failed
