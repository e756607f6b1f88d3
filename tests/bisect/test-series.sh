#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-series.sh [NNNN...]: runs make bisect with copies of the real series, each with a
# fault in one patch; only those of these slots: 0001 0008 0013 0018 0021 0022 0023. After
# each "ok - ..." it prints the steps, and "    NNNN: N.N s, N.N s of CPU" for the
# bisection alone, whose ends were built before it. commands/bisect-test.c tests the rest.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"

home=$ROOT/build/bisect
object=drivers/gpu/drm/drm_gem.c

# append SLOT: that patch also makes each BO a file without a page.
append()
{
	for patch in "$TMP/series/$1"-*.patch; do
		cat >>"$patch" <<-END
			diff --git a/$object b/$object
			--- a/$object
			+++ b/$object
			@@ -128,7 +128,7 @@ int drm_gem_object_init(struct drm_device *dev,
			 	struct file *filp;
			 
			 	drm_gem_private_object_init(dev, obj, size);
			 
			-	filp = shmem_file_setup("drm mm object", size, VM_NORESERVE);
			+	filp = shmem_file_setup("drm mm object", 0, VM_NORESERVE);
			 	if (IS_ERR(filp))
			 		return PTR_ERR(filp);
			 
		END
	done
}

# edit SLOT OLD NEW: a line that the patch adds is another.
edit()
{
	for patch in "$TMP/series/$1"-*.patch; do
		[ "$(grep -cxF -e "+$2" "$patch")" = 1 ] || {
			echo "error: ${patch##*/} does not add one line: $2" >&2
			exit 1
		}
		awk -v old="+$2" -v new="+$3" '$0 == old { $0 = new } { print }' "$patch" \
			>"$patch.new"
		mv "$patch.new" "$patch"
	done
}

# in_workspace COMMAND...: as bisect.sh runs it.
in_workspace()
{
	env SB_BUILD="$ROOT/build" VARIANT=debug SERIES="$TMP/series" "$@"
}

# build_end ID: the kernel at that end is there.
build_end()
{
	name=$(sed -n "s/^$1 //p" "$TMP/history/kernels")
	[ -e "$home/kernels/$name/reads" ] || {
		in_workspace "$CONFIG_DIR/at.sh" "$TMP/history" "$1" debug \
			"$home/kernels/$name" &&
			"$home/tests/bisect" --reads "$home/kernels/$name"
	}
}

# build_ends [both]: BAD, and GOOD as well.
build_ends()
{
	rm -rf "$TMP/history"
	make -s -C "$ROOT/tests" BUILD="$home" "$home/tests/bisect" || return 1
	in_workspace "$CONFIG_DIR/history.sh" "$TMP/history" || return 1
	good=$(git -C "$TMP/history/repo" rev-parse refs/ends/good)
	bad=$(git -C "$TMP/history/repo" rev-parse refs/ends/bad)
	[ "$1" != both ] || build_end "$good" || return 1
	build_end "$bad" || return 1
	# All else is to be built again.
	for kernel in "$home"/kernels/*; do
		grep -q "^\($bad\|$good\) ${kernel##*/}\$" "$TMP/history/kernels" ||
			rm -rf "$kernel"
	done
}

bisected()
{
	run env -u SB_BUILD make --no-print-directory -C "$ROOT" bisect T="$1" \
		SERIES="$TMP/series" &&
		last_line "first bad: [0-9a-f]* $2"
}

# clock: sets $clock, the time, and the seconds of CPU that this script has used so far.
clock()
{
	times >"$TMP/times"
	clock="$(date +%s.%N) $(tr ms '  ' <"$TMP/times" |
		awk '{ sum += 60 * ($1 + $3) + $2 + $4 } END { print sum }')"
}

# finds SLOT TESTS [both]: the fault is in that patch of $TMP/series. Only with "both", GOOD is
# built before: the tests apply to it.
finds()
{
	subject=$(git mailinfo /dev/null /dev/null \
		<"$(echo "$TMP/series/$1"-*.patch)" | sed -n 's/^Subject: //p')
	build_ends "${3:-}" >"$TMP/ends.log" 2>&1 || tail -n 5 "$TMP/ends.log"
	clock
	from=$clock
	ok "a fault in patch $1 by $2" bisected "$2" "$subject\( (the test applies .*)\)*"
	clock
	grep ' (build \| applies ' "$TMP/stdout" | sed 's/^/    /'
	echo "$from $clock" | awk -v slot="$1" '{
		printf "    %s: %.1f s, %.1f s of CPU\n", slot, $3 - $1, $4 - $2 }'
}

# fresh: the series as it is; without what its index says of capabilities, as the index of
# most series: the source must tell.
fresh()
{
	rm -rf "$TMP/series"
	cp -R "$CONFIG_DIR/series/6.12" "$TMP/series"
	sed -i '/ gives /d' "$TMP/series/index"
}

# fault SLOT TESTS [both]: that patch breaks what no other touches.
fault()
{
	fresh
	append "$1"
	finds "$@"
}

# In the shrinker patch, where its author may well have put it: a BO that is used stays
# where it is in the list.
shrinker_fault()
{
	line='drm_gem_lru_move_tail(&mm->lru_evictable, obj);'
	tabs=$(printf '\t\t')
	fresh
	edit 0018 "$tabs$line" "${tabs}obj->lru == &mm->lru_evictable ? (void)0 : $line"
	finds 0018 'virtio/scan-order-exec helper/evict-order'
}

[ $# != 0 ] || set -- 0001 0008 0013 0018 0021 0022 0023
for slot; do
	case $slot in
	0001) fault 0001 helper/free-vmapped both ;;
	0008) fault 0008 kunit/drm-gem-shmem ;;
	0013) fault 0013 helper/free-pinned ;;
	0018) shrinker_fault ;;
	0021) fault 0021 virtio/attach-unused ;;
	0022) fault 0022 virtio/scan-order-exec ;;
	0023) fault 0023 virtio/scan-order-exec ;;
	*)
		echo "error: there is no case for patch $slot" >&2
		exit 1
		;;
	esac
done
end
