#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# clean.sh [all]: removes what was built; with "all", the kernel's source too.
. "$(dirname "$0")/lib.sh"

[ -d "$BUILD" ] || exit 0
lock "$BUILD/kernel.lock"
for entry in "$BUILD"/* "$BUILD"/.[!.]*; do
	case ${1:-}:${entry##*/} in
	*:kernel.lock | :download | :src) ;;
	*) rm -rf --one-file-system "$entry" ;;
	esac
done
[ "${1:-}" != all ] || rm -rf --one-file-system "$BUILD"
