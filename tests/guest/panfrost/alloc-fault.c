// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page faults of the GPU when memory runs out while the driver handles them, in an
 * interrupt thread.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/fail-nth.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

#define HEAP (PANFROST_BO_HEAP | PANFROST_BO_NOEXEC)
#define CHUNK (2 * MIB)
/* More allocations than any fault needs. */
#define MANY 1000000u
/*
 * A fault allocates hundreds of pages, one like the other: let each of the first
 * and last allocations fail, and a few in between.
 */
#define ONE_BY_ONE 8
#define STEP 97
/*
 * A chunk of a heap needs one more page table. Its number among the allocations
 * varies by a few.
 */
#define TABLES 4

/* Let the GPU write to a heap. Returns the job's result: 0 or a negative errno. */
static int grow(struct chain *chain, const struct pan_bo *heap)
{
	int status;

	chain->jobs = 0;
	chain->bo_count = 1;
	chain_use(chain, heap);
	chain_write(chain, heap->va, WRITE_IMMEDIATE_64, 1);
	status = chain_result(chain);
	return status == 1 ? 0 : status;
}

static void grows(struct chain *chain)
{
	PAN_BO(heap, pan_bo(chain->bo.fd, CHUNK, HEAP));

	device_keep_awake(true);
	CHECK_EQ(grow(chain, &heap), 0);
	CHECK_EQ(device_pages(chain, heap.va, CHUNK, NULL), CHUNK / PAGE);
	device_keep_awake(false);
}

/* Number of allocations of a fault in a new file. */
static unsigned int count(void)
{
	int fd = pan_open();
	struct chain chain = chain_new(fd);
	unsigned int left;

	inject_nth(MANY);
	grows(&chain);
	left = inject_left();
	inject_nth(0);
	chain_free(&chain);
	close(fd);
	return MANY - left;
}

/*
 * True if there was an allocation number @n, and it failed; *@lost counts failures
 * that were page tables.
 */
static bool once(unsigned int n, unsigned int *lost)
{
	size_t shmem = mem_info("Shmem");
	int fd = pan_open();
	struct chain chain = chain_new(fd);
	struct pan_bo heap = pan_bo(fd, CHUNK, HEAP);
	bool hit;
	int err;

	inject_nth(n);
	err = grow(&chain, &heap);
	hit = inject_hit();
	if (err)
		CHECK(hit);
	/*
	 * The chunk may never be mapped after that (tests/KERNEL-BUGS.md, 6). But
	 * the heap can be freed, and the next heap grows.
	 */
	pan_bo_free(&heap);
	device_forget_faults();
	/* The file works, unless a page table is missing. */
	if (!err || err == -EINVAL)
		grows(&chain);
	else
		CHECK_CMP(++*lost, <=, TABLES);
	chain_free(&chain);
	close(fd);
	shrink_settle();
	WAIT_UNTIL(mem_info("Shmem") <= shmem);
	return hit;
}

static unsigned int next(unsigned int n, unsigned int most)
{
	unsigned int last = most - ONE_BY_ONE;

	if (n < ONE_BY_ONE || n >= last)
		return n + 1;
	return n + STEP < last ? n + STEP : last;
}

TEST(fault, .name = "panfrost/fail-nth-fault", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails while a page fault of the GPU is "
	      "served, no more than that job fails")
{
	unsigned int most, hits = 0, lost = 0;
	bool hit = false;

	inject_begin();
	inject_thread("-panfrost-mmu");
	shrink_settle();
	most = count();
	test_note("a fault takes %u allocations", most);
	CHECK_CMP(most, >, 2 * ONE_BY_ONE + STEP);
	/* The number of allocations varies: continue until none fails. */
	for (unsigned int n = 1; n <= most || hit; n = next(n, most)) {
		hit = once(n, &lost);
		hits += hit;
		CHECK_CMP(n, <, 2 * most);
	}
	test_note("%u chunks were never mapped", lost);
	CHECK_CMP(hits, >, ONE_BY_ONE);
}

/*
 * As once(), but the second fault of the same chunk maps it, and nothing of the heap
 * stays in the page tables.
 */
static bool once_whole(unsigned int n)
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	CHAIN(look, chain_null(fd));
	struct pan_bo heap = pan_bo(fd, CHUNK, HEAP);
	bool hit;

	inject_nth(n);
	grow(&chain, &heap);
	hit = inject_hit();
	device_forget_faults();
	CHECK_EQ(grow(&chain, &heap), 0);
	device_keep_awake(true);
	CHECK_EQ(device_pages(&look, heap.va, CHUNK, "rw-"), CHUNK / PAGE);
	pan_bo_free(&heap);
	CHECK_EQ(device_pages(&look, heap.va, CHUNK, NULL), 0);
	device_keep_awake(false);
	return hit;
}

TEST(fault_whole, .name = "panfrost/fault-whole", .needs = INJECT_NEEDS,
     .hidden = true, .last = true, .seconds = INJECT_SECONDS,
     .about = "a page fault that failed for want of memory succeeds when there "
	      "is memory, and no page is mapped after the heap is closed")
{
	unsigned int most;
	bool hit = false;

	inject_begin();
	inject_thread("-panfrost-mmu");
	most = count();
	for (unsigned int n = 1; n <= most || hit; n = next(n, most)) {
		hit = once_whole(n);
		CHECK_CMP(n, <, 2 * most);
	}
}

TEST(create_whole, .name = "panfrost/create-whole", .needs = INJECT_NEEDS,
     .hidden = true, .last = true, .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails, a BO that was created is mapped "
	      "completely")
{
	enum { PAGES = 4 };
	bool hit = true;

	inject_begin();
	for (unsigned int n = 1; hit; n++) {
		PAN(fd);
		struct chain look;
		struct pan_bo bo;
		int err;

		device_keep_awake(true);
		inject_nth(n);
		err = pan_bo_try(fd, PAGES * PAGE, PANFROST_BO_NOEXEC, &bo);
		hit = inject_hit();
		/* Not before: its BO has page tables, too. */
		look = chain_null(fd);
		/* IDRs say ENOSPC. */
		if (err)
			CHECK(hit && (err == ENOMEM || err == ENOSPC));
		else
			CHECK_EQ(device_pages(&look, bo.va, bo.size, "rw-"),
				 PAGES);
		chain_free(&look);
		device_keep_awake(false);
	}
}
