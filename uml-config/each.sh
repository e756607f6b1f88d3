#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# each.sh COMMAND...: for every patch of the series, the kernel with the patches
# up to it is built and looked at (check-step.sh), and COMMAND run with it, in
# which @KERNEL@ stands for its path, @GIVES@ for the capabilities that the
# series gives it so far, and @STEP@ for the number of the patch. (@SOURCE@, too,
# is filled in, but with nothing: the source is that of the next one by then.) A
# line for each; the last is "N passed, N failed". It stops at the first that is bad.
#
# each.sh --uapi: prints a directory include/uapi as the whole series makes it.
#
# FROM, TO, N		numbers: these steps only
# KEEP_GOING=1		do not stop
# SHARD=I/N		the I-th of N parts of these: neighbours, which cost less to build
# VARIANT		the kernel, default: each
# KERNEL, SERIES, J	as elsewhere
#
# While COMMAND runs with one kernel, the next is built. What is built stays: a
# second run builds what changed and everything after it.
. "$(dirname "$0")/lib.sh"

. "$CONFIG_DIR/shard.sh"

first=${N:-${FROM:-1}}
last=${N:-${TO:-9999}}
for number in "$first" "$last"; do
	case $number in
	'' | *[!0-9]*) die "FROM, TO and N are numbers of patches; \"$number\"" \
		"is none" ;;
	esac
done

. "$CONFIG_DIR/steps.sh"

if [ "$1" = --uapi ]; then
	make_uapi
	exit
fi

results=$BUILD/results
dirs=$BUILD/steps/$variant

# build_step SLOT [PATCH]: its kernel, and what is wrong with it, to $dirs/SLOT.
# Nothing is done if all that is there, and right. Without PATCH, it is only
# built.
build_step()
{
	dir=$dirs/$1
	mkdir -p "$dir"
	key=$(key_of "$1")
	have=$(cat "$dir/key" 2>/dev/null) || have=
	if [ "$have" = "$key" ]; then
		echo "built before" >"$dir/times"
		return
	elif [ -z "${2:-}" ]; then
		key="$key, not looked at"
		[ "$have" != "$key" ] || return 0
	fi
	rm -f "$dir/key" "$dir/times"
	echo "$1" >"$BUILD/at"
	before=$(before "$1")
	set -- "$1" "$variant" "$(series_of "$1")" "$(series_of "$before")" \
		"$dir" "${2:-}" "$dirs/$before"
	sed -n "s/^$1 except \([^ 	]*\).*/\1/p" "$plan" >"$dir/except"
	shift
	[ -n "$5" ] || set -- "$1" "$2" "$3" "$4"
	status=0
	run nice -n 5 "$CONFIG_DIR/check-step.sh" "$@" </dev/null || status=$?
	if [ $status != 0 ]; then
		rm -f "$dir/kernel"
		[ -s "$dir/reasons" ] ||
			echo "check-step.sh failed" >"$dir/reasons"
	elif [ ! -s "$dir/reasons" ]; then
		echo "$key" >"$dir/key"
	fi
}

# test_step SLOT COMMAND...: and its line.
test_step()
{
	slot=$1
	dir=$dirs/$slot
	subject=$(subject_of "$slot")
	shift
	if [ ! -f "$(patch_of "$slot")" ]; then
		echo "ok    $slot $subject"
		echo pass >>"$results"
		return
	fi
	log=$dir/tests.log
	cp "$dir/reasons" "$dir/all"
	[ ! -s "$dir/all" ] || echo "log: $(shown "$dir/log")" >>"$dir/all"
	seconds=
	if [ -f "$dir/kernel" ]; then
		began=$(date +%s)
		status=0
		run "$CONFIG_DIR/fill-in.sh" KERNEL "$dir/kernel" \
			SOURCE "" GIVES "$(cat "$dir/gives")" STEP "$slot" -- "$@" \
			>"$log" 2>&1 </dev/null || status=$?
		seconds=$(($(date +%s) - began))
		[ $status = 0 ] || {
			echo "tests: $(tail -n 1 "$log")"
			grep '^FAIL\|^not ok' "$log" | head -n 20 |
				sed 's/^/	/'
			echo "log: $(shown "$log")"
		} >>"$dir/all"
	fi
	word=ok
	[ ! -s "$dir/all" ] || word=FAIL
	[ -s "$dir/times" ] || echo "not built" >"$dir/times"
	awk -v word="$word" -v slot="$slot" -v subject="$subject" \
		-v width="$width" -v tests="$seconds" '{
			sum = tests + 0
			for (i = 2; i <= NF; i += 2)
				sum += $i
			times = $0
			sub(/ static/, ", static", times)
			if (tests != "")
				times = times ", tests " tests
			printf "%-4s  %s %-" width "s  %4d s  (%s)\n", word, \
				slot, subject, sum, times
		}' "$dir/times"
	if [ $word = ok ]; then
		echo pass >>"$results"
	else
		sed 's/^\([^	]\)/      \1/; s/^	/      | /' "$dir/all"
		echo fail >>"$results"
	fi
}

mkdir -p "$dirs"
: >"$results"
. "$CONFIG_DIR/jobs.sh"

todo=
width=0
for slot in $slots; do
	number=${slot#"${slot%%[!0]*}"}
	if [ "$number" -lt "$first" ] || [ "$number" -gt "$last" ]; then
		continue
	fi
	todo="$todo $slot"
	subject=$(subject_of "$slot")
	[ ! -f "$(patch_of "$slot")" ] || [ ${#subject} -le "$width" ] ||
		width=${#subject}
done
[ -n "$todo" ] || die "no patch has a number from $first to $last;" \
	"the last one is $slot"
# shellcheck disable=SC2086
todo=$(shard_words $todo)
if [ -z "$todo" ]; then
	echo "no patch is in shard $SHARD"
	summary
	exit
fi
command -v sparse >/dev/null ||
	say "sparse is not installed: what it would find is not looked at"

# What was there before the first of them, to tell what is new.
ahead=$(before "${todo%% *}")
build_step "$ahead"
if [ ! -f "$dirs/$ahead/kernel" ]; then
	sed 's/^	/  | /' "$dirs/$ahead/reasons" >&2
	die "that is the kernel before the first of these patches; the log is" \
		"$(shown "$dirs/$ahead/log")"
fi

stopped=
for slot in $todo; do
	[ ! -f "$(patch_of "$slot")" ] ||
		build_step "$slot" "$(patch_of "$slot")"
	settle
	! grep -q fail "$results" || [ -n "${KEEP_GOING:-}" ] || {
		stopped=$slot
		break
	}
	in_background test_step "$slot" "$@"
done
settle
[ -z "$stopped" ] ||
	echo "stopped before $stopped; KEEP_GOING=1 goes on after a bad step"
summary
! grep -q fail "$results"
