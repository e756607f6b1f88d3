// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reclaim at any moment: while BOs are closed, mapped, marked, grown by the GPU, or
 * used by jobs. A process scans in a loop; with a preemptible kernel, it can run
 * anywhere in the driver.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

#define HEAP (PANFROST_BO_HEAP | PANFROST_BO_NOEXEC)
#define CHUNK (2 * MIB)

/* Scan for this many pages in a loop, until killed. */
static void scan_on(void *arg)
{
	unsigned long pages = *(unsigned long *)arg;

	for (;;) {
		for (int i = 0; i < 20; i++)
			shrink_scan(pages);
		mem_millisecond();
	}
}

static pid_t scanner(unsigned long pages)
{
	static unsigned long arg;

	arg = pages;
	return child_start(scan_on, &arg);
}

TEST(heap_scan, .name = "panfrost/race-heap", .ram_mib = 96,
     .about = "a heap that grows while memory is wanted back keeps all of its "
	      "content, also when it is not needed")
{
	enum { CHUNKS = 6 };
	PAN(fd);
	struct pan_bo heap[2] = {pan_bo(fd, CHUNKS * CHUNK, HEAP),
				 pan_bo(fd, CHUNKS * CHUNK, HEAP)};
	PAN_BO(out, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	uint64_t *words = out.map;
	pid_t pid;

	/* The chains do not list the heaps, so each may use the other heap, too. */
	chain_use(&chain, &out);
	CHECK(pan_madvise(&heap[1], PANFROST_MADV_DONTNEED));
	pid = scanner(100000);
	for (unsigned int i = 0; i < CHUNKS; i++) {
		for (int h = 0; h < 2; h++) {
			chain.jobs = 0;
			chain_write(&chain, heap[h].va + i * CHUNK + 16 * i,
				    WRITE_IMMEDIATE_64, 100 * h + i + 1);
			chain_run(&chain);
		}
		mem_millisecond();
		for (int h = 0; h < 2; h++) {
			chain.jobs = 0;
			memset(words, 0, PAGE);
			for (unsigned int j = 0; j <= i; j++)
				chain_copy(&chain, out.va + 8 * j,
					   heap[h].va + j * CHUNK + 16 * j, 8);
			chain_run(&chain);
			for (unsigned int j = 0; j <= i; j++)
				CHECK_EQ(words[j], 100 * h + j + 1);
		}
	}
	child_kill(pid);
	for (int h = 0; h < 2; h++)
		CHECK(pan_madvise(&heap[h], PANFROST_MADV_WILLNEED));
}

TEST(close_scan, .name = "panfrost/race-close",
     .about = "BOs that are not needed are closed while memory is wanted back: "
	      "each goes once, and nothing is left in any page table")
{
	enum { ROUNDS = 60, BOS = 4 };
	PAN(fd);
	struct chain look;
	pid_t pid;

	shrink_settle();
	look = chain_null(fd);
	pid = scanner(3);
	for (int round = 0; round < ROUNDS; round++) {
		struct pan_bo bo[BOS];

		for (int i = 0; i < BOS; i++) {
			bo[i] = pan_bo_mapped(fd, (1 + i) * PAGE,
					      PANFROST_BO_NOEXEC);
			stamp_fill(bo[i].map, bo[i].size, i, round);
			if (round % 3)
				pan_bo_unmap(&bo[i]);
			CHECK(pan_madvise(&bo[i], PANFROST_MADV_DONTNEED));
		}
		if (round % 4 == 0)
			mem_millisecond();
		for (int i = 0; i < BOS; i++)
			pan_bo_free(&bo[(i + round) % BOS]);
	}
	child_kill(pid);
	CHECK_EQ(shrink_count(), shrink_pages(CHAIN_PAGES, 0));
	device_keep_awake(true);
	CHECK_EQ(device_pages(&look, 0, 1ull << 40, NULL), CHAIN_PAGES);
	device_keep_awake(false);
}

TEST(file_scan, .name = "panfrost/race-close-file",
     .about = "files are closed, with jobs of theirs just done, while memory "
	      "is wanted back")
{
	enum { ROUNDS = 30 };
	pid_t pid;

	shrink_settle();
	pid = scanner(100000);
	for (int round = 0; round < ROUNDS; round++) {
		int fd = pan_open();
		struct pan_bo bo = pan_bo(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
		struct pan_bo other = pan_bo(fd, 16 * PAGE, 0);
		struct chain chain = chain_null(fd);

		chain_use(&chain, &bo);
		CHECK(pan_madvise(&other, PANFROST_MADV_DONTNEED));
		chain_run(&chain);
		CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
		pan_bo_unmap(&chain.bo);
		close(fd);
	}
	child_kill(pid);
	shrink_settle();
}

/* What user space does with a BO of its cache that the GPU uses. */
static void reuse(void *arg)
{
	uint32_t number = *(uint32_t *)arg, generation = 0, kept = 0;
	PAN(fd);
	struct pan_bo bo = pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC);
	struct pan_bo out = pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC);
	volatile uint64_t *good = out.map;

	stamp_fill(bo.map, bo.size, number, 0);
	for (int i = 0; i < 60; i++) {
		struct chain chain;

		if (i % 3 == 0)
			mem_millisecond();
		if (i && !pan_madvise(&bo, PANFROST_MADV_WILLNEED)) {
			pan_bo_free(&bo);
			bo = pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC);
			stamp_fill(bo.map, bo.size, number, ++generation);
		} else {
			kept++;
		}
		chain = chain_new(fd);
		chain_use(&chain, &bo);
		chain_use(&chain, &out);
		chain_check_stamps(&chain, out.va, bo.va, bo.size, number,
				   generation);
		*good = 0;
		chain_submit(&chain);
		/* The BO is not needed any more once the GPU is done with it. */
		CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
		pan_bo_wait(&chain.bo);
		chain_check_done(&chain);
		CHECK_EQ(*good, 4);
		chain_free(&chain);
	}
	test_note("process %u: kept %u times, purged %u times", number, kept,
		  generation);
}

TEST(job_scan, .name = "panfrost/race-jobs",
     .about = "BOs are given up right after they were submitted, and wanted "
	      "again, while memory is wanted back: no chain misses a page",
     .seconds = 60)
{
	enum { CHILDREN = 2 };
	uint32_t number[CHILDREN];
	pid_t pid[CHILDREN], scans;

	shrink_settle();
	scans = scanner(100000);
	for (uint32_t i = 0; i < CHILDREN; i++) {
		number[i] = i;
		pid[i] = child_start(reuse, &number[i]);
	}
	for (int i = 0; i < CHILDREN; i++)
		child_wait(pid[i]);
	child_kill(scans);
	shrink_settle();
}
