// SPDX-License-Identifier: GPL-2.0-or-later
/* Swap-in of evicted BOs, and what happens when it fails. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/virtio-gpu.h"
#include "lib/helper.h"

#define PAGES 8

static struct helper_bo evicted(int fd, uint32_t number)
{
	struct helper_bo bo = helper_bo_used(fd, PAGES, 0, number);

	helper_do(&bo, SB_HELPER_EVICT);
	CHECK_EVICTED(&bo);
	return bo;
}

TEST(swapin, .name = "helper/swapin", HELPER_EVICTS,
     .about = "a swap-in brings pages and SG table back, and once more does "
	      "nothing")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, evicted(fd, 1));

	for (int i = 0; i < 3; i++) {
		helper_do(&bo, SB_HELPER_SWAPIN);
		CHECK_STATE(&bo, .flags = HELPER_HAS_PAGES, .uses = 1,
			    .lru = SB_HELPER_LRU_EVICTABLE);
		helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
		helper_check_list(fd, SB_HELPER_LRU_EVICTED, 0, 0);
	}
	helper_verify_content(&bo, 1);
}

TEST(fresh, .name = "helper/swapin-nothing", HELPER_SHRINKS,
     .about = "a swap-in of a BO that was never used does nothing")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_do(&bo, SB_HELPER_SWAPIN);
	CHECK_STATE(&bo, 0);
}

TEST(rounds, .name = "helper/evict-rounds", HELPER_EVICTS,
     .about = "a BO that is evicted and brought back many times loses nothing")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	uint32_t number = 1;

	helper_bo_map(&bo);
	for (int i = 0; i < 60; i++) {
		helper_do(&bo, SB_HELPER_EVICT);
		CHECK_STATE(&bo, .flags = HELPER_IS_EVICTED, .uses = 2,
			    .lru = SB_HELPER_LRU_EVICTED);
		switch (i % 4) {
		case 0:
			helper_do(&bo, SB_HELPER_SWAPIN);
			break;
		case 1:
			helper_verify_content(&bo, number);
			helper_fill(&bo, SB_HELPER_DEVICE, ++number);
			break;
		case 2:
			stamp_verify(bo.map, bo.size, number, 1);
			stamp_fill(bo.map, bo.size, ++number, 1);
			helper_expect(&bo, number);
			helper_verify_content(&bo, number);
			break;
		case 3:
			helper_do(&bo, SB_HELPER_VMAP);
			helper_verify(&bo, 0, number);
			helper_fill(&bo, 0, ++number);
			helper_do(&bo, SB_HELPER_VUNMAP);
			break;
		}
		CHECK_EQ(helper_count(fd), PAGES);
	}
	helper_verify_content(&bo, number);
}

TEST(fails, .name = "helper/swapin-fails", HELPER_EVICTS,
     .about = "a swap-in that gets no pages leaves the BO evicted, on every "
	      "path, and the next one brings its content back")
{
	static const enum sb_helper_op ways[] = {SB_HELPER_SWAPIN,
						 SB_HELPER_ATTACH,
						 SB_HELPER_PIN, SB_HELPER_VMAP};
	HELPER_DEVICE(fd, 0);

	for (unsigned int i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct helper_bo bo = evicted(fd, 1);

		helper_do_arg(&bo, SB_HELPER_FAIL, SB_HELPER_FAIL_PAGES);
		for (int again = 0; again < 3; again++) {
			CHECK_EQ(helper_try(&bo, ways[i], 0), EINVAL);
			CHECK_EVICTED(&bo);
			helper_check_list(fd, SB_HELPER_LRU_EVICTED, 1, PAGES);
		}
		helper_do_arg(&bo, SB_HELPER_FAIL, 0);
		helper_verify_content(&bo, 1);
		CHECK_EVICTABLE(&bo);
		helper_bo_close(&bo);
		CHECK_EQ(helper_info(fd).bos, 0);
	}
}

TEST(fault_fails, .name = "helper/swapin-fault-fails", HELPER_EVICTS,
     .about = "a page fault that finds no pages ends in SIGBUS and leaves the "
	      "BO evicted, without its lock held")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, evicted(fd, 1));

	helper_bo_map(&bo);
	helper_do_arg(&bo, SB_HELPER_FAIL, SB_HELPER_FAIL_PAGES);
	for (size_t at = 0; at < bo.size; at += PAGE) {
		CHECK(mem_bus_error(bo.map + at, at & PAGE));
		CHECK_STATE(&bo, .flags = HELPER_IS_EVICTED, .uses = 2,
			    .lru = SB_HELPER_LRU_EVICTED);
	}
	helper_do_arg(&bo, SB_HELPER_FAIL, 0);
	stamp_verify(bo.map, bo.size, 1, 1);
	helper_verify_content(&bo, 1);
}

TEST(mmap_fails, .name = "helper/mmap-fails", HELPER,
     .about = "a mapping that finds no pages fails and leaves nothing behind")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_do_arg(&bo, SB_HELPER_FAIL, SB_HELPER_FAIL_PAGES);
	for (int again = 0; again < 3; again++) {
		CHECK_ERRNO((long)mmap(NULL, bo.size, PROT_READ, MAP_SHARED, fd,
				       bo.offset),
			    EINVAL);
		CHECK_STATE(&bo, 0);
		helper_check_list(fd, SB_HELPER_LRU_PINNED, 0, 0);
	}
	helper_do_arg(&bo, SB_HELPER_FAIL, 0);
	helper_bo_map(&bo);
	stamp_fill(bo.map, bo.size, 1, 1);
	helper_verify_content(&bo, 1);
}

TEST(freed, .name = "helper/free-in-every-state", HELPER_EVICTS,
     .about =
	     "a BO can be freed in every state, busy or not, and nothing of it "
	     "stays")
{
	HELPER_DEVICE(fd, 0);
	size_t before = 0;

	for (int round = 0; round < 8; round++) {
		struct helper_bo bo[6];

		for (unsigned int i = 0; i < 6; i++)
			bo[i] = helper_bo_used(fd, 64, 0, i);
		CHECK(helper_madvise(&bo[0], 1));
		helper_scan(fd, 1);
		helper_scan(fd, 1);
		helper_do_arg(&bo[2], SB_HELPER_BUSY, 3);
		helper_bo_map(&bo[3]);
		stamp_verify(bo[3].map, bo[3].size, 3, 1);
		CHECK_SYS(close(drm_export(fd, bo[4].handle)));
		helper_do(&bo[5], SB_HELPER_DETACH);
		CHECK_PURGED(&bo[0]);
		CHECK_EVICTED(&bo[1]);
		helper_check_lists(fd);
		for (unsigned int i = 0; i < 6; i++)
			helper_bo_close(&bo[i]);
		CHECK_EQ(helper_info(fd).bos, 0);
		for (int lru = 1; lru <= SB_HELPER_LRU_EVICTED; lru++)
			helper_check_list(fd, lru, 0, 0);
		/* Their memory is free again: nothing caches it. */
		if (!round)
			before = mem_info("Shmem");
	}
	CHECK_CMP(mem_info("Shmem"), <=, before + 64 * PAGE);
}

/* Unbinds and binds device 1, which no other code of the test uses. */
#define DRIVER "/sys/bus/platform/drivers/" SB_HELPER_DRIVER

TEST(unbind, .name = "helper/unbind", HELPER_EVICTS, .last = true,
     .about = "BOs of a device that is gone are neither evicted nor purged, "
	      "and can be closed in any state")
{
	int fd = helper_open(1);
	struct helper_bo purged = helper_bo_used(fd, PAGES, 0, 1);
	HELPER_BO(gone, evicted(fd, 2));
	struct helper_bo resident = helper_bo_used(fd, PAGES, 0, 3);
	struct helper_bo unneeded = helper_bo_used(fd, PAGES, 0, 4);
	struct helper_bo pinned = helper_bo_used(fd, PAGES, 0, 5);
	char name[64];

	CHECK(helper_madvise(&purged, 1));
	helper_do(&purged, SB_HELPER_PURGE);
	CHECK(helper_madvise(&unneeded, 1));
	helper_do(&pinned, SB_HELPER_PIN);
	helper_do(&pinned, SB_HELPER_UNPIN);
	helper_bo_map(&resident);
	CHECK_EQ(helper_count(fd), 3 * PAGES);
	snprintf(name, sizeof(name), "drm-shmem:%s.1", SB_HELPER_DRIVER);

	file_write(DRIVER "/unbind", SB_HELPER_DRIVER ".1");
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_SB_HELPER_INFO, &name), ENODEV);
	/* The shrinker exists as long as something holds the device. */
	if (shrinker_exists(name)) {
		shrinker_scan(name, 1000);
		CHECK_EQ(shrinker_count(name), 3 * PAGES);
	}
	mem_drop_caches();
	CHECK_SYS(munmap(resident.map, resident.size));
	CHECK_SYS(close(fd));
	CHECK(!shrinker_exists(name));
	(void)gone;

	file_write(DRIVER "/bind", SB_HELPER_DRIVER ".1");
	fd = helper_open(1);
	CHECK_EQ(helper_info(fd).bos, 0);
	CHECK_EQ(helper_count(fd), 0);
	gone = evicted(fd, 1);
	helper_verify_content(&gone, 1);
}
