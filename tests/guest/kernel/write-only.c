// SPDX-License-Identifier: GPL-2.0-or-later
/* UML itself: as on x86, what is mapped for writing can be read, too. */
#include <sys/mman.h>

#include "lib/mem.h"
#include "lib/size.h"
#include "lib/test.h"

TEST(write_only, .name = "kernel/write-only",
     .about = "the first access to a mapping for writing only may be a read")
{
	static const int flags[] = {MAP_PRIVATE, MAP_SHARED};

	for (int i = 0; i < 2; i++) {
		char *map = CHECK_SYS(mmap(NULL, PAGE, PROT_WRITE,
					   flags[i] | MAP_ANONYMOUS, -1, 0));

		CHECK(!mem_bus_error(map, false));
		CHECK_EQ(*(volatile char *)map, 0);
		*(volatile char *)map = 1;
		CHECK_EQ(*(volatile char *)map, 1);
		CHECK_SYS(munmap(map, PAGE));
	}
}
