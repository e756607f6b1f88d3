#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-fixups.sh: the fixups of arch/um apply to the default kernel, and that of
# them which hosts with AMX need does its work on hosts with any size of XSAVE area
# (see xstate/xstate.c): without AVX-512, with it, with AMX, with what may come.
# Needs the kernel's source, as prepare.sh has it.
real_build=${SB_BUILD:-$(cd "$(dirname "$0")/../.." && pwd -P)/build}
. "$(dirname "$0")/lib.sh"
CC=gcc
file=arch/x86/um/os-Linux/registers.c
tree=$(SB_BUILD=$real_build "$CONFIG_DIR/prepare.sh") || exit 1
git -C "$tree" cat-file blob "refs/shrinkbench/base:$file" >"$TMP/before.c" || exit 1

applies()
{
	(
		GIT_INDEX_FILE=$TMP/index
		export GIT_INDEX_FILE
		git -C "$tree" read-tree refs/shrinkbench/base &&
			git -C "$tree" apply --cached --check "$1"
	)
}

# A kernel that does not need one is left as it is, so nobody else would notice.
for fixup in "$CONFIG_DIR"/fixups/*.patch; do
	ok "$(basename "$fixup" .patch) applies" applies "$fixup"
done

# What the kernel's file includes and xstate.c has itself.
for header in cpuid.h longjmp.h os.h registers.h sysdep/ptrace_user.h \
	asm/sigcontext.h linux/elf.h; do
	mkdir -p "$TMP/include/$(dirname "$header")"
	: >"$TMP/include/$header"
done
echo '#define NT_X86_XSTATE 0x202' >"$TMP/include/linux/elf.h"

# compile NAME: of $TMP/NAME.c
compile()
{
	$CC -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-parameter \
		-g -fsanitize=address,undefined -fno-sanitize-recover=all \
		-DREGISTERS_C="\"$TMP/$1.c\"" -I"$TMP/include" \
		-o "$TMP/$1" "$CONFIG_DIR/tests/xstate/xstate.c"
}

patched()
{
	mkdir -p "$TMP/tree/$(dirname "$file")"
	cp "$TMP/before.c" "$TMP/tree/$file"
	(cd "$TMP/tree" && git apply "$CONFIG_DIR/fixups/fp-host-xstate.patch") &&
		mv "$TMP/tree/$file" "$TMP/after.c"
}

ok "the kernel's file compiles without the fixup" compile before
ok "with it" patched
ok "it compiles, too" compile after
for size in 832 2696 11008 16000; do
	ok "an XSAVE area of $size bytes" run "$TMP/after" $size
done
for size in 832 2696; do
	ok "$size bytes need no fixup" run "$TMP/before" $size
done
for size in 11008 16000; do
	ok "$size bytes do" fails "$TMP/before" $size
done
end
