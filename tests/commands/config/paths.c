// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KERNEL=, SERIES= and TMPDIR= may lie anywhere, unlike the clone: make and the kernel's
 * makefiles see only the copies.
 */
#include "tests.h"

#define ODD "\"$TMP/a b:c,d'e#f\\$g&h\""

/* Checks that the kernel builds; @kernel and @series are names in that directory. */
static void builds(const char *name, const char *kernel, const char *series)
{
	ok(name, f("TMPDIR=" ODD "; export TMPDIR\n"
		   "linux=$(KERNEL=" ODD "/'%s' SERIES=" ODD "/'%s' " UML "build.sh debug) &&"
		   "	grep -q 'int two' \"$linux\"",
		   kernel, series));
}

void test_paths(void)
{
	fake_build("linux");
	fake_series("linux", "series");
	sh("mkdir " ODD "; mv linux 'li nux'; cat series/* >'m box'; mv series 'my series';"
	   "tar -cf 'li nux.tar' 'li nux'; mv li* m* " ODD);
	builds("a directory and a directory of patches", "li nux", "my series");
	builds("a directory and an mbox", "li nux", "m box");
	builds("a tarball and an mbox", "li nux.tar", "m box");
	ok("a run", "TMPDIR=" ODD " KERNEL=" ODD "/li\\ nux SERIES=" ODD "/m\\ box " UML
		    "with-kernel.sh debug test -s @KERNEL@");
}
