// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Short races of virtio-gpu, in which no order is said: for make races, which runs them
 * under many schedules.
 */
#include <errno.h>

#include "lib/test.h"
#include "lib/thread.h"
#include "lib/virtio-gpu.h"
#include "lib/virtio-reclaim.h"

#define SIZE (2 * PAGE)
#define ALL 1000
#define ROUNDS 2

#define VIRTIO_RACES .needs = "virtio-shrinker virtio-madvise", .swap_mib = 16

static void scan_on(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++)
		gpu_scan(ALL);
}

static void use_on(void *arg)
{
	const struct bo *bo = arg;

	for (int i = 0; i < ROUNDS; i++) {
		bo_to_host(bo);
		bo_wait(bo);
	}
}

TEST(transfer_scan, .name = "virtio/race-transfer-scan", VIRTIO_RACES,
     .about = "two threads of a file transfer a BO that is evicted: it keeps "
	      "its content")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	struct thread *threads[3];

	stamp_fill(bo.map, bo.size, 1, 1);
	threads[0] = thread_start("one", use_on, &bo);
	threads[1] = thread_start("two", use_on, &bo);
	threads[2] = thread_start("scanner", scan_on, NULL);
	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
	stamp_verify(bo.map, bo.size, 1, 1);
	res_expect(&bo, 1, 1);
	bo_to_host(&bo);
	res_forget(&bo);
}

/* Submit the BO: 0, or EINVAL if it is purged. */
static void submit_on(void *arg)
{
	const struct bo *bo = arg;
	struct sb_exec nop = exec_nop();
	struct drm_virtgpu_execbuffer exec = {
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.bo_handles = (uintptr_t)&bo->handle,
		.num_bo_handles = 1,
	};

	for (int i = 0; i < ROUNDS; i++)
		if (drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec))
			CHECK_EQ(errno, EINVAL);
}

static void give_up(void *arg)
{
	bo_dontneed(arg);
	gpu_scan(ALL);
}

TEST(submit_scan, .name = "virtio/race-submit-scan", VIRTIO_RACES,
     .about = "a BO is submitted, given up and scanned for: it is purged for "
	      "good, or has its "
	      "content")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	struct thread *threads[3];

	stamp_fill(bo.map, bo.size, 1, 1);
	bo_to_host(&bo);
	bo_wait(&bo);
	threads[0] = thread_start("submitter", submit_on, &bo);
	threads[1] = thread_start("adviser", give_up, &bo);
	threads[2] = thread_start("scanner", scan_on, NULL);
	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
	bo_wait(&bo);
	if (bo_willneed(&bo))
		stamp_verify(bo.map, bo.size, 1, 1);
	else
		mem_all_bus_errors(bo.map, bo.size);
}

static void create_on(void *arg)
{
	int fd = *(int *)arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct bo bo = bo_buffer_unmapped(fd, PAGE);

		bo_close(&bo);
	}
}

TEST(two_threads, .name = "virtio/race-create", VIRTIO_RACES,
     .about = "two threads use a file from its first use on: one context, and "
	      "each BO goes")
{
	GPU(fd);
	struct thread *threads[] = {
		thread_start("one", create_on, &fd),
		thread_start("two", create_on, &fd),
	};

	for (int i = 0; i < 2; i++)
		thread_join(threads[i]);
	CHECK_EQ(ctx_count(), 1);
	WAIT_UNTIL(!res_count());
}
