#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# merge.sh [-l LIST] OUT DIR...: one report out of those that all shards of a "make
# coverage SHARD=I/N" left. It runs no test and needs no kernel: what it takes is in
# each DIR.
#
# OUT		gets the report, see report.sh; what it had before is replaced
# DIR		build/coverage of a shard
# LIST		added lines that cannot run, if the series is our own, see unreached.sh
# COV_MIN	per cent of the added lines that must have run
#
# The status is that of the report, or 1 if tests failed in a shard.
. "$(dirname "$0")/lib.sh"

here=$(cd "$(dirname "$0")" && pwd -P)
list=
if [ "$1" = -l ]; then
	list=$2
	shift 2
fi
mkdir -p "$(dirname "$1")"
out=$(cd "$(dirname "$1")" && pwd -P)/$(basename "$1")
shift
case ${COV_MIN:-0} in
. | *[!0-9.]* | *.*.*) die "COV_MIN=$COV_MIN is no number of per cent" ;;
esac
lcov_options
recover "$out"
new=$out.new
work=$out.work
rm -rf "$new" "$work"
trap 'rm -rf "$new" "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir "$work" "$new" "$new/data"

# of NAME DIR: what is said of that run.
of()
{
	sed -n "s/^$1 *//p" "$2/data/run"
}

#
# Is all there, and of one run?
#

tests=$(of tests "$1" 2>/dev/null) || :
count=
shards=
failed=
for dir; do
	[ -f "$dir/data/run" ] || die "there is no coverage data in $dir;" \
		"make coverage SHARD=I/N leaves it in build/coverage"
	[ "$(cd "$dir" && pwd -P)" != "$out" ] ||
		die "$dir is where the report goes; move what is to be merged"
	shard=$(of shard "$dir")
	count=${count:-${shard#*/}}
	case "$shards " in
	*" $shard "*) die "$dir is shard $shard, which is there already" ;;
	esac
	[ "${shard#*/}" = "$count" ] ||
		die "$dir is shard $shard, and $1 is one of $count"
	[ "$(of tests "$dir")" = "$tests" ] ||
		die "$dir and $1 are of other tests (T=)"
	shards="$shards $shard"
	[ "$(of status "$dir")" = 0 ] || failed="$failed $shard"
done
number=0
while [ $((number += 1)) -le "$count" ]; do
	case "$shards " in
	*" $number/$count "*) ;;
	*) die "shard $number/$count is missing" ;;
	esac
done

# same WHAT FILE: of $dir and of the first.
same()
{
	diff -qr "$first/$2" "$dir/$2" >/dev/null || die "$dir and $first are" \
		"of different kernels or series, or made by different" \
		"compilers: the $1 are not the same"
}

first=
for dir; do
	shift
	[ -z "$(of empty "$dir")" ] || continue
	for name in coverage.info data/all.lines data/tests.lines data/files \
		data/source data/patches data/blame data/release data/prefix \
		data/lost.txt data/unsure data/trouble; do
		[ -e "$dir/$name" ] || die "$dir lacks $name; is it complete?"
	done
	: "${first:=$dir}"
	same releases data/release
	same "names of files" data/files
	same sources data/source
	same "lines of patches" data/blame
	# (Another machine made commits of its own.)
	cut -f 1,3 "$dir/data/patches" >"$work/patches"
	cut -f 1,3 "$first/data/patches" | cmp -s - "$work/patches" ||
		same patches data/patches
	cut -f 1,2,4 "$dir/data/all.lines" >"$work/code"
	cut -f 1,2,4 "$first/data/all.lines" | cmp -s - "$work/code" ||
		same "lines with code" data/all.lines
	# What belongs to a guest and no test has no slash in its name.
	cut -f 1 "$dir/data/tests.lines" | grep / | sort -u >>"$work/tests" || :
	set -- "$@" "$dir"
done
[ -n "$first" ] || die "no shard has a test"
twice=$(sort "$work/tests" | uniq -d | head -n 1)
[ -z "$twice" ] || die "$twice is in the data of two shards"

#
# The data
#

data=$new/data
cp -R "$first/data/files" "$first/data/source" "$first/data/patches" \
	"$first/data/blame" "$first/data/release" "$data"
for diff in "$first"/data/diff.*; do
	[ ! -f "$diff" ] || cp "$diff" "$data"
done
echo "$out/data/source" >"$data/prefix"
for name in lost.txt unsure; do
	for dir; do
		cat "$dir/data/$name"
	done | sort -u >"$data/$name"
done
cp "$data/lost.txt" "$new/lost.txt"
for dir; do
	cat "$dir/data/trouble"
done >"$data/trouble"
{
	echo "shard 1/1"
	echo "tests $tests"
	if [ -n "$failed" ]; then echo "status 1"; else echo "status 0"; fi
	[ -z "$(of ours "$first")" ] || echo "ours yes"
} >"$data/run"

for dir; do
	cat "$dir/data/all.lines"
done | awk -F '\t' -v OFS='\t' '
	{
		key = $1 OFS $2
		if (!(key in sum)) {
			order[++n] = key
			rest[key] = $4
		}
		sum[key] += $3
	}
	END {
		for (i = 1; i <= n; i++)
			print order[i], sprintf("%.0f", sum[order[i]]), \
				rest[order[i]]
	}' >"$data/all.lines"

# Each test is of one shard; what guests ran of their own is added up.
for dir; do
	cat "$dir/data/tests.lines"
done | awk -F '\t' -v OFS='\t' -v all="$data/all.lines" '
	BEGIN {
		while ((getline <all) > 0) {
			line[++lines] = $2
			at[$1, $2] = lines
			to[$1] = lines
			if (!($1 in from))
				from[$1] = lines
		}
	}
	$1 ~ /\// { print; next }
	{
		key = $1 OFS $2
		keys[key] = $2
		n = split($3, range, " ")
		for (r = 1; r <= n; r++) {
			split(range[r], part, ":")
			last = split(part[1], ends, "-")
			i = at[$2, ends[1]]
			for (; i <= at[$2, ends[last]]; i++)
				sum[key, i] += part[2]
		}
	}
	function flush() {
		if (begin)
			text = text (text == "" ? "" : " ") begin \
				(end == begin ? "" : "-" end) ":" \
				sprintf("%.0f", times)
		begin = 0
	}
	END {
		for (key in keys) {
			text = ""
			begin = 0
			for (i = from[keys[key]]; i <= to[keys[key]]; i++) {
				if (begin && sum[key, i] != times)
					flush()
				if (!((key, i) in sum) || !sum[key, i])
					continue
				if (!begin)
					begin = line[i]
				end = line[i]
				times = sum[key, i]
			}
			flush()
			print key, text
		}
	}' | sort >"$data/tests.lines"

number=0
for dir; do
	shift
	number=$((number + 1))
	prefix=SF:$(cat "$dir/data/prefix")/ to=SF:$new/data/source/ awk '
		index($0, ENVIRON["prefix"]) == 1 {
			$0 = ENVIRON["to"] substr($0, length(ENVIRON["prefix"]) + 1)
		}
		{ print }' "$dir/coverage.info" >"$work/$number.info"
	set -- "$@" --add-tracefile "$work/$number.info"
done
lcov_quietly "$@" --output-file "$new/coverage.info"

ours=$(of ours "$first")
status=0
set --
if [ -n "$ours" ] && [ -n "$list" ]; then
	set -- -l "$list"
	[ -n "$tests$failed" ] || set -- "$@" -f
fi
[ -z "$failed" ] || echo "coverage: tests failed in these shards:$failed" >&2
"$here/pages.sh" "$@" "$new" "$out" "$new/data/source" || status=$?
[ -z "$failed" ] || status=1
exit $status
