#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bisect.sh COMMAND...: finds the first patch with which a test fails. COMMAND runs
# it and prints TAP; in it, @DIR@ stands for the directory of this bisection, where
# the programs are in bin/, and @KERNEL@, @GIVES@ and @STEP@ for what
# step.sh says.
#
# T		the test, or patterns
# GOOD, BAD, KERNEL, SERIES
#		among which patches, see uml-config/history.sh
# RUNS=N	how often each kernel is tried; default: 2
# ANY=1		any failure of T is bad, not only that of BAD
#
# It works in build/bisect, with a copy of the kernel of its own. What is found
# stays in build/bisect/DATE; the same command goes on with what was cut
# short there. Status: 0 found, 1 not, 2 it could not be tried.
. "$(dirname "$0")/../../uml-config/lib.sh"
. "$CONFIG_DIR/jobs.sh"

here=$ROOT/tests/bisect
home=$BUILD/bisect
die_status=2
begin_jobs ""
# Steps run elsewhere.
case ${KERNEL:-} in
'' | /*) ;;
*) KERNEL=$PWD/$KERNEL ;;
esac

VARIANT=${VARIANT:-debug}
export VARIANT
runs=${RUNS:-2}
number RUNS "$runs" 1
[ -n "${T:-}" ] || die "say T=, the test that fails"

# stop TEXT...: it is not to be found.
stop()
{
	: >"$dir/done"
	echo "$*"
	exit 1
}

# fault: of the bench, as step.sh has written it down.
fault()
{
	die "$(sed 's/^error: //' "$dir/fault" 2>/dev/null ||
		echo "step.sh failed")"
}

mkdir -p "$home"
exec 8>>"$home/lock"
flock -n 8 || die "another bisection is running"

# (Instead of what jobs.sh says then.)
trap 'stop_group; echo "interrupted; the same command goes on from here" >&2
	exit 130' INT
trap 'stop_group; exit 143' TERM HUP

#
# What there is to look for, and whether that was begun before
#

rm -rf "$home/new"
tree=$("$CONFIG_DIR/history.sh" "$home/new")
MAKEFLAGS='' run "${MAKE:-make}" --no-print-directory user \
	BUILD="$home" UAPI="$tree/include/uapi" >&2
programs="tests/runner tests/guest-tests tests/init shim/shim"
set -f
# shellcheck disable=SC2086
"$home/tests/runner" --tests="$home/tests/guest-tests" --list $T \
	>/dev/null || exit 2
set +f
# shellcheck disable=SC2086
key=$({
	git -C "$home/new/repo" rev-parse refs/ends/good refs/ends/bad
	cat "$home/new/plan" 2>/dev/null
	(cd "$home" && cat $programs)
	cat "$here"/*.sh
	kernel_key "$tree" "$T $VARIANT $runs ${ANY:-} $tree"
} | hash)
dir=
for old in "$home"/*/key; do
	if [ -f "$old" ] && [ ! -e "${old%/key}/done" ] && [ "$(cat "$old")" = "$key" ]; then
		dir=${old%/key}
	fi
done
if [ -n "$dir" ]; then
	echo "going on with $(shown "$dir")"
	rm -rf "$home/new"
else
	date=$(date +%Y-%m-%d-%H%M%S)
	dir=$home/$date
	same=1
	while [ -e "$dir" ]; do
		same=$((same + 1))
		dir=$home/$date-$same
	done
	mv "$home/new" "$dir"
	for program in $programs; do
		mkdir -p "$dir/bin/${program%/*}"
		cp "$home/$program" "$dir/bin/$program"
	done
	echo "$runs" >"$dir/runs"
	mkdir -p "$dir/images"
	: >"$dir/results"
	: >"$dir/steps-done"
	: >"$dir/signature"
	echo "$key" >"$dir/key"
fi
rm -f "$dir/fault"
repo=$dir/repo

#
# Is it there at one end, and not at the other?
#

# step good|bad|step: what git bisect shall run.
step="$here/step.sh"
set -f
# shellcheck disable=SC2086
set -- "$CONFIG_DIR/fill-in.sh" DIR "$dir" -- "$@" $T
set +f
exec 3>&1

# end good|bad: sets $verdict and $note.
end()
{
	which=$1
	shift
	run "$step" "$dir" "$which" "$@" || :
	commit=$(git -C "$repo" rev-parse "refs/ends/$which")
	verdict=$(awk -v c="$commit" '$1 == c { print $2 }' "$dir/results")
	note=$(sed -n "s/^$commit [a-z]* //p" "$dir/results")
	[ -n "$verdict" ] || fault
}

end bad "$@"
case $verdict in
good) stop "not found: BAD passes, too" ;;
skip) stop "not found: at BAD, $note" ;;
esac
case $note in
flaky*)
	[ -n "${RUNS:-}" ] || stop "not found: at BAD, it is $note. With" \
		"RUNS=20, say, each kernel is tried that often, and bad when" \
		"one run fails."
	;;
esac
end good "$@"

# What fails at BAD and passes here tells most: other tests that fail at BAD may do so
# here, too, or not apply everywhere.
ends=$dir/steps/$(git -C "$repo" rev-parse --short=12 refs/ends/good)
cat "$ends"/*.failed 2>/dev/null | cut -f 1 >"$dir/failed-at-good"
cat "$ends"/*.passed 2>/dev/null | grep -vxF -f "$dir/failed-at-good" |
	awk -F '\t' 'NR == FNR { has[$1]; next } $1 in has' - "$dir/signature" \
		>"$dir/signature.both" || :
absent=
if [ -s "$dir/signature.both" ]; then
	mv "$dir/signature.both" "$dir/signature"
	if [ "$verdict" != good ]; then
		echo "what is looked for passes there:"
		cut -f 1 "$dir/signature" | sort -u | sed 's/^/  /'
		verdict=good
	fi
fi
case $verdict:$note in
bad:* | skip:another*)
	stop "not found: GOOD fails already${note:+ ($note)}; the log is in" \
		"$(shown "$dir/steps")"
	;;
skip:the\ test\ does\ not\ apply*) absent=1 ;;
skip:*) stop "not found: at GOOD, $note" ;;
esac

#
# Between them
#

drop_git_locks "$repo"
git -C "$repo" bisect reset -q >/dev/null 2>&1 || :
rm -f "$repo"/.git/BISECT_* "$repo"/.git/refs/bisect/*
good=$(git -C "$repo" rev-parse refs/ends/good)
bad=$(git -C "$repo" rev-parse refs/ends/bad)
echo "$(git -C "$repo" rev-list --count "$bad" --not "$good") patches"
bisected=0
git -C "$repo" bisect start --no-checkout "$bad" "$good" -- >"$dir/git.log" 2>&1 ||
	die "git bisect: $(tail -n 1 "$dir/git.log")"
run git -C "$repo" bisect run "$step" "$dir" step "$@" \
	>>"$dir/git.log" 2>&1 || bisected=$?
git -C "$repo" bisect log >"$dir/bisect.log" 2>/dev/null || :
[ ! -f "$dir/fault" ] || fault
# (When nothing is to be tried, git says so twice.)
first=$(sed -n 's/^# first bad commit: \[\([0-9a-f]*\)\] .*/\1/p' \
	"$dir/bisect.log" | sort -u)
candidates=$(sed -n 's/^# possible first bad commit: \[\([0-9a-f]*\)\] .*/\1/p' \
	"$dir/bisect.log")

# named COMMIT
named()
{
	slot=$(sed -n "s/^$1 //p" "$dir/slots" 2>/dev/null || :)
	git -C "$repo" log -1 --format="${slot:+$slot }%h %s" "$1"
}

# log_of COMMIT: where what its tests said is.
log_of()
{
	echo "$dir/steps/$(git -C "$repo" rev-parse --short=12 "$1")"
}

if grep -q ' flaky: ' "$dir/results"; then
	echo "flaky:"
	sed -n 's/^\([^ ]*\) [a-z]* flaky: \(.*\)/\1 \2/p' "$dir/results" |
		while read -r commit what; do
			echo "  $(named "$commit"): $what"
		done
	echo "  a kernel that passed $runs times may still be bad; RUNS=N" \
		"tries each N times"
fi
if [ "$bisected" = 3 ]; then
	stop "not found: where GOOD and BAD part it fails already, so GOOD has" \
		"something that fixes it, or never had the fault"
fi
if [ -z "$first" ]; then
	[ -n "$candidates" ] || die "git bisect failed ($bisected):" \
		"$(tail -n 1 "$dir/git.log")"
	echo "the first bad one is one of these, of which nothing can be said" \
		"but that the last is bad:"
	for commit in $candidates; do
		echo "  $(named "$commit") $(sed -n \
			"s/^$commit skip /  -- /p" "$dir/results")"
	done
	[ -z "$absent" ] || echo "(A test that applies to earlier ones, too," \
		"would tell.)"
	stop "not found: $(echo "$candidates" | wc -l) patches are left"
fi

#
# What was found
#

# quoted TEXT: a word for the shell.
quoted()
{
	case $1 in
	*[!A-Za-z0-9/._@%+:=,-]*)
		echo "'$(echo "$1" | sed "s/'/'\\\\''/g")'" ;;
	*) echo "$1" ;;
	esac
}

# command_for COMMIT: to see for oneself.
command_for()
{
	said="make check T=$(quoted "$T") VARIANT=$VARIANT"
	for name in CC KERNEL_URL KERNEL_SHA256 KERNEL_PACKAGE; do
		eval "value=\${$name:-}"
		# shellcheck disable=SC2154
		[ -z "$value" ] || said="$said $name=$(quoted "$value")"
	done
	if [ -f "$dir/slots" ]; then
		slot=$(sed -n "s/^$1 //p" "$dir/slots")
		kernel="SERIES=none"
		[ ! -d "$dir/series/$slot" ] ||
			kernel="SERIES=$(quoted "$(shown "$dir/series/$slot")")"
		[ -z "${KERNEL:-}" ] || kernel="KERNEL=$(quoted "$KERNEL") $kernel"
		echo "$said $kernel"
	else
		tree=$(quoted "$(shown "$(cd "$repo" && pwd -P)")")
		echo "git -C $tree checkout -q --detach" \
			"$(git -C "$repo" rev-parse --short=12 "$1") &&" \
			"$said KERNEL=$tree SERIES=none"
	fi
}

parent=$(git -C "$repo" rev-parse --verify "$first^")
{
	echo
	git -C "$repo" show --stat --format='%H%n%an, %as%n    %s' "$first"
	echo
	echo "with it:"
	for log in "$(log_of "$first")"/run-*.tap; do
		grep -q '^not ok' "$log" || continue
		sed -n '/^not ok/,/^ok\|^1\.\./{/^ok\|^1\.\./!p}' "$log" |
			sed 's/^not ok [0-9]* - /FAIL  /; s/^# /      /'
		break
	done
	echo "  $(command_for "$first")"
	echo
	echo "before it:"
	sed -n 's/^\(ok\) [0-9]* - /\1    /p' "$(log_of "$parent")/run-1.tap" \
		2>/dev/null | head -n 20
	[ ! -d "$(log_of "$parent")" ] ||
		echo "      logs: $(shown "$(log_of "$parent")")"
	echo "  $(command_for "$parent")"
	echo
	echo "all of it: $(shown "$dir"), with bisect.log for git bisect replay"
} | tee "$dir/report"
: >"$dir/done"
echo "first bad: $(git -C "$repo" log -1 --format='%h %s' "$first")" |
	tee -a "$dir/report"
