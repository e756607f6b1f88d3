#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bench.sh: how long things take here, each as the median of ROUNDS (5) with
# the fastest and the slowest, beside the bound that the project holds itself
# to on two cores. All of it happens in a workspace of its own, build/bench (see
# workspace.sh): what `make check` uses stays as it is, however this ends.
#
# COLD=no leaves out what compiles a kernel from nothing.
. "$(dirname "$0")/../uml-config/lib.sh"
cd "$ROOT"
rounds=${ROUNDS:-5}
work=$PWD/build/bench
one_test=virtio/dumb-create

mkdir -p "$PWD/build"
exec 8>>"$work.lock"
flock -n 8 || die "another make bench is running"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
rm -rf "$work"
tests/workspace.sh "$work/main"
cd "$work/main"
root=$PWD

# Nothing of the make that started us.
unset BUILD MAKEFLAGS MFLAGS MAKELEVEL T SERIES_KEY 2>/dev/null || :

# seconds COMMAND...: how long it took; it must succeed.
seconds()
{
	begun=$(date +%s%N)
	if ! "$@" >"$work/out" 2>&1; then
		tail -n 20 "$work/out" >&2
		die "this failed: $*"
	fi
	ended=$(date +%s%N)
	awk -v ns=$((ended - begun)) 'BEGIN { printf "%.3f\n", ns / 1e9 }'
}

# Code that no cache of compilations has seen.
edit()
{
	cp "$work/helper.c" "$helper"
	echo "MODULE_INFO(bench, \"$(date +%s%N)\");" >>"$helper"
}

# summary NAME UNIT BOUND <numbers: a line of the table.
summary()
{
	sort -n >"$work/sorted"
	awk -v name="$1" -v unit="$2" -v bound="$3" '
		{ v[NR] = $1 }
		END {
			m = NR % 2 ? v[(NR + 1) / 2] : \
				(v[NR / 2] + v[NR / 2 + 1]) / 2
			printf "%-44s %8.2f %-2s %8.2f .. %-8.2f", name, m, \
				unit, v[1], v[NR]
			if (bound != "")
				printf " %s %s%s", m <= bound ? "within" : \
					"ABOVE", bound, unit
			print ""
		}' "$work/sorted"
}

# median FILE
median()
{
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

repeat()
{
	i=0
	while [ $i -lt "$rounds" ]; do
		i=$((i + 1))
		"$@"
	done
}

quiet_make()
{
	make --no-print-directory "$@"
}

check_after_edit()
{
	edit
	seconds quiet_make check "$@"
}

boot()
{
	quiet_make check T=$one_test VERBOSE=1 "$@" | sed -n \
		's/.*-- first test \([0-9.]*\) s after .*/\1/p'
}

# The whole source: the private copy lacks what kunit.py's own options want.
kunit_after_edit()
{
	echo "MODULE_INFO(bench, \"$(date +%s%N)\");" \
		>>"$work/linux/drivers/gpu/drm/drm_gem_shmem_helper.c"
	cd "$work/linux"
	seconds tools/testing/kunit/kunit.py run --arch=um \
		--build_dir="$work/kunit" \
		--kunitconfig=drivers/gpu/drm/tests 'drm_gem_shmem*'
	cd "$root"
}

echo "$(nproc) cores, $(uname -m), variant ${VARIANT:-debug}; median of" \
	"$rounds, fastest .. slowest"
echo

seconds quiet_make check T=$one_test >"$work/first"
tree=$(uml-config/prepare.sh)
helper=$tree/drivers/gpu/drm/drm_gem_shmem_helper.c
cp -p "$helper" "$work/helper.c"
repeat boot | summary "boot to the first test" s 0.15
quiet_make check T=$one_test VARIANT=fast >/dev/null
repeat boot VARIANT=fast | summary "boot to the first test, fast kernel" s 0.15
repeat seconds quiet_make check | summary "make check, nothing to rebuild" s 20
repeat check_after_edit T=$one_test >"$work/one"
summary "edit the helper, make check of one test" s 6 <"$work/one"
repeat check_after_edit | summary "edit the helper, make check" s 30

# (What the first bisection of all prepares is not measured.)
own=$root/build/bisect
mkdir -p "$own"
ln -sfn ../download "$own/download"
seconds env SB_BUILD="$own" uml-config/build.sh "${VARIANT:-debug}" \
	>"$work/first"
seconds quiet_make user BUILD="$own" UAPI="$(SB_BUILD=$own \
	uml-config/prepare.sh)/include/uapi" >"$work/first"
seconds tests/bisect/test-series.sh 0018 >"$work/bisect"
sed -n 's/^ .* of about .*(build \([0-9]*\) s, tests \([0-9]*\) s.*/\1 \2/p' \
	"$work/out" | awk '{ print $1 + $2 }' |
	summary "a step of make bisect" s 20
summary "make bisect, a fault in patch 18" s 180 <"$work/bisect"

source=$(uml-config/source.sh)
if [ -f "$source" ] && [ "${COLD:-yes}" = yes ]; then
	mkdir "$work/linux"
	tar -xf "$source" -C "$work/linux" --strip-components=1
	# The first run compiles everything.
	kunit_after_edit >"$work/kunit-cold"
	repeat kunit_after_edit >"$work/kunit-warm"
	summary "edit the helper, kunit.py (no device)" s "" <"$work/kunit-warm"
	awk -v a="$(median "$work/one")" -v b="$(median "$work/kunit-warm")" \
		'BEGIN { printf "  one test of ours takes %.2f of that\n", a / b }'
	rm -rf "$work/linux" "$work/kunit"
fi

if [ "${COLD:-yes}" = yes ]; then
	tests/workspace.sh "$work/cold"
	rm "$work/cold/build/download"
	(cd "$work/cold" && CCACHE_DISABLE=1 seconds quiet_make check) |
		summary "cold make check, download included" s 360
	rm -rf "$work/cold"
fi

echo
quiet_make -C shim bench
