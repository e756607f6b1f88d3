#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# who.sh FILE LINE: which tests ran that line, how often, and which patch it is
# from, by the last make coverage. FILE may be the end of a path.
#
# COVERAGE_DATA	where that left its data; default: build/coverage/data
. "$(dirname "$0")/lib.sh"

[ $# = 2 ] && [ -n "$1" ] && [ -n "$2" ] ||
	die "say FILE= and LINE=, as in: make who FILE=drm_gem.c LINE=100"
file=$1 line=$2
case $line in
*[!0-9]*) die "LINE=$line is no number" ;;
esac
data=${COVERAGE_DATA:-$(dirname "$0")/../build/coverage/data}
[ -f "$data/tests.lines" ] && [ -f "$data/all.lines" ] ||
	die "there is no coverage data; run: make coverage"
cd "$data"

paths=$(awk -v want="/$file" '{
	path = "/" $0
	at = length(path) - length(want) + 1
	if (at > 0 && substr(path, at) == want)
		print
	}' files)
case $paths in
'') die "no file $file has coverage data; the series does not touch it, and it" \
	"is not in COV_FILES=" ;;
*'
'*) die "$file is more than one file:" $paths ;;
esac

if ! awk -F '\t' -v file="$paths" -v line="$line" '
	$1 != file { next }
	$2 == line { found = 1; exit }
	$2 < line { before = $2 }
	$2 > line && !after { after = $2 }
	END {
		if (found)
			exit 0
		if (!before && !after) {
			print "nothing in it was compiled as code that can run"
			exit 1
		}
		print "line " line " is no code that can run; the nearest is" \
			(before ? " line " before : "") \
			(before && after ? " or" : "") (after ? " line " after : "")
		exit 1
	}' all.lines >who.why; then
	why=$(cat who.why)
	rm -f who.why
	die "$paths: $why"
fi
rm -f who.why

awk -F '\t' -v file="$paths" -v line="$line" '
	BEGIN {
		text = file
		source = "source/" file
		while (n++ < line && (getline text <source) > 0)
			;
		sub(/^[ \t]+/, "", text)
	}
	FILENAME == "patches" { subject[$1] = $3; next }
	$1 == file && $2 == line && FILENAME == "blame" { patch = $3 }
	$1 == file && $2 == line && FILENAME == "all.lines" { where = $4 }
	$1 == file && $2 == line && FILENAME == "branches" {
		branches = $3 " of " $4 " branches taken"
	}
	$1 == file && $2 == line && FILENAME == "reasons" { reason = $3 }
	FILENAME == "tests.lines" && $2 == file {
		n = split($3, range, " ")
		for (i = 1; i <= n; i++) {
			split(range[i], r, ":")
			last = split(r[1], ends, "-")
			if (ends[1] <= line + 0 && line + 0 <= ends[last]) {
				test[++tests] = $1
				count[tests] = r[2]
				all += r[2]
			}
		}
	}
	FILENAME == "lost.txt" { lost++ }
	END {
		print file ":" line " in " where "(): " text
		if (patch == "edit")
			print "from no patch: the source was edited"
		else if (patch != "")
			print "from patch " patch ": " subject[patch]
		else
			print "from no patch of the series"
		if (branches != "")
			print branches
		if (reason != "")
			print "listed as not reached: " reason
		if (lost)
			print "the data of " lost " tests is lost, see " \
				"build/coverage/lost.txt"
		for (i = 1; i <= tests; i++)
			printf "%10.0f  %s\n", count[i], test[i]
		printf "ran %.0f times, in %d tests\n", all, tests
	}' patches blame branches reasons lost.txt all.lines tests.lines
