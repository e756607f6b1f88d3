#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz-test.sh: two fuzz.sh at once, with a runner that fails for each seed, keep
# their logs apart.
here=$(cd "$(dirname "$0")" && pwd -P)
. "$(dirname "$0")/../uml-config/tests/lib.sh"

# Fails, but not alone, and not before the other one has written its log as well.
stub "$TMP/runner" <<'END'
for word; do
	case $word in
	--run-dir=*/replay) exit 0 ;;
	--run-dir=*) dir=${word#*=}/last/guest-1 ;;
	--append=*) seed=${word#*SB_FUZZ_SEED=} seed=${seed%% *} ;;
	esac
done
mkdir -p "$dir"
echo "# seed $seed" >"$dir/log"
: >"$TMP/wrote-$seed"
until [ -e "$TMP/wrote-100" ] && [ -e "$TMP/wrote-200" ]; do
	kill -0 $PPID || exit 1
done
exit 1
END

cd "$TMP" || exit 1
for seed in 100 200; do
	SEED=$seed SEEDS=1 "$here/fuzz.sh" "$TMP/runner" >"$TMP/said-$seed" 2>&1 &
done
wait
for seed in 100 200; do
	ok "of two at once, the one with seed $seed reads its own log" \
		grep -q "^seed $seed failed" "$TMP/said-$seed"
done
ok "what they share is free again" flock -n build/run/fuzz.lock true
end
