// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helpers' functions that want the reservation lock say so when it is not
 * held, and those that take it when it is.
 */
#include <errno.h>
#include <unistd.h>

#include "stub.h"

#define PAGES 3

/*
 * Prepared with the lock, @op without it: which is reported. What must be undone
 * before the BO is closed is, with the lock.
 */
static void without_lock(enum sb_stub_op before, enum sb_stub_op op,
			 enum sb_stub_op after)
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	if (before)
		stub_do(&bo, before);
	if (op == SB_STUB_PURGE)
		CHECK(stub_madvise(&bo, 1));
	stub_do_arg(&bo, SB_STUB_FAIL, SB_STUB_FAIL_UNLOCKED);
	stub_do(&bo, op);
	stub_do_arg(&bo, SB_STUB_FAIL, 0);
	if (after)
		stub_do(&bo, after);
	stub_bo_close(&bo);
}

#define UNLOCKED_TEST(ident, suffix, what, before, op, after, capabilities)    \
	TEST(ident, .name = "stub/unlocked-" suffix, .needs = capabilities,    \
	     .kernel_args = "shrinkbench.stubs=2",                             \
	     .expect = "WARNING:", .swap_mib = 16,                             \
	     .about = what " without the reservation lock is reported")        \
	{                                                                      \
		without_lock(before, op, after);                               \
	}

UNLOCKED_TEST(pin, "pin", "a pin", 0, SB_STUB_PIN, SB_STUB_UNPIN, "lockdep")
UNLOCKED_TEST(unpin, "unpin", "an unpin", SB_STUB_PIN, SB_STUB_UNPIN, 0,
	      "lockdep")
UNLOCKED_TEST(vmap, "vmap", "a kernel mapping", 0, SB_STUB_VMAP, SB_STUB_VUNMAP,
	      "lockdep")
UNLOCKED_TEST(vunmap, "vunmap", "taking a kernel mapping away", SB_STUB_VMAP,
	      SB_STUB_VUNMAP, 0, "lockdep")
UNLOCKED_TEST(put, "put-pages", "giving back pages", SB_STUB_PIN,
	      SB_STUB_PUT_PAGES, 0, "lockdep")
UNLOCKED_TEST(purge, "purge", "a purge", 0, SB_STUB_PURGE, 0, "lockdep")
UNLOCKED_TEST(evict, "evict", "an eviction", 0, SB_STUB_EVICT, 0,
	      "lockdep shmem-shrinker")
UNLOCKED_TEST(swapin, "swapin", "a swap-in", 0, SB_STUB_SWAPIN, 0,
	      "lockdep shmem-shrinker")

/*
 * Who has pages already needs no lock for more of them. So that a driver which
 * holds it is found out before the day when it would have to wait for itself,
 * lockdep is told each time.
 */
TEST(mmap_locked, .name = "stub/locked-mmap", STUB, .last = true,
     .needs = "lockdep shmem-lockless", .expect = "possible recursive locking",
     .about = "a reference to pages, taken with the reservation lock held, is "
	      "reported even when it need not wait")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	stub_do_arg(&bo, SB_STUB_FAIL, SB_STUB_FAIL_MMAP_LOCKED);
	stub_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
}
