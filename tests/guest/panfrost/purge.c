// SPDX-License-Identifier: GPL-2.0-or-later
/* The shrinker: which BOs it purges, when, how many, and what remains of them. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

TEST(purge_drop_caches, .name = "panfrost/purge-drop-caches",
     .about =
	     "drop_caches purges a BO that is not needed, and gives all of its "
	     "pages back")
{
	PAN(fd);
	size_t size = 16 * MIB;
	struct pan_bo bo;
	size_t before;

	shrink_settle();
	before = mem_info("Shmem");
	bo = pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC);
	stamp_fill(bo.map, size, 1, 1);
	pan_bo_unmap(&bo);
	CHECK_CMP(mem_info("Shmem"), >=, before + size);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(shrink_count(), size / PAGE);
	mem_drop_caches();
	CHECK_EQ(shrink_count(), 0);
	CHECK_CMP(mem_info("Shmem"), <=, before);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
}

TEST(purge_count, .name = "panfrost/purge-count",
     .about = "count_objects() is the number of pages of the BOs that may be "
	      "purged")
{
	enum { BOS = 5 };
	int fd = pan_open();
	struct pan_bo bo[BOS];
	unsigned long needed = 0, pages = 0;

	shrink_settle();
	for (unsigned int i = 0; i < BOS; i++) {
		bo[i] = pan_bo(fd, (i + 1) * 3 * PAGE, PANFROST_BO_NOEXEC);
		needed += (i + 1) * 3;
		CHECK_EQ(shrink_count(), shrink_pages(needed, 0));
	}
	for (unsigned int i = 0; i < BOS; i++) {
		CHECK(pan_madvise(&bo[i], PANFROST_MADV_DONTNEED));
		pages += (i + 1) * 3;
		needed -= (i + 1) * 3;
		CHECK_EQ(shrink_count(), shrink_pages(needed, pages));
	}
	CHECK(pan_madvise(&bo[1], PANFROST_MADV_WILLNEED));
	pages -= 2 * 3;
	CHECK_EQ(shrink_count(), shrink_pages(2 * 3, pages));
	pan_bo_free(&bo[3]);
	pages -= 4 * 3;
	CHECK_EQ(shrink_count(), shrink_pages(2 * 3, pages));
	close(fd);
	CHECK_EQ(shrink_count(), 0);
}

TEST(purge_scan, .name = "panfrost/purge-scan",
     .about = "a scan purges the longest unneeded BOs, as many as it takes and "
	      "not one more")
{
	static const unsigned int pages[] = {3, 5, 2, 7, 1, 4};
	/* Marked in this order. */
	static const unsigned int order[] = {2, 0, 5, 1, 4, 3};
	enum { BOS = sizeof(pages) / sizeof(*pages) };
	PAN(fd);
	struct pan_bo bo[BOS];
	unsigned long left = 0;
	unsigned int gone = 0;

	shrink_settle();
	for (unsigned int i = 0; i < BOS; i++)
		bo[i] = pan_bo(fd, pages[i] * PAGE, PANFROST_BO_NOEXEC);
	for (unsigned int i = 0; i < BOS; i++) {
		CHECK(pan_madvise(&bo[order[i]], PANFROST_MADV_DONTNEED));
		left += pages[i];
	}
	CHECK_EQ(shrink_count(), left);

	for (unsigned int asked = 1; left; asked++) {
		unsigned int freed = 0;

		while (gone < BOS && freed < asked)
			freed += pages[order[gone++]];
		left -= freed;
		shrink_scan(asked);
		CHECK_EQ(shrink_count(), left);
	}
	for (unsigned int i = 0; i < BOS; i++)
		CHECK(!pan_madvise(&bo[i], PANFROST_MADV_WILLNEED));
}

TEST(purge_scan_which, .name = "panfrost/purge-scan-which",
     .about = "a scan leaves alone what it did not purge")
{
	PAN(fd);
	PAN_BO(first, pan_bo(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(second, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));

	stamp_fill(second.map, second.size, 2, 1);
	CHECK(pan_madvise(&first, PANFROST_MADV_DONTNEED));
	CHECK(pan_madvise(&second, PANFROST_MADV_DONTNEED));
	shrink_scan(4);
	CHECK(!pan_madvise(&first, PANFROST_MADV_WILLNEED));
	CHECK(pan_madvise(&second, PANFROST_MADV_WILLNEED));
	stamp_verify(second.map, second.size, 2, 1);
}

/* @arg: pages that are needed */
static bool nothing_to_purge(void *arg)
{
	return shrink_count() <= shrink_pages(*(unsigned long *)arg, 0);
}

TEST(purge_pressure, .name = "panfrost/purge-pressure",
     .about = "when memory runs short, BOs that are not needed are purged, and "
	      "the others are not",
     .swap_mib = 32, .seconds = 120)
{
	PAN(fd);
	struct pan_bo kept, gone, out;
	unsigned long needed;
	struct chain chain;

	shrink_settle();
	kept = pan_bo_mapped(fd, 4 * MIB, PANFROST_BO_NOEXEC);
	gone = pan_bo_mapped(fd, 12 * MIB, PANFROST_BO_NOEXEC);
	out = pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	needed = (kept.size + out.size) / PAGE + CHAIN_PAGES;
	stamp_fill(kept.map, kept.size, 1, 1);
	stamp_fill(gone.map, gone.size, 2, 1);
	pan_bo_unmap(&gone);
	CHECK(pan_madvise(&gone, PANFROST_MADV_DONTNEED));
	CHECK(mem_pressure(nothing_to_purge, &needed));
	CHECK(!pan_madvise(&gone, PANFROST_MADV_WILLNEED));
	CHECK(pan_madvise(&kept, PANFROST_MADV_WILLNEED));
	stamp_verify(kept.map, kept.size, 1, 1);

	chain_use(&chain, &kept);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, kept.va, kept.size, 1, 1);
	chain_run(&chain);
	CHECK_EQ(*(uint64_t *)out.map, kept.size / PAGE);
}

TEST(purge_willneed, .name = "panfrost/purge-not-willneed",
     .about = "scans leave a BO that is needed its content, even with swap "
	      "space to spare",
     .swap_mib = 8)
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, MIB, PANFROST_BO_NOEXEC));
	PAN_BO(out, pan_bo_mapped(fd, MIB, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));

	stamp_fill(bo.map, bo.size, 6, 1);
	mem_drop_caches();
	shrink_scan(100000);
	stamp_verify(bo.map, bo.size, 6, 1);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, bo.va, bo.size);
	chain_run(&chain);
	stamp_verify(out.map, out.size, 6, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
}

TEST(purge_busy, .name = "panfrost/purge-not-busy",
     .about = "a BO is not purged while a chain uses it, but afterwards it is",
     .virtual_time = true)
{
	PAN(fd);
	struct pan_bo bo, out;
	struct chain chain;

	shrink_settle();
	bo = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	out = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	stamp_fill(bo.map, bo.size, 9, 1);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, bo.va, bo.size);
	stamp_expect_va("panfrost", bo.va, 16, 9, 1);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_scan(100000);
	mem_drop_caches();
	/* The BO counts, since it can be purged later. */
	CHECK_EQ(shrink_count(), shrink_pages(16 + CHAIN_PAGES, 16));
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&chain.bo);
	chain_check_done(&chain);
	stamp_verify(out.map, out.size, 9, 1);

	shrink_all(16 + CHAIN_PAGES);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
}

TEST(purge_queued, .name = "panfrost/purge-not-queued",
     .about =
	     "a BO is not purged while a chain that waits for a fence is going "
	     "to use it",
     .virtual_time = true)
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(out, pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(before, chain_new(fd));
	CHAIN(chain, chain_new(fd));
	uint32_t first = syncobj_new(fd);

	stamp_fill(bo.map, bo.size, 9, 2);
	chain_job(&before, JOB_FRAGMENT);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, bo.va, bo.size);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&before, .requirements = PANFROST_JD_REQ_FS,
		     .out_sync = first);
	chain_submit(&chain, .in_syncs = &first, .in_sync_count = 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_scan(100000);
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&chain.bo);
	chain_check_done(&chain);
	stamp_verify(out.map, out.size, 9, 2);
}

TEST(purge_mmap, .name = "panfrost/purge-mmap",
     .about = "the CPU's mapping of a purged BO gives SIGBUS, not somebody's "
	      "memory")
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(other, pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	size_t before;

	stamp_fill(bo.map, bo.size, 1, 1);
	stamp_fill(other.map, other.size, 2, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK(!mem_bus_error(bo.map, true));
	shrink_scan(8);
	mem_all_bus_errors(bo.map, bo.size);
	stamp_verify(other.map, other.size, 2, 1);

	/* The content is gone, for this mapping and for new ones. */
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK(mem_bus_error(bo.map, false));
	pan_bo_unmap(&bo);
	before = mem_info("Shmem");
	if (pan_bo_try_map(&bo))
		CHECK(mem_bus_error(bo.map, false));
	pan_bo_free(&bo);
	CHECK_CMP(mem_info("Shmem"), <=, before);
}

TEST(purge_page_table, .name = "panfrost/purge-page-table",
     .about =
	     "no page of a purged BO is left in the GPU's page tables, and all "
	     "of its neighbours' are")
{
	PAN(fd);
	PAN_BO(left, pan_bo(fd, 5 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(bo, pan_bo(fd, 2 * MIB + 7 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(right, pan_bo(fd, 2 * MIB + PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));

	device_keep_awake(true);
	chain_job(&chain, JOB_NULL);
	chain_run(&chain);
	CHECK_EQ(device_pages(&chain, bo.va, bo.size, NULL), bo.size / PAGE);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(device_pages(&chain, bo.va, bo.size, NULL), bo.size / PAGE);
	shrink_scan(1);
	CHECK_EQ(device_pages(&chain, bo.va, bo.size, NULL), 0);
	CHECK_EQ(device_pages(&chain, left.va, left.size, NULL),
		 left.size / PAGE);
	CHECK_EQ(device_pages(&chain, right.va, right.size, NULL),
		 right.size / PAGE);
	device_keep_awake(false);
}

TEST(purge_submit, .name = "panfrost/purge-submit",
     .about = "a chain that touches a purged BO fails, and the file works on")
{
	PAN(fd);
	struct pan_bo bo, out;
	struct chain chain;
	uint8_t *bytes;

	shrink_settle();
	bo = pan_bo(fd, 8 * PAGE, PANFROST_BO_NOEXEC);
	out = pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	bytes = out.map;
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, bo.va, 8);
	device_keep_awake(true);
	chain_run(&chain);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_all(8 + CHAIN_PAGES);
	memset(out.map, 0x33, out.size);
	/* The driver refuses the job, or the GPU faults. */
	if (shrink_is_generic())
		CHECK_EQ(chain_try_submit(&chain), EINVAL);
	else
		CHECK_EQ(chain_result(&chain), -EINVAL);
	for (size_t i = 0; i < out.size; i++)
		CHECK_EQ(bytes[i], 0x33);

	/* A purged BO cannot be used, but waiting for it and closing it work. */
	CHECK_EQ(pan_bo_try_wait(&bo, 0), 0);
	pan_bo_free(&bo);

	struct pan_bo fresh = pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC);
	struct chain next = chain_new(fd);

	stamp_fill(fresh.map, fresh.size, 1, 7);
	chain_use(&next, &fresh);
	chain_use(&next, &out);
	chain_copy(&next, out.va, fresh.va, fresh.size);
	chain_run(&next);
	stamp_verify(out.map, out.size, 1, 7);
	device_keep_awake(false);
	device_forget_faults();
}

TEST(purge_many, .name = "panfrost/purge-cache",
     .about = "madvise tells which BOs of a cache were purged, and which were "
	      "not")
{
	enum { BOS = 40, ROUNDS = 5 };
	PAN(fd);
	struct pan_bo bo[BOS], out;
	uint64_t *good;

	out = pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC);
	good = out.map;
	for (uint32_t i = 0; i < BOS; i++)
		bo[i] = pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC);
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		for (uint32_t i = 0; i < BOS; i++)
			stamp_fill(bo[i].map, bo[i].size, i, round);
		for (uint32_t i = 0; i < BOS; i++)
			if ((i + round) % 3)
				CHECK(pan_madvise(&bo[i],
						  PANFROST_MADV_DONTNEED));
		shrink_scan(8 * round);
		for (uint32_t i = 0; i < BOS; i++) {
			if (!pan_madvise(&bo[i], PANFROST_MADV_WILLNEED)) {
				CHECK((i + round) % 3);
				pan_bo_free(&bo[i]);
				bo[i] = pan_bo_mapped(fd, 8 * PAGE,
						      PANFROST_BO_NOEXEC);
				continue;
			}
			stamp_verify(bo[i].map, bo[i].size, i, round);

			struct chain check = chain_new(fd);

			chain_use(&check, &bo[i]);
			chain_use(&check, &out);
			chain_check_stamps(&check, out.va, bo[i].va, bo[i].size,
					   i, round);
			chain_run(&check);
			CHECK_EQ(good[0], 8);
			chain_free(&check);
		}
	}
}

TEST(purge_shared, .name = "panfrost/purge-not-exported",
     .about = "a BO that is exported keeps its content while the dma-buf lives")
{
	PAN(fd);
	struct pan_bo bo;
	int dmabuf;
	void *map;

	shrink_settle();
	bo = pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC);
	CHECK_EQ(shrink_count(), shrink_pages(8, 0));
	dmabuf = drm_export(fd, bo.handle);
	map = dmabuf_mmap(dmabuf);
	CHECK_EQ(shrink_count(), 0);
	stamp_fill(bo.map, bo.size, 8, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(shrink_count(), 0);
	shrink_scan(100000);
	mem_drop_caches();
	stamp_verify(map, bo.size, 8, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK_SYS(munmap(map, bo.size));
	close(dmabuf);
}

TEST(purge_imported, .name = "panfrost/purge-not-imported",
     .about = "memory that belongs to another exporter is not purged")
{
	PAN(fd);
	int dmabuf = dmabuf_from_heap(8 * PAGE);
	void *map = dmabuf_mmap(dmabuf);
	struct pan_bo bo;

	shrink_settle();
	bo = pan_bo_import(fd, dmabuf);
	CHECK_EQ(shrink_count(), 0);
	stamp_fill(map, bo.size, 8, 2);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(shrink_count(), 0);
	shrink_scan(100000);
	mem_drop_caches();
	stamp_verify(map, bo.size, 8, 2);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK_SYS(munmap(map, bo.size));
	close(dmabuf);
}
