#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# at.sh DIR COMMIT VARIANT LINK: builds the kernel at a commit of DIR/repo, which
# history.sh made, as LINK. LINK.gives has the capabilities that a series gives it
# so far, LINK.source the path of its source (until the next kernel is built).
#
# Status: 0; 1 if that kernel cannot be built, 2 if something else is wrong.
. "$(dirname "$0")/lib.sh"

workspace bisect
dir=$1 commit=$2 variant=$3 link=$4
said=$link.said
own_fault='^error: \(the \(.* \)*kernel does not \(build\|link\)\|the kernel could not be'
own_fault="$own_fault configured\|options of .* did not stick\)"
mkdir -p "$(dirname "$link")"

# The status is 1 only if the kernel is at fault.
status=2
trap 'exit $status' EXIT
trap 'exit 143' TERM HUP INT

lock "$BUILD/kernel.lock"
if [ -f "$dir/slots" ]; then
	slot=$(sed -n "s/^$commit //p" "$dir/slots")
	SERIES=none
	[ ! -d "$dir/series/$slot" ] || SERIES=$dir/series/$slot
else
	drop_git_locks "$dir/repo"
	git -C "$dir/repo" checkout -q --force --detach "$commit"
	KERNEL=$(cd "$dir/repo" && pwd -P)
	SERIES=none
	export KERNEL
fi
export SERIES
"$CONFIG_DIR/prepare.sh" >"$link.source"
built=$("$CONFIG_DIR/build.sh" "$variant" "$link" 2>"$said") || {
	cat "$said" >&2
	! grep -q 'No space left\|quota' "$said" ||
		die "no space left in $BUILD"
	! grep -q "$own_fault" "$said" || status=1
	exit
}
cat "$said" >&2
cp "$(dirname "$built")/gives" "$link.gives"
rm -f "$said"
status=0
