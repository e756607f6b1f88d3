#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# path.sh: if make or the kernel's makefiles cannot work in the current directory,
# because of a character in its path, prints a line that says so, and what to do.
set -eu
LC_ALL=C
path=$(pwd -P)
case $path in
*[[:space:]]*) what="a blank" ;;
*:*) what="a colon" ;;
*[[:cntrl:]]*) what="a control character" ;;
*[\!\"\#\$%\&\'\(\)\*,\;\<=\>?\[\\\]^\`\{\|\}]*)
	what=$(printf '%s' "$path" | tr -d '[:alnum:]/.@_~+\200-\377-' |
		cut -c1)
	what="the character $what"
	;;
*) exit 0 ;;
esac
echo "the path of this clone has $what, with which neither make nor the" \
	"kernel's makefiles work; move the clone, for example to ${HOME:-/tmp}/shrinkbench" \
	"(its path is now $(printf '%s' "$path" | tr '[:cntrl:]' '?'))"
