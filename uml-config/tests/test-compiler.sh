#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Which compilers CC may name.
. "$(dirname "$0")/lib.sh"

# compiler NAME TEXT: one in $TMP/bin that says TEXT of itself.
compiler()
{
	stub "$TMP/bin/$1" "echo '$2'"
}

with()
{
	run env PATH="$TMP/bin:$PATH" CC="$1" "$CONFIG_DIR/compiler.sh"
}

gnu='Copyright (C) 2022 Free Software Foundation, Inc.'
compiler gcc "$gnu"
compiler my-gcc-13 "$gnu"
compiler clang-14 'Debian clang version 14.0.6'
compiler cc 'Debian clang version 14.0.6'
compiler tcc 'tcc version 0.9.27'

good "the default is gcc" gcc with ""
ok "another GCC" with my-gcc-13
ok "is taken" said my-gcc-13
ok "with ccache as well" with 'ccache my-gcc-13'
ok "whose name comes without it" test "$(cat "$TMP/output")" = my-gcc-13
for cc in clang-14 cc tcc none; do
	ok "$cc is refused" fails with $cc
	ok "in one line" test "$(wc -l <"$TMP/output")" = 1
	ok "that names it" said "CC=$cc"
done
ok "and clang's says why" sh -c "PATH='$TMP/bin:$PATH' CC=clang-14 \
	'$CONFIG_DIR/compiler.sh' 2>&1 | grep -q 'not supported: coverage needs'"

fake_build "$TMP/linux"
ok "no kernel is built with clang" fails env PATH="$TMP/bin:$PATH" CC=clang-14 \
	KERNEL="$TMP/linux" SERIES=none "$CONFIG_DIR/build.sh" debug
ok "as build.sh says" said "CC=clang-14 is clang"
end
