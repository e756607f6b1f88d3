// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions of the helpers that need the reservation lock report when it is not
 * held. Functions that take it report when it is held.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/helper.h"

#define PAGES 3

/*
 * Call @before with the lock, then @op without it, which must be reported. Undo
 * with the lock what must be undone before the BO is closed.
 */
static void without_lock(enum sb_helper_op before, enum sb_helper_op op,
			 enum sb_helper_op after)
{
	int fd = helper_open(0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	if (before)
		helper_do(&bo, before);
	if (op == SB_HELPER_PURGE)
		CHECK(helper_madvise(&bo, 1));
	helper_do_arg(&bo, SB_HELPER_FAIL, SB_HELPER_FAIL_UNLOCKED);
	helper_do(&bo, op);
	helper_do_arg(&bo, SB_HELPER_FAIL, 0);
	if (after)
		helper_do(&bo, after);
}

#define UNLOCKED_TEST(ident, suffix, what, before, op, after, capabilities)    \
	TEST(ident, .name = "helper/unlocked-" suffix, .needs = capabilities,  \
	     .kernel_args = "shrinkbench.helpers=2",                           \
	     .expect = "drm_gem_shmem", .swap_mib = 16,                        \
	     .about = what " without the reservation lock is reported")        \
	{                                                                      \
		without_lock(before, op, after);                               \
	}

UNLOCKED_TEST(pin, "pin", "a pin", 0, SB_HELPER_PIN, SB_HELPER_UNPIN, "lockdep")
UNLOCKED_TEST(unpin, "unpin", "an unpin", SB_HELPER_PIN, SB_HELPER_UNPIN, 0,
	      "lockdep")
UNLOCKED_TEST(vmap, "vmap", "a kernel mapping", 0, SB_HELPER_VMAP,
	      SB_HELPER_VUNMAP, "lockdep")
UNLOCKED_TEST(vunmap, "vunmap", "taking a kernel mapping away", SB_HELPER_VMAP,
	      SB_HELPER_VUNMAP, 0, "lockdep")
UNLOCKED_TEST(put, "put-pages", "giving back pages", SB_HELPER_PIN,
	      SB_HELPER_PUT_PAGES, 0, "lockdep")
UNLOCKED_TEST(purge, "purge", "a purge", 0, SB_HELPER_PURGE, 0, "lockdep")
UNLOCKED_TEST(evict, "evict", "an eviction", 0, SB_HELPER_EVICT, 0,
	      "lockdep shmem-shrinker")
UNLOCKED_TEST(swapin, "swapin", "a swap-in", 0, SB_HELPER_SWAPIN, 0,
	      "lockdep shmem-shrinker")

/*
 * Taking another reference to pages needs no lock. A driver that holds the lock
 * there works until it is the one to take the first reference, and then deadlocks.
 * So the helpers let lockdep check it each time.
 */
TEST(mmap_locked, .name = "helper/locked-mmap", HELPER, .last = true,
     .needs = "lockdep shmem-lockless", .expect = "possible recursive locking",
     .about = "a reference to pages, taken with the reservation lock held, is "
	      "reported even when it need not wait")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	helper_do_arg(&bo, SB_HELPER_FAIL, SB_HELPER_FAIL_MMAP_LOCKED);
	helper_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
}
