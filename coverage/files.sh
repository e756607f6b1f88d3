#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# files.sh TREE: prints the files that the report covers, relative to TREE, the
# private copy of the kernel: those that the series touches, and COV_FILES.
#
# COV_FILES	patterns and directories, with blanks between
# KERNEL, BASE	the series is BASE..HEAD of that git tree
. "${0%/*}/lib.sh"

build_covtool
exec "$covtool" files "$1"
