#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# regressions.sh COMMAND...: plants each of regressions/*.patch in the kernel, by
# itself, and has COMMAND run the tests: is it caught (regressions/judge.c)? In
# COMMAND, @KERNEL@ stands for the path of the kernel, @SOURCE@ for its source,
# @GIVES@ for the capabilities that the series gives it, @VARIANT@ for its variant
# and @NAME@ for the patch; it must print TAP, and takes patterns of tests as arguments.
#
# R='R05 R1* ...'	only these: patterns of names
# RUNS=N		only the tests that are to catch them, N times, and every
#			time they must
# SHARD=I/N		the I-th of N parts of these
# PATCHES=dir		instead of regressions/
# KERNEL, SERIES, J	as elsewhere
#
# First of all, the tests must pass without any patch. While they run with one
# kernel, the next is built. A line for each patch; the last is "N passed, N
# failed".
. "$(dirname "$0")/../uml-config/lib.sh"
. "$CONFIG_DIR/jobs.sh"
. "$CONFIG_DIR/shard.sh"

patches=${PATCHES:-$ROOT/tests/regressions}
build=$BUILD/regressions
work=$build/work
results=$work/results
plant=$CONFIG_DIR/plant.sh
fill_in=$CONFIG_DIR/fill-in.sh
judge=$build/tests/judge
runs=${RUNS:-1}
number RUNS "$runs" 1
begin_jobs "$results"

# fail TEXT...: not before the tests in the background have ended.
fail()
{
	settle
	die "$@"
}

# A disk that fills up meanwhile shows as tests that fail.
have_room()
{
	free=$(df -Pm "$work" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge 500 ] ||
		fail "no space left in $work: $free MB, and 500 may be needed"
}

# about NAME: sets what the header of that patch says.
about()
{
	name=$1
	patch=$patches/$name.patch
	dir=$work/$name
	header=$(sed '/^diff --git /,$d' "$patch")
	variant=$(field Variant)
	variant=${variant:-debug}
	step=$(field Step)
	tests=$(field Caught-by)
	if [ -z "$tests" ] || [ -z "$(field Reason)" ]; then
		fail "$(shown "$patch") lacks Caught-by: or Reason:"
	fi
}

field()
{
	printf '%s\n' "$header" | sed -n "s/^$1: *//p"
}

# Of the verdict (see judge.c) when it was not even tried: why, and the end of
# what was said.
not_tried()
{
	printf 'not caught\n%s\n' "$1"
	grep -v '^kernel: ' "$dir/log" | tail -n 10 | sed 's/^/	/'
}

# build: $name's kernel, unless it is about a step of the series.
build()
{
	have_room
	rm -rf "$dir"
	mkdir -p "$dir"
	began=$(date +%s)
	[ -n "$step" ] || run nice -n 5 "$plant" "$variant" "$dir/kernel" \
		"$patch" >"$dir/log" 2>&1 ||
		not_tried "it does not apply, or not build" >"$dir/verdict"
	building=$(($(date +%s) - began))
}

# tap COMMAND... [PATTERN...]: with the kernel of $dir, to $dir/log.
tap()
{
	run "$fill_in" KERNEL "$dir/kernel" SOURCE "$dir/kernel.source" \
		GIVES "$(cat "$dir/kernel.gives")" VARIANT "$variant" \
		NAME "${dir##*/}" -- "$@" \
		>"$dir/log" 2>&1 || :
}

# test_one COMMAND...: and its line.
test_one()
{
	began=$(date +%s)
	word=FAIL
	if [ -s "$dir/verdict" ]; then
		:
	elif [ -n "$step" ]; then
		! test_step "$@" >"$dir/verdict" || word=ok
	else
		! test_often "$@" || word=ok
	fi
	printf "%-4s  %-${width}s  %4d s  " $word "$name" \
		$((building + $(date +%s) - began))
	sed '2,$s/^\([^	]\)/      \1/; s/^	/      | /' "$dir/verdict"
	if [ $word = ok ]; then
		rm -f "$dir/kernel"
		echo pass
	else
		echo "      log: $(shown "$dir/log")" >&3
		echo fail
	fi 3>&1 >>"$results"
}

# test_often COMMAND...: all tests once, or some of them $RUNS times.
test_often()
{
	set -f
	turn=0
	while [ $turn -lt "$runs" ]; do
		turn=$((turn + 1))
		# shellcheck disable=SC2086
		tap "$@" ${RUNS:+$tests}
		"$judge" "$patch" "$dir/log" \
			>"$dir/verdict" || {
			[ -z "${RUNS:-}" ] ||
				echo "this was run $turn of $runs" >>"$dir/verdict"
			return 1
		}
	done
	[ -z "${RUNS:-}" ] || sed -i "1s/^/$runs times /" "$dir/verdict"
}

# test_step COMMAND...: a patch that is wrong only until the next one, so that
# the kernel with the whole series is the same. check-each must fail for the
# Reason there, and pass the next.
test_step()
{
	series=$("$plant" --step "$step" "$patch" 2>"$dir/log") || {
		not_tried "it cannot be made a part of patch $step"
		return 1
	}
	next=$(find "$series" -name "*.patch" -printf "%f\n" | sort | sed -n "/^$step-/{n;s/-.*//p;}")
	tap=$build/each/steps/each/$step/tests.log
	rm -f "$tap"
	set -f
	# shellcheck disable=SC2086
	run "$fill_in" VARIANT each NAME "$name/@STEP@" -- \
		env SB_BUILD="$build" SERIES="$series" VARIANT=each N= SHARD= \
		FROM="$step" TO="$next" KEEP_GOING=1 \
		"$CONFIG_DIR/each.sh" "$@" $tests >"$dir/log" 2>&1 || :
	how=$(sed -n "/^FAIL  *$step /,/^[^ ]* *$next /p" "$dir/log" |
		sed '1d; $d; s/^ *//; s/^| //' |
		grep -m 1 -E -e "$(field Reason)") || how=
	if [ -n "$how" ]; then
		:
	elif [ ! -f "$tap" ]; then
		not_tried "check-each does not fail for the Reason"
		return 1
	else
		how=$("$judge" "$patch" "$tap") || {
			echo "$how"
			return 1
		}
	fi
	grep -q "^ok  *$next " "$dir/log" || {
		not_tried "patch $next, which takes it back, does not pass"
		return 1
	}
	echo "check-each, patch $step: $how"
}

# check_plain COMMAND...: the tests must pass where nothing is planted.
check_plain()
{
	dir=$work/plain-$variant
	rm -rf "$dir"
	mkdir -p "$dir"
	have_room
	began=$(date +%s)
	run nice -n 5 "$plant" "$variant" "$dir/kernel" >"$dir/log" 2>&1 || {
		grep -v '^kernel: ' "$dir/log" >&2
		fail "there is no $variant kernel to plant anything in"
	}
	tap "$@"
	if ! grep -q '^1\.\.' "$dir/log" || grep '^not ok' "$dir/log"; then
		fail "the tests must pass before anything is planted; the log" \
			"is $(shown "$dir/log")"
	fi
	echo "the tests pass without them ($variant," \
		"$(grep -c '^ok' "$dir/log") tests," \
		"$(($(date +%s) - began)) s)"
}

mkdir -p "$work"
: >"$results"
todo=
width=0
variants=
set -f
for name in $(find "$patches" -name '*.patch' -printf '%f\n' | sed 's/\.patch$//' | sort); do
	for pattern in ${R:-'*'}; do
		# shellcheck disable=SC2254
		case $name in
		$pattern | "${pattern}"[-a-z]*) ;;
		*) continue ;;
		esac
		about "$name"
		todo="$todo $name"
		[ ${#name} -le "$width" ] || width=${#name}
		case " $variants " in
		*" $variant "*) ;;
		*) variants="$variants $variant" ;;
		esac
		break
	done
done
set +f
[ -n "$todo" ] || fail "no regression is called like \"${R:-}\"; they are in" \
	"$(shown "$patches")"

# All of a variant are neighbours: the fewer variants a shard has, the fewer kernels
# are tested without a patch.
ordered=
for each in $variants; do
	for name in $todo; do
		about "$name"
		[ "$variant" != "$each" ] || ordered="$ordered $name"
	done
done
# shellcheck disable=SC2086
todo=$(shard_words $ordered)
[ -n "$todo" ] || echo "no regression is in shard $SHARD"

plain=
for name in $todo; do
	about "$name"
	if [ "$variant" != "$plain" ]; then
		settle
		plain=$variant
		check_plain "$@"
		about "$name"
	fi
	build
	settle
	in_background test_one "$@"
done
settle
summary "$results"
