// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "lib/virtio-reclaim.h"
#include "content.h"
#include "virtio-bos.h"

struct virtio_stage virtio_stage(int fd, size_t size)
{
	return (struct virtio_stage){.bo = bo_buffer(fd, size)};
}

void virtio_stage_close(struct virtio_stage *stage)
{
	bo_close(&stage->bo);
}

void virtio_stage_fill(const struct virtio_stage *stage, const struct bo *bo,
		       uint32_t number, uint32_t generation)
{
	const struct sb_exec copy = exec_copy(bo, 0, &stage->bo, 0, bo->size);
	const struct bo *used[] = {bo, &stage->bo};

	content_fill(stage->bo.map, bo->size, number, generation);
	bo_to_host(&stage->bo);
	gpu_exec(bo->fd, &copy, 1, used, 2);
	bo_from_host(bo);
}

void virtio_stage_check(const struct bo *bo, uint32_t number,
			uint32_t generation)
{
	res_expect(bo, number, generation);
	bo_to_host(bo);
	res_forget(bo);
}

void virtio_stage_verify(const struct virtio_stage *stage, const struct bo *bo,
			 uint32_t number, uint32_t generation)
{
	const struct sb_exec sum =
		exec_checksum(&stage->bo, 0, bo, 0, bo->size);
	const struct bo *used[] = {bo, &stage->bo};

	virtio_stage_check(bo, number, generation);
	gpu_exec(bo->fd, &sum, 1, used, 2);
	bo_from_host(&stage->bo);
	CHECK_EQ(*(uint64_t *)stage->bo.map,
		 content_fnv(bo->size, number, generation));
}

/* As bo_buffer() of gpu.c. */
static int try_create(int fd, size_t size, struct bo *bo)
{
	struct drm_virtgpu_resource_create arg = {
		.format = 64, /* VIRGL_FORMAT_R8_UNORM */
		.bind = 1u << 4, /* VIRGL_BIND_VERTEX_BUFFER */
		.width = (uint32_t)size,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.size = (uint32_t)size,
	};

	if (drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg) == -1)
		return errno;
	*bo = bo_of_handle(fd, arg.bo_handle);
	return 0;
}

int virtio_try_buffer(int fd, size_t size, struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.box = {.w = (uint32_t)size, .h = 1, .d = 1},
	};
	int err = try_create(fd, size, bo);

	if (err)
		return err;
	arg.bo_handle = bo->handle;
	if (drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg) == -1) {
		err = errno;
		bo_close(bo);
		return err;
	}
	bo_wait(bo);
	return 0;
}

void virtio_evict_all(void)
{
	WAIT_UNTIL((gpu_scan(gpu_count() + 1), !gpu_count()));
}
