// SPDX-License-Identifier: GPL-2.0-or-later
/* Ioctls whose argument is in a page that may only be read, so that they cannot answer. */
#include <errno.h>
#include <fcntl.h>

#include <linux/dma-heap.h>

#include <drm/drm_fourcc.h>

#include "lib/args.h"
#include "lib/panfrost.h"
#include "lib/panfrost-shrink.h"
#include "lib/virtio-gallium.h"
#include "lib/virtio-reclaim.h"

TEST(virtio, .name = "drm/read-only-virtio",
     .about = "a call that cannot write its result fails with EFAULT, and what "
	      "it has made goes with the file")
{
	int fd = gpu_card(), other = gpu_card(), value;
	struct bo bo = bo_dumb(fd, 64, 64), theirs = bo_dumb(other, 64, 64);
	struct drm_gem_flink flink = {.handle = theirs.handle};
	int dmabuf = drm_export(fd, bo.handle);

	CHECK_SYS(drm_ioctl(other, DRM_IOCTL_GEM_FLINK, &flink));
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, 0, drm_mode_create_dumb,
		     .width = 64, .height = 64, .bpp = 32),
		ARGS(DRM_IOCTL_MODE_MAP_DUMB, 0, drm_mode_map_dumb,
		     .handle = bo.handle),
		ARGS(DRM_IOCTL_MODE_ADDFB2, 0, drm_mode_fb_cmd2, .width = 64,
		     .height = 64, .pixel_format = DRM_FORMAT_XRGB8888,
		     .handles = {bo.handle}, .pitches = {256}),
		ARGS(DRM_IOCTL_GEM_FLINK, 0, drm_gem_flink,
		     .handle = bo.handle),
		ARGS(DRM_IOCTL_GEM_OPEN, 0, drm_gem_open, .name = flink.name),
		ARGS(DRM_IOCTL_PRIME_FD_TO_HANDLE, 0, drm_prime_handle,
		     .fd = dmabuf),
		ARGS(DRM_IOCTL_SYNCOBJ_CREATE, 0, drm_syncobj_create,
		     .flags = 0),
		ARGS(DRM_IOCTL_VIRTGPU_MAP, 0, drm_virtgpu_map,
		     .handle = bo.handle),
		ARGS(DRM_IOCTL_VIRTGPU_GETPARAM, 0, drm_virtgpu_getparam,
		     .param = VIRTGPU_PARAM_3D_FEATURES,
		     .value = (uintptr_t)&value),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, 0,
		     drm_virtgpu_resource_create, .target = TARGET_BUFFER,
		     .format = FORMAT_R8, .bind = BIND_VERTEX_BUFFER,
		     .width = PAGE, .height = 1, .depth = 1, .array_size = 1,
		     .size = PAGE),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, 0,
		     drm_virtgpu_resource_create_blob,
		     .blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = PAGE),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_INFO, 0,
		     drm_virtgpu_resource_info, .bo_handle = bo.handle),
	};

	bo_unmap(&bo);
	args_read_only(fd, rows, sizeof(rows) / sizeof(*rows));
	CHECK_SYS(close(dmabuf));
	bo_close(&theirs);
	CHECK_SYS(close(other));
	CHECK_SYS(close(fd));
	WAIT_UNTIL(!res_count());
}

TEST(advice, .name = "drm/read-only-madvise", .needs = "virtio-madvise",
     .about = "MADVISE that cannot return whether the content is retained "
	      "fails with EFAULT")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_VIRTGPU_MADVISE, 0, drm_virtgpu_madvise,
		     .bo_handle = bo.handle, .madv = VIRTGPU_MADV_WILLNEED),
	};

	args_read_only(fd, rows, 1);
}

TEST(panfrost, .name = "drm/read-only-panfrost",
     .about = "a call of panfrost that cannot write its result fails with "
	      "EFAULT, and what it has made goes with the file")
{
	int fd = pan_open();
	struct pan_bo bo = pan_bo(fd, PAGE, PANFROST_BO_NOEXEC);
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, 0, drm_panfrost_create_bo,
		     .size = PAGE, .flags = PANFROST_BO_NOEXEC),
		ARGS(DRM_IOCTL_PANFROST_MMAP_BO, 0, drm_panfrost_mmap_bo,
		     .handle = bo.handle),
		ARGS(DRM_IOCTL_PANFROST_GET_PARAM, 0, drm_panfrost_get_param,
		     .param = DRM_PANFROST_PARAM_GPU_PROD_ID),
		ARGS(DRM_IOCTL_PANFROST_GET_BO_OFFSET, 0,
		     drm_panfrost_get_bo_offset, .handle = bo.handle),
		ARGS(DRM_IOCTL_PANFROST_MADVISE, 0, drm_panfrost_madvise,
		     .handle = bo.handle, .madv = PANFROST_MADV_WILLNEED),
	};

	args_read_only(fd, rows, sizeof(rows) / sizeof(*rows));
	CHECK_SYS(close(fd));
	shrink_settle();
}

TEST(heap, .name = "drm/read-only-heap",
     .about = "an allocation of a dma-heap that cannot return its descriptor "
	      "closes it")
{
	int heap = CHECK_SYS(open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC));
	const struct args_row rows[] = {
		ARGS(DMA_HEAP_IOCTL_ALLOC, 0, dma_heap_allocation_data,
		     .len = PAGE, .fd_flags = O_RDWR),
	};

	args_read_only(heap, rows, 1);
	CHECK_SYS(close(heap));
}

/* The kernels of today have a bug here (tests/KERNEL-BUGS.md, 51). */
TEST(fds, .name = "drm/read-only-descriptors", .hidden = true,
     .about = "a call that cannot return the descriptor that it opened closes "
	      "it")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));
	struct sb_exec nop = exec_nop();
	struct drm_syncobj_create create = {0};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create));
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, drm_prime_handle,
		     .handle = bo.handle),
		ARGS(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, 0, drm_syncobj_handle,
		     .handle = create.handle),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, 0, drm_virtgpu_execbuffer,
		     .command = (uintptr_t)&nop, .size = sizeof(nop),
		     .flags = VIRTGPU_EXECBUF_FENCE_FD_OUT),
	};

	args_read_only(fd, rows, sizeof(rows) / sizeof(*rows));
}
