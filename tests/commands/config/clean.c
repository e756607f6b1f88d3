// SPDX-License-Identifier: GPL-2.0-or-later
/* What clean.sh removes, and when it does not. */
#include <string.h>

#include "tests.h"

#define CLEAN UML "clean.sh"

static void fill(void)
{
	put("build/bisect/lock", "");
	put("build/kernel/debug/linux", "");
	sh("mkdir -p build/src");
}

void test_clean(void)
{
	ok("nothing is there to be removed", CLEAN);
	fill();
	bad("not while a bisection is running", "still at work",
	    "flock -o build/bisect/lock " CLEAN);
	/* (timeout stands for a kernel: it runs while its command does.) */
	sh("install \"$(command -v timeout)\" build/kernel/debug/linux");
	fails("nor a kernel", "build/kernel/debug/linux 60 " CLEAN);
	check("both of which stay",
	      there("build/bisect/lock") && there("build/kernel/debug/linux"));
	ok("afterwards it does", CLEAN);
	check("but the source stays", !strcmp(ask("cd build && echo *"), "kernel.lock src"));
	fill();
	ok("unless all is to go", CLEAN " all");
	check("which it does", !there("build"));
}
