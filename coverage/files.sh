#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# files.sh TREE: the files whose coverage is asked for, by their names in TREE, the
# private copy of the kernel: those that the series touches, and COV_FILES.
#
# COV_FILES	patterns and directories, with blanks between
# KERNEL, BASE	the series is BASE..HEAD of that git tree
. "$(dirname "$0")/lib.sh"

build_covtool
exec "$covtool" files "$1"
