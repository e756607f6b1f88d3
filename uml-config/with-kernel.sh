#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# with-kernel.sh [--beside COMMAND] VARIANT COMMAND...: builds the kernel of a variant and
# runs COMMAND, in which @KERNEL@ stands for its path, @SOURCE@ for its source and @GIVES@
# for the capabilities that the series gives it. The path is this run's own: a build that
# begins while COMMAND runs does not change what it names.
#
# The first COMMAND runs while the kernel is built; UAPI says where its headers are.
. "${0%/*}/lib.sh"

beside=
if [ "$1" = --beside ]; then
	beside=$2
	shift 2
fi
variant=$1
shift
used=$BUILD/kernel/in-use
mkdir -p "$used"
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# No other build gets between this kernel and what is said of it.
lock "$BUILD/kernel.lock"
# Kernels of runs that were killed: nobody holds their locks. (A process ID would
# say nothing about a run in another PID namespace.)
for old in "$used"/*; do
	case $old in
	*.lock | "$used/*") ;;
	*) flock -n "$old.lock" rm -f "$old.lock" "$old" || : ;;
	esac
done
kernel=$(mktemp "$used/$variant.XXXXXX")
trap 'rm -f "$kernel.lock" "$kernel"' EXIT
# COMMAND inherits this lock: the kernel stays as long as anything uses it.
exec 7>"$kernel.lock"
flock 7
# Standard input is for COMMAND.
SB_TREE=$("$CONFIG_DIR/prepare.sh")
export SB_TREE
programs=
status=0
if [ -n "$beside" ]; then
	UAPI=$SB_TREE/include/uapi sh -c "$beside" </dev/null 7>&- 9>&- &
	programs=$!
fi
built=$("$CONFIG_DIR/build.sh" "$variant" "$kernel" </dev/null) || status=$?
[ -z "$programs" ] || wait "$programs" || status=$?
[ $status = 0 ] || exit $status
unset SB_TREE
gives=$(cat "$(dirname "$built")/gives")
unlock
"$CONFIG_DIR/fill-in.sh" KERNEL "$kernel" \
	SOURCE "$(dirname "$built")/source" GIVES "$gives" -- "$@"
