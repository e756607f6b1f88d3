#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz.sh RUNNER [OPTION...]: runs seeds of the random test (guest/fuzz/) until
# one fails, and then looks for the shortest list of its operations that still
# fails. The last line is "N passed, N failed", in seeds.
#
# From the environment:
#   SEEDS=N     how many (100)
#   TIME=N      as many as fit into N seconds, instead
#   SEED=N      the first (the time of day; 1 with SHARD)
#   SHARD=I/N   the I-th of N parts of these seeds
#   LENGTH=N    operations of each (400)
#   VIRTUAL=1   in virtual time
#   KEEP=LIST   only these operations ("0-3,7") of SEED, and say each: a replay
#   J=N         guests at a time (1)
. "$(dirname "$0")/../uml-config/lib.sh"
. "$CONFIG_DIR/shard.sh"

length=${LENGTH:-400}
# The shards of a run have to begin with the same seed, whenever they begin.
first=${SEED:-${SHARD:+1}}
first=${first:-$(date +%s)}
test=fuzz/seeds${VIRTUAL:+-virtual}
# Seeds that share a guest: a boot takes as long as one or two.
chunk=10
# As often is tried again what may depend on the moment.
tries=${VIRTUAL:+1}
tries=${tries:-3}

# Logs of guests are below build/run/fuzz, or fuzz-2, ... while another has that.
mkdir -p build/run
slot=1
logs=build/run/fuzz
exec 8>>$logs.lock
until flock -n 8; do
	slot=$((slot + 1))
	logs=build/run/fuzz-$slot
	exec 8>>$logs.lock
done

dir=$logs/work
rm -rf "$dir"
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# guest NAME PARAMETERS RUNNER...: output in $dir/NAME. Status 0 passed, 1
# failed; whatever else is no verdict on a seed, and ends it all.
guest()
{
	name=$1
	append=$2
	shift 2
	status=0
	"$@" --run-dir="$logs/$name" --append="$append" "$test" \
		>"$dir/$name" 2>&1 || status=$?
	[ $status -le 1 ] || {
		cat "$dir/$name" >&2
		exit $status
	}
	! grep -q '^skip' "$dir/$name" || {
		cat "$dir/$name"
		exit 1
	}
	return $status
}

log_of()
{
	echo "$logs/$1/last/guest-1/log"
}

# Numbers, one a line, as a list of ranges.
ranges()
{
	awk 'function out() {
			printf "%s%s", n++ ? "," : "", a
			if (b != a) printf "-%s", b
		}
		NR == 1 { a = b = $1; next }
		$1 == b + 1 { b = $1; next }
		{ out(); a = b = $1 }
		END { if (NR) out(); print "" }'
}

# replay LIST-FILE RUNNER...: does $seed fail with these operations alone? What
# it said is kept if so.
replay()
{
	list=$(ranges <"$1")
	shift
	i=0
	while [ $i -lt "$tries" ]; do
		i=$((i + 1))
		if ! guest replay "SB_FUZZ_SEED=$seed SB_FUZZ_LENGTH=$length \
SB_FUZZ_KEEP=$list" "$@"; then
			cp "$dir/replay" "$dir/shortest"
			cp "$(log_of replay)" "$dir/shortest.log"
			return 0
		fi
	done
	return 1
}

# The operations that a replay said it carried out.
carried_out()
{
	sed -n 's/.*# operation \([0-9]*\): .*/\1/p' "$dir/shortest.log"
}

# parts SIZE FROM: the list from line FROM on in parts of SIZE lines, as the
# ranges of numbers that they span; no more than fit on a command line.
parts()
{
	awk -v size="$1" -v from="$2" -v most="$per_guest" '
		NR < from { next }
		(NR - from) % size == 0 { first = $1; parts++ }
		parts > most { exit }
		(NR - from) % size == size - 1 { print first "-" $1; first = "" }
		{ last = $1 }
		END { if (first != "" && parts <= most) print first "-" last }
	' "$dir/list"
}

# Leave out parts, ever smaller ones, as long as the rest still fails. A guest
# tries $per_guest parts, one after the other, until a failure ends it.
minimise()
{
	size=$((($(wc -l <"$dir/list") + 1) / 2))
	from=1
	left=no
	while [ $size -ge 1 ]; do
		parts "$size" "$from" >"$dir/parts"
		if [ ! -s "$dir/parts" ]; then
			if [ "$size" != 1 ] || [ $left = no ]; then
				size=$((size / 2))
			fi
			from=1
			left=no
		elif guest replay "SB_FUZZ_SEED=$seed SB_FUZZ_LENGTH=$length \
SB_FUZZ_TRIES=$tries SB_FUZZ_KEEP=$(ranges <"$dir/list") \
SB_FUZZ_WITHOUT=$(paste -s -d : "$dir/parts")" "$@"; then
			from=$((from + size * $(wc -l <"$dir/parts")))
		else
			part=$(sed -n 's/.*# without \([0-9-]*\)$/\1/p' \
				"$(log_of replay)" | tail -n 1)
			[ -n "$part" ] || break
			from=$(awk -v first="${part%-*}" '
				$1 >= first { print NR; exit }' "$dir/list")
			awk -v first="${part%-*}" -v last="${part#*-}" \
				'$1 < first || $1 > last' "$dir/list" \
				>"$dir/less"
			mv "$dir/less" "$dir/list"
			left=yes
			printf '%s ' "$(wc -l <"$dir/list")" >&2
		fi
	done
	echo >&2
}

report()
{
	more=${VIRTUAL:+ VIRTUAL=1}${LENGTH:+ LENGTH=$LENGTH}
	echo "seed $seed fails with $(wc -l <"$dir/list") operations:"
	sed -n 's/.*# \(operation [0-9]*: .*\)/  \1/p' "$dir/shortest.log"
	grep '^FAIL' "$dir/shortest"
	echo "again: make fuzz SEED=$seed KEEP=$(ranges <"$dir/list")$more"
}

# In a list of its own: what comes before $seed in its guest is not needed.
shorten()
{
	seq 0 $((length - 1)) >"$dir/list"
	if ! replay "$dir/list" "$@"; then
		echo "seed $seed failed, but not again in $tries times alone:"
		cat "$dir/failed"
		return
	fi
	carried_out >"$dir/list"
	echo "seed $seed fails; looking for the shortest list of operations" >&2
	cp "$dir/list" "$dir/whole"
	# What fails only in memory that others have left their marks in takes a
	# fresh guest for each part.
	for per_guest in 100 1; do
		minimise "$@"
		! replay "$dir/list" "$@" || break
		cp "$dir/whole" "$dir/list"
	done
	carried_out >"$dir/list"
	report
}

# worker N RUNNER...: every $J-th chunk of seeds of this shard.
worker()
{
	n=$1
	shift
	at=$((n * stride + skip))
	while [ ! -e "$dir/failed" ]; do
		from=$((at * chunk))
		count=$chunk
		if [ -n "${TIME:-}" ]; then
			[ "$(date +%s)" -lt $((begun + TIME)) ] || break
		else
			[ $from -lt "$seeds" ] || break
			[ $((from + count)) -le "$seeds" ] ||
				count=$((seeds - from))
		fi
		if guest "$n" "SB_FUZZ_SEED=$((first + from)) \
SB_FUZZ_SEEDS=$count SB_FUZZ_LENGTH=$length" "$@"; then
			echo "$count" >>"$dir/passed"
		else
			sed -n 's/.*# seed \([0-9]*\)$/\1/p' "$(log_of "$n")" |
				tail -n 1 >"$dir/seed"
			mv "$dir/$n" "$dir/failed"
		fi
		at=$((at + ${J:-1} * stride))
	done
}

if [ -n "${KEEP:-}" ]; then
	status=0
	guest replay "SB_FUZZ_SEED=$first SB_FUZZ_LENGTH=$length \
SB_FUZZ_KEEP=$KEEP" "$@" || status=$?
	sed -n 's/.*# \(operation [0-9]*: .*\)/  \1/p' "$(log_of replay)"
	cat "$dir/replay"
	exit $status
fi

seeds=${SEEDS:-100}
begun=$(date +%s)
# Chunks of another shard are left out where nobody knows how many there will be.
stride=1
skip=0
if [ -n "${TIME:-}" ]; then
	stride=$shard_count
	skip=$((shard_number - 1))
	echo "seeds from $first on, for $TIME s"
else
	shard_range "$seeds"
	first=$((first + shard_first - 1))
	seeds=$((shard_last - shard_first + 1))
	echo "seeds from $first on, $seeds of them"
	[ $seeds != 0 ] || echo "no seed is in shard $SHARD"
fi
: >"$dir/passed"
n=0
pids=
while [ $n -lt "${J:-1}" ]; do
	worker $n "$@" &
	pids="$pids $!"
	n=$((n + 1))
done
for pid in $pids; do
	wait "$pid"
done
failed=0
if [ -e "$dir/failed" ]; then
	failed=1
	seed=$(cat "$dir/seed")
	shorten "$@"
fi
echo "$(awk '{ n += $1 } END { print n + 0 }' "$dir/passed") passed," \
	"$failed failed"
[ $failed = 0 ]
