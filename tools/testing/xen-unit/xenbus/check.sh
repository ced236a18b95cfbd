#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run the unit tests and fuzz targets; the last line sums up.

passed=0 failed=0 skipped=0

"$OUT/unit" >"$OUT/unit.log" 2>&1
rc=$?
cat "$OUT/unit.log"
passed=$(grep -c '^ok ' "$OUT/unit.log")
failed=$(grep -c '^not ok ' "$OUT/unit.log")
if [ "$rc" -ne 0 ] && [ "$failed" -eq 0 ]; then
	echo "not ok unit tests ended with status $rc"
	failed=1
fi

for t in $FUZZ; do
	"$OUT/fuzz_$t" -runs="$RUNS" -seed=1 -max_len=400 -verbosity=0 \
		-artifact_prefix="$OUT/fuzz_$t." >"$OUT/fuzz_$t.log" 2>&1 &
	eval "pid_$t=$!"
done
for t in $FUZZ; do
	eval "pid=\$pid_$t"
	if wait "$pid"; then
		echo "ok fuzz $t: $RUNS cases"
		passed=$((passed + 1))
	else
		tail -n 30 "$OUT/fuzz_$t.log"
		echo "not ok fuzz $t"
		failed=$((failed + 1))
	fi
done
for t in $NOFUZZ; do
	echo "skip fuzz $t: no clang"
	skipped=$((skipped + 1))
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
