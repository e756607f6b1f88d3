// SPDX-License-Identifier: GPL-2.0-or-later
/* Blob resources in guest memory. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/virtio-gpu.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

TEST(create, .name = "virtio/blob-create",
     .about = "a guest blob is zeroed, and its pages are the resource")
{
	GPU(fd);
	BO(bo, bo_blob(fd, SIZE));
	struct drm_virtgpu_resource_info info = {.bo_handle = bo.handle};

	for (size_t i = 0; i < SIZE; i++)
		CHECK_EQ(((char *)bo.map)[i], 0);
	CHECK_EQ(res_pages(bo.res), PAGES);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info));
	CHECK_EQ(info.res_handle, bo.res);
	CHECK_EQ(info.size, SIZE);
	CHECK_EQ(info.blob_mem, VIRTGPU_BLOB_MEM_GUEST);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(exec, .name = "virtio/blob-exec",
     .about = "the device reads and writes a guest blob in place")
{
	GPU(fd);
	BO(src, bo_blob(fd, SIZE));
	BO(dst, bo_blob(fd, SIZE));
	BO(sum, bo_buffer(fd, PAGE));
	const struct bo *bos[] = {&src, &dst, &sum};
	struct sb_exec exec[] = {
		exec_copy(&dst, 0, &src, 0, SIZE),
		exec_checksum(&sum, 0, &dst, 0, SIZE),
	};

	exec[0].flags = SB_EXEC_SRC_GUEST | SB_EXEC_DST_GUEST;
	exec[1].flags = SB_EXEC_SRC_GUEST;
	for (uint32_t generation = 1; generation <= 3; generation++) {
		stamp_fill(src.map, SIZE, 1, generation);
		res_expect(&src, 1, generation);
		gpu_exec(fd, exec, 2, bos, 3);
		stamp_verify(dst.map, SIZE, 1, generation);
		bo_from_host(&sum);
		CHECK_EQ(*(uint64_t *)sum.map, stamp_fnv(src.map, SIZE));
	}
}

TEST(size, .name = "virtio/blob-size",
     .about = "a size that is no whole number of pages is rounded up")
{
	GPU(fd);
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = 5 * PAGE + 1,
	};
	struct bo bo;

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &arg));
	bo = bo_of_handle(fd, arg.bo_handle);
	CHECK_EQ(bo.res, arg.res_handle);
	CHECK_EQ(bo.size, 6 * PAGE);
	CHECK_EQ(res_pages(bo.res), 6);
	bo_map(&bo);
	stamp_fill(bo.map, bo.size, 1, 1);
	stamp_verify(bo.map, bo.size, 1, 1);
	bo_close(&bo);
}

static int try_create(int fd, struct drm_virtgpu_resource_create_blob arg)
{
	return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &arg);
}

TEST(refused, .name = "virtio/blob-refused",
     .about = "bad memory kinds, flags, sizes and arguments are refused")
{
	const struct drm_virtgpu_resource_create_blob good = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = SIZE,
	};
	struct drm_virtgpu_resource_create_blob arg = good;
	GPU(fd);
	unsigned int before = res_count();

	arg.blob_mem = 0;
	CHECK_ERRNO(try_create(fd, arg), EINVAL);
	arg.blob_mem = 1000;
	CHECK_ERRNO(try_create(fd, arg), EINVAL);
	arg = good;
	arg.blob_flags = 0x100;
	CHECK_ERRNO(try_create(fd, arg), EINVAL);
	arg = good;
	arg.blob_id = 1;
	CHECK_ERRNO(try_create(fd, arg), EINVAL);
	arg = good;
	arg.cmd_size = 4;
	CHECK_ERRNO(try_create(fd, arg), EINVAL);
	arg = good;
	arg.blob_mem = VIRTGPU_BLOB_MEM_HOST3D_GUEST;
	arg.cmd_size = 3;
	CHECK_ERRNO(try_create(fd, arg), EINVAL);
	if (!gpu_param(fd, VIRTGPU_PARAM_CROSS_DEVICE)) {
		arg = good;
		arg.blob_flags |= VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE;
		CHECK_ERRNO(try_create(fd, arg), EINVAL);
	}
	CHECK_EQ(res_count(), before);
}

TEST(cross_device, .name = "virtio/blob-cross-device",
     .about = "a blob for use across devices works as any other")
{
	GPU(fd);
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
			      VIRTGPU_BLOB_FLAG_USE_SHAREABLE |
			      VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE,
		.size = SIZE,
	};
	struct bo bo;

	if (!gpu_param(fd, VIRTGPU_PARAM_CROSS_DEVICE))
		test_skip("no use across devices");
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &arg));
	bo = bo_of_handle(fd, arg.bo_handle);
	bo_map(&bo);
	stamp_fill(bo.map, SIZE, 1, 1);
	CHECK_SYS(close(drm_export(fd, bo.handle)));
	stamp_verify(bo.map, SIZE, 1, 1);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(host, .name = "virtio/blob-host",
     .about = "a blob in host memory has no guest page and cannot be mapped")
{
	GPU(fd);
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = SIZE,
	};
	BO(buffer, bo_buffer(fd, SIZE));
	struct bo bo;
	const struct bo *bos[] = {&bo, &buffer};
	struct sb_exec exec[2];

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &arg));
	bo = bo_of_handle(fd, arg.bo_handle);
	CHECK_EQ(bo.size, SIZE);
	CHECK_EQ(res_pages(bo.res), 0);
	CHECK_ERRNO((intptr_t)mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd,
				   (off_t)bo_map_offset(&bo)),
		    EINVAL);
	exec[0] = exec_copy(&bo, 0, &buffer, 0, SIZE);
	exec[1] = exec_copy(&buffer, 0, &bo, PAGE, PAGE);
	stamp_fill(buffer.map, SIZE, 1, 1);
	bo_to_host(&buffer);
	gpu_exec(fd, exec, 2, bos, 2);
	bo_from_host(&buffer);
	stamp_verify_pages(buffer.map, PAGE, 1, 1, 1);
	bo_close(&buffer);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));

	/* Without a host-visible region it cannot be mappable. */
	if (!gpu_param(fd, VIRTGPU_PARAM_HOST_VISIBLE)) {
		unsigned int before = res_count();

		arg.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE;
		CHECK_ERRNO(try_create(fd, arg), EINVAL);
		WAIT_UNTIL(res_count() == before);
	}
}

TEST(host_guest, .name = "virtio/blob-host-guest",
     .about = "a blob in both memories is transferred, either way")
{
	GPU(fd);
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = SIZE,
	};
	struct drm_virtgpu_3d_transfer_to_host to = {
		.box = {.w = SIZE, .h = 1, .d = 1},
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.box = {.x = PAGE, .w = 3 * PAGE, .h = 1, .d = 1},
		.offset = PAGE,
		.stride = 3 * PAGE,
		.layer_stride = 3 * PAGE,
	};
	struct bo bo;

	CHECK_SYS(
		drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create));
	bo = bo_of_handle(fd, create.bo_handle);
	CHECK_EQ(res_pages(bo.res), PAGES);
	bo_map(&bo);
	to.bo_handle = bo.handle;
	from.bo_handle = bo.handle;
	stamp_fill(bo.map, SIZE, 1, 1);
	res_expect(&bo, 1, 1);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to));
	bo_wait(&bo);
	stamp_fill(bo.map, SIZE, 1, 2);
	res_expect(&bo, 1, 2);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from));
	bo_wait(&bo);
	stamp_verify(bo.map, PAGE, 1, 2);
	stamp_verify_pages((char *)bo.map + PAGE, 3 * PAGE, 1, 1, 1);
	stamp_verify_pages((char *)bo.map + 4 * PAGE, SIZE - 4 * PAGE, 1, 2, 4);
	bo_close(&bo);
}
