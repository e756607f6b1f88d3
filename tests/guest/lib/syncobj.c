// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/syncobj.h"

#include <drm/drm.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/test.h"

int64_t time_after(unsigned int ms)
{
	struct timespec now;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &now));
	return now.tv_sec * 1000000000ll + now.tv_nsec + ms * 1000000ll;
}

uint32_t syncobj_new(int fd)
{
	struct drm_syncobj_create create = {};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create));
	return create.handle;
}

void syncobj_free(int fd, uint32_t syncobj)
{
	struct drm_syncobj_destroy destroy = {.handle = syncobj};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy));
}

bool syncobj_wait(int fd, uint32_t syncobj, unsigned int ms)
{
	struct drm_syncobj_wait wait = {
		.handles = (uintptr_t)&syncobj,
		.timeout_nsec = time_after(ms),
		.count_handles = 1,
	};

	if (!drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait))
		return true;
	if (errno != ETIME)
		FAIL("DRM_IOCTL_SYNCOBJ_WAIT: %s", test_errno());
	return false;
}

int syncobj_status(int fd, uint32_t syncobj)
{
	struct drm_syncobj_handle export = {
		.handle = syncobj,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
		.fd = -1,
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &export));

	int status = sync_file_status(export.fd);

	close(export.fd);
	return status;
}

void syncobj_import(int fd, uint32_t syncobj, int sync_file)
{
	struct drm_syncobj_handle import = {
		.handle = syncobj,
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
		.fd = sync_file,
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &import));
}
