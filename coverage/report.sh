#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# report.sh [-j JUNIT] [-l LIST] [-f] [-r RUN] KERNEL-BUILD OUT DATA...: makes the report.
#
# KERNEL-BUILD	build directory of the gcov kernel, with its *.gcno
# OUT		directory that gets index.html, series.html, coverage.info, lost.txt,
#		branches.txt and data/; an older report is replaced
# DATA		directories that are searched for the data of guests (coverage.dir= of
#		the kernel was below one of them)
# JUNIT		result of the run, to name the tests that left no data
# LIST		added lines that cannot run; -f: all others must have run
# RUN		file that describes the run; it is kept as data/run, for merge.sh
# KERNEL, BASE	the series is BASE..HEAD of that git tree
# COV_MIN	per cent of the added lines that must have run
. "${0%/*}/lib.sh"

usage()
{
	sed -n '/^# report.sh/,/^#$/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

# program NAME: prints the path of gcov or gcov-tool of the compiler that made the kernel.
program()
{
	command -v "$1-$major" || command -v "$1" ||
		die "coverage: $1 is missing; install the compiler's package"
}

junit='' list='' full='' run=''
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
# Absolute, and without links: the path below them is the name of the test.
for dir; do
	shift
	set -- "$@" "$(cd "$dir" && pwd -P)"
done
tree=$(cd "$kernel/source" 2>/dev/null && pwd -P) ||
	die "coverage: $kernel is not the build directory of a kernel"
major=$(sed -n 's/^CONFIG_GCC_VERSION=\(.*\)....$/\1/p' "$kernel/.config")
gcov=$(program gcov)
merge=$(program gcov-tool)
build_covtool
"$covtool" check
lcov_options
begin "$out"
data=$new/data

# Adds up the data of all guests and tests.
"$covtool" guests ${junit:+-j "$junit"} "$kernel" "$data" "$@" >"$work/dumped"
cp "$data/lost.txt" "$new"
mkdir "$work/sum"
first=yes
while read -r dir; do
	if [ -n "$first" ]; then
		cp -R "$dir/." "$work/sum"
		first=
		continue
	fi
	"$merge" merge -o "$work/sum.new" "$work/sum" "$dir" >"$work/log" 2>&1 ||
		die "coverage: cannot add $dir: $(tail -n 1 "$work/log")"
	rm -rf "$work/sum"
	mv "$work/sum.new" "$work/sum"
done <"$work/dumped"

# Objects that were compiled but not linked have notes and no data.
files=$kernel/coverage.files
sed -n 's/\.c$/.gcno/p' "$files" | while read -r notes; do
	[ ! -f "$kernel/$notes" ] || echo "$notes"
done >"$work/notes"
tar -C "$kernel" -cf - -T "$work/notes" | tar -xf - -C "$work/sum"
for step in zero:--initial run:; do
	# shellcheck disable=SC2086
	lcov_quietly lcov --capture ${step#*:} --gcov-tool "$gcov" \
		--directory "$work/sum" --base-directory "$tree" \
		--output-file "$work/${step%:*}.info"
done
lcov_quietly lcov --add-tracefile "$work/zero.info" \
	--add-tracefile "$work/run.info" --output-file "$work/all.info"
# shellcheck disable=SC2046
lcov_quietly lcov --extract "$work/all.info" $(sed "s,^,$tree/," "$files") \
	--output-file "$work/ours.info"
lcov_quietly lcov --remove "$work/ours.info" '*_trace.h' \
	--output-file "$new/coverage.info"
sed -n 's/^SF://p' "$new/coverage.info" | while read -r file; do
	[ -f "$file" ] || die "coverage: the source $file is gone"
done

# What the report is made of; merge.sh reads it to make the report of all shards.
cp "$files" "$data/files"
mkdir "$data/source" "$work/gcov"
tar -C "$tree" -cf - -T "$files" | tar -xmf - -C "$data/source"
cat "$kernel/include/config/kernel.release" >"$data/release" 2>/dev/null || :
echo "$tree" >"$data/prefix"
[ -z "$run" ] || cp "$run" "$data/run"
"$covtool" series "$tree" "$data"
GCOV=$gcov "$covtool" per-test "$kernel" "$work/dumped" "$data" "$work/gcov"
if [ ! -s "$data/tests.lines" ] &&
	grep -q "^DA:[0-9]*,[1-9]" "$new/coverage.info"; then
	die "coverage: lines ran, but not in which test: $gcov and lcov disagree"
fi
publish "$out" "$tree" "$list"
"$covtool" summary ${list:+-l "$list"} $full "$out"
