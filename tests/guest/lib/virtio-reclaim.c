// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/virtio-reclaim.h"

static const char *shrinker(void)
{
	static char *name;

	if (!name)
		name = drm_shrinker(DRM_VIRTIO);
	return name;
}

unsigned long gpu_count(void)
{
	return shrinker_count(shrinker());
}

void gpu_scan(unsigned long pages)
{
	shrinker_scan(shrinker(), pages);
}

void gpu_scan_all(void)
{
	WAIT_UNTIL((gpu_scan(gpu_count()), !gpu_count()));
}

static void scan_child(void *arg)
{
	gpu_scan(*(unsigned long *)arg);
}

pid_t gpu_scan_start(unsigned long pages)
{
	return child_start(scan_child, &pages);
}

pid_t scan_held(unsigned long pages)
{
	pid_t pid;

	cmd_hold(DETACH);
	pid = gpu_scan_start(pages);
	WAIT_UNTIL(cmd_pending(DETACH));
	WAIT_UNTIL(process_state(pid) != 'R');
	return pid;
}

void scan_release(pid_t pid)
{
	cmd_release(DETACH);
	child_wait(pid);
}

bool bo_madvise(const struct bo *bo, uint32_t madv)
{
	struct drm_virtgpu_madvise arg = {
		.bo_handle = bo->handle,
		.retained = 12345,
		.madv = madv,
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_MADVISE, &arg));
	CHECK_EQ(arg.bo_handle, bo->handle);
	CHECK_EQ(arg.madv, madv);
	CHECK(arg.retained == 0 || arg.retained == 1);
	return arg.retained;
}

static struct bo used(struct bo bo, uint32_t number)
{
	stamp_fill(bo.map, bo.size, number, 1);
	bo_to_host(&bo);
	return bo;
}

struct bo bo_used(int fd, size_t pages, uint32_t number)
{
	return used(bo_buffer(fd, pages * PAGE), number);
}

struct bo bo_used_dumb(int fd, size_t pages, uint32_t number)
{
	return used(bo_dumb(fd, 32, 32 * (uint32_t)pages), number);
}

bool bo_attached(const struct bo *bo)
{
	return res_exists(bo->res) && res_pages(bo->res);
}

size_t bo_fault_in(const struct bo *bo)
{
	size_t faults = 0;

	for (size_t at = 0; at < bo->size; at += PAGE)
		faults += mem_faults((char *)bo->map + at);
	return faults;
}

void bo_verify(const struct bo *bo, uint32_t number)
{
	void *data;

	stamp_verify(bo->map, bo->size, number, 1);
	res_expect(bo, number, 1);
	bo_to_host(bo);
	res_forget(bo);
	data = res_data(bo->res, 0, bo->size);
	stamp_verify(data, bo->size, number, 1);
	free(data);
}

void blob_verify(const struct bo *blob, uint32_t number)
{
	struct bo sum = bo_buffer(blob->fd, PAGE);
	struct sb_exec exec = exec_checksum(&sum, 0, blob, 0, blob->size);
	const struct bo *bos[] = {blob, &sum};

	stamp_verify(blob->map, blob->size, number, 1);
	exec.flags = SB_EXEC_SRC_GUEST;
	gpu_exec(blob->fd, &exec, 1, bos, 2);
	bo_from_host(&sum);
	CHECK_EQ(*(uint64_t *)sum.map, stamp_fnv(blob->map, blob->size));
	bo_close_wait(&sum);
}

void bo_verify_purged(const struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = bo->handle,
		.box = {.w = 32, .h = 1, .d = 1},
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = bo->handle,
		.box = {.w = 32, .h = 1, .d = 1},
	};
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer submit = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.bo_handles = (uintptr_t)&bo->handle,
		.num_bo_handles = 1,
	};

	CHECK(!bo_willneed(bo));
	CHECK(!bo_dontneed(bo));
	CHECK(!bo_attached(bo));
	CHECK_ERRNO(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to),
		    EINVAL);
	CHECK_ERRNO(
		drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from),
		EINVAL);
	CHECK_ERRNO(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &submit),
		    EINVAL);
	CHECK(!bo_attached(bo));
	if (bo->map)
		mem_all_bus_errors(bo->map, bo->size);
	/* A purged BO cannot be used, but it can be waited for. */
	bo_wait(bo);
}
