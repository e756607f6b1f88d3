#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor.sh: looks at everything that a run depends on: a line each, "good", "bad"
# with what to do, or "?" where it cannot be told. Status 1 if something is bad.
#
# doctor.sh --quick: only what takes no time and without which nothing works; says
# nothing unless it is bad. For all commands, before they begin.
#
# J, CC, KERNEL, ...	as elsewhere
#
# Here is what the program (main.c) needs to be compiled; the rest is there.
set -eu

ROOT=$(cd "${0%/*}/../.." && pwd -P)
CONFIG_DIR=$ROOT/uml-config
BUILD=${SB_BUILD:-$ROOT/build}

quick=${1:-}
jobs=${J:-$(getconf _NPROCESSORS_ONLN)}
programs="$BUILD/tests/doctor $BUILD/tests/probe $BUILD/shim/try-mount"
n_good=0
n_bad=0

good()
{
	n_good=$((n_good + 1))
	printf "good  %-12s %s\n" "$@"
}

bad()
{
	n_bad=$((n_bad + 1))
	if [ -n "$quick" ]; then
		echo "error: $1: $2 (make doctor looks at everything)" >&2
	else
		printf "bad   %-12s %s\n" "$@"
	fi
}

up_to_date()
{
	newer=-false
	for program in $programs; do
		[ -x "$program" ] || return 1
		newer="$newer -o -newer $program"
	done
	# shellcheck disable=SC2086
	[ -z "$(find tests/doctor tests/host tests/runner/host.c shim/core/mount.c \
		-name '*.[ch]' \( $newer \) -print -quit)" ]
}

# have_programs: they are there, and up to date.
have_programs()
{
	cd "$ROOT"
	! up_to_date || return 0
	mkdir -p "$BUILD"
	(
		unset MAKEFLAGS MAKELEVEL
		flock 9
		# shellcheck disable=SC2086
		make -s -C tests BUILD="$BUILD" ${programs% *} &&
			make -s -C shim BUILD="$BUILD" "${programs##* }" && touch $programs
	) >"$BUILD/doctor.log" 2>&1 9>>"$BUILD/doctor.lock"
}

check_path()
{
	why=$(cd "$ROOT" && "$CONFIG_DIR/path.sh")
	if [ -n "$why" ]; then
		bad path "$why"
	elif [ -z "$quick" ]; then
		good path "$ROOT"
	fi
}

check_processor()
{
	machine=$(uname -sm)
	if [ "$machine" != 'Linux x86_64' ]; then
		bad processor "$machine: Linux on x86-64 is needed"
	elif [ -z "$quick" ]; then
		features=$(grep -m 1 ^flags "${SB_PROC:-/proc}/cpuinfo" |
			grep -ow 'avx\|avx2\|avx512f\|amx_tile\|pku' | tr '\n' ' ')
		good processor "x86-64, $jobs jobs at a time; ${features:-no AVX}"
	fi
}

check_compiler()
{
	if ! cc=$("$CONFIG_DIR/compiler.sh" 2>&1); then
		bad compiler "${cc#error: }"
	elif [ -z "$quick" ]; then
		good compiler "$("$cc" --version | head -n 1)"
	fi
}

check_packages()
{
	if missing=$("$CONFIG_DIR/deps.sh" --missing 2>&1); then
		good packages "all there"
	else
		bad packages "$(echo "${missing#error: }" | tr "\n" " ")"
	fi
}

check_path
check_processor
check_compiler
[ -n "$quick" ] || check_packages
# A build that cannot find its place fails for that reason, not for another.
[ $n_bad = 0 ] || [ -z "$quick" ] || exit 1
if have_programs; then
	exec "$BUILD/tests/doctor" "$ROOT" "$BUILD" "$jobs" $n_good $n_bad ${quick:+"$quick"}
fi
[ -n "$quick" ] || echo "?     the rest     not known: the program that looks at it does not" \
	"compile, see $BUILD/doctor.log"
[ -n "$quick" ] && [ $n_bad = 0 ]
