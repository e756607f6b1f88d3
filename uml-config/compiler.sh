#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# compiler.sh: prints the compiler that CC names, without ccache, if the kernel can be
# built with it; default: gcc.
. "${0%/*}/lib.sh"

cc=${CC:-gcc}
cc=${cc#ccache }
command -v "$cc" >/dev/null || die "there is no CC=$cc here"
# Coverage needs GCC's libgcov, and no test has run on a kernel that clang made.
case $("$cc" --version 2>&1) in
*clang*) die "CC=$cc is clang, which is not supported: coverage needs GCC's" \
	"libgcov, and the tests have not run on a kernel made by clang; use CC=gcc" ;;
*'Free Software Foundation'*) echo "$cc" ;;
*) die "CC=$cc is not GCC, the only compiler that is supported; use CC=gcc" ;;
esac
