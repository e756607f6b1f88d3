// SPDX-License-Identifier: GPL-2.0-or-later
/* Parameters of the GPU, and its contexts. */
#include <errno.h>

#include "lib/lima.h"
#include "lib/test.h"

TEST(param, .name = "lima/get-param", LIMA,
     .about = "the driver says that it is a Mali-400 with one pixel processor")
{
	LIMA_FILE(fd);
	struct drm_lima_get_param get = {.param =
						 DRM_LIMA_PARAM_PP_VERSION + 1};

	CHECK_EQ(lima_param(fd, DRM_LIMA_PARAM_GPU_ID),
		 DRM_LIMA_PARAM_GPU_ID_MALI400);
	CHECK_EQ(lima_param(fd, DRM_LIMA_PARAM_NUM_PP), 1);
	CHECK_EQ(lima_param(fd, DRM_LIMA_PARAM_GP_VERSION), 0x0b070101);
	CHECK_EQ(lima_param(fd, DRM_LIMA_PARAM_PP_VERSION), 0xcd070101);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_LIMA_GET_PARAM, &get), EINVAL);
	get.param = 0;
	get.pad = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_LIMA_GET_PARAM, &get), EINVAL);
}

TEST(contexts, .name = "lima/contexts", LIMA,
     .about = "contexts have numbers of their own in each file, and can be "
	      "freed once")
{
	LIMA_FILE(fd);
	LIMA_FILE(other);
	struct drm_lima_ctx_free free_ctx = {._pad = 1};
	uint32_t a = lima_ctx_new(fd), b = lima_ctx_new(fd);

	CHECK_CMP(a, !=, b);
	CHECK_EQ(lima_ctx_free(other, b), EINVAL);
	CHECK_EQ(lima_ctx_free(fd, a), 0);
	CHECK_EQ(lima_ctx_free(fd, a), EINVAL);
	CHECK_EQ(lima_ctx_free(fd, b), 0);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_LIMA_CTX_FREE, &free_ctx), EINVAL);
}
