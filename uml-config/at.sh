#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# at.sh DIR COMMIT VARIANT KERNEL: builds the kernel at a commit of DIR/repo, which
# history.sh made. KERNEL is a directory beside others, the oldest of which are removed:
#	linux		the program
#	gives		the capabilities that a series gives it so far
#	source/		as much of its source as the runner looks warnings up in
#	tree, out	its source and where it was built, until the next one is
# build/bisect/built has the name of the last one.
#
# Status: 0; 1 if that kernel cannot be built, 2 if something else is wrong.
. "${0%/*}/lib.sh"
KEPT=24

workspace bisect
dir=$1 commit=$2 variant=$3 kernel=$4
said=$dir/said
own_fault='^error: \(the \(.* \)*kernel does not \(build\|link\)\|the kernel could not be'
own_fault="$own_fault configured\|options of .* did not stick\)"

# The status is 1 only if the kernel is at fault.
status=2
trap 'exit $status' EXIT
trap 'exit 143' TERM HUP INT

lock "$BUILD/kernel.lock"
SERIES=none
if [ -f "$dir/slots" ]; then
	slot=$(sed -n "s/^$commit //p" "$dir/slots")
	[ ! -d "$dir/series/$slot" ] || SERIES=$dir/series/$slot
else
	drop_git_locks "$dir/repo"
	git -C "$dir/repo" checkout -q --force --detach "$commit"
	KERNEL=$(cd "$dir/repo" && pwd -P)
	export KERNEL
fi
export SERIES
rm -rf "$kernel.new"
mkdir -p "$kernel.new/source"
built=$("$CONFIG_DIR/build.sh" "$variant" "$kernel.new/linux" 2>"$said") || {
	cat "$said" >&2
	rm -rf "$kernel.new"
	! grep -q 'No space left\|quota' "$said" ||
		die "no space left in $BUILD"
	! grep -q "$own_fault" "$said" || status=1
	exit
}
cat "$said" >&2
out=$(cd "$(dirname "$built")" && pwd -P)
tree=$("$CONFIG_DIR/prepare.sh")
cp "$out/gives" "$kernel.new/gives"
echo "$out" >"$kernel.new/out"
echo "$tree" >"$kernel.new/tree"
keep_source "$tree" "$kernel.new/source"
rm -rf "$kernel"
mv "$kernel.new" "$kernel"
echo "${kernel##*/}" >"$BUILD/built"
find "$(dirname "$kernel")" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn |
	tail -n +$((KEPT + 1)) | cut -d ' ' -f 2- | tr '\n' '\0' | xargs -0r rm -rf
status=0
