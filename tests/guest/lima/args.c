// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments of each ioctl of lima, right and wrong. */
#include <errno.h>
#include <unistd.h>

#include "lib/args-handles.h"
#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/test.h"

/* Contexts, too, that no file of a test has. */
#define NONE ARGS_NO_HANDLE
#define BAD ARGS_BAD_POINTER

static uint32_t new_bo(int fd, size_t size)
{
	return lima_bo(fd, size, 0).handle;
}

static struct args_handles handles_open(int fd)
{
	return args_handles_open(fd, lima_open(), new_bo);
}

TEST(bos, .name = "lima/args-bo", LIMA,
     .about = "calls on a BO refuse handles of other files and closed ones; "
	      "sizes, flags and padding are looked at")
{
	int fd = lima_open();
	uint32_t heap = lima_bo(fd, 2 * MIB, LIMA_BO_FLAG_HEAP).handle;
	struct args_handles h = handles_open(fd);
	const struct args_row rows[] = {
		ARGS_NO_HANDLES(h, DRM_IOCTL_LIMA_GEM_INFO, ENOENT,
				drm_lima_gem_info),
		ARGS(DRM_IOCTL_LIMA_GEM_INFO, 0, drm_lima_gem_info,
		     .handle = h.imported),
		ARGS(DRM_IOCTL_LIMA_GEM_INFO, 0, drm_lima_gem_info,
		     .handle = heap),
		ARGS_NO_HANDLES(h, DRM_IOCTL_LIMA_GEM_WAIT, EINVAL,
				drm_lima_gem_wait, .op = LIMA_GEM_WAIT_READ),
		ARGS(DRM_IOCTL_LIMA_GEM_WAIT, EINVAL, drm_lima_gem_wait,
		     .handle = h.bo, .op = 4),
		ARGS(DRM_IOCTL_LIMA_GEM_WAIT, EINVAL, drm_lima_gem_wait,
		     .handle = h.bo, .op = 1u << 31 | LIMA_GEM_WAIT_READ),
		ARGS(DRM_IOCTL_LIMA_GEM_WAIT, 0, drm_lima_gem_wait,
		     .handle = h.bo, .op = LIMA_GEM_WAIT_WRITE,
		     .timeout_ns = INT64_MIN),
		ARGS(DRM_IOCTL_LIMA_GEM_WAIT, 0, drm_lima_gem_wait,
		     .handle = heap, .op = LIMA_GEM_WAIT_READ,
		     .timeout_ns = INT64_MAX),
		ARGS(DRM_IOCTL_LIMA_GEM_CREATE, EINVAL, drm_lima_gem_create,
		     .size = 0),
		ARGS(DRM_IOCTL_LIMA_GEM_CREATE, EINVAL, drm_lima_gem_create,
		     .size = PAGE, .flags = 2),
		ARGS(DRM_IOCTL_LIMA_GEM_CREATE, EINVAL, drm_lima_gem_create,
		     .size = PAGE, .flags = 1u << 31),
		ARGS(DRM_IOCTL_LIMA_GEM_CREATE, EINVAL, drm_lima_gem_create,
		     .size = PAGE, .pad = 1),
		ARGS(DRM_IOCTL_LIMA_GEM_CREATE, 0, drm_lima_gem_create,
		     .size = 1),
	};

	ARGS_CHECK(h.fd, rows);
	args_handles_close(&h);
}

TEST(query, .name = "lima/args-query", LIMA,
     .about = "GET_PARAM and the calls on contexts refuse what they do not "
	      "know, and padding")
{
	LIMA_FILE(fd);
	LIMA_FILE(other);
	uint32_t foreign = 0;

	for (int i = 0; i < 10; i++)
		foreign = lima_ctx_new(other);

	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_LIMA_GET_PARAM, EINVAL, drm_lima_get_param,
		     .param = 4),
		ARGS(DRM_IOCTL_LIMA_GET_PARAM, EINVAL, drm_lima_get_param,
		     .param = UINT32_MAX),
		ARGS(DRM_IOCTL_LIMA_GET_PARAM, EINVAL, drm_lima_get_param,
		     .param = DRM_LIMA_PARAM_NUM_PP, .pad = 1),
		ARGS(DRM_IOCTL_LIMA_GET_PARAM, 0, drm_lima_get_param,
		     .param = DRM_LIMA_PARAM_NUM_PP, .value = 5),
		ARGS(DRM_IOCTL_LIMA_CTX_FREE, EINVAL, drm_lima_ctx_free,
		     .id = 0),
		ARGS(DRM_IOCTL_LIMA_CTX_FREE, EINVAL, drm_lima_ctx_free,
		     .id = NONE),
		ARGS(DRM_IOCTL_LIMA_CTX_FREE, EINVAL, drm_lima_ctx_free,
		     .id = UINT32_MAX),
		ARGS(DRM_IOCTL_LIMA_CTX_FREE, EINVAL, drm_lima_ctx_free,
		     .id = foreign),
		ARGS(DRM_IOCTL_LIMA_CTX_FREE, EINVAL, drm_lima_ctx_free,
		     .id = foreign, ._pad = 1),
		ARGS(DRM_IOCTL_LIMA_CTX_CREATE, 0, drm_lima_ctx_create,
		     .id = 5),
	};

	ARGS_CHECK(fd, rows);
}

TEST(submit, .name = "lima/args-submit", LIMA, .known = ARGS_KNOWN_HUGE,
     .about = "GEM_SUBMIT refuses pipes, flags, sizes, counts, handles, "
	      "contexts, syncobjs and addresses that do not exist")
{
	struct args_handles h = handles_open(lima_open());
	struct lima_task task = lima_task(h.fd, LIMA_PIPE_GP);
	/* The list may have the number of the other one. */
	struct gpu_bo gone = lima_bo(h.fd, PAGE, 0);
	union lima_frame frame;
	struct drm_lima_gem_submit good;
	struct drm_lima_gem_submit_bo closed[] = {task.bos[0],
						  {gone.handle, 0}};
	struct drm_lima_gem_submit_bo foreign[] = {{h.foreign, 0}};
	struct drm_lima_gem_submit_bo twice[] = {task.bos[0], task.bos[0]};

	gpu_bo_free(&gone);
	commands_add(&task.commands, SB_COMMAND_FILL);
	frame = lima_frame(&task);
	good = lima_submit_args(&task, &frame, &(struct lima_sync){0});

#define GOOD                                                                   \
	.ctx = good.ctx, .pipe = good.pipe, .nr_bos = good.nr_bos,             \
	.frame_size = good.frame_size, .bos = good.bos, .frame = good.frame
#define BUT(error, ...)                                                        \
	ARGS(DRM_IOCTL_LIMA_GEM_SUBMIT, error, drm_lima_gem_submit, GOOD,      \
	     __VA_ARGS__)
#define BOS(array)                                                             \
	.bos = (uintptr_t)(array), .nr_bos = sizeof(array) / sizeof(*(array))
	_Pragma("GCC diagnostic push");
	_Pragma("GCC diagnostic ignored \"-Woverride-init\"");
	const struct args_row rows[] = {
		BUT(EINVAL, .pipe = 2),
		BUT(EINVAL, .pipe = UINT32_MAX),
		BUT(EINVAL, .pipe = LIMA_PIPE_PP),
		BUT(EINVAL, .flags = 2),
		BUT(EINVAL, .flags = 1u << 31),
		BUT(EINVAL, .frame_size = 0),
		BUT(EINVAL, .frame_size = good.frame_size + 1),
		BUT(EINVAL, .frame_size = UINT32_MAX),
		BUT(EINVAL, .nr_bos = 0),
		BUT(ENOMEM, .nr_bos = UINT32_MAX),
		BUT(ENOMEM, .nr_bos = 1u << 27),
		BUT(EFAULT, .bos = BAD),
		BUT(EFAULT, .bos = 0),
		BUT(EFAULT, .bos = UINT64_MAX - 7),
		BUT(EFAULT, .frame = BAD),
		BUT(EFAULT, .frame = 0),
		BUT(ENOENT, .ctx = NONE),
		BUT(ENOENT, .ctx = UINT32_MAX),
		BUT(ENOENT, BOS(closed)),
		BUT(ENOENT, BOS(foreign)),
		BUT(EALREADY, BOS(twice)),
		BUT(ENOENT, .out_sync = NONE),
		BUT(ENOENT, .in_sync = {NONE}),
		BUT(ENOENT, .in_sync = {0, UINT32_MAX}),
	};
	_Pragma("GCC diagnostic pop");

	ARGS_CHECK(h.fd, rows);
	lima_task_free(&task);
	args_handles_close(&h);
}
