// SPDX-License-Identifier: GPL-2.0-or-later
#include <drm/drm.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/test.h"
#include "lib/panfrost.h"

/* Longer than any job takes, including job timeout and GPU reset. */
#define LONG_MS 20000

int pan_open(void)
{
	return drm_open(DRM_PANFROST, DRM_RENDER);
}

int pan_bo_try(int fd, size_t size, uint32_t flags, struct pan_bo *bo)
{
	struct drm_panfrost_create_bo create = {
		.size = size,
		.flags = flags,
	};

	if (drm_ioctl(fd, DRM_IOCTL_PANFROST_CREATE_BO, &create))
		return errno;
	*bo = (struct pan_bo){
		.fd = fd,
		.handle = create.handle,
		.va = create.offset,
		.size = size,
	};
	return 0;
}

struct pan_bo pan_bo(int fd, size_t size, uint32_t flags)
{
	struct pan_bo bo;

	errno = pan_bo_try(fd, size, flags, &bo);
	if (errno)
		FAIL("a BO of %zu bytes: %s", size, test_errno());
	return bo;
}

struct pan_bo pan_bo_mapped(int fd, size_t size, uint32_t flags)
{
	struct pan_bo bo = pan_bo(fd, size, flags);

	pan_bo_map(&bo);
	return bo;
}

struct pan_bo pan_bo_import(int fd, int dmabuf)
{
	struct drm_panfrost_get_bo_offset where = {
		.handle = drm_import(fd, dmabuf),
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &where));
	return (struct pan_bo){
		.fd = fd,
		.handle = where.handle,
		.va = where.offset,
		.size = dmabuf_size(dmabuf),
	};
}

void *pan_bo_map(struct pan_bo *bo)
{
	struct drm_panfrost_mmap_bo mmap_bo = {.handle = bo->handle};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_bo));
	bo->map = drm_mmap(bo->fd, mmap_bo.offset, bo->size);
	return bo->map;
}

bool pan_bo_try_map(struct pan_bo *bo)
{
	struct drm_panfrost_mmap_bo mmap_bo = {.handle = bo->handle};
	void *map;

	if (drm_ioctl(bo->fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_bo))
		return false;
	map = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED, bo->fd,
		   (off_t)mmap_bo.offset);
	if (map == MAP_FAILED)
		return false;
	bo->map = map;
	return true;
}

void pan_bo_unmap(struct pan_bo *bo)
{
	if (bo->map)
		CHECK_SYS(munmap(bo->map, bo->size));
	bo->map = NULL;
}

void pan_bo_free(struct pan_bo *bo)
{
	pan_bo_unmap(bo);
	drm_gem_close(bo->fd, bo->handle);
	bo->handle = 0;
}

bool pan_madvise(const struct pan_bo *bo, uint32_t advice)
{
	struct drm_panfrost_madvise madvise = {
		.handle = bo->handle,
		.madv = advice,
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_PANFROST_MADVISE, &madvise));
	CHECK_CMP(madvise.retained, <=, 1);
	return madvise.retained;
}

int pan_bo_try_wait(const struct pan_bo *bo, unsigned int ms)
{
	struct drm_panfrost_wait_bo wait = {
		.handle = bo->handle,
		.timeout_ns = ms ? time_after(ms) : 0,
	};

	if (!drm_ioctl(bo->fd, DRM_IOCTL_PANFROST_WAIT_BO, &wait))
		return 0;
	return errno;
}

void pan_bo_wait(const struct pan_bo *bo)
{
	CHECK_EQ(pan_bo_try_wait(bo, LONG_MS), 0);
}

uint64_t pan_param(int fd, uint32_t param)
{
	struct drm_panfrost_get_param get = {.param = param};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_PARAM, &get));
	return get.value;
}

void pan_bo_cleanup(struct pan_bo *bo)
{
	if (bo->handle)
		pan_bo_free(bo);
}
