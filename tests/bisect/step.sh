#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# step.sh DIR good|bad|step COMMAND...: builds the kernel at one commit of
# DIR/repo, runs COMMAND with it, and prints a line on descriptor 3. The status is
# 0 for good, 1 for bad, 125 for skip, 255 if the bench itself failed. "step" is the
# commit that git bisect has chosen. At "bad", the failures are written to
# DIR/signature; at other commits, only these failures are bad.
#
# In COMMAND, @KERNEL@ stands for the path of the kernel, @SOURCE@ for its source,
# @GIVES@ for the capabilities that a series gives it, @STEP@ for a directory. It
# prints TAP.
#
# DIR/results has a line "COMMIT verdict NOTE" for each commit that was tried, so
# nothing is done twice after an interruption.

# An error in this script must not count as a verdict.
status=255
trap 'exit $status' EXIT
trap 'exit 255' INT TERM HUP
. "$(dirname "$0")/../../uml-config/lib.sh"

dir=$1 role=$2
shift 2
repo=$dir/repo
runs=$(cat "$dir/runs")
# The reason of a test whose guest did not come up.
NO_BOOT='not run: its guest did not boot'

# fault TEXT...: the bench failed, so no kernel can be tested.
fault()
{
	echo "$*" >"$dir/fault"
	exit 255
}

case $role in
step) commit=$(git -C "$repo" rev-parse BISECT_HEAD) ;;
*) commit=$(git -C "$repo" rev-parse "refs/ends/$role") ;;
esac
step=$dir/steps/$(git -C "$repo" rev-parse --short=12 "$commit")

# finish: exits with the verdict in $dir/results.
finish()
{
	case $(awk -v c="$commit" '$1 == c { print $2 }' "$dir/results") in
	good) status=0 ;;
	bad) status=1 ;;
	skip) status=125 ;;
	*) status=255 ;;
	esac
	exit $status
}

# set_title: sets title, with the number of this step and of all steps.
set_title()
{
	title=$(git -C "$repo" log -1 --format='%h %s' "$commit")
	[ ! -f "$dir/slots" ] ||
		title="$(sed -n "s/^$commit //p" "$dir/slots") $title"
	[ "$role" = step ] || return 0
	bisect_steps=
	eval "$(git -C "$repo" rev-list --bisect-vars refs/bisect/bad --not \
		--glob=refs/bisect/good-*)"
	number=$(($(wc -l <"$dir/steps-done") + 1))
	title="$number of about $((number + bisect_steps)): $title"
}

# parse LOG PREFIX: writes PREFIX.failed (test, signature, reason; separated by tabs),
# PREFIX.passed, and PREFIX.skipped (test, reason). A signature is a reason without
# numbers, which differ between kernels; the line number of a failed check stays.
parse()
{
	: >"$2.failed"
	: >"$2.passed"
	: >"$2.skipped"
	awk -v prefix="$2" -v no_boot="$NO_BOOT" '
	function known_by(text,    head)
	{
		head = ""
		if (match(text, /guest\/[^ ]*:[0-9]+: /)) {
			head = substr(text, 1, RSTART + RLENGTH - 1)
			text = substr(text, RSTART + RLENGTH)
		}
		gsub(/0x[0-9a-f]+/, "N", text)
		gsub(/[0-9]+/, "N", text)
		return head text
	}
	sub(/^Bail out! /, "") {
		print "boot\t" known_by($0) "\t" no_boot >(prefix ".failed")
	}
	/^not ok [0-9]+ - / {
		name = $0
		sub(/^not ok [0-9]+ - /, "", name)
		next
	}
	name != "" {
		reason = substr($0, 3)
		print name "\t" known_by(reason) "\t" reason >(prefix ".failed")
		name = ""
	}
	/^ok [0-9]+ - .* # SKIP / {
		sub(/^ok [0-9]+ - /, "")
		sub(/ # SKIP /, "\t")
		print >(prefix ".skipped")
		next
	}
	/^ok [0-9]+ - / {
		sub(/^ok [0-9]+ - /, "")
		print >(prefix ".passed")
	}' "$1"
}

# run NUMBER COMMAND...: runs COMMAND, or reuses the result of an identical kernel.
run()
{
	known=$dir/images/$image/run-$1.tap
	log=$step/run-$1.tap
	shift
	# (A power cut may have left an empty file.)
	if ! grep -qs '^1\.\.\|^Bail out! ' "$known"; then
		result=0
		"$CONFIG_DIR/fill-in.sh" KERNEL "$step/kernel" STEP "$step" \
			SOURCE "$(cat "$step/kernel.source")" \
			GIVES "$(cat "$step/kernel.gives")" -- "$@" \
			>"$log" 2>"$step/errors" </dev/null || result=$?
		[ $result -le 1 ] && grep -q '^1\.\.' "$log" ||
			grep -q '^Bail out! ' "$log" ||
			fault "the tests could not be run:" \
				"$(tail -n 1 "$step/errors")"
		mkdir -p "$dir/images/$image"
		cp "$log" "$known.new"
		mv "$known.new" "$known"
	fi
	cp "$known" "$log"
}

# first FIELD FILE
first()
{
	head -n 1 "$2" | cut -f "$1"
}

# all_passed PREFIX: did all tests of the signature pass? Others do not matter.
all_passed()
{
	[ -s "$dir/signature" ] &&
		! cut -f 1 "$dir/signature" | grep -qvxF -f "$1.passed"
}

# judge PREFIX: sets $verdict of that run: bad, good, other, boot or absent.
judge()
{
	if [ "$role" != bad ] &&
		cut -f 1,2 "$1.failed" | grep -qxF -f "$dir/signature"; then
		verdict=bad
	elif [ "$role" != bad ] && all_passed "$1" &&
		[ -z "${ANY:-}" ]; then
		verdict=good
	elif grep -q "	$NO_BOOT" "$1.failed"; then
		verdict=boot
	elif [ "$role" = bad ] && [ -s "$1.failed" ]; then
		cut -f 1,2 "$1.failed" >>"$dir/signature"
		verdict=bad
	elif [ -n "${ANY:-}" ] && [ -s "$1.failed" ]; then
		verdict=bad
	elif [ -s "$1.failed" ]; then
		verdict=other
		other="$(first 1 "$1.failed"): $(first 3 "$1.failed")"
	# A test that cannot be run there says nothing.
	elif cut -f 1 "$dir/signature" | grep -qxF -f "$1.skipped.names"; then
		verdict=absent
	elif [ -s "$1.passed" ]; then
		verdict=good
	else
		verdict=absent
	fi
}

# decide: $verdict and $note from those of all runs.
decide()
{
	case $all in
	*bad*)
		verdict=bad
		failed=$(echo "$all" | tr ' ' '\n' | grep -c bad || :)
		[ "$failed" = "$done_runs" ] ||
			note="flaky: $failed of $done_runs runs failed"
		;;
	*other*) verdict=skip note="another failure, $other" ;;
	*boot*) verdict=skip note="it does not boot" ;;
	*absent*)
		verdict=skip
		note="the test does not apply: $(first 2 "$step/run-1.skipped")"
		;;
	*) verdict=good ;;
	esac
}

! grep -q "^$commit " "$dir/results" || finish
set_title
rm -rf "$step"
mkdir -p "$step"
began=$(date +%s)
built=0
note=
"$CONFIG_DIR/at.sh" "$dir" "$commit" "$VARIANT" "$step/kernel" \
	>/dev/null 2>"$step/build.log" || built=$?
took=$(($(date +%s) - began))
began=$(date +%s)
case $built in
0)
	image=$(cat "$step/kernel" "$step/kernel.gives" | hash)
	same=
	[ ! -d "$dir/images/$image" ] || same=1
	all=
	done_runs=0
	while [ $done_runs -lt "$runs" ]; do
		done_runs=$((done_runs + 1))
		run $done_runs "$@"
		parse "$log" "${log%.tap}"
		cut -f 1 "${log%.tap}.skipped" >"${log%.tap}.skipped.names"
		judge "${log%.tap}"
		all="$all $verdict"
		# Another time would say the same.
		case $verdict in
		absent | boot) break ;;
		esac
	done
	decide
	[ -z "$same" ] || note="${note:+$note; }the same kernel was tried before"
	;;
1)
	verdict=skip
	note="it does not build: $(grep -m 1 'error: ' "$step/build.log" || :)"
	;;
*) fault "$(grep '^error: ' "$step/build.log" || tail -n 1 "$step/build.log")" ;;
esac
rm -f "$step/kernel"
ran=$(($(date +%s) - began))
note=$(echo "$note" | cut -c 1-200)
echo "$commit $verdict $note" >>"$dir/results"
left=0
if [ "$role" = step ]; then
	echo $((took + ran)) >>"$dir/steps-done"
	left=$(awk -v steps="$bisect_steps" '{ sum += $1 }
		END { printf "%d", steps * sum / NR }' "$dir/steps-done")
else
	title="$role end: $title"
fi
[ "$left" = 0 ] && left= || left="; about $left s to go"
printf '%-5s %s (build %d s, tests %d s%s)\n' "$verdict" "$title" "$took" "$ran" \
	"$left" >&3
[ -z "$note" ] || echo "      $note" >&3
finish
