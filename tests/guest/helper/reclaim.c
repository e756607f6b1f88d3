// SPDX-License-Identifier: GPL-2.0-or-later
/* The shrinker called by the kernel during real memory pressure, not by a test. */
#include <sys/mman.h>
#include <unistd.h>

#include "lib/virtio-gpu.h"
#include "lib/helper.h"

#define PAGES 256
#define MANY (8 * PAGES)
#define PRESSURE HELPER_SHRINKS, .swap_mib = 64, .seconds = 120

static bool bo_gone(void *arg)
{
	return !(helper_state(arg).flags & SB_HELPER_PAGES);
}

TEST(pressure, .name = "helper/reclaim", PRESSURE,
     .about = "reclaim purges BOs that are not needed and evicts the rest, but "
	      "none that are pinned or busy")
{
	enum { COUNT = 8, NEEDED = 4 };
	HELPER_DEVICE(fd, 0);
	struct helper_bo bo[COUNT], pinned, busy;

	pinned = helper_bo_used(fd, PAGES, 0, 100);
	helper_do(&pinned, SB_HELPER_PIN);
	busy = helper_bo_used(fd, PAGES, 0, 101);
	helper_do_arg(&busy, SB_HELPER_BUSY, 3);
	CHECK(helper_madvise(&busy, 1));
	for (unsigned int i = 0; i < COUNT; i++) {
		bo[i] = helper_bo_used(fd, PAGES, 0, i);
		CHECK(helper_madvise(&bo[i], i >= NEEDED));
	}
	/* This BO is needed and the most recently used: it is the last to go. */
	helper_do(&bo[NEEDED - 1], SB_HELPER_ATTACH);
	CHECK(mem_pressure(bo_gone, &bo[NEEDED - 1]));
	for (unsigned int i = 0; i < COUNT; i++) {
		if (i < NEEDED)
			helper_verify_content(&bo[i], i);
		else
			helper_verify_purged(&bo[i]);
		helper_bo_close(&bo[i]);
	}
	CHECK_EQ(helper_state(&busy).evict_calls, 0);
	helper_verify(&busy, SB_HELPER_DEVICE, 101);
	helper_do(&busy, SB_HELPER_IDLE);
	helper_bo_close(&busy);
	CHECK_EQ(helper_state(&pinned).evict_calls, 0);
	helper_verify(&pinned, SB_HELPER_DEVICE, 100);
	helper_do(&pinned, SB_HELPER_UNPIN);
	helper_bo_close(&pinned);
}

static bool all_gone(void *arg)
{
	return !helper_info(*(int *)arg).bos;
}

static void pressure_child(void *arg)
{
	CHECK(mem_pressure(all_gone, arg));
}

/*
 * Freeing a BO during reclaim must not take locks under which memory is allocated,
 * and must not allocate. Lockdep reports it if direct reclaim frees the last
 * reference.
 */
static void close_in_reclaim(uint32_t madv)
{
	HELPER_DEVICE(fd, 0);
	HELPER_DEVICE(other, 1);
	struct helper_bo bo = helper_bo_used(fd, MANY, 0, 1);
	pid_t child;

	CHECK(helper_madvise(&bo, madv));
	helper_do_arg(&bo, SB_HELPER_EVICT_SET, SB_HELPER_HOLD);
	/*
	 * Lock this process's memory, so that it is not the one that must reclaim.
	 */
	CHECK_SYS(mlockall(MCL_CURRENT | MCL_FUTURE));
	child = child_start(pressure_child, &fd);
	WAIT_UNTIL(helper_info(fd).evicting);
	helper_bo_close(&bo);
	CHECK_EQ(helper_info(fd).bos, 1);
	helper_go(fd, bo.id);
	child_wait(child);
	CHECK_SYS(munlockall());
	CHECK_EQ(helper_info(fd).bos, 0);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 0, 0);
}

TEST(close_evicted, .name = "helper/reclaim-close", PRESSURE,
     .about = "reclaim of memory may drop the last reference of a BO that it "
	      "evicts or purges")
{
	close_in_reclaim(0);
	close_in_reclaim(1);
}

static bool was_asked(void *arg)
{
	return helper_state(arg).evict_calls > 3;
}

TEST(refused, .name = "helper/reclaim-refused", PRESSURE,
     .about = "reclaim leaves BOs whole whose driver refuses to give them up")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo keep =
		helper_bo_used(fd, MANY, SB_HELPER_PURGE_ONLY, 1);
	HELPER_BO(fail, helper_bo_used(fd, MANY, 0, 2));

	helper_do_arg(&fail, SB_HELPER_EVICT_SET, 5);
	CHECK(mem_pressure(was_asked, &keep));
	CHECK_EVICTABLE(&keep);
	CHECK_EVICTABLE(&fail);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 2, 2 * MANY);
	helper_verify(&keep, SB_HELPER_DEVICE, 1);
	helper_verify(&fail, SB_HELPER_DEVICE, 2);
	helper_bo_close(&keep);
}
