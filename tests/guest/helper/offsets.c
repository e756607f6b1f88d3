// SPDX-License-Identifier: GPL-2.0-or-later
/* Creating BOs when there is no room for their mmap offsets: 1 TiB for all. */
#include <errno.h>

#include "lib/helper.h"
#include "lib/virtio-gallium.h"
#include "lib/virtio-gpu.h"

/* Nothing has pages. */
#define HUGE (128ULL << 30)
#define MOST 600

TEST(offsets, .name = "helper/no-offsets", HELPER,
     .about = "a BO is not created if no mmap offset is left, and is once "
	      "another BO is closed")
{
	HELPER_DEVICE(fd, 0);
	struct sb_helper_create arg;
	struct helper_bo bo[MOST];
	unsigned int count = 0;

	for (;; count++) {
		CHECK_CMP(count, <, MOST);
		arg = (struct sb_helper_create){.size = HUGE};
		if (drm_ioctl(fd, DRM_IOCTL_SB_HELPER_CREATE, &arg))
			break;
		bo[count] = (struct helper_bo){
			.fd = fd, .handle = arg.handle, .size = arg.size};
	}
	CHECK_EQ(errno, ENOSPC);
	CHECK_CMP(count, >, 2);
	CHECK_EQ(helper_info(fd).bos, count);
	for (int i = 0; i < 3; i++) {
		CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_SB_HELPER_CREATE, &arg),
			    ENOSPC);
		helper_check_lists(fd);
	}
	/* A small one still fits, or there is room once a huge one is gone. */
	helper_bo_close(&bo[1]);
	bo[1] = helper_bo_used(fd, 4, 0, 1);
	helper_verify(&bo[1], SB_HELPER_DEVICE, 1);
	for (unsigned int i = 0; i < count; i++)
		helper_bo_close(&bo[i]);
	helper_check_lists(fd);
}

TEST(virtio, .name = "virtio/no-offsets", .needs = "virtio-late-attach",
     .about =
	     "a BO that gets no mmap offset is not created, and leaves nothing "
	     "in the device")
{
	unsigned int before = res_count(), count = 0;
	int fd = gpu_render();
	struct bo bo;

	for (;; count++) {
		struct drm_virtgpu_resource_create arg = {
			.target = TARGET_BUFFER,
			.format = FORMAT_R8,
			.bind = BIND_VERTEX_BUFFER,
			.width = PAGE,
			.height = 1,
			.depth = 1,
			.array_size = 1,
			.size = UINT32_MAX - PAGE + 1,
		};

		CHECK_CMP(count, <, MOST);
		if (drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg))
			break;
	}
	CHECK_EQ(errno, ENOSPC);
	CHECK_EQ(res_count(), before + count);
	CHECK_SYS(close(fd));
	WAIT_UNTIL(res_count() == before);
	fd = gpu_render();
	bo = bo_buffer(fd, PAGE);
	bo_to_host(&bo);
	bo_close_wait(&bo);
	CHECK_SYS(close(fd));
}
