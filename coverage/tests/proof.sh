#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# proof.sh KERNEL-BUILD WORK: the report shows what really ran. A guest makes a
# known number of system calls; the counts of the functions behind them, of
# lines that cannot have run, and what becomes of the data of a guest that does
# not end well, must be as foretold. TAP on standard output.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
kernel=$(cd "$1" && pwd -P)
mkdir -p "$2"
work=$(cd "$2" && pwd -P)
report=$here/../report.sh
count=0 failed=0 uml=

cleanup()
{
	[ -z "$uml" ] || kill -9 "$uml" 2>/dev/null || :
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# check NAME COMMAND...
check()
{
	name=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $count - coverage/$name"
	else
		failed=$((failed + 1))
		echo "not ok $count - coverage/$name"
		sed 's/^/# /' "$work/output"
	fi
}

# guest END SIGNAL ARG...: one guest; SIGNAL, if not empty, is sent to it when
# it says that it waits. The pipe ends when the last process of the guest does.
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
			uml_dir="$work/uml/" con=null \
			shrinkbench.console=1 "$@"
	) >"$work/console" 2>&1 </dev/null &
	uml=$!
	while read -r line; do
		echo "$line"
		case $line in
		*'proof: waiting'*)
			[ -z "$signal" ] || signal_kernel "$signal"
			;;
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

# functions INFO: "COUNT LINE NAME FILE" of each, in the format of LCOV 1 and 2.
functions()
{
	awk -F "[:,]" '
		/^SF:/ { file = substr($0, 4) }
		/^FN:/ { line[file, $NF] = $2 }
		/^FNL:/ { at[file, $2] = $3 }
		/^FNDA:/ { print $2, line[file, $3], $3, file }
		/^FNA:/ { print $3, at[file, $2], $4, file }' "$1"
}

# calls INFO FUNCTION COUNT
calls()
{
	got=$(functions "$1" | awk -v fn="$2" '$3 == fn { print $1 }')
	[ "$got" = "$3" ] || {
		echo "$2: called ${got:-never seen} times, not $3"
		return 1
	}
}

# never_ran INFO FUNCTION: it has lines, and none of them ran.
never_ran()
{
	functions "$1" >"$work/functions"
	awk -v fn="$2" -v list="$work/functions" '
		BEGIN {
			while ((getline <list) > 0) {
				start[$4, $2] = 1
				if ($3 == fn) { from = $2; in_file = $4 }
			}
		}
		/^SF:/ { file = substr($0, 4); inside = 0 }
		/^DA:/ {
			split(substr($0, 4), line, ",")
			if ((file, line[1]) in start)
				inside = file == in_file && line[1] == from
			if (!inside)
				next
			lines++
			if (line[2] + 0) { print fn " ran: " $0; ran = 1 }
		}
		END {
			if (!lines)
				print fn " has no lines"
			exit !lines || ran
		}' "$1"
}

${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -D__user= \
	-idirafter "$kernel/source/include/uapi" \
	-o "$work/proof" "$here/proof.c"
make -s -C "$here/.." >&2
rm -rf "$work/off" "$work/panic" "$work/term" "$work/kill" "$work/none" "$work/first.data"
guest off '' coverage.dir="$work/off/coverage"
guest panic '' coverage.dir="$work/panic/coverage"
guest wait TERM coverage.dir="$work/term/coverage"
guest wait KILL coverage.dir="$work/kill/coverage"
mkdir -p "$work/none"

# report_of [-j JUNIT] DATA...
report_of()
{
	set -- "$kernel" "$work/out" "$@"
	if [ "$3" = -j ]; then
		junit=$4
		shift 4
		set -- -j "$junit" "$kernel" "$work/out" "$@"
	fi
	"$report" "$@" >"$work/table" 2>&1 || {
		cat "$work/table"
		return 1
	}
}
info=$work/out/coverage.info
create=drm_gem_shmem_dumb_create
close=drm_gem_close_ioctl

check report report_of "$work/off"
check exact-count calls "$info" $create 8
check exact-count-of-another calls "$info" $close 5
check never-called calls "$info" drm_gem_flink_ioctl 0
check never-ran never_ran "$info" drm_gem_flink_ioctl
check all-files-of-the-series-there sh -c '
	grep "^drivers.*\.c" "$2/coverage.files" | while read -r file; do
		[ ! -f "$2/${file%.c}.gcno" ] || grep -q "^SF:.*/$file" "$1" ||
			{ echo "no $file"; exit 1; }
	done' sh "$info" "$kernel"
check no-others-there sh -c '
	sed -n "s,^SF:$2/source/,,p; s,^SF:$(readlink -f "$2/source")/,,p" "$1" |
		sort | comm -23 - "$2/coverage.files" | (! grep .)' sh "$info" "$kernel"
check last-line sh -c 'tail -n 1 "$1" |
	grep "^series: [1-9][0-9]* of [1-9][0-9]* added lines run ([0-9.]*%)$"' \
	sh "$work/table"
check html-has-sources sh -c '
	page=$(find "$1" -name drm_gem.c.gcov.html)
	grep -q drm_gem_flink_ioctl "$page" && grep -q index.html "$page"' \
	sh "$work/out"
cp "$info" "$work/first.info" || :
# What each test ran adds up to the same lines and counts.
check per-test-adds-up sh -c '
	awk -v dir="$3/" "/^SF:/ { file = substr(\$0, 4 + length(dir)) }
		/^DA:/ { split(substr(\$0, 4), da, \",\")
			print file, da[1], da[2] + 0 }" "$1" | sort >"$4/lcov"
	cut -f 1-3 "$2/all.lines" | tr "\t" " " | sort | diff "$4/lcov" -' \
	sh "$info" "$work/out/data" "$(readlink -f "$kernel/source")" "$work"
line=$(functions "$info" | awk -v fn=$create '$3 == fn { print $2 }')
who()
{
	COVERAGE_DATA="$work/out/data" "$here/../who.sh" \
		drm_gem_shmem_helper.c "$line" >"$work/who" 2>&1 &&
		grep -x "$1" "$work/who" || { cat "$work/who"; return 1; }
}
check who-in-the-first-test who ' *7  proof/first'
check who-in-the-second-test who ' *1  proof/second'
check who-in-all who 'ran 8 times, in 2 tests'
check series-page sh -c 'for page in "$1/series.html" "$1"/series/*.html; do
		grep -q "</html>" "$page" || exit 1
	done && grep -q "series.html" "$1/index.html"' sh "$work/out"
cp -R "$work/out/data" "$work/first.data" || :
cp "$work/out/series.html" "$work/first.html" || :
check report-again report_of "$work/off"
check same-report cmp "$info" "$work/first.info"
check same-data diff -r "$work/out/data" "$work/first.data"
check same-page cmp "$work/out/series.html" "$work/first.html"
rm -rf "$work/first.data"

check report-of-one-test report_of "$work/off/coverage/proof/first"
check count-of-one-test calls "$info" $create 7
check report-of-the-other report_of "$work/off/coverage/proof/second"
check count-of-the-other calls "$info" $create 1
check none-of-the-other calls "$info" $close 0
check report-of-boot report_of "$work/off/coverage/boot"
check count-of-boot calls "$info" $create 0

check report-of-two-guests report_of "$work/off" "$work/panic"
check counts-add-up calls "$info" $create 17
check after-panic report_of "$work/panic/coverage/proof/third"
check count-after-panic calls "$info" $create 1
check after-sigterm report_of "$work/term/coverage/proof/third"
check count-after-sigterm calls "$info" $create 1

check report-after-sigkill report_of "$work/kill"
check count-before-sigkill calls "$info" $create 8
check loss-named grep -qx '  proof/third' "$work/table"
check loss-named-in-html grep -q proof/third "$work/out/index.html"
check loss-named-with-the-series grep -q proof/third "$work/out/series.html"
check one-loss sh -c '[ "$(wc -l <"$1")" = 1 ]' sh "$work/out/lost.txt"

cat >"$work/junit.xml" <<'END'
<testsuite>
  <testcase classname="proof" name="proof/first" time="0.1">
  </testcase>
  <testcase classname="proof" name="proof/never-begun" time="0.0">
  </testcase>
</testsuite>
END
check report-with-junit report_of -j "$work/junit.xml" "$work/off"
check never-begun-named grep -qx proof/never-begun "$work/out/lost.txt"
check no-other-named sh -c '[ "$(wc -l <"$1")" = 1 ]' sh "$work/out/lost.txt"

# The stamp of a build is in bytes 8 to 11 of a data file.
cp -R "$work/off" "$work/none/off"
find "$work/none/off" -name drm_gem.gcda | head -n 1 | while read -r file; do
	printf 'ABCD' | dd of="$file" bs=1 seek=8 conv=notrunc 2>/dev/null
done
check data-of-another-build-refused sh -c '
	! "$@" && "$@" 2>&1 | grep "is not from the kernel"' \
	sh "$report" "$kernel" "$work/out" "$work/none"
rm -rf "$work/none/off"
check no-data-is-an-error sh -c '
	! "$@" && "$@" 2>&1 | grep "error: coverage: no guest wrote"' \
	sh "$report" "$kernel" "$work/out" "$work/none"
check no-data-without-dir sh -c '! find "$1" -name "*.gcda" | grep .' \
	sh "$kernel"
echo "1..$count"
[ $failed = 0 ]
