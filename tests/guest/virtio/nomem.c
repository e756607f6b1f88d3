// SPDX-License-Identifier: GPL-2.0-or-later
/* An evicted BO for which there is no memory when it is wanted back. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reclaim.h"

#define PAGES 1024
#define SIZE (PAGES * PAGE)
#define CGROUPS "/sys/fs/cgroup"
#define GROUP CGROUPS "/virtio-nomem"
/* Room for all that is not BOs. */
#define ROOM (512 * KIB)

static size_t group_size(const char *file)
{
	char path[64];
	char *text;
	size_t size;

	snprintf(path, sizeof(path), GROUP "/%s", file);
	text = file_read(path);
	size = strtoul(text, NULL, 10);
	free(text);
	return size;
}

/* How often the limit was in the way. */
static unsigned long group_hits(void)
{
	char *text = file_read(GROUP "/memory.events");
	char *at = strstr(text, "\nmax ");
	unsigned long hits;

	CHECK(at);
	hits = strtoul(at + strlen("\nmax "), NULL, 10);
	free(text);
	return hits;
}

static void group_limit(size_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%zu", bytes);
	file_write(GROUP "/memory.max", text);
}

/* Have most of a BO swapped out; what is asked for is rarely had at once. */
static void group_swap_out(void)
{
	int fd = CHECK_SYS(open(GROUP "/memory.reclaim", O_WRONLY | O_CLOEXEC));

	for (int i = 0; group_size("memory.swap.current") < SIZE / 4 * 3; i++) {
		CHECK_CMP(i, <, 100);
		if (write(fd, "1M", 2) == -1)
			CHECK_EQ(errno, EAGAIN);
	}
	CHECK_SYS(close(fd));
}

static void group_new(void)
{
	if (access(CGROUPS "/cgroup.controllers", R_OK))
		test_skip("the kernel has no cgroups");
	file_write(CGROUPS "/cgroup.subtree_control", "+memory");
	CHECK_SYS(mkdir(GROUP, 0755));
}

/* A BO of this process's cgroup that is in swap space, and has to stay there.
 */
static struct bo bo_stuck(int fd)
{
	struct bo bo;

	file_write(GROUP "/cgroup.procs", "0");
	bo = bo_used(fd, PAGES, 1);
	gpu_scan_all();
	group_swap_out();
	group_limit(group_size("memory.current") + ROOM);
	return bo;
}

/* Evicted, and neither locked nor busy. */
static void check_evicted(const struct bo *bo)
{
	CHECK_EQ(gpu_count(), 0);
	CHECK_EQ(res_pages(bo->res), 0);
	CHECK(bo_willneed(bo));
	CHECK(!bo_busy(bo));
	gpu_scan(1);
}

static void swapin_child(void *arg)
{
	int fd = gpu_render();
	struct bo bo = bo_stuck(fd);
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = bo.handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = bo.handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};
	struct drm_virtgpu_execbuffer submit = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.bo_handles = (uintptr_t)&bo.handle,
		.num_bo_handles = 1,
	};

	(void)arg;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to),
		    ENOMEM);
	check_evicted(&bo);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from),
		    ENOMEM);
	check_evicted(&bo);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &submit),
		    ENOMEM);
	check_evicted(&bo);
	group_limit(4 * SIZE);
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
}

TEST(swapin, .name = "virtio/evict-no-memory", .needs = "virtio-shrinker",
     .swap_mib = 32, .seconds = 120,
     .about = "an evicted BO without the memory to come back is ENOMEM, and "
	      "comes back when there is")
{
	group_new();
	child_wait(child_start(swapin_child, NULL));
	CHECK_SYS(rmdir(GROUP));
}

static void fault_in(void *arg)
{
	const struct bo *bo = arg;

	stamp_verify(bo->map, SIZE, 1, 1);
}

static void fault_child(void *arg)
{
	struct bo bo = bo_stuck(gpu_render());
	unsigned long hits = group_hits();
	pid_t pid = child_start(fault_in, &bo);

	(void)arg;
	/* It tries, and tries again. */
	WAIT_UNTIL(group_hits() > hits + 1);
	CHECK_EQ(gpu_count(), 0);
	CHECK(bo_willneed(&bo));
	group_limit(4 * SIZE);
	child_wait(pid);
	CHECK_EQ(gpu_count(), PAGES);
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
}

TEST(fault, .name = "virtio/evict-fault-no-memory", .needs = "virtio-shrinker",
     .swap_mib = 32, .seconds = 120,
     .about = "a page fault for which there is no memory ends when there is, "
	      "and stands in nobody's way before")
{
	group_new();
	child_wait(child_start(fault_child, NULL));
	CHECK_SYS(rmdir(GROUP));
}
