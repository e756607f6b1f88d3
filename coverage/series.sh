#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# series.sh TREE FILES OUT: what each patch of the series brought.
#
# TREE		the private copy of the kernel, as it was built
# FILES		sources that matter, by their names there
# KERNEL, BASE	the series is BASE..HEAD of that git tree, which is only read
#
# In OUT, fields between tabs:
#   patches	NUMBER COMMIT SUBJECT
#   blame	FILE LINE NUMBER FILE-THEN LINE-THEN: the patch that left a line of
#		TREE as it is, and where it put it; NUMBER "edit": no commit did
#   diff.NUMBER	the patch
. "$(dirname "$0")/lib.sh"

tree=$(cd "$1" && pwd -P)
files=$2
out=$3
tab=$(printf '\t')
mkdir -p "$out"
rm -f "$out/patches" "$out/blame" "$out"/diff.*

series_range "$tree"
# Slots without a patch have no number here.
series_git rev-list --reverse --topo-order "$base..$head" >"$out/commits"
if [ -n "${BASE:-}" ]; then
	awk '{ printf "%04d\n", NR }' "$out/commits"
else
	series_slots "$tree"
fi >"$out/numbers"
paste "$out/numbers" "$out/commits" | while read -r number commit; do
	printf '%s\t%s\t%s\n' "$number" "$commit" \
		"$(series_git log -1 --format=%s "$commit" | tr '\t' ' ')"
done >"$out/patches"

series_git diff --name-only "$base" "$head" | sort -u >"$out/touched"
sort -u "$files" | comm -12 - "$out/touched" >"$out/blamed"
while read -r file; do
	# What git has is not what is compiled, if somebody edited that.
	series_git blame --line-porcelain --contents "$tree/$file" "^$base" \
		-- "$file" >"$out/lines" 2>"$out/errors" ||
		die "git blame $file: $(tail -n 1 "$out/errors")"
	awk -v OFS='\t' -v file="$file" -v patches="$out/patches" '
		BEGIN {
			FS = "\t"
			while ((getline <patches) > 0)
				number[$2] = $1
			FS = " "
		}
		/^\t/ { print file, line, patch, then, line_then; next }
		length($1) >= 40 && NF >= 3 && $2 ~ /^[0-9]+$/ {
			line = $3
			line_then = $2
			patch = $1 in number ? number[$1] : \
				$1 ~ /^0+$/ ? "edit" : ""
		}
		/^filename / { then = substr($0, 10) }' "$out/lines" |
		awk -F "$tab" '$3 != ""'
done <"$out/blamed" >"$out/blame"

while read -r number commit rest; do
	# (Of a merge, what it brings to the branch that it is on.)
	series_git diff-tree -p -r --root -m --first-parent --no-ext-diff \
		--no-textconv -M --no-color --format= "$commit" >"$out/diff.$number"
done <"$out/patches"
rm -f "$out/commits" "$out/numbers" "$out/lines" "$out/errors" "$out/touched" \
	"$out/blamed"
