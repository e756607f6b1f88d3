// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of a BO, and what belongs to each: pages, SG table, counts, and the
 * shrinker's list.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/helper.h"

#define PAGES 6

TEST(fresh, .name = "helper/state-no-pages", HELPER,
     .about = "a BO that was never used has no pages and is on no list")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	CHECK_STATE(&bo, 0);
	helper_check_list(fd, SB_HELPER_LRU_PINNED, 0, 0);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
	CHECK(helper_madvise(&bo, 1));
	CHECK_STATE(&bo, .madv = 1);
	CHECK(helper_madvise(&bo, 0));
	CHECK_STATE(&bo, 0);
}

TEST(evictable, .name = "helper/state-evictable", HELPER,
     .about = "a BO with an SG table may be evicted, and is counted")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	for (int i = 0; i < 3; i++) {
		helper_do(&bo, SB_HELPER_ATTACH);
		CHECK_EVICTABLE(&bo);
		helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
	}
	CHECK(helper_madvise(&bo, 1));
	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 1, .madv = 1,
		    .lru = SB_HELPER_LRU_EVICTABLE);
	CHECK(helper_madvise(&bo, 0));
	CHECK_EVICTABLE(&bo);
	helper_bo_close(&bo);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
}

TEST(mapped, .name = "helper/state-mapped", HELPER,
     .about = "a BO that only the CPU has mapped has pages that stay")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_bo_map(&bo);
	CHECK_STATE(&bo, .flags = SB_HELPER_PAGES, .uses = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	helper_check_list(fd, SB_HELPER_LRU_PINNED, 1, PAGES);
	stamp_fill(bo.map, bo.size, 1, 1);
	CHECK_STATE(&bo, .flags = SB_HELPER_PAGES, .uses = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	helper_do(&bo, SB_HELPER_ATTACH);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 2,
		    .lru = SB_HELPER_LRU_EVICTABLE);
	helper_verify_content(&bo, 1);
	helper_bo_unmap(&bo);
	CHECK_EVICTABLE(&bo);
}

TEST(unmapped, .name = "helper/state-unmapped", HELPER,
     .about = "the pages of a BO are freed with its last user")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));
	char *other;

	helper_bo_map(&bo);
	other = drm_mmap(fd, bo.offset, bo.size);
	CHECK_STATE(&bo, .flags = SB_HELPER_PAGES, .uses = 2,
		    .lru = SB_HELPER_LRU_PINNED);
	helper_bo_unmap(&bo);
	CHECK_STATE(&bo, .flags = SB_HELPER_PAGES, .uses = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	bo.map = other;
	helper_bo_unmap(&bo);
	CHECK_STATE(&bo, 0);
	helper_check_list(fd, SB_HELPER_LRU_PINNED, 0, 0);
}

TEST(evicted, .name = "helper/state-evicted", HELPER_EVICTS,
     .about = "an evicted BO has neither pages nor SG table, but its content")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 1, PAGES);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
	helper_verify_content(&bo, 1);
	CHECK_EVICTABLE(&bo);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 0, 0);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
	helper_scan(fd, 1);
	helper_bo_close(&bo);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 0, 0);
}

TEST(evicted_mapped, .name = "helper/state-evicted-mapped", HELPER_EVICTS,
     .about = "a mapping of an evicted BO keeps counting, and brings it back")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	helper_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	helper_scan(fd, 1);
	CHECK_STATE(&bo, .flags = HELPER_IS_EVICTED, .uses = 2,
		    .lru = SB_HELPER_LRU_EVICTED);
	stamp_verify(bo.map, bo.size, 1, 1);
	CHECK_STATE(&bo, .flags = HELPER_HAS_PAGES, .uses = 2,
		    .lru = SB_HELPER_LRU_EVICTABLE);
	helper_scan(fd, 1);
	helper_bo_unmap(&bo);
	CHECK_EVICTED(&bo);
	/* Mapping it does not count as a use. */
	helper_bo_map(&bo);
	CHECK_STATE(&bo, .flags = HELPER_IS_EVICTED, .uses = 2,
		    .lru = SB_HELPER_LRU_EVICTED);
	helper_verify_content(&bo, 1);
}

TEST(purged, .name = "helper/state-purged", HELPER,
     .about = "a purged BO has nothing, and is on no list")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	CHECK_EQ(helper_try(&bo, SB_HELPER_PURGE, 0), EBUSY);
	CHECK(helper_madvise(&bo, 1));
	helper_do(&bo, SB_HELPER_PURGE);
	CHECK_PURGED(&bo);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
	helper_verify_purged(&bo);
	CHECK_PURGED(&bo);
}

TEST(purged_mapped, .name = "helper/state-purged-mapped", HELPER_SHRINKS,
     .about = "a mapping of a purged BO counts, has no pages, and can go")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	helper_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	CHECK(helper_madvise(&bo, 1));
	helper_scan(fd, 1);
	CHECK_STATE(&bo, .uses = 1, .madv = -1);
	helper_verify_purged(&bo);
	CHECK_STATE(&bo, .uses = 1, .madv = -1);
	helper_bo_unmap(&bo);
	CHECK_PURGED(&bo);
}

TEST(no_evict, .name = "helper/state-no-callback", HELPER_SHRINKS,
     .about = "without an evict callback a BO's pages stay")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, SB_HELPER_NO_EVICT, 1));

	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	CHECK_EQ(helper_count(fd), 0);
	CHECK(helper_madvise(&bo, 1));
	helper_scan(fd, 1000);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 1, .madv = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
}

TEST(exported, .name = "helper/state-exported", HELPER_EVICTS,
     .about = "once exported, a BO's pages stay for as long as it is there")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	HELPER_BO(bare, helper_bo(fd, PAGES, 0));
	int dmabuf = drm_export(fd, bo.handle);

	CHECK_STATE(&bo, .flags = HELPER_IN_USE | SB_HELPER_EXPORTED, .uses = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	CHECK_SYS(close(drm_export(fd, bare.handle)));
	CHECK_STATE(&bare, .flags = SB_HELPER_EXPORTED);
	CHECK_SYS(close(dmabuf));
	CHECK(helper_madvise(&bo, 1));
	helper_scan(fd, 1000);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE | SB_HELPER_EXPORTED, .uses = 1,
		    .madv = 1, .lru = SB_HELPER_LRU_PINNED);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
}

TEST(evicted_exported, .name = "helper/state-evicted-exported", HELPER_EVICTS,
     .about = "an evicted BO that is exported comes back with its content")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	int dmabuf;
	char *map;

	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
	dmabuf = drm_export(fd, bo.handle);
	helper_check_lists(fd);
	map = dmabuf_mmap(dmabuf);
	stamp_verify(map, bo.size, 1, 1);
	helper_check_lists(fd);
	helper_scan(fd, 1000);
	CHECK_EQ(helper_state(&bo).lru, SB_HELPER_LRU_PINNED);
	stamp_verify(map, bo.size, 1, 1);
	CHECK_SYS(close(dmabuf));
	CHECK_EQ(helper_count(fd), 0);
	helper_bo_close(&bo);
	CHECK_EQ(helper_info(fd).bos, 1);
	stamp_verify(map, PAGES * PAGE, 1, 1);
	CHECK_SYS(munmap(map, PAGES * PAGE));
}

TEST(purge_only, .name = "helper/state-purge-only", HELPER_EVICTS,
     .about = "a driver that refuses to evict keeps its BOs until not needed")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo bo =
		helper_bo_used(fd, PAGES, SB_HELPER_PURGE_ONLY, 1);

	CHECK_EVICTABLE(&bo);
	helper_scan(fd, 1000);
	CHECK_EQ(helper_state(&bo).evict_calls, 1);
	CHECK_EVICTABLE(&bo);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	CHECK(helper_madvise(&bo, 1));
	helper_scan(fd, 1);
	CHECK_EQ(helper_state(&bo).evict_calls, 2);
	CHECK_PURGED(&bo);
	helper_verify_purged(&bo);
	helper_bo_close(&bo);
}

/*
 * One BO in each state, with numbers of pages whose sums are all different. The
 * lists must have exactly these.
 */
TEST(sums, .name = "helper/lists", HELPER_EVICTS,
     .about = "every BO is on the list of its state, and each list's count is "
	      "the sum of its BOs")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(fresh, helper_bo(fd, 64, 0));
	HELPER_BO(evicted, helper_bo_used(fd, 1, 0, 1));
	HELPER_BO(purged, helper_bo_used(fd, 2, 0, 1));
	struct helper_bo evictable, pinned, mapped, exported;

	CHECK(helper_madvise(&purged, 1));
	helper_scan(fd, 3);
	CHECK_EVICTED(&evicted);
	CHECK_PURGED(&purged);
	evictable = helper_bo_used(fd, 4, 0, 1);
	pinned = helper_bo_used(fd, 8, 0, 1);
	helper_do(&pinned, SB_HELPER_PIN);
	mapped = helper_bo(fd, 16, 0);
	helper_bo_map(&mapped);
	exported = helper_bo_used(fd, 32, 0, 1);
	CHECK_SYS(close(drm_export(fd, exported.handle)));

	helper_check_list(fd, SB_HELPER_LRU_PINNED, 3, 8 + 16 + 32);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, 4);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 1, 1);
	CHECK_EQ(helper_info(fd).bos, 7);
	helper_scan(fd, 1000);
	helper_check_list(fd, SB_HELPER_LRU_PINNED, 3, 8 + 16 + 32);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 2, 5);
	helper_do(&pinned, SB_HELPER_UNPIN);
	helper_bo_unmap(&mapped);
	helper_check_list(fd, SB_HELPER_LRU_PINNED, 1, 32);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, 8);

	helper_bo_close(&fresh);
	helper_bo_close(&evicted);
	helper_bo_close(&purged);
	helper_bo_close(&evictable);
	helper_bo_close(&pinned);
	helper_bo_close(&mapped);
	helper_bo_close(&exported);
	for (int lru = SB_HELPER_LRU_PINNED; lru <= SB_HELPER_LRU_EVICTED;
	     lru++)
		helper_check_list(fd, lru, 0, 0);
}

TEST(advice, .name = "helper/advice-toggled", HELPER_EVICTS,
     .about = "advice that is changed back and forth leaves lists and counts "
	      "right")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(used, helper_bo_used(fd, PAGES, 0, 1));
	HELPER_BO(pinned, helper_bo_used(fd, PAGES, 0, 2));
	HELPER_BO(fresh, helper_bo(fd, PAGES, 0));
	HELPER_BO(gone, helper_bo_used(fd, PAGES, 0, 4));

	helper_do(&pinned, SB_HELPER_PIN);
	CHECK(helper_madvise(&gone, 1));
	helper_do(&gone, SB_HELPER_PURGE);
	for (unsigned int i = 0; i < 30; i++) {
		CHECK(helper_madvise(&used, i % 3 == 0));
		CHECK(helper_madvise(&pinned, i % 5 == 0));
		CHECK(helper_madvise(&fresh, i % 2 == 0));
		CHECK(!helper_madvise(&gone, i % 7 == 0));
		helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
		helper_check_list(fd, SB_HELPER_LRU_PINNED, 1, PAGES);
	}
	CHECK(helper_madvise(&used, 0));
	helper_scan(fd, 1);
	for (unsigned int i = 0; i < 30; i++) {
		CHECK(helper_madvise(&used, i % 2));
		helper_check_list(fd, SB_HELPER_LRU_EVICTED, 1, PAGES);
		helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
	}
	CHECK(helper_madvise(&used, 0));
	helper_verify_content(&used, 1);
	helper_do(&pinned, SB_HELPER_UNPIN);
	CHECK_EQ(helper_count(fd), 2 * PAGES);
	helper_bo_close(&used);
	helper_bo_close(&pinned);
	helper_bo_close(&fresh);
	helper_bo_close(&gone);
	CHECK_EQ(helper_count(fd), 0);
}
