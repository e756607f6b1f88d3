// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A swap device that fails. What is lost is reported to whoever asks for it, and is
 * never zero instead. What could not be written stays in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>

#include "lib/cgroup.h"
#include "lib/helper.h"
#include "lib/virtio-reclaim.h"

#define PAGES 32
#define SIZE (PAGES * PAGE)
#define GROUP "swap-fails"
#define DEVICE "/dev/shrinkbench-swap"
#define WHAT_FAILS "/sys/module/shrinkbench/parameters/swap_fail"
#define MIB_SWAP 8
#define SWAP .kernel_args = "shrinkbench.helpers=2 shrinkbench.swap=8"
#define FAILS SWAP, .needs = "virtio-shrinker", .seconds = 60

enum { NONE = 0, READS = 1, WRITES = 2 };

/* From now on, what fails of the swap device? */
static void io_fails(int what)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", what);
	file_write(WHAT_FAILS, text);
}

static void swap_on(void)
{
	static char page[PAGE];
	uint32_t *header = (uint32_t *)(page + 1024);
	int fd = CHECK_SYS(open(DEVICE, O_WRONLY | O_CLOEXEC));

	/* union swap_header: version, last page */
	memset(page, 0, sizeof(page));
	header[0] = 1;
	header[1] = MIB_SWAP * (MIB / PAGE) - 1;
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	CHECK_EQ(write(fd, page, PAGE), PAGE);
	CHECK_SYS(fsync(fd));
	CHECK_SYS(close(fd));
	CHECK_SYS(swapon(DEVICE, 0));
}

static void io_works(void)
{
	io_fails(NONE);
}

/* The pages of this process's BOs can be swapped out alone. */
static void group_begin(void)
{
	atexit(io_works);
	swap_on();
	/* Its own pages stay in memory, so that it does not fail itself. */
	CHECK_SYS(mlockall(MCL_CURRENT | MCL_FUTURE));
	mem_settle();
	cgroup_new(GROUP, 0);
	cgroup_enter(GROUP);
}

static void group_end(void)
{
	cgroup_enter("");
	io_fails(NONE);
	CHECK_SYS(swapoff(DEVICE));
	cgroup_remove(GROUP);
}

static size_t swapped(void)
{
	return cgroup_size(GROUP, "memory.swap.current");
}

static int to_host(const struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.bo_handle = bo->handle,
		.box = {.w = bo->size, .h = 1, .d = 1},
	};

	return drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg);
}

/* Every page is what it was, or there is none. Returns how many are lost. */
static unsigned int lost_pages(char *map)
{
	unsigned int lost = 0;

	for (uint32_t i = 0; i < PAGES; i++) {
		if (mem_bus_error(map + i * PAGE, false))
			lost++;
		else
			stamp_verify_pages(map + i * PAGE, PAGE, 1, 1, i);
	}
	return lost;
}

TEST(in, .name = "pressure/swap-in-fails", FAILS,
     .about = "an evicted BO that cannot be read from the swap device is an "
	      "error for whoever uses it, and for nobody else")
{
	int fd = gpu_render();
	struct bo bo, other;

	group_begin();
	bo = bo_used(fd, PAGES, 1);
	res_forget(&bo);
	gpu_scan_all();
	CHECK(cgroup_reclaim(GROUP, SIZE));
	CHECK_CMP(swapped(), >=, SIZE);
	io_fails(READS);
	for (int i = 0; i < 2; i++) {
		CHECK_ERRNO(to_host(&bo), EIO);
		CHECK(mem_bus_error(bo.map, false));
		CHECK(mem_bus_error((char *)bo.map + SIZE - PAGE, true));
		CHECK_EQ(gpu_count(), 0);
		CHECK(!bo_attached(&bo));
		gpu_scan(1000);
	}
	io_fails(NONE);
	/* The kernel knows which pages are lost, and says so again. */
	if (to_host(&bo)) {
		CHECK_EQ(errno, EIO);
		CHECK_CMP(lost_pages(bo.map), >, 0);
	} else {
		CHECK_EQ(lost_pages(bo.map), 0);
	}
	bo_close_wait(&bo);
	other = bo_used(fd, PAGES, 1);
	gpu_scan_all();
	CHECK(cgroup_reclaim(GROUP, SIZE));
	bo_verify(&other, 1);
	bo_close_wait(&other);
	CHECK_SYS(close(fd));
	group_end();
}

TEST(out, .name = "pressure/swap-out-fails", FAILS,
     .about =
	     "an evicted BO that cannot be written to the swap device is whole")
{
	int fd = gpu_render();
	struct bo bo;

	group_begin();
	bo = bo_used(fd, PAGES, 1);
	gpu_scan_all();
	io_fails(WRITES);
	cgroup_reclaim(GROUP, SIZE);
	bo_verify(&bo, 1);
	gpu_scan_all();
	cgroup_reclaim(GROUP, SIZE);
	io_fails(NONE);
	bo_verify(&bo, 1);
	gpu_scan_all();
	CHECK(cgroup_reclaim(GROUP, SIZE));
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
	CHECK_SYS(close(fd));
	group_end();
}

TEST(helper, .name = "pressure/swap-in-fails-helper", SWAP,
     .needs = "shmem-shrinker", .seconds = 60,
     .about = "a BO that cannot be read from the swap device is evicted as it "
	      "was before, whoever asks for its pages")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo bo;

	group_begin();
	bo = helper_bo_used(fd, PAGES, 0, 1);
	helper_forget_unused(&bo, "the device does not get it any more");
	helper_bo_map(&bo);
	helper_scan(fd, PAGES);
	CHECK(cgroup_reclaim(GROUP, SIZE));
	io_fails(READS);
	CHECK_EQ(helper_try(&bo, SB_HELPER_SWAPIN, 0), EIO);
	CHECK_EQ(helper_try(&bo, SB_HELPER_ATTACH, 0), EIO);
	CHECK_EQ(helper_try(&bo, SB_HELPER_PIN, 0), EIO);
	CHECK_EQ(helper_try(&bo, SB_HELPER_VMAP, 0), EIO);
	CHECK(mem_bus_error(bo.map, false));
	CHECK_STATE(&bo, .flags = HELPER_IS_EVICTED, .uses = 2,
		    .lru = SB_HELPER_LRU_EVICTED);
	helper_check_legal(&bo);
	helper_check_lists(fd);
	io_fails(NONE);
	lost_pages(bo.map);
	helper_check_legal(&bo);
	helper_bo_close(&bo);
	group_end();
}
