// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What deps.sh says and does where something is missing: with a PATH of our own, so that
 * nothing of the machine's can be found or installed.
 */
#include "tests.h"

/* (In $TMP/host, which deps.sh alone has in its PATH.) */
#define DEPS "PATH=$TMP/host /bin/sh " UML "deps.sh "

/* All that is wanted, for user @uid; and the package manager @name, if any, which @does. */
static void machine(int uid, const char *name, const char *does)
{
	static const char *const stubs[] = {
		"make", "ld",	   "flex",   "bison", "bc",	     "xz",
		"tar",	"git",	   "perl",   "awk",   "find",	     "cmp",
		"lcov", "genhtml", "ccache", "flock", "fusermount3", "pkg-config"};

	sh("rm -rf host log; mkdir host; for tool in sort tr tail mktemp rm cat chmod; do"
	   "	ln -s \"$(command -v $tool)\" host/$tool; done");
	for (guint i = 0; i < G_N_ELEMENTS(stubs); i++)
		stub(f("host/%s", stubs[i]), "exit 0");
	stub("host/gcc", "case $1 in -print-file-name=*) echo /lib/${1#*=} ;; esac");
	stub("host/id", f("echo %d", uid));
	if (name)
		stub(f("host/%s", name), f("echo %s \"$@\" >>$TMP/log\n%s", name, does));
}

/* One line to paste, of @manager with @package at its end. */
static void test_manager(const char *manager, const char *package)
{
	machine(1000, manager, "exit 0");
	stub("host/pkg-config", "case $2 in fuse3) exit 1 ;; esac");
	fails(f("a library is missing, on a system with %s", manager), DEPS);
	check(f("%s: one line to paste", manager),
	      g_regex_match_simple(f("^sudo %s .*%s$", manager, package), command_errors(),
				   G_REGEX_MULTILINE, 0));
}

/* With what root's apt-get does for "install"; flex is missing. */
static void lacks_flex(int uid, const char *does)
{
	machine(uid, "apt-get", does);
	sh("rm host/flex");
}

void test_deps(void)
{
	machine(1000, "apt-get", "exit 0");
	ok("nothing is missing", DEPS);
	check("and nothing is said", said_lines() == 0);
	sh("rm host/flex host/ccache");
	bad("a program is missing", "apt-get install -y --no-install-recommends flex ccache", DEPS);
	says("with sudo", "sudo sh -c");
	check("an ordinary user's apt-get is not called", !there("log"));
	test_manager("dnf", "fuse3-devel");
	test_manager("pacman", "fuse3");
	test_manager("zypper", "fuse3-devel");

	machine(1000, NULL, NULL);
	stub("host/gcc", "case $1 in -print-file-name=*) echo /x ;; -E) exit 1 ;; esac");
	fails("a header is missing, on an unknown system", DEPS);
	says("the package is named all the same", "libc6-dev");

	lacks_flex(0, "[ $1 != install ] || echo '#!/bin/sh' >$TMP/host/flex\n"
		      "chmod +x $TMP/host/flex");
	good("root's apt-get installs", "installing missing packages: flex", DEPS);
	holds("without an update that is not needed", "! grep update log");
	lacks_flex(0, "case $1 in\n"
		      "update) : >$TMP/updated ;;\n"
		      "install)\n"
		      "	[ -e $TMP/updated ] || exit 100\n"
		      "	: >$TMP/host/flex\n"
		      "	chmod +x $TMP/host/flex ;;\n"
		      "esac");
	ok("with an update where it is needed", DEPS);
	holds("which it was", "grep -q update log");
	lacks_flex(0, "echo 'E: no network' >&2; exit 100");
	bad("an installation that fails is an error", "E: no network", DEPS);
	says("and what was tried", "apt-get install");

	machine(1000, NULL, NULL);
	ok("gdb is wanted for gdb only", DEPS);
	fails("then it is", DEPS "gdb");
	bad("yamllint for CI only", "yamllint", DEPS "ci");
	bad("the tools of make lint, too", "clang-format codespell reuse shellcheck", DEPS "lint");
	bad("libclang for mutants only", "libclang-dev", DEPS "mutants");
	lacks_flex(0, "exit 0");
	bad("--missing names a package", "apt-get install -y --no-install-recommends flex",
	    DEPS "--missing");
	check("but root's apt-get is not called", !there("log"));
}
