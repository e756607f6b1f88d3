// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/virgl.h"

void virgl_exec(int fd, const uint32_t *words, size_t count,
		const struct bo *const *bos, size_t bo_count)
{
	uint32_t handles[8];
	struct drm_virtgpu_execbuffer arg = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.size = (uint32_t)(count * sizeof(*words)),
		.command = (uintptr_t)words,
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = (uint32_t)bo_count,
	};

	CHECK(bo_count <= sizeof(handles) / sizeof(*handles));
	for (size_t i = 0; i < bo_count; i++)
		handles[i] = bos[i]->handle;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
	CHECK(sync_file_wait(arg.fence_fd, 10000));
	CHECK_SYS(close(arg.fence_fd));
}
