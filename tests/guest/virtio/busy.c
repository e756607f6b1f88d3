// SPDX-License-Identifier: GPL-2.0-or-later
/* Busy BOs: the shrinker leaves them alone. */
#include <string.h>
#include <sys/mman.h>

#include "lib/virtio-reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

/* While @bo is busy no scan may touch it; count and backing stay. */
static void check_left_alone(const struct bo *bo)
{
	size_t pages = bo->size / PAGE;

	for (int i = 0; i < 3; i++) {
		gpu_scan(1000);
		mem_drop_caches();
		CHECK_EQ(res_pages(bo->res), pages);
		CHECK_EQ(gpu_count(), pages);
	}
}

/*
 * Let the device hold work on @bo, scan without and with the advice that the BO is
 * not needed, and release the work.
 */
static void check_held(struct bo *bo, const char *kind, bool purge)
{
	if (purge)
		CHECK(bo_dontneed(bo));
	CHECK(bo_busy(bo));
	check_left_alone(bo);
	CHECK(bo_busy(bo));
	cmd_release(kind);
	bo_wait(bo);
	CHECK_EQ(gpu_count(), PAGES);
	gpu_scan_all();
	if (purge)
		bo_verify_purged(bo);
	else
		bo_verify(bo, 1);
}

static void to_host(const struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.bo_handle = bo->handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg));
}

static void from_host(const struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_from_host arg = {
		.bo_handle = bo->handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};

	CHECK_SYS(
		drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &arg));
}

static void exec_guest(const struct bo *bo, const struct bo *dst)
{
	const struct bo *bos[] = {bo, dst};
	struct sb_exec exec = exec_copy(dst, 0, bo, 0, SIZE);

	exec.flags = SB_EXEC_SRC_GUEST | SB_EXEC_DST_GUEST;
	CHECK_SYS(close(gpu_exec_fence(bo->fd, &exec, 1, bos, 2, -1)));
}

static void held_transfer(void (*transfer)(const struct bo *bo),
			  const char *kind, bool purge)
{
	int fd = gpu_render();
	BO(bo, bo_used(fd, PAGES, 1));

	/* The device must find this content when it is released. */
	res_expect(&bo, 1, 1);
	cmd_hold(kind);
	transfer(&bo);
	check_held(&bo, kind, purge);
}

TEST(evict_to_host, .name = "virtio/busy-to-host-evict", EVICTS,
     .about = "a BO is not evicted while it goes to the host, but can be "
	      "afterwards")
{
	held_transfer(to_host, "TRANSFER_TO_HOST_3D", false);
}

TEST(purge_to_host, .name = "virtio/busy-to-host-purge", EVICTS,
     .about = "a BO is not purged while it goes to the host, but can be "
	      "afterwards")
{
	held_transfer(to_host, "TRANSFER_TO_HOST_3D", true);
}

TEST(evict_from_host, .name = "virtio/busy-from-host-evict", EVICTS,
     .about = "a BO is not evicted while the host writes it, but can be "
	      "afterwards")
{
	held_transfer(from_host, "TRANSFER_FROM_HOST_3D", false);
}

TEST(purge_from_host, .name = "virtio/busy-from-host-purge", EVICTS,
     .about = "a BO is not purged while the host writes it, but can be "
	      "afterwards")
{
	held_transfer(from_host, "TRANSFER_FROM_HOST_3D", true);
}

static void held_exec(bool purge)
{
	int fd = gpu_render();
	BO(bo, bo_used(fd, PAGES, 1));
	/* A blob: it does not count for the shrinker. */
	struct bo dst = bo_blob(fd, SIZE);

	res_expect(&bo, 1, 1);
	bo_wait(&dst);
	cmd_hold("SUBMIT_3D");
	exec_guest(&bo, &dst);
	check_held(&bo, "SUBMIT_3D", purge);
	stamp_verify(dst.map, SIZE, 1, 1);
	bo_close_wait(&bo);
	bo_close_wait(&dst);
}

TEST(evict_exec, .name = "virtio/busy-exec-evict", EVICTS,
     .about = "a BO is not evicted while a job uses it, and can be afterwards")
{
	held_exec(false);
}

TEST(purge_exec, .name = "virtio/busy-exec-purge", EVICTS,
     .about = "a BO is not purged while a job uses it, and can be afterwards")
{
	held_exec(true);
}

TEST(closed, .name = "virtio/busy-closed", EVICTS,
     .about = "a job keeps a BO whose file is closed")
{
	int fd = gpu_render();
	GPU(other);
	struct bo bo = bo_used(fd, PAGES, 1);
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_checksum(&bo, 0, &bo, 0, SIZE);
	int fence;

	exec.flags = SB_EXEC_SRC_GUEST;
	res_expect(&bo, 1, 1);
	cmd_hold("SUBMIT_3D");
	fence = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	CHECK(bo_dontneed(&bo));
	bo_close(&bo);
	CHECK_SYS(close(fd));
	check_left_alone(&bo);
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(fence, 10000));
	CHECK_SYS(close(fence));
	WAIT_UNTIL(!res_exists(bo.res));
	WAIT_UNTIL(!gpu_count());
}

TEST(many, .name = "virtio/busy-many", EVICTS,
     .about = "a BO is busy until the last of several jobs is through with it")
{
	enum { JOBS = 5 };
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_nop();
	int first, fence = -1;

	first = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	CHECK(sync_file_wait(first, 10000));
	CHECK_SYS(close(first));
	cmd_hold("TRANSFER_TO_HOST_3D");
	first = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	to_host(&bo);
	for (int i = 0; i < JOBS; i++) {
		if (fence != -1)
			CHECK_SYS(close(fence));
		fence = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	}
	/* The first one completes, the others wait behind the transfer. */
	CHECK(sync_file_wait(first, 10000));
	CHECK_EQ(sync_file_status(fence), 0);
	check_left_alone(&bo);
	cmd_release("TRANSFER_TO_HOST_3D");
	CHECK(sync_file_wait(fence, 10000));
	gpu_scan_all();
	bo_verify(&bo, 1);
	CHECK_SYS(close(first));
	CHECK_SYS(close(fence));
}

TEST(failed, .name = "virtio/busy-failed", EVICTS,
     .about = "a BO whose job failed is no longer busy, and whole")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	cmd_fail("TRANSFER_TO_HOST_3D");
	to_host(&bo);
	bo_wait(&bo);
	gpu_scan_all();
	bo_verify(&bo, 1);
}

/*
 * A file with its own timeline: work that is held there does not delay other
 * commands.
 */
static int ring_open(void)
{
	int fd = gpu_render();
	struct drm_virtgpu_context_set_param set = {
		VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2};
	struct drm_virtgpu_context_init arg = {
		.num_params = 1,
		.ctx_set_params = (uintptr_t)&set,
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &arg));
	return fd;
}

static void ring_exec(const struct bo *bo)
{
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer arg = {
		.flags = VIRTGPU_EXECBUF_RING_IDX,
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.bo_handles = (uintptr_t)&bo->handle,
		.num_bo_handles = 1,
		.fence_fd = -1,
		.ring_idx = 1,
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
}

static void others(bool purge)
{
	enum { COUNT = 5 };
	int fd = ring_open();
	struct bo bo[COUNT];

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, PAGES, i);
	for (unsigned int i = 0; purge && i < COUNT; i++)
		CHECK(bo_dontneed(&bo[i]));
	cmd_hold("SUBMIT_3D");
	ring_exec(&bo[0]);
	ring_exec(&bo[3]);
	/* The others were used as long ago, but are idle. */
	for (unsigned int i = 0; i < COUNT; i++)
		CHECK_EQ(bo_busy(&bo[i]), i % 3 == 0);
	CHECK_EQ(gpu_count(), COUNT * PAGES);
	for (int i = 0; i < 2; i++) {
		gpu_scan(1000);
		CHECK_EQ(gpu_count(), 2 * PAGES);
		for (unsigned int j = 0; j < COUNT; j++)
			CHECK_EQ(bo_attached(&bo[j]), j % 3 == 0);
	}
	cmd_release("SUBMIT_3D");
	bo_wait(&bo[0]);
	bo_wait(&bo[3]);
	gpu_scan_all();
	for (unsigned int i = 0; i < COUNT; i++) {
		if (purge)
			bo_verify_purged(&bo[i]);
		else
			bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
}

TEST(others_evict, .name = "virtio/busy-others-evict", EVICTS,
     .about = "a scan passes over what is busy and evicts what is idle")
{
	others(false);
}

TEST(others_purge, .name = "virtio/busy-others-purge", EVICTS,
     .about = "a scan passes over what is busy and purges what is idle")
{
	others(true);
}
