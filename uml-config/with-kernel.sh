#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# with-kernel.sh VARIANT COMMAND...: builds the kernel of a variant and runs
# COMMAND, in which @KERNEL@ stands for its path, @SOURCE@ for its source and
# @GIVES@ for the capabilities that the series gives it. The path is this run's
# own: a build that begins while COMMAND runs does not change what it names.
. "$(dirname "$0")/lib.sh"

variant=$1
shift
used=$BUILD/kernel/in-use
mkdir -p "$used"
# What runs left that were killed.
for old in "$used"/*.*; do
	kill -0 "${old##*.}" 2>/dev/null || rm -f "$old"
done
kernel=$used/$variant.$$
trap 'rm -f "$kernel"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# No other build gets between this kernel and what is said of it.
lock "$BUILD/kernel.lock"
built=$("$CONFIG_DIR/build.sh" "$variant" "$kernel")
gives=$(cat "$(dirname "$built")/gives")
unlock
"$CONFIG_DIR/fill-in.sh" KERNEL "$kernel" \
	SOURCE "$(dirname "$built")/source" GIVES "$gives" -- "$@"
