// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the runner that end normally. */
#include <stdio.h>
#include <unistd.h>

#include "lib/test.h"

TEST(pass, .name = "selftest/pass", .about = "passes", .hidden = true)
{
}

TEST(pass_too, .name = "selftest/pass-too", .about = "passes, too",
     .hidden = true)
{
	test_note("all is well");
}

/* The last one by name, so that it shares a guest with the tests before it. */
TEST(control, .name = "selftest/zz-control",
     .about = "passes, whatever ran before", .hidden = true)
{
}

TEST(slow, .name = "selftest/slow", .about = "takes its time", .hidden = true)
{
	sleep(20);
}

TEST(skip, .name = "selftest/skip", .about = "skips", .hidden = true)
{
	test_skip("nothing to do here");
}

TEST(alone, .name = "selftest/alone", .about = "has a guest of its own",
     .alone = true, .hidden = true)
{
}

TEST(swap, .name = "selftest/swap", .about = "has swap", .swap_mib = 32,
     .hidden = true)
{
	char *text = file_read("/proc/swaps");
	unsigned long kib = 0;

	if (sscanf(text, "%*[^\n]\n/dev/zram0 %*s %lu", &kib) != 1)
		FAIL("no swap on zram0: %s", text);
	CHECK_EQ(kib, 32 * 1024 - 4);
	free(text);
}

TEST(virtual_time, .name = "selftest/virtual-time",
     .about = "sleeps for an hour", .virtual_time = true, .hidden = true)
{
	CHECK_EQ(sleep(3600), 0);
}

/* Earlier tests must leave nothing behind. */
TEST(untouched, .name = "selftest/untouched",
     .about = "finds its own empty /tmp and no other process", .hidden = true)
{
	CHECK(access("/tmp/litter", F_OK) != 0);
	CHECK(access("/tmp/mnt", F_OK) != 0);
}

TEST(litter, .name = "selftest/litter",
     .about = "leaves files and processes behind, which is allowed",
     .hidden = true)
{
	FILE *file = fopen("/tmp/litter", "w");

	CHECK(file);
	fclose(file);
	if (CHECK_SYS(fork()) == 0) {
		setsid();
		for (;;)
			pause();
	}
}

TEST(needs, .name = "selftest/needs",
     .about = "needs what no kernel has, and fails if it must be there",
     .needs = "never", .hidden = true)
{
	FAIL("the kernel does not have it");
}
