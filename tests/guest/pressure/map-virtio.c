// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings of BOs that come and go while the BOs are evicted. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/virtio-reclaim.h"
#include "content.h"
#include "virtio-bos.h"

static void make_bo(struct bo *bo, size_t size, uint32_t number)
{
	int fd = gpu_render();
	struct virtio_stage stage;

	*bo = bo_buffer(fd, size);
	stage = virtio_stage(fd, size);
	virtio_stage_fill(&stage, bo, number, 1);
	virtio_stage_close(&stage);
}

static void verify_map(void *arg)
{
	const struct bo *bo = arg;

	content_verify(bo->map, bo->size, 5, 1);
}

TEST(forked, .name = "pressure/virtio-fork",
     .about = "a child's inherited mappings of evicted BOs work as its "
	      "parent's do",
     .needs = "virtio-shrinker", .swap_mib = 16)
{
	struct bo bo;

	make_bo(&bo, 64 * PAGE, 5);
	for (int round = 0; round < 3; round++) {
		virtio_evict_all();
		/*
		 * First the child, then the parent, whose pages are evicted again.
		 */
		child_wait(child_start(verify_map, &bo));
		CHECK_EQ(gpu_count(), 64);
		if (round)
			verify_map(&bo);
		virtio_evict_all();
		verify_map(&bo);
		CHECK_EQ(gpu_count(), 64);
	}
	bo_close_wait(&bo);
	WAIT_UNTIL(!gpu_count());
	CHECK_SYS(close(bo.fd));
}

static void unmap_and_end(void *arg)
{
	struct bo *bo = arg;

	bo_unmap(bo);
}

TEST(forked_evicted, .name = "pressure/virtio-fork-untouched",
     .about = "an inherited mapping of an evicted BO that is never used does "
	      "no harm",
     .needs = "virtio-shrinker", .swap_mib = 16)
{
	struct bo bo;

	make_bo(&bo, 64 * PAGE, 5);
	for (int round = 0; round < 3; round++) {
		virtio_evict_all();
		child_wait(child_start(unmap_and_end, &bo));
		CHECK_EQ(gpu_count(), 0);
		verify_map(&bo);
		CHECK_EQ(gpu_count(), 64);
	}
	virtio_evict_all();
	bo_unmap(&bo);
	bo_map(&bo);
	verify_map(&bo);
	bo_close_wait(&bo);
	WAIT_UNTIL(!gpu_count());
	CHECK_SYS(close(bo.fd));
}

TEST(locked, .name = "pressure/virtio-mlock",
     .about = "mlock() of a mapping neither keeps a BO from being evicted nor "
	      "costs content",
     .needs = "virtio-shrinker", .swap_mib = 16)
{
	struct bo bo;

	make_bo(&bo, 64 * PAGE, 5);
	CHECK_SYS(mlock(bo.map, bo.size));
	virtio_evict_all();
	verify_map(&bo);
	CHECK_SYS(munlock(bo.map, bo.size));
	bo_unmap(&bo);

	/* The same with mlock() before the pages are mapped. */
	virtio_evict_all();
	CHECK_SYS(mlockall(MCL_CURRENT | MCL_FUTURE));
	bo_map(&bo);
	verify_map(&bo);
	virtio_evict_all();
	verify_map(&bo);
	CHECK_SYS(munlockall());
	bo_close_wait(&bo);
	WAIT_UNTIL(!gpu_count());
	CHECK_SYS(close(bo.fd));
}
