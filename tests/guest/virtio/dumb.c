// SPDX-License-Identifier: GPL-2.0-or-later
/* Dumb buffers. */
#include <errno.h>
#include <string.h>

#include <drm/drm_mode.h>

#include "lib/caps.h"
#include "lib/virtio-gpu.h"

TEST(create, .name = "virtio/dumb-create",
     .about =
	     "a dumb buffer is zeroed, and all of it is the resource's backing")
{
	GPU_CARD(fd);
	BO(bo, bo_dumb(fd, 100, 60));
	uint32_t res = bo.res;
	size_t want = (100 * 4 * 60 + PAGE - 1) / PAGE;

	CHECK_EQ(bo.pitch, 100 * 4);
	CHECK_EQ(bo.size, want * PAGE);
	for (size_t i = 0; i < bo.size; i++)
		CHECK_EQ(((char *)bo.map)[i], 0);
	WAIT_UNTIL(res_exists(res));
	CHECK_EQ(res_pages(res), caps_has("virtio-late-attach") ? 0 : want);
	bo_to_host_box(
		&bo, (struct drm_virtgpu_3d_box){.w = 100, .h = 60, .d = 1}, 0);
	CHECK_EQ(res_pages(res), want);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(res));
}

TEST(stamps, .name = "virtio/dumb-stamps",
     .about = "what is written to a dumb buffer is there when mapped again")
{
	GPU_CARD(fd);
	BO(bo, bo_dumb(fd, 256, 256));

	stamp_fill(bo.map, bo.size, 1, 1);
	bo_unmap(&bo);
	bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
}

TEST(many, .name = "virtio/dumb-many",
     .about = "many buffers at once keep apart, at the device too")
{
	enum { COUNT = 40 };
	struct bo bo[COUNT];
	GPU_CARD(fd);

	for (unsigned int i = 0; i < COUNT; i++) {
		bo[i] = bo_dumb(fd, 32, 32 + 32 * (i % 7));
		stamp_fill(bo[i].map, bo[i].size, i, 1);
		res_expect(&bo[i], i, 1);
		for (unsigned int j = 0; j < i; j++) {
			CHECK_CMP(bo[i].res, !=, bo[j].res);
			CHECK_CMP(bo[i].handle, !=, bo[j].handle);
		}
	}
	for (unsigned int i = 0; i < COUNT; i++)
		bo_to_host(&bo[i]);
	for (unsigned int i = 0; i < COUNT; i++) {
		void *data = res_data(bo[i].res, 0, bo[i].size);

		stamp_verify(bo[i].map, bo[i].size, i, 1);
		stamp_verify(data, bo[i].size, i, 1);
		free(data);
	}
	/* Not in order of creation, so that lists are not just used as stacks. */
	for (unsigned int i = 0; i < COUNT; i++) {
		unsigned int at = (i * 27 + 11) % COUNT;

		bo_close(&bo[at]);
		WAIT_UNTIL(!res_exists(bo[at].res));
	}
}

static int try_create(int fd, uint32_t width, uint32_t height, uint32_t bpp)
{
	struct drm_mode_create_dumb arg = {
		.width = width,
		.height = height,
		.bpp = bpp,
	};

	return drm_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &arg);
}

TEST(bad_sizes, .name = "virtio/dumb-bad-sizes",
     .about = "sizes of 0, sizes that overflow, and other depths are refused")
{
	GPU_CARD(fd);

	CHECK_ERRNO(try_create(fd, 0, 64, 32), EINVAL);
	CHECK_ERRNO(try_create(fd, 64, 0, 32), EINVAL);
	CHECK_ERRNO(try_create(fd, 64, 64, 0), EINVAL);
	CHECK_ERRNO(try_create(fd, 64, 64, 16), EINVAL);
	CHECK_ERRNO(try_create(fd, 64, 64, 24), EINVAL);
	CHECK_ERRNO(try_create(fd, 65536, 65536, 32), EINVAL);
	CHECK_ERRNO(try_create(fd, 0x40000000, 4, 32), EINVAL);
	CHECK_ERRNO(try_create(fd, UINT32_MAX, UINT32_MAX, 32), EINVAL);
}

TEST(bad_handles, .name = "virtio/bad-handles",
     .about = "each ioctl answers ENOENT or EINVAL to an invalid handle")
{
	GPU_CARD(fd);
	BO(bo, bo_dumb(fd, 32, 32));
	struct drm_virtgpu_map map = {.handle = bo.handle + 1};
	struct drm_mode_map_dumb map_dumb = {.handle = bo.handle + 1};
	struct drm_virtgpu_resource_info info = {.bo_handle = bo.handle + 1};
	struct drm_virtgpu_3d_wait wait = {.handle = bo.handle + 1};
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = bo.handle + 1,
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = bo.handle + 1,
	};
	struct drm_gem_close close_arg = {.handle = bo.handle + 1};
	struct drm_mode_destroy_dumb destroy = {.handle = bo.handle + 1};
	struct drm_prime_handle prime = {.handle = bo.handle + 1};
	struct drm_gem_flink flink = {.handle = bo.handle + 1};

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map), ENOENT);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map_dumb), ENOENT);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info),
		    ENOENT);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait), ENOENT);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to),
		    ENOENT);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from),
		    ENOENT);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close_arg), EINVAL);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy),
		    EINVAL);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime),
		    ENOENT);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_GEM_FLINK, &flink), ENOENT);

	/* A handle is invalid after its close. */
	wait.handle = bo.handle;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait));
	bo_close(&bo);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait), ENOENT);
}

TEST(resource_sizes, .name = "virtio/resource-sizes",
     .about = "a resource without a size has a page; absurd sizes are refused")
{
	GPU(fd);
	struct drm_virtgpu_resource_create arg = {
		.target = 2,
		.format = 1,
		.bind = 2,
		.width = 16,
		.height = 16,
		.depth = 1,
		.array_size = 1,
	};
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
	};
	static const uint64_t bad[] = {
		0,	    1ull << 40,	       1ull << 62,
		1ull << 63, UINT64_MAX - PAGE, UINT64_MAX,
	};
	struct bo bo;

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg));
	bo = bo_of_handle(fd, arg.bo_handle);
	CHECK_EQ(bo.size, PAGE);
	bo_to_host_box(
		&bo, (struct drm_virtgpu_3d_box){.w = 16, .h = 16, .d = 1}, 0);
	CHECK_EQ(res_pages(bo.res), 1);
	bo_close(&bo);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		blob.size = bad[i];
		if (!drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB,
			       &blob))
			FAIL("a BO of %llu bytes", (unsigned long long)bad[i]);
		CHECK(errno == EINVAL || errno == ENOSPC || errno == ENOMEM);
	}
}

TEST(odd_resource, .name = "virtio/resource-refused-by-device",
     .about =
	     "a BO whose creation the device refuses has no resource, and what "
	     "the driver does with it is no violation")
{
	GPU(fd);
	struct drm_virtgpu_resource_create arg = {
		.target = 2,
		.format = 9999,
		.bind = 2,
		.width = 16,
		.height = 16,
		.depth = 1,
		.array_size = 1,
	};
	struct bo bo;

	/* The driver does not wait for the answer. */
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg));
	bo = bo_of_handle(fd, arg.bo_handle);
	CHECK_EQ(refused_take("unknown format 9999"), 1);
	CHECK(!res_exists(bo.res));
	bo_map(&bo);
	stamp_fill(bo.map, bo.size, 1, 1);
	stamp_verify(bo.map, bo.size, 1, 1);
	bo_to_host_box(
		&bo, (struct drm_virtgpu_3d_box){.w = 16, .h = 16, .d = 1}, 0);
	bo_wait(&bo);
	bo_close(&bo);
	CHECK_EQ(refused_count(), 0);
}

TEST(wide, .name = "virtio/dumb-wide",
     .about = "a dumb buffer wider than the device allows has memory, but no "
	      "resource")
{
	GPU_CARD(fd);
	struct bo bo = bo_dumb(fd, 1 << 18, 1);

	CHECK_EQ(refused_take("a side is too large"), 1);
	CHECK(!res_exists(bo.res));
	stamp_fill(bo.map, bo.size, 1, 1);
	stamp_verify(bo.map, bo.size, 1, 1);
	bo_close(&bo);
}
