#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# proof.sh KERNEL-BUILD WORK: proves that the report shows what really ran. A guest makes
# a known number of system calls. The test checks the counts of the functions behind
# them, that lines which cannot have run have count 0, and what happens to the data of a
# guest that crashes or is killed.

. "$(dirname "$0")/../../uml-config/tests/lib.sh"
set -e
here=$ROOT/coverage/tests
kernel=$(cd "$1" && pwd -P)
mkdir -p "$2"
work=$(cd "$2" && pwd -P)
COVTOOL=$ROOT/build/coverage-bin/covtool
export COVTOOL

# guest END SIGNAL ARG...: one guest; SIGNAL, if not empty, is sent to it when it says
# that it waits. The pipe ends when the last process of the guest does.
uml=
trap '[ -z "$uml" ] || kill -9 "$uml" 2>/dev/null; rm -rf "$TMP"' EXIT
guest()
{
	end=$1 signal=$2
	shift 2
	rm -f "$work/console"
	mkfifo "$work/console"
	(
		cd "$work"
		exec timeout -s KILL 60 "$kernel/linux" mem=128M rootfstype=hostfs \
			rootflags=/ ro init="$work/proof" proof="$end" \
			uml_dir="$work/uml/" con=null shrinkbench.console=1 "$@"
	) >"$work/console" 2>&1 </dev/null &
	uml=$!
	while read -r line; do
		echo "$line"
		case $line in
		*'proof: waiting'*) [ -z "$signal" ] || signal_kernel "$signal" ;;
		esac
	done <"$work/console" >"$work/$end$signal.log"
	wait "$uml" || :
	uml=
}

# timeout(1) runs the kernel as its child, in a session of the kernel's own.
signal_kernel()
{
	kill "-$1" "$(cat "/proc/$uml/task/$uml/children")"
}

${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -D__user= \
	-idirafter "$kernel/source/include/uapi" -o "$work/proof" "$here/proof.c"
make -s -C "$ROOT/coverage" BUILD="$ROOT/build" >&2
rm -rf "$work/off" "$work/panic" "$work/term" "$work/kill" "$work/none" "$work/first"
guest off '' coverage.dir="$work/off/coverage"
guest panic '' coverage.dir="$work/panic/coverage"
guest wait TERM coverage.dir="$work/term/coverage"
guest wait KILL coverage.dir="$work/kill/coverage"
mkdir -p "$work/none"
set +e

junit=
info=$work/out/coverage.info
create=drm_gem_shmem_dumb_create
close=drm_gem_close_ioctl

# report DATA...
report()
{
	run "$ROOT/coverage/report.sh" ${junit:+-j "$junit"} "$kernel" "$work/out" "$@"
}

# calls FUNCTION COUNT
calls()
{
	run "$COVTOOL" function "$info" "$1" && said "$2 calls, " &&
		[ "$2" = "$(cut -d ' ' -f 1 "$TMP/stdout")" ]
}

never_ran()
{
	calls "$1" 0 && said ', 0 of ' && ! said ' of 0 lines'
}

# missing LIST OTHER: lines of one file that are not in the other.
missing()
{
	sort -u "$1" >"$TMP/left"
	sort -u "$2" | comm -13 - "$TMP/left" >"$TMP/output"
	[ -s "$TMP/left" ] && [ ! -s "$TMP/output" ]
}

ok "report" report "$work/off"
ok "last line" last_line 'series: [1-9][0-9]* of [1-9][0-9]* added lines run ([0-9.]*%)'
ok "exact count" calls $create 8
ok "exact count of another" calls $close 5
ok "never called, never ran" never_ran drm_gem_flink_ioctl
sed "s,^SF:$(readlink -f "$kernel/source")/,,; /:/d; /end_of_record/d" "$info" >"$TMP/reported"
while read -r file; do
	[ ! -f "$kernel/${file%.c}.gcno" ] || echo "$file"
done <"$kernel/coverage.files" | grep '\.c$' >"$TMP/instrumented"
ok "all files of the series there" missing "$TMP/instrumented" "$TMP/reported"
ok "no others there" missing "$TMP/reported" "$kernel/coverage.files"
page=$(find "$work/out" -name drm_gem.c.gcov.html)
ok "HTML has sources" grep -q drm_gem_flink_ioctl "$page"
whole_pages()
{
	for page in "$work/out/series.html" "$work/out"/series/*.html; do
		grep -q "</html>" "$page" || return
	done
}
ok "HTML of the series" whole_pages
ok "HTML links to the series" grep -q series.html "$work/out/index.html"
# What each test ran adds up to the same lines and counts.
adds_up()
{
	sed -n "s,^SF:$(readlink -f "$kernel/source")/,,p
		s/^DA:\([0-9]*\),\([0-9]*\).*/\1 \2/p" "$info" |
		awk 'NF == 1 { file = $1; next } { print file, $0 }' | sort >"$TMP/lcov"
	cut -f 1-3 "$work/out/data/all.lines" | tr '\t' ' ' | sort |
		diff "$TMP/lcov" - >"$TMP/output" && [ -s "$TMP/lcov" ]
}
ok "per test adds up" adds_up
line=$(grep -n "^int $create" "$kernel/source/drivers/gpu/drm/drm_gem_shmem_helper.c" |
	cut -d : -f 1)
who()
{
	COVERAGE_DATA=$work/out/data run "$COVTOOL" who drm_gem_shmem_helper.c "$line" &&
		said "$1"
}
ok "who, in the first test" who '         7  proof/first'
ok "who, in the second test" who '         1  proof/second'
ok "who, in all" who 'ran 8 times, in 2 tests'

cp -R "$work/out" "$work/first"
ok "report again" report "$work/off"
for name in coverage.info data series.html; do
	ok "the same $name" diff -r "$work/out/$name" "$work/first/$name"
done
rm -rf "$work/first"

ok "report of one test" report "$work/off/coverage/proof/first"
ok "count of one test" calls $create 7
ok "report of the other" report "$work/off/coverage/proof/second"
ok "count of the other" calls $create 1
ok "none of the other" calls $close 0
ok "report of boot" report "$work/off/coverage/boot"
ok "count of boot" calls $create 0
ok "report of two guests" report "$work/off" "$work/panic"
ok "counts add up" calls $create 17
ok "report after a panic" report "$work/panic/coverage/proof/third"
ok "count after a panic" calls $create 1
ok "report after SIGTERM" report "$work/term/coverage/proof/third"
ok "count after SIGTERM" calls $create 1

ok "report after SIGKILL" report "$work/kill"
ok "loss named" said '  proof/third'
ok "count before SIGKILL" calls $create 8
ok "loss named in HTML" grep -q proof/third "$work/out/index.html"
ok "loss named with the series" grep -q proof/third "$work/out/series.html"
ok "one loss" test "$(cat "$work/out/lost.txt")" = proof/third
printf '<testcase name="proof/first">\n<testcase name="proof/never-begun">\n' >"$TMP/junit"
junit=$TMP/junit
ok "report with JUnit" report "$work/off"
junit=
ok "never begun: named" test "$(cat "$work/out/lost.txt")" = proof/never-begun

# The stamp of a build is in bytes 8 to 11 of a data file.
cp -R "$work/off" "$work/none/off"
find "$work/none/off" -name drm_gem.gcda | head -n 1 | while read -r file; do
	printf 'ABCD' | dd of="$file" bs=1 seek=8 conv=notrunc 2>/dev/null
done
refused()
{
	! report "$work/none" && said "$1"
}
ok "data of another build is refused" refused "is not from the kernel"
rm -rf "$work/none/off"
ok "no data is an error" refused "error: coverage: no guest wrote"
find "$kernel" -name '*.gcda' >"$TMP/output"
ok "no data without coverage.dir=" test ! -s "$TMP/output"
end
