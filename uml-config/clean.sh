#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# clean.sh [all]: removes what was built; with "all", the kernel's source too.
# Refuses while anything is at work there: a long run would go on without its files.
. "${0%/*}/lib.sh"

[ -d "$BUILD" ] || exit 0
# The processes that run a program from there, or hold one of its locks.
built=$(cd "$BUILD" && pwd -P)
busy=$(find /proc/[0-9]*/exe /proc/[0-9]*/fd \( -lname "$built/*lock" -o \
	-path '*/exe' -lname "$built/*" \) 2>/dev/null |
	cut -d/ -f3 | sort -nu | tr '\n' ' ')
[ -z "$busy" ] || die "still at work in $BUILD: process $busy(try again later)"
lock "$BUILD/kernel.lock"
for entry in "$BUILD"/* "$BUILD"/.[!.]*; do
	case ${1:-}:${entry##*/} in
	*:kernel.lock | :download | :src) ;;
	*) rm -rf --one-file-system "$entry" ;;
	esac
done
[ "${1:-}" != all ] || rm -rf --one-file-system "$BUILD"
