// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/fdinfo: what a file's memory is said to be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../mem.h"
#include "../test.h"
#include "chain.h"
#include "shrink.h"

/* Bytes that line drm-@what-memory says. */
static size_t memory(int fd, const char *what)
{
	char path[64], key[64], *text, *line;
	size_t size;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	snprintf(key, sizeof(key), "\ndrm-%s-memory:", what);
	text = file_read(path);
	line = strstr(text, key);
	if (!line)
		FAIL("%s has no%s", path, key + 1);
	size = strtoull(line + strlen(key), &line, 10);
	if (!strncmp(line, " KiB", 4))
		size *= 1024;
	else if (!strncmp(line, " MiB", 4))
		size *= MIB;
	free(text);
	return size;
}

TEST(fdinfo_memory, .name = "panfrost/fdinfo-memory",
     .about = "fdinfo follows what is created, marked as not needed, purged "
	      "and grown")
{
	int fd = pan_open();
	struct pan_bo bo = pan_bo(fd, 12 * PAGE, PANFROST_BO_NOEXEC);
	struct pan_bo heap =
		pan_bo(fd, 4 * MIB, PANFROST_BO_NOEXEC | PANFROST_BO_HEAP);
	struct chain chain = chain_new(fd);
	size_t fixed = chain.bo.size;

	CHECK_EQ(memory(fd, "total"), fixed + bo.size + heap.size);
	CHECK_EQ(memory(fd, "resident"), fixed + bo.size);
	CHECK_EQ(memory(fd, "purgeable"), 0);

	chain_use(&chain, &heap);
	chain_write(&chain, heap.va, WRITE_IMMEDIATE_8, 1);
	chain_run(&chain);
	CHECK_EQ(memory(fd, "resident"), fixed + bo.size + 2 * MIB);

	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(memory(fd, "purgeable"), bo.size);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK_EQ(memory(fd, "purgeable"), 0);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_scan(bo.size / PAGE);
	CHECK_EQ(memory(fd, "purgeable"), 0);
	CHECK_EQ(memory(fd, "resident"), fixed + 2 * MIB);
	close(fd);
}
