#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# summary.sh DATA: the series on the terminal: a table per patch, the functions
# that were never entered, and a last line "series: X of Y added lines run (P%)".
#
# DATA	what series.sh and per-test.sh left, and branches (FILE LINE TAKEN ALL);
#	gets "never" (FILE FUNCTION), and "missing", for people: lines that ran,
#	but not in all their branches
# COV_MIN	so many per cent, at least: else the status is 1
. "$(dirname "$0")/lib.sh"

cd "$1"
case ${COV_MIN:-0} in
'' | . | *[!0-9.]* | *.*.*) die "COV_MIN=$COV_MIN is no number" ;;
esac
awk -F '\t' -v OFS='\t' '
	FILENAME == "blame" { patch[$1, $2] = $3; next }
	(($1, $2) in patch) { print $0, patch[$1, $2] }' \
	blame all.lines >added

# A function is entered if any line of it ran; those that the series does not
# touch are not its business.
awk -F '\t' -v OFS='\t' '
	FILENAME == "added" { touched[$1, $4] = $4 != "-"; next }
	!touched[$1, $4] { next }
	!(($1, $4) in ran) { order[++n] = $1 OFS $4; ran[$1, $4] = 0 }
	$3 > 0 { ran[$1, $4] = 1 }
	END {
		for (i = 1; i <= n; i++) {
			split(order[i], f, "\t")
			if (!ran[f[1], f[2]])
				print order[i]
		}
	}' added all.lines >never

awk -F '\t' '
	FILENAME == "branches" { taken[$1, $2] = $3; of[$1, $2] = $4; next }
	$3 > 0 && $5 != "edit" && taken[$1, $2] < of[$1, $2] {
		text = ""
		while (at[$1] < $2 && (getline text <("source/" $1)) > 0)
			at[$1]++
		sub(/^[ \t]+/, "", text)
		printf "%s:%d: %d of %d: %s\n", $1, $2, taken[$1, $2],
			of[$1, $2], text
	}' branches added >missing

awk -F '\t' -v min="${COV_MIN:-0}" '
	function percent(part, all) {
		return all ? sprintf("%.1f%%", int(1000 * part / all) / 10) : "-"
	}
	FILENAME == "patches" {
		subject[$1] = $3
		order[++n] = $1
		next
	}
	FILENAME == "branches" { taken[$1, $2] = $3; of[$1, $2] = $4; next }
	FILENAME == "missing" { missing++; next }
	FILENAME == "never" { never[++nevers] = $2 "() in " $1; next }
	$5 == "edit" { edits++; next }
	{
		lines[$5]++
		all_lines++
		if ($3 > 0) { ran[$5]++; all_ran++ }
		all_taken += taken[$1, $2]
		all_of += of[$1, $2]
	}
	END {
		printf "%-5s %-52s %5s %5s %6s\n", "", "patch", "added", "run",
			""
		for (i = 1; i <= n; i++) {
			p = order[i]
			text = subject[p]
			if (length(text) > 52)
				text = substr(text, 1, 49) "..."
			printf "%-5s %-52s %5d %5d %6s\n", p, text, lines[p],
				ran[p], percent(ran[p], lines[p])
		}
		print nevers ? "never entered:" : "every function was entered"
		for (i = 1; i <= nevers; i++)
			print "  " never[i]
		if (edits)
			print "coverage: " edits " lines of the source were " \
				"edited and belong to no patch"
		print "branches: " all_taken + 0 " of " all_of + 0 " of added " \
			"lines taken (" percent(all_taken, all_of) \
			"); " missing + 0 " lines that ran miss some"
		bad = min > 0 && !all_lines || 100 * all_ran < min * all_lines
		if (bad)
			print "coverage: that is less than COV_MIN=" min
		print "series: " all_ran + 0 " of " all_lines + 0 \
			" added lines run (" percent(all_ran, all_lines) ")"
		exit bad
	}' patches branches missing never added
