#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# compiler.sh: prints the compiler that CC names, without ccache, if the kernel can be
# built with it; default: gcc.
. "$(dirname "$0")/lib.sh"

cc=${CC:-gcc}
cc=${cc#ccache }
command -v "$cc" >/dev/null || die "there is no CC=$cc here"
# One kernel, one compiler: coverage needs GCC's libgcov, and clang warns in headers
# of UML, so that check-each would find warnings in each file.
case $("$cc" --version 2>&1) in
*clang*) die "CC=$cc is clang, which is not supported: coverage needs GCC's" \
	"libgcov, and clang warns all over UML's headers; use CC=gcc" ;;
*'Free Software Foundation'*) echo "$cc" ;;
*) die "CC=$cc is not GCC, the only compiler that is supported; use CC=gcc" ;;
esac
