#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lint.sh [CHECK...]: static checks of the files that git knows or would add; all of them
# unless some are named. A line for each check, with what it says if it fails; the last
# line is "N passed, N failed".
#
# The output of clang-format and of gcc -fanalyzer depends on their version: others than
# these fail, and say so. Of the other tools, any version will do; the tree is clean with
# ShellCheck 0.9, codespell 2.2 and reuse 1.1.
. "${0%/*}/../uml-config/lib.sh"
cd "$ROOT"
CLANG_FORMAT=14
GCC=12
WIDTH=100

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# files PATTERN: those whose names match this regular expression.
files()
{
	git ls-files -co --exclude-standard | grep -E "$1" | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

# pinned PROGRAM MAJOR: prints that version of the program, by its path.
pinned()
{
	for program in "$1-$2" "$1"; do
		case $("$program" --version 2>/dev/null | head -n 1) in
		*" $2."*)
			echo "$program"
			return
			;;
		esac
	done
	echo "$1 $2 is needed: other versions say other things. Here is:" \
		"$("$1" --version 2>&1 | head -n 1)" >&2
	return 1
}

shell='(\.sh|^\.ci/run)$'
code='\.[ch]$'
make='(^|/)Makefile$|\.mk$'
docs='\.(md|1)$'

check_shellcheck()
{
	files "$shell" | xargs -P "$(nproc)" -n 20 shellcheck -f gcc
}

check_clang_format()
{
	program=$(pinned clang-format $CLANG_FORMAT) || return 1
	files "$code" | xargs "$program" --dry-run --Werror
}

# The kernel's own rules, for kernel code.
check_checkpatch()
{
	tree=$(uml-config/prepare.sh) || return 1
	files '^drivers-stub/.*\.[ch]$' | sed "s,^,$PWD/," | (cd "$tree" &&
		HOME=/nonexistent xargs scripts/checkpatch.pl --no-tree --strict \
			--terse --no-summary --color=never -f)
}

check_codespell()
{
	files . | xargs codespell
}

# Licenses and copyrights, of all files.
check_reuse()
{
	reuse lint
}

# .reuse/dep5 covers every file, so reuse does not miss these lines.
check_spdx()
{
	bad=$(files "$shell|$code|$make" | while read -r file; do
		head -n 2 "$file" | grep -q "SPDX-License-[I]dentifier: "|| echo "$file"
	done)
	[ -z "$bad" ] || {
		echo "no SPDX-License-Identifier in the first two lines of:" "$bad"
		return 1
	}
}

check_width()
{
	# shellcheck disable=SC2016
	files "$shell|$code|$make|$docs" | xargs awk -v width=$WIDTH '
		length($0) > width {
			print FILENAME ":" FNR ": longer than " width " characters"
			bad = 1
		}
		END { exit bad }'
}

check_analyzer()
{
	program=$(pinned gcc $GCC) || return 1
	build=$ROOT/build/lint
	for target in shim:all "tests:$build/tests/runner" "tests:$build/tests/regress" \
		"tests:$build/tests/bisect" "tests:$build/tests/each" "tests:$build/tests/fuzz" \
		"tests:$build/tests/interrupts" "tests:$build/tests/doctor" coverage:all; do
		MAKEFLAGS='' "${MAKE:-make}" -s -C "${target%%:*}" -j"${J:-2}" BUILD="$build" \
			CC="$program" CFLAGS='-O2 -g -fanalyzer' "${target#*:}" || return 1
	done
}

[ $# != 0 ] || set -- shellcheck clang_format checkpatch codespell reuse spdx width analyzer
passed=0
failed=0
for check; do
	if "check_$check" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok    $check"
	else
		failed=$((failed + 1))
		echo "FAIL  $check"
		sed 's/^/      /' "$log"
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
