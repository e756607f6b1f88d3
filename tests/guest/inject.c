// SPDX-License-Identifier: GPL-2.0-or-later
#include "inject.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "test.h"

#define FAILSLAB "/sys/kernel/debug/failslab/"
#define FAIL_NTH "/proc/thread-self/fail-nth"

/* FAIL_NTH; opened before anything fails, since that would, too. */
static int nth_fd;

void inject_begin(void)
{
	nth_fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (nth_fd == -1 || access(FAILSLAB "verbose", W_OK))
		test_skip("the kernel has no fault injection for slabs");
	/* No dump of the stack at each; also allocations that may sleep. */
	file_write(FAILSLAB "verbose", "0");
	file_write(FAILSLAB "ignore-gfp-wait", "N");
}

void inject_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	CHECK_EQ(pwrite(nth_fd, text, len, 0), len);
}

bool inject_hit(void)
{
	char text[16] = "";

	CHECK_CMP(pread(nth_fd, text, sizeof(text) - 1, 0), >, 0);
	inject_nth(0);
	return !strtoul(text, NULL, 10);
}
