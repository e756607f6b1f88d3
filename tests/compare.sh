#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# compare.sh COMMAND...: runs the tests with two kernels in turn, and says what differs
# (compare/compare.c). COMMAND is the runner, in which @KERNEL@, @SOURCE@ and @GIVES@
# stand for a kernel (uml-config/keep.sh), @VARIANT@ for its variant, and @RUN@ for the
# directory of its guests.
#
# A, B		each a series (a directory of patches, an mbox, or none), a kernel (a source
#		tree, a tarball, or debian:VERSION), or the results of a run: a directory or JUnit XML
# RUNS=N	runs of each kernel
# COST=1	measures what reclaim costs as well, at least three times
# T, J		as elsewhere
#
# It works in build/compare, with a copy of the kernel of its own. The results get their
# names, a and b, when the comparison is complete; those of before stay until then.
. "$(dirname "$0")/../uml-config/lib.sh"
. "$CONFIG_DIR/jobs.sh"

costs='pressure/virtio-cost pressure/panfrost-cost'
runs=${RUNS:-1}
number RUNS "$runs" 1
set -f
base=$BUILD
workspace compare
tool=$BUILD/tests/compare
new=$BUILD/new

# path SIDE: what the user said it is.
path()
{
	case $1 in
	a) echo "${A:-}" ;;
	b) echo "${B:-}" ;;
	esac
}

# named SIDE: likewise, for messages.
named()
{
	echo "$(echo "$1" | tr ab AB)=$(path "$1")"
}

# kind SIDE: series, kernel or run.
kind()
{
	is=$(path "$1")
	case $is in
	none) echo series && return ;;
	debian:*) echo kernel && return ;;
	'') die "say A= and B=: each a series, a kernel, or the results of a run" ;;
	esac
	[ -e "$is" ] || die "$(named "$1") does not exist"
	if [ -f "$is/Kbuild" ]; then
		echo kernel
	elif [ -d "$is" ]; then
		if [ -n "$(find "$is" -maxdepth 1 -name '*.patch')" ]; then
			echo series
		else
			echo run
		fi
	else
		case $is in
		*.tar | *.tar.* | *.tgz) echo kernel ;;
		*.xml) echo run ;;
		*) echo series ;;
		esac
	fi
}

# setting SIDE: the variable that tells other scripts of it.
setting()
{
	case $(kind "$1") in
	kernel) echo "KERNEL=$(path "$1")" ;;
	series) echo "SERIES=$(path "$1")" ;;
	esac
}

# build SIDE VARIANT
build()
{
	run env "$(setting "$1")" "$CONFIG_DIR/keep.sh" "$2" "$BUILD/kernels/$1-$2" \
		>&2 || die "there is no kernel of $(named "$1") to run tests with"
}

# test_kernel SIDE VARIANT LOG COMMAND...: its status is the runner's.
test_kernel()
{
	kernel=$BUILD/kernels/$1-$2
	variant=$2
	guests=$BUILD/run/$1
	log=$3
	shift 3
	run "$CONFIG_DIR/fill-in.sh" KERNEL "$kernel" SOURCE "$kernel.source" \
		GIVES "$(cat "$kernel.gives")" VARIANT "$variant" RUN "$guests" -- \
		"$@" >"$log" 2>&1
}

# suite COMMAND...: the tests with $side, for the $turn-th time.
suite()
{
	to=$new/$side/$turn
	# shellcheck disable=SC2086
	test_kernel "$side" "${VARIANT:-debug}" "$to.log" "$@" --junit="$to.xml" ${T:-} || :
	if [ ! -f "$to.xml" ]; then
		tail -n 20 "$to.log" >&2
		die "no test was run with $(named "$side")"
	fi
	echo "$(named "$side"), run $turn of $runs: $(tail -n 1 "$to.log")"
}

# cost COMMAND...: likewise what reclaim costs: lines "cost: NAME UNIT VALUE" of the logs.
cost()
{
	to=$new/$side/$turn
	# shellcheck disable=SC2086
	test_kernel "$side" cost "$to.cost.log" "$@" $costs || {
		tail -n 20 "$to.cost.log" >&2
		die "the cost of reclaim was not measured with $(named "$side")"
	}
	find "$BUILD/run/$side/last/" -name log -exec \
		sed -n 's/.*cost: \([^ ]* [^ ]* [^ ]*\)$/\1/p' {} + >"$to.cost"
}

# The results of this comparison get their names.
publish()
{
	for part in a b compare.json; do
		[ -e "$new/$part" ] || continue
		rm -rf "${BUILD:?}/$part"
		mv "$new/$part" "$BUILD/$part"
	done
}

# results SIDE: where they are.
results()
{
	if [ "$(kind "$1")" = run ]; then
		path "$1"
	else
		echo "$new/$1"
	fi
}

kind_a=$(kind a)
kind_b=$(kind b)
"${MAKE:-make}" -s --no-print-directory -C "$ROOT/tests" BUILD="$BUILD" "$tool" >&2
sides=
for each in "a $kind_a" "b $kind_b"; do
	case $each in
	*' run') "$tool" --check "$(path "${each%% *}")" ;;
	*) sides="$sides ${each%% *}" ;;
	esac
done

exec 7>>"$base/compare.lock"
flock -n 7 || die "another make compare is running"
begin_jobs ""
trap 'rm -rf "$new"' EXIT
rm -rf "$new"
for each in $sides; do
	mkdir -p "$new/$each" "$BUILD/kernels"
	build "$each" "${VARIANT:-debug}"
	[ -z "${COST:-}" ] || build "$each" cost
done
if [ -n "$sides" ]; then
	UAPI=$(env "$(setting "$each")" "$CONFIG_DIR/prepare.sh")/include/uapi
	for part in shim tests; do
		run nice env MAKEFLAGS= UAPI="$UAPI" "${MAKE:-make}" \
			--no-print-directory -C "$ROOT/$part" BUILD="$BUILD" -j"${J:-1}" \
			all >&2
	done
	for turn in $(seq "$runs"); do
		for side in $sides; do
			suite "$@"
		done
	done
	[ "$runs" -ge 3 ] || runs=3
	for turn in $([ -z "${COST:-}" ] || seq "$runs"); do
		for side in $sides; do
			cost "$@"
		done
	done
fi
mkdir -p "$new"
status=0
"$tool" "$(path a)" "$(results a)" "$(path b)" "$(results b)" \
	"$new/compare.json" || status=$?
[ "$status" -gt 1 ] || publish
exit "$status"
