#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# KERNEL=, SERIES= and TMPDIR= may lie anywhere, unlike the clone: make and the
# kernel's makefiles see only the copies.
. "$(dirname "$0")/lib.sh"

odd="$TMP/a b:c,d'e#f\$g&h"
mkdir -p "$odd"
fake_build "$odd/li nux"
fake_series "$odd/li nux" "$odd/my series"
cat "$odd/my series"/* >"$odd/m box"
tar -C "$odd" -cf "$odd/li nux.tar" "li nux"
TMPDIR=$odd
export TMPDIR

# builds KERNEL SERIES
builds()
{
	run env KERNEL="$1" SERIES="$2" "$CONFIG_DIR/build.sh" debug &&
		grep -q 'int two' "$(cat "$TMP/stdout")"
}

ok "a directory and a directory of patches" builds "$odd/li nux" "$odd/my series"
ok "a directory and an mbox" builds "$odd/li nux" "$odd/m box"
ok "a tarball and an mbox" builds "$odd/li nux.tar" "$odd/m box"
ok "a run" run env KERNEL="$odd/li nux" SERIES="$odd/m box" \
	"$CONFIG_DIR/with-kernel.sh" debug test -s @KERNEL@
end
