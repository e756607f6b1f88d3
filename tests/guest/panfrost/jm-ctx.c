// SPDX-License-Identifier: GPL-2.0-or-later
/* Contexts of the job manager, which give jobs a priority; 7.3 has them. */
#include <errno.h>

#include "lib/drm.h"
#include "lib/panfrost-ioctls.h"
#include "lib/test.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost.h"

TEST(jm_ctx, .name = "panfrost/jm-ctx", .boot_needs = "panfrost-jm-ctx",
     .about = "contexts of the job manager can be created up to a limit and "
	      "destroyed")
{
	enum { MANY = 1000 };
	struct pan_jm_ctx_create create = {.priority = PAN_JM_CTX_LOW};
	struct pan_jm_ctx_destroy destroy = {};
	uint32_t last = 0;
	PAN(fd);

	for (int i = 0; i < MANY; i++) {
		if (drm_ioctl(fd, PAN_IOCTL_JM_CTX_CREATE, &create))
			break;
		CHECK_CMP(create.handle, >, last);
		last = create.handle;
	}
	CHECK_EQ(errno, EBUSY);
	destroy.handle = last;
	CHECK_SYS(drm_ioctl(fd, PAN_IOCTL_JM_CTX_DESTROY, &destroy));
	CHECK_ERRNO(drm_ioctl(fd, PAN_IOCTL_JM_CTX_DESTROY, &destroy), EINVAL);
	CHECK_SYS(drm_ioctl(fd, PAN_IOCTL_JM_CTX_CREATE, &create));
	CHECK_EQ(create.handle, last);
}

TEST(jm_ctx_errors, .name = "panfrost/jm-ctx-errors",
     .boot_needs = "panfrost-jm-ctx",
     .about = "a context of the job manager with an unknown priority is "
	      "refused, and the default one cannot be destroyed")
{
	struct pan_jm_ctx_create create = {.priority = 7};
	struct pan_jm_ctx_destroy destroy = {.handle = 0};
	PAN(fd);

	CHECK_ERRNO(drm_ioctl(fd, PAN_IOCTL_JM_CTX_CREATE, &create), EINVAL);
	CHECK_ERRNO(drm_ioctl(fd, PAN_IOCTL_JM_CTX_DESTROY, &destroy), EINVAL);
	create.priority = PAN_JM_CTX_LOW;
	CHECK_SYS(drm_ioctl(fd, PAN_IOCTL_JM_CTX_CREATE, &create));
	destroy.handle = create.handle;
	destroy.pad = 1;
	CHECK_ERRNO(drm_ioctl(fd, PAN_IOCTL_JM_CTX_DESTROY, &destroy), EINVAL);
}
