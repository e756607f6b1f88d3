// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fixups of arch/um apply to the default kernel, and those of them to which the size of
 * the host's XSAVE area matters do their work with any (see xstate/): without AVX-512, with
 * it, with AMX, with what may come. Needs the kernel's source, as prepare.sh has it, in
 * build/ of this clone.
 */
#include "tests.h"

#define MCONTEXT "arch/x86/um/os-Linux/mcontext.c"
#define REGISTERS "arch/x86/um/os-Linux/registers.c"

/* What the kernel's file includes and xstate.c has itself. */
static void put_headers(void)
{
	static const char *const headers[] = {
		"cpuid.h",	   "longjmp.h", "os.h", "registers.h", "sysdep/ptrace_user.h",
		"asm/sigcontext.h"};

	for (guint i = 0; i < G_N_ELEMENTS(headers); i++)
		put(f("include/%s", headers[i]), "");
	put("include/linux/elf.h", "#define NT_X86_XSTATE 0x202\n");
}

/* The command that compiles the file @name.c in @test, where it is called @macro. */
static const char *compile(const char *name, const char *macro, const char *test)
{
	return f("gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-parameter -g "
		 "-fsanitize=address,undefined -fno-sanitize-recover=all "
		 "-D%2$s='\"'$TMP/%1$s.c'\"' -Iinclude -o %1$s " UML "tests/xstate/%3$s",
		 name, macro, test);
}

/*
 * Each after those before it. A kernel that does not need a fixup is left as it is, so
 * nobody else would notice.
 */
static void test_apply(void)
{
	g_auto(GStrv) names =
		g_strsplit(ask("cd " UML "fixups; ls *.patch | sed 's/.patch$//'"), "\n", 0);

	sh("GIT_INDEX_FILE=$TMP/index git -C tree read-tree refs/shrinkbench/base");
	for (char **name = names; *name; name++)
		ok(f("%s applies", *name),
		   f("GIT_INDEX_FILE=$TMP/index git -C tree apply --cached " UML "fixups/%s.patch",
		     *name));
}

/* The frames of signals, where processes run by a seccomp filter. */
static void test_frames(void)
{
	put("include/as-layout.h", "");
	put("include/stub-data.h", "");
	put("include/sysdep/ptrace.h", "");
	ok("the file for frames compiles",
	   f("export GIT_INDEX_FILE=$TMP/index\n"
	     "git -C tree cat-file blob :" MCONTEXT " >frame.c &&"
	     "git -C tree cat-file blob :arch/x86/um/shared/sysdep/mcontext.h"
	     "	>include/sysdep/mcontext.h && %s",
	     compile("frame", "MCONTEXT_C", "frame.c")));
	ok("frames of all sizes are read and written, and spoilt ones refused", "./frame");
}

void test_fixups(void)
{
	static const int sizes[] = {832, 2696, 11008, 16000};

	sh("ln -s \"$(SB_BUILD=$ROOT/build " UML "prepare.sh)\" tree;"
	   "git -C tree cat-file blob refs/shrinkbench/base:" REGISTERS " >before.c");
	test_apply();
	put_headers();
	ok("the kernel's file compiles without the fixup",
	   compile("before", "REGISTERS_C", "xstate.c"));
	ok("with it",
	   "mkdir -p x/$(dirname " REGISTERS "); cp before.c x/" REGISTERS "; cd x;"
	   "git apply " UML "fixups/fp-host-xstate.patch && cp " REGISTERS " ../after.c");
	ok("it compiles, too", compile("after", "REGISTERS_C", "xstate.c"));
	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
		ok(f("an XSAVE area of %d bytes", sizes[i]), f("./after %d", sizes[i]));
	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
		if (sizes[i] <= 2696)
			ok(f("%d bytes need no fixup", sizes[i]), f("./before %d", sizes[i]));
		else
			fails(f("%d bytes do", sizes[i]), f("./before %d", sizes[i]));
	test_frames();
}
