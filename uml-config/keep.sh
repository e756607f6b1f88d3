#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# keep.sh VARIANT LINK: builds the kernel as LINK (see build.sh), and keeps what tests
# need of it when the tree has moved on to another kernel: LINK.gives has the
# capabilities that the series gives it, LINK.source the part of its source in which the
# runner looks up warnings.
. "${0%/*}/lib.sh"

link=$2
lock "$BUILD/kernel.lock"
rm -f "$link"
built=$("$CONFIG_DIR/build.sh" "$1" "$link")
cp "$(dirname "$built")/gives" "$link.gives"
rm -rf "$link.source"
mkdir "$link.source"
keep_source "$(dirname "$built")/source" "$link.source"
