#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# pages.sh [-l LIST] [-f] NEW OUT SOURCE: the report, for browsers and on the terminal,
# from NEW/coverage.info and NEW/data, as report.sh or merge.sh left them. NEW takes the
# place of OUT when all is done.
#
# SOURCE	directory below which the files of coverage.info are
# LIST, -f	see report.sh
# COV_MIN	per cent of the added lines that must have run
. "$(dirname "$0")/lib.sh"

here=$(cd "$(dirname "$0")" && pwd -P)
bin=${COVERAGE_BIN:-$here/../build/coverage-bin}
list= full=
while getopts l:f option; do
	case $option in
	l) list=$OPTARG ;;
	f) full=full ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
out=$1
final=$2
source=$3
data=$out/data
lcov_options
work=$final.pages
rm -rf "$work"
mkdir "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

version=$(cat "$data/release")
{
	cat <<-'END'
	<!DOCTYPE html>
	<html lang="en">
	<head>
	<meta charset="UTF-8">
	<title>@pagetitle@</title>
	<link rel="stylesheet" type="text/css" href="@basedir@gcov.css">
	</head>
	<body>
	END
	if [ -s "$data/patches" ]; then
		printf '<p style="margin: 1em"><a href="@basedir@series.html">'
		printf 'The series, patch by patch</a></p>\n'
	fi
	if [ -s "$data/lost.txt" ]; then
		printf '<p style="margin: 1em; font-weight: bold">'
		printf 'The guest died before the data of these tests was '
		printf 'written; what only they ran shows as not run: '
		sed 's/&/\&amp;/g; s/</\&lt;/g' "$data/lost.txt" |
			paste -sd' ' | sed 's/ /, /g; s,$,</p>,'
	fi
} >"$work/prolog"
# shellcheck disable=SC2086
genhtml --quiet --rc "$branches" --branch-coverage --legend --num-spaces 8 \
	--prefix "$source" --title "drm memory management, Linux $version" \
	--html-prolog "$work/prolog" $lenient --output-directory "$out" \
	"$out/coverage.info" >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	die "genhtml failed, see above"
}

#
# The series
#

awk -F '[:,]' -v OFS='\t' -v prefix="$source/" '
	/^SF:/ { file = substr($0, 4 + length(prefix)) }
	/^BRDA:/ { all[file, $2]++; taken[file, $2] += $NF > 0 }
	END {
		for (key in all) {
			split(key, at, SUBSEP)
			print at[1], at[2], taken[key], all[key]
		}
	}' "$out/coverage.info" | sort -t '	' -k 1,1 -k 2,2n >"$data/branches"
status=0
: >"$data/reasons"
if [ -s "$data/patches" ]; then
	"$here/summary.sh" "$data" >"$work/summary" || status=$?
	mv "$data/missing" "$out/branches.txt"
	[ -z "$list" ] || "$here/unreached.sh" "$data" "$source" "$list" \
		$full 2>"$work/wrong" || status=1
	"$bin/series-pages" "$data" "$out" "The series on Linux $version"
fi

#
# For the terminal
#

awk -v prefix="$source/" '
	function percent(hit, all) {
		return all ? sprintf("%5.1f%%", 100 * hit / all) : "     -"
	}
	function row(name, lh, lf, fh, ff) {
		printf "%-44s %5d of %5d %s %4d of %4d\n", name, lh, lf,
			percent(lh, lf), fh, ff
	}
	BEGIN { printf "%-44s %21s %12s\n", "file", "lines run        ",
		"functions" }
	/^SF:/ { name = substr($0, 4 + length(prefix)) }
	/^LF:/ { lf = substr($0, 4) }
	/^LH:/ { lh = substr($0, 4) }
	/^FNF:/ { ff = substr($0, 5) }
	/^FNH:/ { fh = substr($0, 5) }
	/^end_of_record/ {
		sub(/^drivers\/gpu\//, "", name)
		row(name, lh, lf, fh, ff)
		all += lf; run += lh
		lf = lh = ff = fh = 0
	}
	END { printf "%d %d\n", run, all }' "$out/coverage.info" >"$work/table"
sed "s,^SF:$out/,SF:$final/," "$out/coverage.info" >"$work/info"
mv "$work/info" "$out/coverage.info"
publish "$out" "$final"
out=$final
data=$out/data

sed '$d' "$work/table"
if [ -s "$data/trouble" ]; then
	echo "coverage: libgcov had trouble, data may be missing:"
	cat "$data/trouble"
fi
if [ -s "$data/lost.txt" ]; then
	echo "coverage: these tests left no data; what only they ran shows" \
		"as not run:"
	sed 's/^/  /' "$data/lost.txt"
fi
if [ ! -s "$data/patches" ]; then
	echo "coverage: report in $out/index.html"
	tail -n 1 "$work/table" | awk '
		{ printf "coverage: %d of %d lines run (%.1f%%)\n", $1, $2,
			$2 ? 100 * $1 / $2 : 0 }'
	[ -z "${COV_MIN:-}" ] || die "COV_MIN is about the lines that a series" \
		"adds, and there is no series"
	exit
fi
[ ! -s "$work/wrong" ] || cat "$work/wrong" >&2
echo "coverage: report in $out/index.html and $out/series.html," \
	"branches not taken in $out/branches.txt"
cat "$work/summary"
exit $status
