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
. "$CONFIG_DIR/series.sh"
. "$CONFIG_DIR/prefixes.sh"
. "$CONFIG_DIR/jobs.sh"

first=${N:-${FROM:-1}}
last=${N:-${TO:-9999}}
number N "$first"
number N "$last"
workspace each
variant=${VARIANT:-each}
prefixes=$BUILD/series
plan=$BUILD/plan
results=$BUILD/results
dirs=$BUILD/steps/$variant

# subject_of SLOT
subject_of()
{
	reason=$(sed -n "s/^$1 empty //p" "$plan")
	if [ -n "$reason" ]; then
		echo "(empty: $reason)"
		return
	fi
	subject=$(git mailinfo /dev/null /dev/null <"$(patch_of "$prefixes" "$1")" \
		2>/dev/null | sed -n 's/^Subject: //p')
	[ -n "$subject" ] || subject=$(basename "$(patch_of "$prefixes" "$1")")
	echo "$subject"
}

# key_of SLOT: what its kernel and all that is said of it come from.
key_of()
{
	[ -n "${tools:-}" ] || tools=$(kernel_key "$tree" "$tree $variant")
	{
		echo "$tools"
		[ ! -d "$prefixes/$1" ] || find "$prefixes/$1" -type f | sort | xargs cat
	} | hash
}

# include/uapi as it was, with what the patches do to it; prints its path.
make_uapi()
{
	new=$BUILD/uapi.new
	rm -rf "$new"
	mkdir -p "$new/include"
	cp -R "$tree/include/uapi" "$new/include/"
	(
		cd "$tree" || exit
		git diff --name-only --diff-filter=A refs/shrinkbench/base \
			HEAD -- include/uapi | while read -r file; do
			rm -f "$new/$file"
		done
		git archive refs/shrinkbench/base -- include/uapi |
			tar -xf - -C "$new"
	)
	# What does not apply is for its step to say.
	for patch in "$prefixes/all"/*; do
		(cd "$new" && GIT_CEILING_DIRECTORIES=$BUILD git apply \
			--include='include/uapi/*' "$patch" 2>/dev/null) || :
	done
	# Files that did not change keep their times.
	if diff -qr "$new" "$BUILD/uapi" >/dev/null 2>&1; then
		rm -rf "$new"
	else
		rm -rf "$BUILD/uapi"
		mv "$new" "$BUILD/uapi"
	fi
	echo "$BUILD/uapi/include/uapi"
}

lock "$BUILD/kernel.lock"
# The tree stays at the step where it is: its files keep their times.
tree=$(SERIES=$(series_of "$prefixes" "$(cat "$BUILD/at" 2>/dev/null || echo none)") \
	"$CONFIG_DIR/prepare.sh" 2>/dev/null) ||
	tree=$(SERIES=none "$CONFIG_DIR/prepare.sh")
series=$(series_path "$tree")
series_plan "$series" "$BUILD/series.work" >"$plan"
[ -s "$plan" ] || die "there is no patch in the series${series:+ $series}"
make_prefixes "$series" "$plan" "$prefixes"
rm -rf "$BUILD/series.work"

if [ "$1" = --uapi ]; then
	make_uapi
	exit
fi

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
	before=$(before "$prefixes" "$1")
	set -- "$1" "$variant" "$(series_of "$prefixes" "$1")" "$(series_of "$prefixes" "$before")" \
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
	if [ ! -f "$(patch_of "$prefixes" "$slot")" ]; then
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
begin_jobs "$results"

todo=
width=0
for slot in $(slots "$plan"); do
	number=${slot#"${slot%%[!0]*}"}
	if [ "$number" -lt "$first" ] || [ "$number" -gt "$last" ]; then
		continue
	fi
	todo="$todo $slot"
	subject=$(subject_of "$slot")
	[ ! -f "$(patch_of "$prefixes" "$slot")" ] || [ ${#subject} -le "$width" ] ||
		width=${#subject}
done
[ -n "$todo" ] || die "no patch has a number from $first to $last;" \
	"the last one is $slot"
# shellcheck disable=SC2086
todo=$(shard_words $todo)
if [ -z "$todo" ]; then
	echo "no patch is in shard $SHARD"
	summary "$results"
	exit
fi
command -v sparse >/dev/null ||
	say "sparse is not installed: what it would find is not looked at"

# What was there before the first of them, to tell what is new.
ahead=$(before "$prefixes" "${todo%% *}")
build_step "$ahead"
if [ ! -f "$dirs/$ahead/kernel" ]; then
	sed 's/^	/  | /' "$dirs/$ahead/reasons" >&2
	die "that is the kernel before the first of these patches; the log is" \
		"$(shown "$dirs/$ahead/log")"
fi

stopped=
for slot in $todo; do
	[ ! -f "$(patch_of "$prefixes" "$slot")" ] ||
		build_step "$slot" "$(patch_of "$prefixes" "$slot")"
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
summary "$results"
