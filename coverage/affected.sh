#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# affected.sh: prints the tests that run code that a change touches, one per line,
# from the data of the last make coverage. Prints on standard error how many, and why.
#
# AFFECTED	a file with a patch; or commits, A or A..B, of KERNEL, or else of
#		the private copy, where the series is
. "${0%/*}/lib.sh"

cd "$coverage/.."
build_covtool
tests=$(mktemp)
trap 'rm -f "$tests"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
tree=$(uml-config/prepare.sh)
build/tests/runner --list --tests=build/tests/guest-tests |
	awk '{ print $1 }' >"$tests"
"$covtool" affected "$tree" "$tests"
