#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# report.sh [-j JUNIT] [-l LIST] [-f] [-r RUN] KERNEL-BUILD OUT DATA...: the report.
#
# KERNEL-BUILD	build directory of the gcov kernel, with its *.gcno
# OUT		directory that gets index.html, series.html, coverage.info, lost.txt,
#		branches.txt and data/; what it had before is replaced
# DATA		directories that are searched for what guests left (the kernel
#		was started with coverage.dir= below one of them)
# JUNIT		result of the run: tests in it that left no data are named
# LIST		added lines that cannot run, see unreached.sh; -f: all others have to
# RUN		file that says which run that was; it is kept as data/run, for merge.sh
# KERNEL, BASE	the series is BASE..HEAD of that git tree, see lib.sh
# COV_MIN	per cent of the added lines that must have run
. "$(dirname "$0")/lib.sh"

# only_first FILE FILE: lines that only the first one has.
only_first()
{
	sort -u "$1" >"$work/left"
	sort -u "$2" >"$work/right"
	comm -23 "$work/left" "$work/right"
}

usage()
{
	sed -n '/^# report.sh/,/^#$/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

here=$(cd "$(dirname "$0")" && pwd -P)
junit= list= full= run=
while getopts j:l:fr: option; do
	case $option in
	j) junit=$OPTARG ;;
	l) list=$OPTARG ;;
	f) full=-f ;;
	r) run=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 3 ] || usage
kernel=$(cd "$1" && pwd -P)
out=$2
shift 2
# Absolute, and without links: what is below them tells the tests.
for dir; do
	shift
	set -- "$@" "$(cd "$dir" && pwd -P)"
done

tree=$(cd "$kernel/source" 2>/dev/null && pwd -P) ||
	die "$kernel is not the build directory of a kernel"
series_range "$tree"
# Of the compiler that made that kernel.
major=$(sed -n 's/^CONFIG_GCC_VERSION=\(.*\)....$/\1/p' "$kernel/.config")
gcov=$(command -v "gcov-$major" || command -v gcov) ||
	die "gcov is missing; install the compiler's package"
merge=$(command -v "gcov-tool-$major" || command -v gcov-tool) ||
	die "gcov-tool is missing; install the compiler's package"
lcov_options

recover "$out"
final=$out
out=$final.new
work=$final.work
rm -rf "$out" "$work"
mkdir -p "$out" "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

#
# What there is: a directory per guest and test, with the data files, and
# "dumped", or "running" if the guest died before it wrote them.
#

find "$@" -type f -name dumped -size 0 -o -type f -name running -size 0 |
	sort >"$work/marks"
sed -n 's,/dumped$,,p' "$work/marks" >"$work/dumped"
files=$kernel/coverage.files
[ -s "$files" ] ||
	die "nothing in $kernel is instrumented; is it the gcov variant?"
sed -n 's/\.c$//p' "$files" | while read -r object; do
	[ ! -f "$kernel/$object.gcno" ] || echo "$object"
done >"$work/objects"
[ -s "$work/objects" ] ||
	die "nothing in $kernel is instrumented; is it the gcov variant?"
[ -s "$work/dumped" ] ||
	die "no guest wrote coverage data below $*; was its kernel the gcov" \
		"variant, and started with coverage.dir=?"

# Magic number, version and stamp of each file, as they stand in its head.
heads()
{
	xargs -d '\n' head -q -c 12 <"$1" | od -An -v -tx4 -w12 | paste - "$1"
}

sed "s,.*,$kernel/&.gcno," "$work/objects" >"$work/notes"
heads "$work/notes" | awk -v dir="$kernel/" '
	{ name = substr($4, length(dir) + 1); sub(/\.gcno$/, "", name)
	  print $2, $3, name }' >"$work/want"
while read -r dir; do
	find "$dir" -name '*.gcda' | sort >"$work/files"
	if [ ! -s "$work/files" ]; then
		echo "$dir/running" >>"$work/marks"
		continue
	fi
	heads "$work/files" | awk -v dir="$dir/" -v want="$work/want" '
		BEGIN { while ((getline line < want) > 0) known[line] = 1 }
		{ name = substr($4, length(dir) + 1); sub(/\.gcda$/, "", name)
		  if (!(($2 " " $3 " " name) in known)) {
			print $4
			exit 1
		  } }' >"$work/alien" ||
		die "$(cat "$work/alien") is not from the kernel in $kernel:" \
			"run the tests again"
done <"$work/dumped"

#
# One set of data files out of all
#

rm -rf "$work/sum"
while read -r dir; do
	[ -n "$(find "$dir" -name '*.gcda' | head -n 1)" ] || continue
	if [ -d "$work/sum" ]; then
		"$merge" merge -o "$work/sum.new" "$work/sum" "$dir" \
			>"$work/log" 2>&1 ||
			die "cannot add $dir: $(tail -n 1 "$work/log")"
		rm -rf "$work/sum"
		mv "$work/sum.new" "$work/sum"
	else
		cp -R "$dir" "$work/sum"
	fi
done <"$work/dumped"

# The name of a test, from the name of its directory: what follows the
# directory of its guest, which is the value of coverage.dir=.
name_of()
{
	sed 's,/[^/]*$,,; s,.*/coverage/,,'
}

grep '/running$' "$work/marks" | name_of | sort -u >"$work/lost" || :
sed 's,$,/dumped,' "$work/dumped" | name_of | sort -u >"$work/have"
if [ -n "$junit" ]; then
	# Skipped ones wrote what they ran; those that never began did not.
	sed -n 's/.*<testcase \(.*\)/\1/p' "$junit" |
		sed -n 's/.*\bname="\([^"]*\)".*/\1/p' >"$work/ran"
	only_first "$work/ran" "$work/have" >>"$work/lost"
fi
sort -u "$work/lost" >"$out/lost.txt"
for dir; do
	find "$dir" -name errors -path '*/coverage/errors' -size +0
done >"$work/errors"

#
# LCOV
#

# Objects that were compiled but not linked have notes and no data.
while read -r object; do
	mkdir -p "$work/sum/$(dirname "$object")"
	cp "$kernel/$object.gcno" "$work/sum/$object.gcno"
done <"$work/objects"
lcov_quietly --capture --initial --gcov-tool "$gcov" --directory "$work/sum" \
	--base-directory "$tree" --output-file "$work/zero.info"
lcov_quietly --capture --gcov-tool "$gcov" --directory "$work/sum" \
	--base-directory "$tree" --output-file "$work/run.info"
lcov_quietly --add-tracefile "$work/zero.info" \
	--add-tracefile "$work/run.info" --output-file "$work/all.info"

# shellcheck disable=SC2046
set -- $(sed "s,^,$tree/," "$files")
lcov_quietly --extract "$work/all.info" "$@" --output-file "$work/ours.info"
lcov_quietly --remove "$work/ours.info" '*_trace.h' \
	--output-file "$out/coverage.info"
sed -n 's/^SF://p' "$out/coverage.info" | while read -r file; do
	[ -f "$file" ] || die "the source $file is gone"
done

#
# The series
#

mkdir "$out/data"
data=$(cd "$out/data" && pwd -P)
cp "$files" "$data/files"
cp "$out/lost.txt" "$data/lost.txt"
# What is known of these does not say what they run elsewhere.
{
	cat "$out/lost.txt"
	[ -z "$junit" ] || awk '
		/<testcase / { name = $0; sub(/.* name="/, "", name)
			sub(/".*/, "", name) }
		/<skipped|<failure|<error/ { print name }' "$junit"
} | sort -u >"$data/unsure"
tar -C "$tree" -cf - -T "$files" | (mkdir "$data/source" &&
	tar -xmf - -C "$data/source")
"$here/series.sh" "$tree" "$files" "$data"
GCOV=$gcov "$here/per-test.sh" "$kernel" "$files" "$work/dumped" "$data"
if [ ! -s "$data/tests.lines" ] &&
	grep -q "^DA:[0-9]*,[1-9]" "$out/coverage.info"; then
	die "lines ran, but not in which test: $gcov and lcov disagree"
fi
cat "$kernel/include/config/kernel.release" >"$data/release" 2>/dev/null || :
echo "$tree" >"$data/prefix"
xargs -r -d '\n' head -n 3 <"$work/errors" >"$data/trouble"
[ -z "$run" ] || cp "$run" "$data/run"

# shellcheck disable=SC2086
"$here/pages.sh" ${list:+-l "$list"} $full "$out" "$final" "$tree"
