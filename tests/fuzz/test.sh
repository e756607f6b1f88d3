#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test.sh: fuzz with runners that are made up: which seeds it runs, what it finds.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"

make -s -C "$ROOT/tests" BUILD="$SB_BUILD" "$SB_BUILD/tests/fuzz" >/dev/null || exit 1
fuzz=$SB_BUILD/tests/fuzz
cd "$TMP" || exit 1

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

for seed in 100 200; do
	SEED=$seed SEEDS=1 "$fuzz" "$TMP/runner" >"$TMP/said-$seed" 2>&1 &
done
wait
for seed in 100 200; do
	ok "of two at once, the one with seed $seed reads its own log" \
		grep -q "^seed $seed failed" "$TMP/said-$seed"
done
ok "what they share is free again" flock -n build/run/fuzz.lock true
# Notes its seeds, and takes them for good.
stub "$TMP/runner" <<'END'
for word; do
	case $word in
	--append=*) eval "${word#--append=}" ;;
	esac
done
seq "$SB_FUZZ_SEED" $((SB_FUZZ_SEED + SB_FUZZ_SEEDS - 1)) >>"$TMP/seeds"
END

# seeds COUNT SEEDS FIRST [VAR=VALUE...]: all shards, each seed once.
seeds()
{
	count=$1 all=$2 first=$3
	shift 3
	rm -f "$TMP/seeds"
	: >"$TMP/seeds"
	i=0
	while [ $((i += 1)) -le "$count" ]; do
		run env SHARD=$i/"$count" SEEDS="$all" J=2 "$@" \
			"$fuzz" "$TMP/runner" || return
	done
	sort -n "$TMP/seeds" >"$TMP/sorted"
	seq "$first" $((first + all - 1)) | diff - "$TMP/sorted"
}
ok "shards: all seeds, each once" seeds 3 100 7 SEED=7
ok "from 1 on if none is said" seeds 4 25 1
ok "more shards than seeds" seeds 5 3 1
empty_fuzz()
{
	run env SHARD=1/5 SEEDS=3 "$fuzz" "$TMP/runner" &&
		said "no seed is in shard 1/5" && said "0 passed, 0 failed"
}
ok "an empty one says so" empty_fuzz
# A seed that fails if operations 3 and 17 are in it.
stub "$TMP/runner" <<'END'
for word; do
	case $word in
	--run-dir=*) dir=${word#*=}/last/guest-1 ;;
	--append=*) eval "${word#--append=}" ;;
	esac
done
# has LIST NUMBER
has()
{
	echo "$1" | tr ',:' '\n\n' | awk -F - -v n="$2" \
		'$1 + 0 <= n && n <= (NF > 1 ? $2 : $1) + 0 { found = 1 } END { exit !found }'
}
mkdir -p "$dir"
keep=${SB_FUZZ_KEEP:-0-$((SB_FUZZ_LENGTH - 1))}
fails=no
if [ -n "${SB_FUZZ_WITHOUT:-}" ]; then
	for part in $(echo "$SB_FUZZ_WITHOUT" | tr : ' '); do
		! has "$part" 3 && ! has "$part" 17 || continue
		fails=yes
		echo "# without $part"
		break
	done
elif has "$keep" 3 && has "$keep" 17; then
	fails=yes
	for n in $(seq 0 $((SB_FUZZ_LENGTH - 1))); do
		! has "$keep" "$n" || echo "# operation $n: do $n"
	done
fi >"$dir/log"
echo "# seed $((SB_FUZZ_SEED + ${SB_FUZZ_SEEDS:-1} - 1))" >>"$dir/log"
[ $fails = yes ] || exit 0
echo "FAIL  fuzz/seeds"
exit 1
END
shortest()
{
	fails env SEED=5 SEEDS=4 LENGTH=20 "$fuzz" "$TMP/runner" &&
		said "seed 8 fails with 2 operations:" && said "  operation 17: do 17" &&
		said "FAIL  fuzz/seeds" &&
		said "again: make fuzz SEED=8 KEEP=3,17 LENGTH=20" &&
		last_line "0 passed, 1 failed"
}
ok "the shortest list of operations is found" shortest
replayed()
{
	fails env SEED=8 KEEP=3,17 LENGTH=20 "$fuzz" "$TMP/runner" &&
		printf '  operation 3: do 3\n  operation 17: do 17\nFAIL  fuzz/seeds\n' |
		diff - "$TMP/stdout"
}
ok "and can be replayed" replayed
ok "KEEP= that passes" env SEED=8 KEEP=3 LENGTH=20 "$fuzz" "$TMP/runner"
stub "$TMP/runner" 'echo "error: no shim"; exit 2'
good "no verdict is an error" "error: no shim" \
	sh -c "'$fuzz' '$TMP/runner' >'$TMP/stdout' 2>'$TMP/output'; [ \$? = 2 ]"
ok "there is no sum then" sh -c "! grep passed '$TMP/stdout'"
stub "$TMP/runner" 'echo "skip  fuzz/seeds  needs more"'
bad "a test that is skipped has not passed" "needs more" "$fuzz" "$TMP/runner"
bad "a number that is none" "error: SEEDS=x: that is no number" env SEEDS=x "$fuzz" "$TMP/runner"
# shellcheck disable=SC2016
stub "$TMP/runner" 'echo $$ >"$TMP/fifo"; exec sleep 1000'
ended()
{
	mkfifo "$TMP/fifo"
	"$fuzz" "$TMP/runner" >"$TMP/stdout" 2>&1 &
	child=$(timeout 60 cat "$TMP/fifo")
	kill -TERM $!
	wait $!
	[ $? = 143 ] && ! kill -0 "$child" 2>/dev/null
}
ok "a run that is ended leaves nothing running" ended
end
