// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of a BO, each with all that belongs to it: pages, SG table, counts,
 * and the shrinker's list.
 */
#include <errno.h>
#include <unistd.h>

#include "stub.h"

#define PAGES 6

TEST(fresh, .name = "stub/state-no-pages", STUB,
     .about = "a BO that was never used has no pages and is on no list")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	CHECK_STATE(&bo, 0);
	stub_check_list(fd, SB_STUB_LRU_PINNED, 0, 0);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 0, 0);
	CHECK(stub_madvise(&bo, 1));
	CHECK_STATE(&bo, .madv = 1);
	CHECK(stub_madvise(&bo, 0));
	CHECK_STATE(&bo, 0);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(evictable, .name = "stub/state-evictable", STUB,
     .about = "a BO with an SG table may be evicted, and is counted")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	for (int i = 0; i < 3; i++) {
		stub_do(&bo, SB_STUB_ATTACH);
		CHECK_EVICTABLE(&bo);
		stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
	}
	CHECK(stub_madvise(&bo, 1));
	CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 1, .madv = 1,
		    .lru = SB_STUB_LRU_EVICTABLE);
	CHECK(stub_madvise(&bo, 0));
	CHECK_EVICTABLE(&bo);
	stub_bo_close(&bo);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 0, 0);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(mapped, .name = "stub/state-mapped", STUB,
     .about = "a BO that only the CPU has mapped has pages that stay")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_bo_map(&bo);
	CHECK_STATE(&bo, .flags = SB_STUB_PAGES, .uses = 1,
		    .lru = SB_STUB_LRU_PINNED);
	stub_check_list(fd, SB_STUB_LRU_PINNED, 1, PAGES);
	stamp_fill(bo.map, bo.size, 1, 1);
	CHECK_STATE(&bo, .flags = SB_STUB_PAGES, .uses = 1,
		    .lru = SB_STUB_LRU_PINNED);
	stub_do(&bo, SB_STUB_ATTACH);
	CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 2,
		    .lru = SB_STUB_LRU_EVICTABLE);
	stub_verify_content(&bo, 1);
	stub_bo_unmap(&bo);
	CHECK_EVICTABLE(&bo);
	stub_bo_close(&bo);
}

TEST(unmapped, .name = "stub/state-unmapped", STUB,
     .about = "with its last user a BO's pages go")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);
	char *other;

	stub_bo_map(&bo);
	other = drm_mmap(fd, bo.offset, bo.size);
	CHECK_STATE(&bo, .flags = SB_STUB_PAGES, .uses = 2,
		    .lru = SB_STUB_LRU_PINNED);
	stub_bo_unmap(&bo);
	CHECK_STATE(&bo, .flags = SB_STUB_PAGES, .uses = 1,
		    .lru = SB_STUB_LRU_PINNED);
	bo.map = other;
	stub_bo_unmap(&bo);
	CHECK_STATE(&bo, 0);
	stub_check_list(fd, SB_STUB_LRU_PINNED, 0, 0);
	stub_bo_close(&bo);
}

TEST(evicted, .name = "stub/state-evicted", STUB_EVICTS,
     .about = "an evicted BO has neither pages nor SG table, but its content")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	stub_check_list(fd, SB_STUB_LRU_EVICTED, 1, PAGES);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 0, 0);
	stub_verify_content(&bo, 1);
	CHECK_EVICTABLE(&bo);
	stub_check_list(fd, SB_STUB_LRU_EVICTED, 0, 0);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
	stub_scan(fd, 1);
	stub_bo_close(&bo);
	stub_check_list(fd, SB_STUB_LRU_EVICTED, 0, 0);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(evicted_mapped, .name = "stub/state-evicted-mapped", STUB_EVICTS,
     .about = "a mapping of an evicted BO keeps counting, and brings it back")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	stub_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	stub_scan(fd, 1);
	CHECK_STATE(&bo, .flags = STUB_IS_EVICTED, .uses = 2,
		    .lru = SB_STUB_LRU_EVICTED);
	stamp_verify(bo.map, bo.size, 1, 1);
	CHECK_STATE(&bo, .flags = STUB_HAS_PAGES, .uses = 2,
		    .lru = SB_STUB_LRU_EVICTABLE);
	stub_scan(fd, 1);
	stub_bo_unmap(&bo);
	CHECK_EVICTED(&bo);
	/* Mapping it is no use of it yet. */
	stub_bo_map(&bo);
	CHECK_STATE(&bo, .flags = STUB_IS_EVICTED, .uses = 2,
		    .lru = SB_STUB_LRU_EVICTED);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(purged, .name = "stub/state-purged", STUB,
     .about = "a purged BO has nothing, and is on no list")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	CHECK_EQ(stub_try(&bo, SB_STUB_PURGE, 0), EBUSY);
	CHECK(stub_madvise(&bo, 1));
	stub_do(&bo, SB_STUB_PURGE);
	CHECK_PURGED(&bo);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 0, 0);
	stub_verify_purged(&bo);
	CHECK_PURGED(&bo);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(purged_mapped, .name = "stub/state-purged-mapped", STUB_SHRINKS,
     .about = "a mapping of a purged BO counts, has no pages, and can go")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	stub_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	CHECK(stub_madvise(&bo, 1));
	stub_scan(fd, 1);
	CHECK_STATE(&bo, .uses = 1, .madv = -1);
	stub_verify_purged(&bo);
	CHECK_STATE(&bo, .uses = 1, .madv = -1);
	stub_bo_unmap(&bo);
	CHECK_PURGED(&bo);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(no_evict, .name = "stub/state-no-callback", STUB_SHRINKS,
     .about = "without an evict callback a BO's pages stay")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, SB_STUB_NO_EVICT, 1);

	CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 1,
		    .lru = SB_STUB_LRU_PINNED);
	CHECK_EQ(stub_count(fd), 0);
	CHECK(stub_madvise(&bo, 1));
	stub_scan(fd, 1000);
	CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 1, .madv = 1,
		    .lru = SB_STUB_LRU_PINNED);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_bo_close(&bo);
}

TEST(exported, .name = "stub/state-exported", STUB_EVICTS,
     .about = "once exported, a BO's pages stay for as long as it is there")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo bare = stub_bo(fd, PAGES, 0);
	int dmabuf = drm_export(fd, bo.handle);

	CHECK_STATE(&bo, .flags = STUB_IN_USE | SB_STUB_EXPORTED, .uses = 1,
		    .lru = SB_STUB_LRU_PINNED);
	CHECK_SYS(close(drm_export(fd, bare.handle)));
	CHECK_STATE(&bare, .flags = SB_STUB_EXPORTED);
	CHECK_SYS(close(dmabuf));
	CHECK(stub_madvise(&bo, 1));
	stub_scan(fd, 1000);
	CHECK_STATE(&bo, .flags = STUB_IN_USE | SB_STUB_EXPORTED, .uses = 1,
		    .madv = 1, .lru = SB_STUB_LRU_PINNED);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_bo_close(&bo);
	stub_bo_close(&bare);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(evicted_exported, .name = "stub/state-evicted-exported", STUB_EVICTS,
     .about = "an evicted BO that is exported comes back with its content")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	int dmabuf;
	char *map;

	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	dmabuf = drm_export(fd, bo.handle);
	stub_check_lists(fd);
	map = dmabuf_mmap(dmabuf);
	stamp_verify(map, bo.size, 1, 1);
	stub_check_lists(fd);
	stub_scan(fd, 1000);
	CHECK_EQ(stub_state(&bo).lru, SB_STUB_LRU_PINNED);
	stamp_verify(map, bo.size, 1, 1);
	CHECK_SYS(close(dmabuf));
	CHECK_EQ(stub_count(fd), 0);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 1);
	stamp_verify(map, PAGES * PAGE, 1, 1);
}

TEST(purge_only, .name = "stub/state-purge-only", STUB_EVICTS,
     .about = "a driver that refuses to evict keeps its BOs until not needed")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, SB_STUB_PURGE_ONLY, 1);

	CHECK_EVICTABLE(&bo);
	stub_scan(fd, 1000);
	CHECK_EQ(stub_state(&bo).evict_calls, 1);
	CHECK_EVICTABLE(&bo);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	CHECK(stub_madvise(&bo, 1));
	stub_scan(fd, 1);
	CHECK_EQ(stub_state(&bo).evict_calls, 2);
	CHECK_PURGED(&bo);
	stub_verify_purged(&bo);
	stub_bo_close(&bo);
}

/*
 * One BO in each state, of as many pages as no sum of others has; lists must
 * have just these.
 */
TEST(sums, .name = "stub/lists", STUB_EVICTS,
     .about = "every BO is on the list of its state, and each list's count is "
	      "the sum of its BOs")
{
	int fd = stub_open(0);
	struct stub_bo fresh = stub_bo(fd, 64, 0);
	struct stub_bo evicted = stub_bo_used(fd, 1, 0, 1);
	struct stub_bo purged = stub_bo_used(fd, 2, 0, 1);
	struct stub_bo evictable, pinned, mapped, exported;

	CHECK(stub_madvise(&purged, 1));
	stub_scan(fd, 3);
	CHECK_EVICTED(&evicted);
	CHECK_PURGED(&purged);
	evictable = stub_bo_used(fd, 4, 0, 1);
	pinned = stub_bo_used(fd, 8, 0, 1);
	stub_do(&pinned, SB_STUB_PIN);
	mapped = stub_bo(fd, 16, 0);
	stub_bo_map(&mapped);
	exported = stub_bo_used(fd, 32, 0, 1);
	CHECK_SYS(close(drm_export(fd, exported.handle)));

	stub_check_list(fd, SB_STUB_LRU_PINNED, 3, 8 + 16 + 32);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, 4);
	stub_check_list(fd, SB_STUB_LRU_EVICTED, 1, 1);
	CHECK_EQ(stub_info(fd).bos, 7);
	stub_scan(fd, 1000);
	stub_check_list(fd, SB_STUB_LRU_PINNED, 3, 8 + 16 + 32);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 0, 0);
	stub_check_list(fd, SB_STUB_LRU_EVICTED, 2, 5);
	stub_do(&pinned, SB_STUB_UNPIN);
	stub_bo_unmap(&mapped);
	stub_check_list(fd, SB_STUB_LRU_PINNED, 1, 32);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, 8);

	stub_bo_close(&fresh);
	stub_bo_close(&evicted);
	stub_bo_close(&purged);
	stub_bo_close(&evictable);
	stub_bo_close(&pinned);
	stub_bo_close(&mapped);
	stub_bo_close(&exported);
	for (int lru = SB_STUB_LRU_PINNED; lru <= SB_STUB_LRU_EVICTED; lru++)
		stub_check_list(fd, lru, 0, 0);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(advice, .name = "stub/advice-toggled", STUB_EVICTS,
     .about = "advice that changes its mind leaves lists and counts right")
{
	int fd = stub_open(0);
	struct stub_bo used = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo pinned = stub_bo_used(fd, PAGES, 0, 2);
	struct stub_bo fresh = stub_bo(fd, PAGES, 0);
	struct stub_bo gone = stub_bo_used(fd, PAGES, 0, 4);

	stub_do(&pinned, SB_STUB_PIN);
	CHECK(stub_madvise(&gone, 1));
	stub_do(&gone, SB_STUB_PURGE);
	for (unsigned int i = 0; i < 30; i++) {
		CHECK(stub_madvise(&used, i % 3 == 0));
		CHECK(stub_madvise(&pinned, i % 5 == 0));
		CHECK(stub_madvise(&fresh, i % 2 == 0));
		CHECK(!stub_madvise(&gone, i % 7 == 0));
		stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
		stub_check_list(fd, SB_STUB_LRU_PINNED, 1, PAGES);
	}
	CHECK(stub_madvise(&used, 0));
	stub_scan(fd, 1);
	for (unsigned int i = 0; i < 30; i++) {
		CHECK(stub_madvise(&used, i % 2));
		stub_check_list(fd, SB_STUB_LRU_EVICTED, 1, PAGES);
		stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 0, 0);
	}
	CHECK(stub_madvise(&used, 0));
	stub_verify_content(&used, 1);
	stub_do(&pinned, SB_STUB_UNPIN);
	CHECK_EQ(stub_count(fd), 2 * PAGES);
	stub_bo_close(&used);
	stub_bo_close(&pinned);
	stub_bo_close(&fresh);
	stub_bo_close(&gone);
	CHECK_EQ(stub_count(fd), 0);
}
