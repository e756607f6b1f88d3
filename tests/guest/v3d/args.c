// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments of each ioctl of v3d, right and wrong. */
#include <errno.h>
#include <unistd.h>

#include "lib/args-handles.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/v3d.h"

/* IDs, too, that no file of a test has. */
#define NONE ARGS_NO_HANDLE
#define BAD ARGS_BAD_POINTER

static uint32_t new_bo(int fd, size_t size)
{
	return v3d_bo(fd, size).handle;
}

static struct args_handles handles_open(void)
{
	return args_handles_open(v3d_open(), v3d_open(), new_bo);
}

static void handles_close(const struct args_handles *h)
{
	args_handles_close(h);
	WAIT_UNTIL(!v3d_pages());
}

TEST(bos, .name = "v3d/args-bo", V3D,
     .about = "calls on a BO refuse handles of other files and closed ones; "
	      "sizes, flags and padding are looked at")
{
	struct args_handles h = handles_open();
	const struct args_row rows[] = {
		ARGS_NO_HANDLES(h, DRM_IOCTL_V3D_GET_BO_OFFSET, ENOENT,
				drm_v3d_get_bo_offset),
		ARGS(DRM_IOCTL_V3D_GET_BO_OFFSET, 0, drm_v3d_get_bo_offset,
		     .handle = h.imported),
		ARGS_NO_HANDLES(h, DRM_IOCTL_V3D_MMAP_BO, ENOENT,
				drm_v3d_mmap_bo),
		ARGS(DRM_IOCTL_V3D_MMAP_BO, EINVAL, drm_v3d_mmap_bo,
		     .handle = h.bo, .flags = 1),
		ARGS(DRM_IOCTL_V3D_MMAP_BO, EINVAL, drm_v3d_mmap_bo,
		     .handle = h.bo, .flags = 1u << 31),
		ARGS(DRM_IOCTL_V3D_MMAP_BO, 0, drm_v3d_mmap_bo, .handle = h.bo,
		     .offset = 5),
		ARGS_NO_HANDLES(h, DRM_IOCTL_V3D_WAIT_BO, EINVAL,
				drm_v3d_wait_bo),
		ARGS(DRM_IOCTL_V3D_WAIT_BO, EINVAL, drm_v3d_wait_bo,
		     .handle = h.bo, .pad = 1),
		ARGS(DRM_IOCTL_V3D_WAIT_BO, 0, drm_v3d_wait_bo, .handle = h.bo,
		     .timeout_ns = UINT64_MAX),
		ARGS(DRM_IOCTL_V3D_WAIT_BO, 0, drm_v3d_wait_bo,
		     .handle = h.imported, .timeout_ns = 1ull << 63),
		ARGS(DRM_IOCTL_V3D_CREATE_BO, EINVAL, drm_v3d_create_bo,
		     .size = 0),
		ARGS(DRM_IOCTL_V3D_CREATE_BO, EINVAL, drm_v3d_create_bo,
		     .size = PAGE, .flags = 1),
		ARGS(DRM_IOCTL_V3D_CREATE_BO, EINVAL, drm_v3d_create_bo,
		     .size = PAGE, .flags = 1u << 31),
		/* Rounded up, it is 0. */
		ARGS(DRM_IOCTL_V3D_CREATE_BO, EINVAL, drm_v3d_create_bo,
		     .size = UINT32_MAX),
		ARGS(DRM_IOCTL_V3D_CREATE_BO, 0, drm_v3d_create_bo, .size = 1),
	};

	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

TEST(query, .name = "v3d/args-query", V3D,
     .about = "GET_PARAM and the calls on performance monitors refuse what "
	      "they do not know, and padding")
{
	V3D_FILE(fd);
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_V3D_GET_PARAM, EINVAL, drm_v3d_get_param,
		     .param = 1000),
		ARGS(DRM_IOCTL_V3D_GET_PARAM, EINVAL, drm_v3d_get_param,
		     .param = UINT32_MAX),
		ARGS(DRM_IOCTL_V3D_GET_PARAM, EINVAL, drm_v3d_get_param,
		     .param = DRM_V3D_PARAM_SUPPORTS_TFU, .pad = 1),
		ARGS(DRM_IOCTL_V3D_GET_PARAM, EINVAL, drm_v3d_get_param,
		     .param = DRM_V3D_PARAM_V3D_HUB_IDENT1, .value = 1),
		ARGS(DRM_IOCTL_V3D_GET_PARAM, 0, drm_v3d_get_param,
		     .param = DRM_V3D_PARAM_SUPPORTS_TFU),
		ARGS(DRM_IOCTL_V3D_PERFMON_CREATE, EINVAL,
		     drm_v3d_perfmon_create, .ncounters = 0),
		ARGS(DRM_IOCTL_V3D_PERFMON_CREATE, EINVAL,
		     drm_v3d_perfmon_create,
		     .ncounters = DRM_V3D_MAX_PERF_COUNTERS + 1),
		ARGS(DRM_IOCTL_V3D_PERFMON_CREATE, EINVAL,
		     drm_v3d_perfmon_create, .ncounters = UINT32_MAX),
		ARGS(DRM_IOCTL_V3D_PERFMON_CREATE, EINVAL,
		     drm_v3d_perfmon_create, .ncounters = 2,
		     .counters = {0, 255}),
		ARGS(DRM_IOCTL_V3D_PERFMON_DESTROY, EINVAL,
		     drm_v3d_perfmon_destroy, .id = 0),
		ARGS(DRM_IOCTL_V3D_PERFMON_DESTROY, EINVAL,
		     drm_v3d_perfmon_destroy, .id = NONE),
		ARGS(DRM_IOCTL_V3D_PERFMON_DESTROY, EINVAL,
		     drm_v3d_perfmon_destroy, .id = UINT32_MAX),
		ARGS(DRM_IOCTL_V3D_PERFMON_GET_VALUES, EINVAL,
		     drm_v3d_perfmon_get_values, .id = NONE, .values_ptr = BAD),
		ARGS(DRM_IOCTL_V3D_PERFMON_GET_VALUES, EINVAL,
		     drm_v3d_perfmon_get_values, .id = UINT32_MAX),
		ARGS(DRM_IOCTL_V3D_PERFMON_GET_VALUES, EINVAL,
		     drm_v3d_perfmon_get_values, .id = 1, .pad = 1),
	};

	ARGS_CHECK(fd, rows);
}

#define CL(error, ...)                                                         \
	ARGS(DRM_IOCTL_V3D_SUBMIT_CL, error, drm_v3d_submit_cl, __VA_ARGS__)
#define CSD(error, ...)                                                        \
	ARGS(DRM_IOCTL_V3D_SUBMIT_CSD, error, drm_v3d_submit_csd, __VA_ARGS__)
#define TFU(error, ...)                                                        \
	ARGS(DRM_IOCTL_V3D_SUBMIT_TFU, error, drm_v3d_submit_tfu, __VA_ARGS__)
#define BOS(array)                                                             \
	.bo_handles = (uintptr_t)(array),                                      \
	.bo_handle_count = sizeof(array) / sizeof(*(array))

TEST(submit, .name = "v3d/args-submit", V3D, .known = ARGS_KNOWN_HUGE,
     .about = "the calls that submit refuse flags, padding, counts, handles, "
	      "monitors, extensions and addresses that do not exist")
{
	struct args_handles h = handles_open();
	uint32_t bos[] = {h.bo}, twice[] = {h.bo, h.bo};
	uint32_t closed[] = {h.bo, h.closed}, foreign[] = {h.foreign};
	struct v3d_job last;
	struct drm_v3d_extension unknown = {.id = 99};
	struct drm_v3d_multi_sync flags = {
		.base = {.id = DRM_V3D_EXT_ID_MULTI_SYNC, .flags = 1}};
	struct drm_v3d_multi_sync pad = {
		.base = {.id = DRM_V3D_EXT_ID_MULTI_SYNC}, .pad = 1};
	struct drm_v3d_multi_sync syncs = {
		.base = {.id = DRM_V3D_EXT_ID_MULTI_SYNC},
		.wait_stage = V3D_RENDER,
		.in_syncs = BAD,
		.in_sync_count = 1};
	struct drm_v3d_multi_sync outs = {
		.base = {.id = DRM_V3D_EXT_ID_MULTI_SYNC},
		.out_syncs = BAD,
		.out_sync_count = 1};
	struct drm_v3d_submit_tfu same = {.bo_handles = {h.bo, h.bo}};
	/* A BO that is named twice: 6.12 refuses it, 7.3 does not mind. */
	int again =
		drm_ioctl(h.fd, DRM_IOCTL_V3D_SUBMIT_TFU, &same) ? errno : 0;
#define EXTENSION(ext)                                                         \
	.flags = DRM_V3D_SUBMIT_EXTENSION, .extensions = (uintptr_t)(ext)
	const struct args_row rows[] = {
		CL(EINVAL, BOS(bos), .pad = 1),
		CL(EINVAL, BOS(bos), .flags = 4),
		CL(EINVAL, BOS(bos), .flags = 1u << 31),
		CL(EINVAL, .bo_handles = BAD, .bo_handle_count = 0),
		CL(ENOMEM, .bo_handles = (uintptr_t)bos,
		   .bo_handle_count = UINT32_MAX),
		CL(EFAULT, .bo_handles = BAD, .bo_handle_count = 1),
		CL(EFAULT, .bo_handles = 0, .bo_handle_count = 1),
		CL(ENOENT, BOS(closed)),
		CL(ENOENT, BOS(foreign)),
		CL(again, BOS(twice)),
		CL(ENOENT, BOS(bos), .perfmon_id = NONE),
		CL(EFAULT, BOS(bos), EXTENSION(BAD)),
		CL(EINVAL, BOS(bos), EXTENSION(&unknown)),
		CL(EINVAL, BOS(bos), EXTENSION(&flags)),
		CL(EINVAL, BOS(bos), EXTENSION(&pad)),
		CL(EFAULT, BOS(bos), EXTENSION(&syncs)),
		CL(EFAULT, BOS(bos), EXTENSION(&outs)),
		CSD(EINVAL, BOS(bos), .pad = 1),
		CSD(EINVAL, BOS(bos), .flags = 1),
		CSD(EINVAL, BOS(bos), .flags = 1u << 31),
		CSD(EINVAL, .bo_handles = BAD),
		CSD(ENOMEM, .bo_handles = (uintptr_t)bos,
		    .bo_handle_count = UINT32_MAX),
		CSD(EFAULT, .bo_handles = BAD, .bo_handle_count = 1),
		CSD(ENOENT, BOS(closed)),
		CSD(ENOENT, BOS(foreign)),
		CSD(again, BOS(twice)),
		CSD(ENOENT, BOS(bos), .perfmon_id = NONE),
		CSD(EFAULT, BOS(bos), EXTENSION(BAD)),
		CSD(EINVAL, BOS(bos), EXTENSION(&unknown)),
		TFU(EINVAL, .bo_handles = {h.bo}, .flags = 1),
		TFU(EINVAL, .bo_handles = {h.bo}, .flags = 1u << 31),
		TFU(ENOENT, .bo_handles = {h.closed}),
		TFU(ENOENT, .bo_handles = {h.bo, h.foreign}),
		TFU(ENOENT, .bo_handles = {h.bo, UINT32_MAX}),
		TFU(again, .bo_handles = {h.bo, h.bo}),
		TFU(EFAULT, .bo_handles = {h.bo}, EXTENSION(BAD)),
		TFU(EINVAL, .bo_handles = {h.bo}, EXTENSION(&unknown)),
	};

	CHECK(!again || again == EALREADY);
	ARGS_CHECK(h.fd, rows);
	/*
	 * A call without an argument is a TFU job without BOs. Jobs that outlive their file are
	 * a bug of the kernel (tests/KERNEL-BUGS.md), so run one after it.
	 */
	last = v3d_job(h.fd, V3D_TFU);
	commands_fill(&last.commands, last.list.va + 3 * PAGE, 4, 1);
	v3d_run(&last);
	v3d_job_free(&last);
	handles_close(&h);
}
