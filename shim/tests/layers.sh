#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# layers.sh OBJECT... - fails if any of the object files call each other in a
# circle, and names them.

tmp=$(mktemp -d) || exit 1
trap 'rm -rf --one-file-system "$tmp"' EXIT

for object; do
	nm -g "$object" >"$tmp/nm" || exit 1
	awk -v "o=${object##*/}" '$1 == "U" { print $2, o }' "$tmp/nm" >>"$tmp/used"
	awk -v "o=${object##*/}" 'NF == 3 { print $3, o }' "$tmp/nm" >>"$tmp/defined"
done
sort -o "$tmp/used" "$tmp/used"
sort -o "$tmp/defined" "$tmp/defined"
join -o 1.2,2.2 "$tmp/used" "$tmp/defined" | sort -u >"$tmp/calls"
if [ ! -s "$tmp/calls" ]; then
	echo "FAIL layers: none of these files calls another: $*"
	exit 1
fi
if ! tsort "$tmp/calls" >/dev/null 2>"$tmp/loops"; then
	echo "FAIL layers: these files call each other in a circle:"
	sed -n 's/^tsort: \([^ ]*\.o\)$/    \1/p' "$tmp/loops"
	exit 1
fi
