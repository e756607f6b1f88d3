#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# progress.sh NAME LOG TOTAL: until it or its parent is ended, keeps one line of the
# terminal up to date, which says how many objects the kernel's makefiles have
# compiled, by their LOG; of about how many, if TOTAL is not 0, and how long the
# rest will take at this pace.
set -eu

name=$1 log=$2 total=$3
begun=$(date +%s)
# The line goes when its place is needed: what is printed next begins there.
trap 'printf "\033[K" >&2' EXIT
trap 'exit 143' TERM INT HUP

line()
{
	if [ "$total" -le "$made" ]; then
		echo "kernel: compiling $name: $made objects"
	elif [ "$made" -lt 20 ]; then
		echo "kernel: compiling $name: $made of about $total objects"
	else
		echo "kernel: compiling $name: $made of about $total objects," \
			"$((($(date +%s) - begun) * (total - made) / made)) s left"
	fi
}

while kill -0 "$PPID" 2>/dev/null; do
	made=$(grep -c '^  \(CC\|AS\) ' "$log" 2>/dev/null) || :
	printf '%s\033[K\r' "$(line)" >&2
	sleep 1
done
