// SPDX-License-Identifier: GPL-2.0-or-later
/* UML itself: what a system call writes to memory must survive a swap-out. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/size.h"
#include "lib/test.h"

#define PAGES 16

TEST(user_copy, .name = "kernel/user-copy-dirty",
     .about = "what a system call writes to pages that were only read before "
	      "survives swap",
     .swap_mib = 8)
{
	static char content[PAGE];
	char *map = CHECK_SYS(mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	int ends[2];

	CHECK_SYS(pipe(ends));
	memset(content, 'x', PAGE);
	for (char *page = map; page < map + PAGES * PAGE; page += PAGE) {
		/* A page that is writable, but clean. */
		CHECK_EQ(*(volatile char *)page, 0);
		CHECK_EQ(write(ends[1], content, PAGE), PAGE);
		CHECK_EQ(read(ends[0], page, PAGE), PAGE);
	}
	CHECK_SYS(madvise(map, PAGES * PAGE, MADV_PAGEOUT));
	for (char *page = map; page < map + PAGES * PAGE; page += PAGE)
		CHECK(!memcmp(page, content, PAGE));
}
