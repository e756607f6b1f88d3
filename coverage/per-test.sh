#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# per-test.sh KERNEL-BUILD FILES DUMPED OUT: which test ran which lines.
#
# FILES		sources that matter, below the kernel's tree
# DUMPED	directories with the data of one test each
# GCOV, J	the compiler's gcov, and how many to run at a time
#
# In OUT, fields between tabs, sorted:
#   tests.lines	TEST FILE LINES: "12:3 15-17:1" is line 12, three times, and
#		lines 15 to 17, once each
#   all.lines	FILE LINE COUNT FUNCTION: each line that can run
#
# Most data files are the same byte for byte as another test's, for a test
# leaves most code alone. gcov is asked about each content once.
set -eu
LC_ALL=C
export LC_ALL

kernel=$(cd "$1" && pwd -P)
files=$(readlink -f "$2")
dumped=$3
out=$(cd "$4" && pwd -P)
here=$(cd "$(dirname "$0")" && pwd -P)
lines=${COVERAGE_BIN:-$here/../build/coverage-bin}/gcov-lines
gcov=${GCOV:-gcov}
jobs=${J:-$(getconf _NPROCESSORS_ONLN)}
tree=$(cd "$kernel/source" && pwd -P)
work=$out/per-test
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work/notes" "$work/data" "$work/lines"

sed -n 's/\.c$/.gcno/p' "$files" | while read -r file; do
	[ ! -f "$kernel/$file" ] || echo "$file"
done >"$work/objects"
tar -C "$kernel" -cf - -T "$work/objects" | tar -xf - -C "$work/notes"

# read_lines NAME FILE...: what gcov says of these, to a file of its own.
read_lines()
{
	# shellcheck disable=SC2016
	xargs -0 -n 60 -P "$jobs" sh -c '
		gcov=$1 lines=$2 tree=$3 out=$4
		shift 4
		"$gcov" --stdout --json-format "$@" >"$out.$$.json" \
			2>"$out.$$.errors" &&
			"$lines" "$tree" <"$out.$$.json" >"$out.$$" &&
			rm "$out.$$.json" "$out.$$.errors" || exit 255' \
		sh "$gcov" "$lines" "$tree" "$work/lines/$1" || {
		head -q -n 3 "$work"/lines/*.errors >&2
		echo "error: coverage: $gcov does not say what test ran what" >&2
		exit 1
	}
}

# KEY TEST: the first data file that is the same stands for all.
sed "s,^[^/],$PWD/&," "$dumped" | tr '\n' '\0' | xargs -0 -r sh -c '
	find "$@" -name "*.gcda"' sh | sort >"$work/files"
tr '\n' '\0' <"$work/files" | xargs -0 -r md5sum |
	awk -v objects="$work/objects" -v fresh="$work/fresh" '
	BEGIN {
		while ((getline line <objects) > 0) {
			sub(/\.gcno$/, "", line)
			known[line] = 1
		}
	}
	{
		path = substr($0, length($1) + 3)
		object = path
		sub(/\.gcda$/, "", object)
		while (!(object in known) && (slash = index(object, "/")))
			object = substr(object, slash + 1)
		if (!(object in known))
			next
		test = substr(path, 1, length(path) - length(object) - 6)
		sub(/.*\/coverage\//, "", test)
		if (!(($1, object) in key)) {
			key[$1, object] = path
			print path >fresh
			print substr(path, 1, length(path) - length(object) - 6) \
				>(fresh ".dirs")
		}
		print key[$1, object] "\t" test
	}' >"$work/uses"

# Notes are looked for beside the data.
: >>"$work/fresh"
(cd / && tr '\n' '\0' <"$work/fresh" | xargs -0 -r cp --parents -t "$work/data")
sort -u "$work/fresh.dirs" | while read -r dir; do
	cp -Rs "$work/notes/." "$work/data$dir/"
done
(cd "$work/notes" && tr '\n' '\0' <"$work/objects" | read_lines all)
(cd "$work/data" && sed 's,^/,,' "$work/fresh" | tr '\n' '\0' |
	read_lines test)

# What can run at all.
awk -F '\t' -v files="$files" '
	BEGIN { while ((getline line <files) > 0) wanted[line] = 1 }
	$1 == "D" { next }
	$1 == "F" { file = $2; next }
	file in wanted && !((file, $1) in seen) {
		seen[file, $1] = 1
		print file "\t" $1 "\t0\t" $3
	}' "$work"/lines/all.* | sort -t '	' -k 1,1 -k 2,2n >"$work/all"

# Per test, from the data files that it shares with others.
awk -F '\t' -v all="$work/all" -v uses="$work/uses" -v out="$out/all.lines" '
	BEGIN {
		while ((getline <all) > 0) {
			if (!($1 in from)) {
				name[++names] = $1
				from[$1] = lines + 1
			}
			line[++lines] = $2
			function_of[lines] = $4
			to[$1] = lines
			at[$1, $2] = lines
		}
		while ((getline <uses) > 0) {
			if (!($2 in keys_of))
				test[++tests] = $2
			keys_of[$2] = keys_of[$2] "\t" $1
		}
	}
	$1 == "D" { key = "/" $2; next }
	$1 == "F" { file = $2; next }
	$2 > 0 && ((file, $1) in at) {
		ran[key] = ran[key] at[file, $1] " " $2 " "
	}
	function flush() {
		if (first)
			text = text (text == "" ? "" : " ") first \
				(last == first ? "" : "-" last) ":" count
		first = 0
	}
	END {
		for (t = 1; t <= tests; t++) {
			split("", sum)
			n = split(substr(keys_of[test[t]], 2), key_list, "\t")
			for (k = 1; k <= n; k++) {
				m = split(ran[key_list[k]], pair, " ")
				for (i = 1; i < m; i += 2)
					sum[pair[i]] += pair[i + 1]
			}
			for (f = 1; f <= names; f++) {
				text = ""
				first = 0
				for (i = from[name[f]]; i <= to[name[f]]; i++) {
					if (!(i in sum)) {
						flush()
						continue
					}
					total[i] += sum[i]
					if (first && (sum[i] != count))
						flush()
					if (!first)
						first = line[i]
					last = line[i]
					count = sum[i]
				}
				flush()
				if (text != "")
					print test[t] "\t" name[f] "\t" text
			}
		}
		for (f = 1; f <= names; f++)
			for (i = from[name[f]]; i <= to[name[f]]; i++)
				printf "%s\t%d\t%.0f\t%s\n", name[f], line[i],
					total[i], function_of[i] >out
	}' "$work"/lines/test.* | sort >"$out/tests.lines"
