// SPDX-License-Identifier: GPL-2.0-or-later
/* Evicted BOs on their way back, and what happens when that fails. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../virtio/gpu.h"
#include "stub.h"

#define PAGES 8

static struct stub_bo evicted(int fd, uint32_t number)
{
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, number);

	stub_do(&bo, SB_STUB_EVICT);
	CHECK_EVICTED(&bo);
	return bo;
}

TEST(swapin, .name = "stub/swapin", STUB_EVICTS,
     .about = "a swap-in brings pages and SG table back, and once more does "
	      "nothing")
{
	int fd = stub_open(0);
	struct stub_bo bo = evicted(fd, 1);

	for (int i = 0; i < 3; i++) {
		stub_do(&bo, SB_STUB_SWAPIN);
		CHECK_STATE(&bo, .flags = STUB_HAS_PAGES, .uses = 1,
			    .lru = SB_STUB_LRU_EVICTABLE);
		stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
		stub_check_list(fd, SB_STUB_LRU_EVICTED, 0, 0);
	}
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
}

TEST(fresh, .name = "stub/swapin-nothing", STUB_SHRINKS,
     .about = "a swap-in of a BO that was never used does nothing")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_do(&bo, SB_STUB_SWAPIN);
	CHECK_STATE(&bo, 0);
	stub_bo_close(&bo);
}

TEST(rounds, .name = "stub/evict-rounds", STUB_EVICTS,
     .about = "evicted and brought back again and again, a BO loses nothing")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	uint32_t number = 1;

	stub_bo_map(&bo);
	for (int i = 0; i < 60; i++) {
		stub_do(&bo, SB_STUB_EVICT);
		CHECK_STATE(&bo, .flags = STUB_IS_EVICTED, .uses = 2,
			    .lru = SB_STUB_LRU_EVICTED);
		switch (i % 4) {
		case 0:
			stub_do(&bo, SB_STUB_SWAPIN);
			break;
		case 1:
			stub_verify_content(&bo, number);
			stub_fill(&bo, SB_STUB_DEVICE, ++number);
			break;
		case 2:
			stamp_verify(bo.map, bo.size, number, 1);
			stamp_fill(bo.map, bo.size, ++number, 1);
			stub_expect(&bo, number);
			break;
		case 3:
			stub_do(&bo, SB_STUB_VMAP);
			stub_verify(&bo, 0, number);
			stub_fill(&bo, 0, ++number);
			stub_do(&bo, SB_STUB_VUNMAP);
			break;
		}
		CHECK_EQ(stub_count(fd), PAGES);
	}
	stub_verify_content(&bo, number);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(fails, .name = "stub/swapin-fails", STUB_EVICTS,
     .about = "a swap-in that finds no pages leaves the BO evicted, on every "
	      "way there is, and the next one brings its content back")
{
	static const enum sb_stub_op ways[] = {SB_STUB_SWAPIN, SB_STUB_ATTACH,
					       SB_STUB_PIN, SB_STUB_VMAP};
	int fd = stub_open(0);

	for (unsigned int i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct stub_bo bo = evicted(fd, 1);

		stub_do_arg(&bo, SB_STUB_FAIL, SB_STUB_FAIL_PAGES);
		for (int again = 0; again < 3; again++) {
			CHECK_EQ(stub_try(&bo, ways[i], 0), EINVAL);
			CHECK_EVICTED(&bo);
			stub_check_list(fd, SB_STUB_LRU_EVICTED, 1, PAGES);
		}
		stub_do_arg(&bo, SB_STUB_FAIL, 0);
		stub_verify_content(&bo, 1);
		CHECK_EVICTABLE(&bo);
		stub_bo_close(&bo);
		CHECK_EQ(stub_info(fd).bos, 0);
	}
}

TEST(fault_fails, .name = "stub/swapin-fault-fails", STUB_EVICTS,
     .about = "a page fault that finds no pages ends in SIGBUS and leaves the "
	      "BO evicted, without its lock held")
{
	int fd = stub_open(0);
	struct stub_bo bo = evicted(fd, 1);

	stub_bo_map(&bo);
	stub_do_arg(&bo, SB_STUB_FAIL, SB_STUB_FAIL_PAGES);
	for (size_t at = 0; at < bo.size; at += PAGE) {
		CHECK(mem_bus_error(bo.map + at, at & PAGE));
		CHECK_STATE(&bo, .flags = STUB_IS_EVICTED, .uses = 2,
			    .lru = SB_STUB_LRU_EVICTED);
	}
	stub_do_arg(&bo, SB_STUB_FAIL, 0);
	stamp_verify(bo.map, bo.size, 1, 1);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
}

TEST(mmap_fails, .name = "stub/mmap-fails", STUB,
     .about = "a mapping that finds no pages fails and leaves nothing behind")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_do_arg(&bo, SB_STUB_FAIL, SB_STUB_FAIL_PAGES);
	for (int again = 0; again < 3; again++) {
		CHECK_ERRNO((long)mmap(NULL, bo.size, PROT_READ, MAP_SHARED, fd,
				       bo.offset),
			    EINVAL);
		CHECK_STATE(&bo, 0);
		stub_check_list(fd, SB_STUB_LRU_PINNED, 0, 0);
	}
	stub_do_arg(&bo, SB_STUB_FAIL, 0);
	stub_bo_map(&bo);
	stamp_fill(bo.map, bo.size, 1, 1);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(freed, .name = "stub/free-in-every-state", STUB_EVICTS,
     .about =
	     "a BO can be freed in every state, busy or not, and nothing of it "
	     "stays")
{
	int fd = stub_open(0);
	size_t before = 0;

	for (int round = 0; round < 8; round++) {
		struct stub_bo bo[6];

		for (unsigned int i = 0; i < 6; i++)
			bo[i] = stub_bo_used(fd, 64, 0, i);
		CHECK(stub_madvise(&bo[0], 1));
		stub_scan(fd, 1);
		stub_scan(fd, 1);
		stub_do_arg(&bo[2], SB_STUB_BUSY, 3);
		stub_bo_map(&bo[3]);
		stamp_verify(bo[3].map, bo[3].size, 3, 1);
		CHECK_SYS(close(drm_export(fd, bo[4].handle)));
		stub_do(&bo[5], SB_STUB_DETACH);
		CHECK_PURGED(&bo[0]);
		CHECK_EVICTED(&bo[1]);
		stub_check_lists(fd);
		for (unsigned int i = 0; i < 6; i++)
			stub_bo_close(&bo[i]);
		CHECK_EQ(stub_info(fd).bos, 0);
		for (int lru = 1; lru <= SB_STUB_LRU_EVICTED; lru++)
			stub_check_list(fd, lru, 0, 0);
		/* Their memory is back: it is not cached anywhere. */
		if (!round)
			before = mem_info("Shmem");
	}
	CHECK_CMP(mem_info("Shmem"), <=, before + 64 * PAGE);
}

/* Unbinds and binds device 1, on which nothing else relies. */
#define DRIVER "/sys/bus/platform/drivers/" SB_STUB_DRIVER

TEST(unbind, .name = "stub/unbind", STUB_EVICTS, .last = true,
     .about = "of a device that is gone nothing is evicted or purged, and its "
	      "BOs can still be closed, whatever their state")
{
	int fd = stub_open(1);
	struct stub_bo purged = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo gone = evicted(fd, 2);
	struct stub_bo resident = stub_bo_used(fd, PAGES, 0, 3);
	struct stub_bo unneeded = stub_bo_used(fd, PAGES, 0, 4);
	struct stub_bo pinned = stub_bo_used(fd, PAGES, 0, 5);
	char name[64];

	CHECK(stub_madvise(&purged, 1));
	stub_do(&purged, SB_STUB_PURGE);
	CHECK(stub_madvise(&unneeded, 1));
	stub_do(&pinned, SB_STUB_PIN);
	stub_do(&pinned, SB_STUB_UNPIN);
	stub_bo_map(&resident);
	CHECK_EQ(stub_count(fd), 3 * PAGES);
	snprintf(name, sizeof(name), "drm-shmem:%s.1", SB_STUB_DRIVER);

	file_write(DRIVER "/unbind", SB_STUB_DRIVER ".1");
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_SB_STUB_INFO, &name), ENODEV);
	/* Whoever still holds the device holds its shrinker. */
	if (shrinker_exists(name)) {
		shrinker_scan(name, 1000);
		CHECK_EQ(shrinker_count(name), 3 * PAGES);
	}
	mem_drop_caches();
	CHECK_SYS(munmap(resident.map, resident.size));
	CHECK_SYS(close(fd));
	CHECK(!shrinker_exists(name));
	(void)gone;

	file_write(DRIVER "/bind", SB_STUB_DRIVER ".1");
	fd = stub_open(1);
	CHECK_EQ(stub_info(fd).bos, 0);
	CHECK_EQ(stub_count(fd), 0);
	gone = evicted(fd, 1);
	stub_verify_content(&gone, 1);
	stub_bo_close(&gone);
}
