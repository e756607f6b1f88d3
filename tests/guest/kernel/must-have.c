// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel has all capabilities that its series promises, whether a test needs
 * them or not.
 */
#include <string.h>

#include "lib/caps.h"
#include "lib/test.h"

TEST(must_have, .name = "kernel/must-have",
     .about = "the kernel has each capability that its series promises",
     .kernel_args = "shrinkbench.helpers=2")
{
	const char *names = getenv(MUST_HAVE) ?: "";

	if (!names[strspn(names, " ")])
		test_skip("nothing is promised of this kernel");
	caps_require(names);
}
