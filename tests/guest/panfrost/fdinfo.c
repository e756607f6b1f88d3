// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/fdinfo: the memory statistics of a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"

/*
 * Bytes in the line drm-@what-memory. A driver may leave out what it has nothing of,
 * if not every driver has that.
 */
static size_t memory(int fd, const char *what)
{
	char path[64], key[64], *text, *line;
	size_t size;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	snprintf(key, sizeof(key), "\ndrm-%s-memory:", what);
	text = file_read(path);
	line = strstr(text, key);
	if (!line && (!strcmp(what, "purgeable") || !strcmp(what, "active"))) {
		free(text);
		return 0;
	}
	if (!line)
		FAIL("%s has no %s", path, key + 1);
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
	PAN(fd);
	PAN_BO(bo, pan_bo(fd, 12 * PAGE, PANFROST_BO_NOEXEC));
	struct pan_bo heap =
		pan_bo(fd, 4 * MIB, PANFROST_BO_NOEXEC | PANFROST_BO_HEAP);
	CHAIN(chain, chain_new(fd));
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
}

TEST(fdinfo_active, .name = "panfrost/fdinfo-active",
     .about = "while a chain uses it, a BO is active and not purgeable; "
	      "afterwards it is the other way round",
     .virtual_time = true)
{
	PAN(fd);
	PAN_BO(bo, pan_bo(fd, 16 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(idle, pan_bo(fd, 64 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_null(fd));
	size_t busy = bo.size + chain.bo.size;

	chain_use(&chain, &bo);
	CHECK_EQ(memory(fd, "active"), 0);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK(pan_madvise(&idle, PANFROST_MADV_DONTNEED));
	CHECK_EQ(memory(fd, "active"), busy);
	CHECK_EQ(memory(fd, "purgeable"), idle.size);
	CHECK_EQ(memory(fd, "resident"), busy + idle.size);
	shrink_scan(100000);
	CHECK_EQ(memory(fd, "active"), busy);
	CHECK_EQ(memory(fd, "purgeable"), 0);
	CHECK_EQ(memory(fd, "resident"), busy);
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&chain.bo);
	CHECK_EQ(memory(fd, "active"), 0);
	CHECK_EQ(memory(fd, "purgeable"), bo.size);
	WAIT_UNTIL((shrink_scan(100000), !memory(fd, "purgeable")));
	CHECK_EQ(memory(fd, "resident"), chain.bo.size);
	/* The size does not depend on whether there are pages. */
	CHECK_EQ(memory(fd, "total"), chain.bo.size + bo.size + idle.size);
}

TEST(fdinfo_shared, .name = "panfrost/fdinfo-shared",
     .about = "what is exported or imported is shared and resident, also while "
	      "it is not needed and memory is wanted back")
{
	PAN(fd);
	PAN_BO(bo, pan_bo(fd, 16 * PAGE, PANFROST_BO_NOEXEC));
	int ours = drm_export(fd, bo.handle);
	int theirs = dmabuf_from_heap(64 * PAGE);
	PAN_BO(import, pan_bo_import(fd, theirs));

	for (int i = 0; i < 2; i++) {
		CHECK_EQ(memory(fd, "shared"), bo.size + import.size);
		/* The driver counts only pages that it owns. */
		CHECK_EQ(memory(fd, "resident"), bo.size);
		CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
		CHECK(pan_madvise(&import, PANFROST_MADV_DONTNEED));
		shrink_scan(100000);
		mem_drop_caches();
	}
	CHECK_EQ(memory(fd, "resident"), bo.size);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK(pan_madvise(&import, PANFROST_MADV_WILLNEED));
	close(ours);
	close(theirs);
}
