// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments of each ioctl of panfrost, right and wrong. */
#include <errno.h>
#include <unistd.h>

#include "lib/args-handles.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"

#define BAD ARGS_BAD_POINTER
#define HEAP (PANFROST_BO_HEAP | PANFROST_BO_NOEXEC)
#define NEED PANFROST_MADV_WILLNEED

static uint32_t new_bo(int fd, size_t size)
{
	return pan_bo(fd, size, PANFROST_BO_NOEXEC).handle;
}

static struct args_handles handles_open(int fd)
{
	return args_handles_open(fd, pan_open(), new_bo);
}

static void handles_close(const struct args_handles *h)
{
	args_handles_close(h);
	shrink_settle();
}

TEST(bos, .name = "panfrost/args-bo",
     .about = "calls on a BO refuse handles of other files, and arguments that "
	      "are not for its kind of BO")
{
	int fd = pan_open();
	uint32_t heap = pan_bo(fd, 2 * MIB, HEAP).handle;
	uint32_t shared = pan_bo(fd, 4 * PAGE, PANFROST_BO_NOEXEC).handle;
	struct args_handles h = handles_open(fd);
	int dmabuf = drm_export(h.fd, shared);
	const struct args_row rows[] = {
		ARGS_NO_HANDLES(h, DRM_IOCTL_PANFROST_MMAP_BO, ENOENT,
				drm_panfrost_mmap_bo),
		ARGS(DRM_IOCTL_PANFROST_MMAP_BO, EINVAL, drm_panfrost_mmap_bo,
		     .handle = h.bo, .flags = 1),
		ARGS(DRM_IOCTL_PANFROST_MMAP_BO, EINVAL, drm_panfrost_mmap_bo,
		     .handle = heap),
		ARGS(DRM_IOCTL_PANFROST_MMAP_BO, 0, drm_panfrost_mmap_bo,
		     .handle = h.imported),
		ARGS(DRM_IOCTL_PANFROST_MMAP_BO, 0, drm_panfrost_mmap_bo,
		     .handle = h.bo, .offset = 5),
		ARGS_NO_HANDLES(h, DRM_IOCTL_PANFROST_GET_BO_OFFSET, ENOENT,
				drm_panfrost_get_bo_offset),
		ARGS(DRM_IOCTL_PANFROST_GET_BO_OFFSET, 0,
		     drm_panfrost_get_bo_offset, .handle = h.imported),
		ARGS_NO_HANDLES(h, DRM_IOCTL_PANFROST_WAIT_BO, ENOENT,
				drm_panfrost_wait_bo),
		ARGS(DRM_IOCTL_PANFROST_WAIT_BO, EINVAL, drm_panfrost_wait_bo,
		     .handle = h.bo, .pad = 1),
		ARGS(DRM_IOCTL_PANFROST_WAIT_BO, 0, drm_panfrost_wait_bo,
		     .handle = h.bo, .timeout_ns = INT64_MIN),
		ARGS(DRM_IOCTL_PANFROST_WAIT_BO, 0, drm_panfrost_wait_bo,
		     .handle = heap, .timeout_ns = INT64_MAX),
		ARGS_NO_HANDLES(h, DRM_IOCTL_PANFROST_MADVISE, ENOENT,
				drm_panfrost_madvise),
		ARGS(DRM_IOCTL_PANFROST_MADVISE, EINVAL, drm_panfrost_madvise,
		     .handle = shared, .madv = PANFROST_MADV_DONTNEED),
		ARGS(DRM_IOCTL_PANFROST_MADVISE, 0, drm_panfrost_madvise,
		     .handle = h.bo, .madv = NEED, .retained = 5),
	};

	drm_import(h.other, dmabuf);
	CHECK_SYS(close(dmabuf));
	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

TEST(create, .name = "panfrost/args-create",
     .about = "invalid sizes, flags and padding of a new BO are refused, and "
	      "so are unknown parameters")
{
	struct args_handles h = handles_open(pan_open());
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, EINVAL,
		     drm_panfrost_create_bo, .size = 0),
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, EINVAL,
		     drm_panfrost_create_bo, .size = PAGE, .pad = 1),
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, EINVAL,
		     drm_panfrost_create_bo, .size = PAGE, .flags = 1u << 31),
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, EINVAL,
		     drm_panfrost_create_bo, .size = PAGE, .flags = 1u << 31),
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, EINVAL,
		     drm_panfrost_create_bo, .size = 2 * MIB,
		     .flags = PANFROST_BO_HEAP),
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, 0, drm_panfrost_create_bo,
		     .size = 1, .flags = PANFROST_BO_NOEXEC),
		ARGS(DRM_IOCTL_PANFROST_GET_PARAM, EINVAL,
		     drm_panfrost_get_param, .param = 0, .pad = 1),
		ARGS(DRM_IOCTL_PANFROST_GET_PARAM, EINVAL,
		     drm_panfrost_get_param, .param = 1000),
		ARGS(DRM_IOCTL_PANFROST_GET_PARAM, EINVAL,
		     drm_panfrost_get_param, .param = UINT32_MAX),
		ARGS(DRM_IOCTL_PANFROST_GET_PARAM, 0, drm_panfrost_get_param,
		     .param = DRM_PANFROST_PARAM_GPU_PROD_ID),
		/* The parameter unstable_ioctls is off. */
		ARGS(DRM_IOCTL_PANFROST_PERFCNT_ENABLE, ENOSYS,
		     drm_panfrost_perfcnt_enable, .enable = 1),
		ARGS(DRM_IOCTL_PANFROST_PERFCNT_DUMP, ENOSYS,
		     drm_panfrost_perfcnt_dump, .buf_ptr = BAD),
	};

	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

TEST(submit, .name = "panfrost/args-submit",
     .about = "SUBMIT refuses unknown requirements, handles, syncobjs and "
	      "addresses")
{
	int fd = pan_open();
	uint32_t heap = pan_bo(fd, 2 * MIB, HEAP).handle;
	struct args_handles h = handles_open(fd);
	struct chain chain = chain_null(h.fd);
	/* The chain may have the number of the other one. */
	struct pan_bo gone = pan_bo(h.fd, PAGE, PANFROST_BO_NOEXEC);
	uint32_t closed[] = {h.bo, gone.handle}, foreign[] = {h.foreign};
	uint32_t twice[] = {h.bo, h.bo}, good[] = {h.bo, heap, chain.bo.handle};
	uint32_t none[] = {ARGS_NO_HANDLE}, sync[] = {syncobj_new(h.fd)};
#define JOB .jc = chain.bo.va
#define BOS(array)                                                             \
	.bo_handles = (uintptr_t)array,                                        \
	.bo_handle_count = sizeof(array) / sizeof(*array)
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EINVAL, drm_panfrost_submit,
		     .jc = 0),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EINVAL, drm_panfrost_submit,
		     JOB, .requirements = 1u << 31),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EINVAL, drm_panfrost_submit,
		     JOB, .requirements = 1u << 31),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, ENODEV, drm_panfrost_submit,
		     JOB, .out_sync = ARGS_NO_HANDLE),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EFAULT, drm_panfrost_submit,
		     JOB, .bo_handles = BAD, .bo_handle_count = 1),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, ENOENT, drm_panfrost_submit,
		     JOB, BOS(closed)),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, ENOENT, drm_panfrost_submit,
		     JOB, BOS(foreign)),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EALREADY, drm_panfrost_submit,
		     JOB, BOS(twice)),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EFAULT, drm_panfrost_submit,
		     JOB, .in_syncs = BAD, .in_sync_count = 1),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, ENOENT, drm_panfrost_submit,
		     JOB, .in_syncs = (uintptr_t)none, .in_sync_count = 1),
		/* A syncobj that has no fence. */
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EINVAL, drm_panfrost_submit,
		     JOB, .in_syncs = (uintptr_t)sync, .in_sync_count = 1),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, 0, drm_panfrost_submit, JOB,
		     BOS(good)),
	};

	CHECK(sync[0] != ARGS_NO_HANDLE);
	pan_bo_free(&gone);
	ARGS_CHECK(h.fd, rows);
	pan_bo_wait(&chain.bo);
	chain_free(&chain);
	handles_close(&h);
}

TEST(huge, .name = "panfrost/args-huge",
     .known = ARGS_KNOWN_HUGE "; panfrost_mmu_map WARN_ON(IS_ERR(sgt))",
     .about = "sizes and counts near 2^32, and addresses near 2^64, are "
	      "refused")
{
	struct args_handles h = handles_open(pan_open());
	struct chain chain = chain_null(h.fd);
	uint32_t bos[] = {h.bo}, none[] = {ARGS_NO_HANDLE};
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, ENOSPC,
		     drm_panfrost_create_bo, .size = UINT32_MAX, .flags = HEAP),
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, ENOSPC,
		     drm_panfrost_create_bo, .size = UINT32_MAX,
		     .flags = PANFROST_BO_NOEXEC),
		ARGS(DRM_IOCTL_PANFROST_CREATE_BO, ENOSPC,
		     drm_panfrost_create_bo, .size = UINT32_MAX),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, ENOMEM, drm_panfrost_submit,
		     JOB, .bo_handles = (uintptr_t)bos,
		     .bo_handle_count = UINT32_MAX),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, ENOMEM, drm_panfrost_submit,
		     JOB, .in_syncs = (uintptr_t)none,
		     .in_sync_count = UINT32_MAX),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EFAULT, drm_panfrost_submit,
		     JOB, .bo_handles = UINT64_MAX - 3, .bo_handle_count = 1),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, EFAULT, drm_panfrost_submit,
		     JOB, .in_syncs = UINT64_MAX - 3, .in_sync_count = 1),
		ARGS(DRM_IOCTL_PANFROST_SUBMIT, ENODEV, drm_panfrost_submit,
		     JOB, .out_sync = UINT32_MAX),
	};

	ARGS_CHECK(h.fd, rows);
	chain_free(&chain);
	handles_close(&h);
}
