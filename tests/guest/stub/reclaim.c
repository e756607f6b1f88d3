// SPDX-License-Identifier: GPL-2.0-or-later
/* The shrinker at work: not asked by a test, but by a kernel short of memory. */
#include <sys/mman.h>
#include <unistd.h>

#include "../virtio/gpu.h"
#include "stub.h"

#define PAGES 256
#define MANY (8 * PAGES)
#define PRESSURE STUB_SHRINKS, .ram_mib = 96, .swap_mib = 64, .seconds = 120

static bool bo_gone(void *arg)
{
	return !(stub_state(arg).flags & SB_STUB_PAGES);
}

TEST(pressure, .name = "stub/reclaim", PRESSURE,
     .about = "when memory is short, what is not needed is purged and the rest "
	      "evicted, with its content, but for what is pinned or busy")
{
	enum { COUNT = 8, NEEDED = 4 };
	int fd = stub_open(0);
	struct stub_bo bo[COUNT], pinned, busy;

	pinned = stub_bo_used(fd, PAGES, 0, 100);
	stub_do(&pinned, SB_STUB_PIN);
	busy = stub_bo_used(fd, PAGES, 0, 101);
	stub_do_arg(&busy, SB_STUB_BUSY, 3);
	CHECK(stub_madvise(&busy, 1));
	for (unsigned int i = 0; i < COUNT; i++) {
		bo[i] = stub_bo_used(fd, PAGES, 0, i);
		CHECK(stub_madvise(&bo[i], i >= NEEDED));
	}
	/* The last of what is needed goes last of all. */
	stub_do(&bo[NEEDED - 1], SB_STUB_ATTACH);
	CHECK(mem_pressure(bo_gone, &bo[NEEDED - 1]));
	for (unsigned int i = 0; i < COUNT; i++) {
		if (i < NEEDED)
			stub_verify_content(&bo[i], i);
		else
			stub_verify_purged(&bo[i]);
		stub_bo_close(&bo[i]);
	}
	CHECK_EQ(stub_state(&busy).evict_calls, 0);
	stub_verify(&busy, SB_STUB_DEVICE, 101);
	stub_do(&busy, SB_STUB_IDLE);
	stub_bo_close(&busy);
	CHECK_EQ(stub_state(&pinned).evict_calls, 0);
	stub_verify(&pinned, SB_STUB_DEVICE, 100);
	stub_do(&pinned, SB_STUB_UNPIN);
	stub_bo_close(&pinned);
	CHECK_EQ(stub_info(fd).bos, 0);
}

static bool all_gone(void *arg)
{
	return !stub_info(*(int *)arg).bos;
}

static void pressure_child(void *arg)
{
	CHECK(mem_pressure(all_gone, arg));
}

/*
 * The free path must not wait for what reclaim may be waited for with, nor take
 * memory: lockdep tells, as long as it is the reclaim of memory that frees.
 */
static void close_in_reclaim(uint32_t madv)
{
	int fd = stub_open(0), other = stub_open(1);
	struct stub_bo bo = stub_bo_used(fd, MANY, 0, 1);
	pid_t child;

	CHECK(stub_madvise(&bo, madv));
	stub_do_arg(&bo, SB_STUB_EVICT_SET, SB_STUB_HOLD);
	/* So that it is not us who needs memory, and are held up. */
	CHECK_SYS(mlockall(MCL_CURRENT | MCL_FUTURE));
	child = child_start(pressure_child, &fd);
	WAIT_UNTIL(stub_info(fd).evicting);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 1);
	stub_go(fd, bo.id);
	child_wait(child);
	CHECK_SYS(munlockall());
	CHECK_EQ(stub_info(fd).bos, 0);
	stub_check_list(fd, SB_STUB_LRU_EVICTED, 0, 0);
	CHECK_SYS(close(other));
	CHECK_SYS(close(fd));
}

TEST(close_evicted, .name = "stub/reclaim-close", PRESSURE,
     .about = "reclaim of memory may drop the last reference of a BO that it "
	      "evicts or purges")
{
	close_in_reclaim(0);
	close_in_reclaim(1);
}

static bool was_asked(void *arg)
{
	return stub_state(arg).evict_calls > 3;
}

TEST(refused, .name = "stub/reclaim-refused", PRESSURE,
     .about =
	     "when memory is short, BOs that a driver does not give stay whole")
{
	int fd = stub_open(0);
	struct stub_bo keep = stub_bo_used(fd, MANY, SB_STUB_PURGE_ONLY, 1);
	struct stub_bo fail = stub_bo_used(fd, MANY, 0, 2);

	stub_do_arg(&fail, SB_STUB_EVICT_SET, 5);
	CHECK(mem_pressure(was_asked, &keep));
	CHECK_EVICTABLE(&keep);
	CHECK_EVICTABLE(&fail);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 2, 2 * MANY);
	stub_verify(&keep, SB_STUB_DEVICE, 1);
	stub_verify(&fail, SB_STUB_DEVICE, 2);
	stub_bo_close(&keep);
	stub_bo_close(&fail);
}
