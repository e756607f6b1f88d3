// SPDX-License-Identifier: GPL-2.0-or-later
/* Which compilers CC may name. */
#include <string.h>

#include "tests.h"

static const char *with(const char *cc)
{
	return f("CC='%s' " UML "compiler.sh", cc);
}

void test_compiler(void)
{
	static const char *const programs[][2] = {
		{"gcc", "Copyright (C) 2022 Free Software Foundation, Inc."},
		{"my-gcc-13", "Copyright (C) 2022 Free Software Foundation, Inc."},
		{"clang-14", "Debian clang version 14.0.6"},
		{"cc", "Debian clang version 14.0.6"},
		{"tcc", "tcc version 0.9.27"},
	};
	static const char *const others[] = {"clang-14", "cc", "tcc", "none"};

	for (guint i = 0; i < G_N_ELEMENTS(programs); i++)
		stub(f("bin/%s", programs[i][0]), f("echo '%s'", programs[i][1]));
	good("the default is gcc", "gcc", with(""));
	ok("another GCC", with("my-gcc-13"));
	says("is taken", "my-gcc-13");
	ok("with ccache as well", with("ccache my-gcc-13"));
	check("whose name comes without it", !strcmp(command_out(), "my-gcc-13\n"));
	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		fails(f("%s is refused", others[i]), with(others[i]));
		check("in one line", said_lines() == 1);
		says("that names it", f("CC=%s", others[i]));
	}
	bad("and clang's says why", "not supported: coverage needs", with("clang-14"));

	fake_build("linux");
	fails("no kernel is built with clang",
	      "CC=clang-14 KERNEL=$TMP/linux SERIES=none " UML "build.sh debug");
	says("as build.sh says", "CC=clang-14 is clang");
}
