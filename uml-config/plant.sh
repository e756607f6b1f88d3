#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# plant.sh VARIANT LINK [PATCH]: builds the kernel with the whole series, and with
# PATCH on top of it, as LINK (see build.sh); the capabilities that the series
# gives it are in LINK.gives, and LINK.source has as much of its source as the
# runner looks warnings up in.
#
# plant.sh --step NNNN PATCH: makes a series in which PATCH is a part of patch
# NNNN, and taken back by the next one: the kernel with the whole series is the
# same. Prints what SERIES must say for it.
#
# plant.sh --uapi: prints the directory include/uapi of that kernel.
#
# All of it is in build/regressions, with a copy of the kernel of its own. The
# series is what it was when the kernel without a PATCH was last built.
. "$(dirname "$0")/lib.sh"
. "$CONFIG_DIR/series.sh"

workspace regressions
plain=$BUILD/series
planted=$BUILD/series.planted
# Another, as tests of a step take time while the next kernel is built.
step_series=$BUILD/series.step

# copy_series TREE: to $plain, with an index that has no end.
copy_series()
{
	series=$(series_path "$1")
	series_plan "$series" "$BUILD/series.work" >"$BUILD/plan"
	[ -s "$BUILD/plan" ] ||
		die "there is no series to plant anything in"
	rm -rf "$plain"
	mkdir -p "$plain"
	: >"$plain/index"
	while read -r slot kind path; do
		if [ "$kind" = patch ]; then
			cp "$path" "$plain/$slot-patch.patch"
		else
			echo "$slot $kind $path" >>"$plain/index"
		fi
	done <"$BUILD/plan"
	rm -rf "$BUILD/series.work"
}

# next_slot SLOT: the first after it that has a patch.
next_slot()
{
	for path in "$plain"/*.patch; do
		slot=${path##*/}
		slot=${slot%%-*}
		if [ "$slot" -gt "$1" ]; then
			echo "$slot"
			return
		fi
	done
	die "no patch comes after $1: what would take it back?"
}

# The diff in FILE, and the same the other way round.
diff_of()
{
	sed -n '/^diff --git /,$p' "$1"
}

reverse()
{
	awk '
	function flush() { printf "%s%s", minus, plus; minus = plus = "" }
	/^--- a\// { from = substr($0, 7); next }
	/^\+\+\+ b\// {
		print "--- a/" substr($0, 7)
		print "+++ b/" from
		next
	}
	/^index / { next }
	/^@@ / {
		flush()
		old = substr($2, 2)
		$2 = "-" substr($3, 2)
		$3 = "+" old
		print
		next
	}
	/^-/ { plus = plus "+" substr($0, 2) "\n"; next }
	/^\+/ { minus = minus "-" substr($0, 2) "\n"; next }
	{ flush(); print }
	END { flush() }'
}

# What is between "---" and the diff goes, too: it would no longer be true.
make_step()
{
	step=$1 patch=$2
	[ -f "$plain/$step-patch.patch" ] ||
		die "$patch is about step $step, which has no patch"
	after=$(next_slot "$step")
	rm -rf "$step_series"
	cp -R "$plain" "$step_series"
	diff_of "$patch" >>"$step_series/$step-patch.patch"
	{
		sed '/^diff --git /,$d' "$plain/$after-patch.patch"
		diff_of "$patch" | reverse
		diff_of "$plain/$after-patch.patch"
	} >"$step_series/$after-patch.patch"
	echo "$step_series"
}

lock "$BUILD/kernel.lock"
case $1 in
--uapi)
	echo "$("$CONFIG_DIR/prepare.sh")/include/uapi"
	exit
	;;
--step)
	make_step "$2" "$3"
	exit
	;;
esac

variant=$1 link=$2 patch=${3:-}
if [ -z "$patch" ]; then
	tree=$("$CONFIG_DIR/prepare.sh")
	copy_series "$tree"
	from=$plain
else
	[ -f "$plain/index" ] || die "the kernel without $patch was never built"
	rm -rf "$planted"
	cp -R "$plain" "$planted"
	next=$(awk 'END { printf "%04d\n", $1 + 1 }' "$BUILD/plan")
	cp "$patch" "$planted/$next-${patch##*/}"
	from=$planted
fi
rm -f "$link"
built=$(SERIES=$from "$CONFIG_DIR/build.sh" "$variant" "$link")
cp "$(dirname "$built")/gives" "$link.gives"

# The tree is the next kernel's soon.
rm -rf "$link.source"
mkdir "$link.source"
for dir in drivers/gpu/drm/panfrost drivers/gpu/drm/virtio drivers/iommu; do
	from=$(dirname "$built")/source/$dir
	[ -d "$from" ] || continue
	mkdir -p "$link.source/${dir%/*}"
	cp -R "$from" "$link.source/$dir"
done
