# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts of this directory.

. "${0%/*}/../uml-config/lib.sh"
coverage=$ROOT/coverage
covtool=${COVTOOL:-$ROOT/build/coverage-bin/covtool}

# build_covtool: builds covtool, unless COVTOOL names one (for tests).
build_covtool()
{
	[ -n "${COVTOOL:-}" ] || MAKEFLAGS='' "${MAKE:-make}" \
		--no-print-directory -s -C "$coverage" BUILD="$ROOT/build" >&2
}

# lcov_options: sets branches and lenient, for lcov and genhtml, and makes the order of
# LCOV's lists the same in each run; it follows the order of Perl's hashes.
lcov_options()
{
	PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0
	export PERL_HASH_SEED PERL_PERTURB_KEYS
	command -v genhtml >/dev/null || die "coverage: lcov is missing; install it"
	# The option's name changed in LCOV 2, which also stops at things that it
	# only warned of before, such as a filter that matches nothing.
	case $(lcov --version) in
	*' 1.'*)
		branches=lcov_branch_coverage=1
		lenient=
		;;
	*)
		branches=branch_coverage=1
		lenient='--ignore-errors inconsistent,unused,empty,mismatch'
		;;
	esac
}

# lcov_quietly COMMAND ARGUMENT...: runs lcov or genhtml; prints its output if it fails.
lcov_quietly()
{
	command=$1
	shift
	# shellcheck disable=SC2086
	"$command" --quiet --rc "$branches" $lenient "$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		die "coverage: $command failed, see above"
	}
}

# begin OUT: sets the directories new, for the new report, and work. OUT keeps the old
# report until the new one is complete. Repairs what an interrupted run left.
begin()
{
	[ -e "$1" ] || [ ! -e "$1.old" ] || mv "$1.old" "$1"
	new=$1.new
	work=$1.work
	rm -rf "$new" "$work"
	mkdir -p "$new/data" "$work"
	trap 'rm -rf "$new" "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# publish OUT SOURCE LIST: makes the report for browsers, from coverage.info and data in
# the new report, which then takes the place of OUT.
publish()
{
	"$covtool" prolog "$new/data" >"$work/prolog"
	lcov_quietly genhtml --branch-coverage --legend --num-spaces 8 \
		--prefix "$2" --html-prolog "$work/prolog" --title \
		"drm memory management, Linux $(cat "$new/data/release")" \
		--output-directory "$new" "$new/coverage.info"
	"$covtool" pages ${3:+-l "$3"} "$new" "$2"
	sed "s,^SF:$new/,SF:$1/," "$new/coverage.info" >"$work/info"
	mv "$work/info" "$new/coverage.info"
	rm -rf "$1.old"
	[ ! -e "$1" ] || mv "$1" "$1.old"
	mv "$new" "$1"
	rm -rf "$1.old"
}
