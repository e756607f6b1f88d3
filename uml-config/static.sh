#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# static.sh TREE OUT VARIANT FILE...: prints what the compiler with W=1 and, where it is
# installed, sparse say while these C files are compiled. The objects are made in OUT, a
# directory of their own: W=1 changes how each is made.
. "${0%/*}/lib.sh"

tree=$1 w1=$2 variant=$3 jobs=${J:-$(getconf _NPROCESSORS_ONLN)}
shift 3
mkdir -p "$w1"
kbuild_env tree w1 variant jobs
configure "$tree" "$w1" "$variant" "$({
	fragments "$variant" | tr '\n' '\0' | xargs -0 cat
	echo "$tree $cc"
} | hash)" >&2

objects=$(printf '%s\n' "$@" | sed 's/\.c$/.o/')
# shellcheck disable=SC2086
(cd "$w1" && rm -f $objects)
set -- W=1
! command -v sparse >/dev/null || set -- "$@" C=2 CHECK=sparse
# (kernel-doc is looked at elsewhere, headers included.)
# shellcheck disable=SC2086
make -C "$tree" ARCH=um O="$w1" -j"$jobs" -k CC="$cc" HOSTCC="$cc" \
	LOCALVERSION= cmd_checkdoc=: "$@" $objects </dev/null 2>&1 || :
