#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# static.sh TREE OUT VARIANT JOBS LIST: what the compiler with W=1 and, where it
# is installed, sparse have to say about the C files in LIST, a line each, sorted:
# "FILE: warning: TEXT". What tools say goes to standard error. The objects are
# made in OUT, a directory of their own: W=1 changes how each is made.
. "$(dirname "$0")/lib.sh"
. "$CONFIG_DIR/findings.sh"

tree=$1 w1=$2 variant=$3 jobs=$4 list=$5
[ -s "$list" ] || exit 0
mkdir -p "$w1"
kbuild_env tree w1 variant jobs list
configure "$tree" "$w1" "$variant" "$({
	fragments "$variant" | tr '\n' '\0' | xargs -0 cat
	echo "$tree $cc"
} | hash)" >&2

objects=$(sed 's/\.c$/.o/' "$list")
# shellcheck disable=SC2086
(cd "$w1" && rm -f $objects)
set -- W=1
! command -v sparse >/dev/null || set -- "$@" C=2 CHECK=sparse
# (kernel-doc is looked at elsewhere, headers included.)
# shellcheck disable=SC2086
make -C "$tree" ARCH=um O="$w1" -j"$jobs" -k CC="$cc" HOSTCC="$cc" \
	LOCALVERSION= cmd_checkdoc=: "$@" $objects >"$w1/static.log" 2>&1 \
	</dev/null || :
cat "$w1/static.log" >&2
{
	findings "$tree" <"$w1/static.log" >"$w1/static.found"
	# What sparse finds elsewhere, in headers of the architecture for
	# example, is nothing to these files; the compiler names its options.
	grep ' \[-W[^]]*\]$' "$w1/static.found" || :
	grep -v ' \[-W[^]]*\]$' "$w1/static.found" |
		awk -F: 'NR == FNR { mine[$0]; next } $1 in mine' "$list" - || :
	while read -r file; do
		[ -f "$w1/${file%.c}.o" ] ||
			echo "$file: error: does not compile with W=1"
	done <"$list"
} | sort
