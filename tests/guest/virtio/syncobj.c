// SPDX-License-Identifier: GPL-2.0-or-later
/* Syncobjs of an execbuffer, binary and timeline. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/virtio-gpu.h"

static uint32_t syncobj_create(int fd)
{
	struct drm_syncobj_create arg = {0};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &arg));
	return arg.handle;
}

static void syncobj_destroy(int fd, uint32_t handle)
{
	struct drm_syncobj_destroy arg = {.handle = handle};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_DESTROY, &arg));
}

/* 0, ETIME (pending) or EINVAL (no fence). @ns from now on. */
static int syncobj_wait(int fd, uint32_t handle, uint64_t point, int64_t ns)
{
	struct drm_syncobj_timeline_wait arg = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.count_handles = 1,
	};
	struct timespec now;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &now));
	arg.timeout_nsec = now.tv_sec * 1000000000 + now.tv_nsec + ns;
	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &arg) ? errno : 0;
}

static int exec_sync(int fd, struct drm_virtgpu_execbuffer_syncobj *in,
		     struct drm_virtgpu_execbuffer_syncobj *out)
{
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer arg = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.syncobj_stride = sizeof(*in),
		.num_in_syncobjs = in ? 1 : 0,
		.in_syncobjs = (uintptr_t)in,
		.num_out_syncobjs = out ? 1 : 0,
		.out_syncobjs = (uintptr_t)out,
	};

	return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg);
}

static void check_out(uint64_t point)
{
	int fd = gpu_render();
	struct drm_virtgpu_execbuffer_syncobj out = {
		.handle = syncobj_create(fd),
		.point = point,
	};

	CHECK_EQ(syncobj_wait(fd, out.handle, point, 0), EINVAL);
	cmd_hold("SUBMIT_3D");
	CHECK_SYS(exec_sync(fd, NULL, &out));
	CHECK_EQ(syncobj_wait(fd, out.handle, point, 0), ETIME);
	cmd_release("SUBMIT_3D");
	CHECK_EQ(syncobj_wait(fd, out.handle, point, 10000000000), 0);
	syncobj_destroy(fd, out.handle);
}

TEST(out, .name = "virtio/syncobj-out",
     .about = "an out syncobj has a fence from submit, signalled when done")
{
	check_out(0);
}

TEST(timeline, .name = "virtio/syncobj-timeline",
     .about = "an out point of a timeline is reached when the job is done")
{
	check_out(7);
}

TEST(in, .name = "virtio/syncobj-in",
     .about = "an in syncobj is waited for, and reset if that was asked for")
{
	GPU(fd);
	struct drm_virtgpu_execbuffer_syncobj sync = {
		.handle = syncobj_create(fd),
	};

	CHECK_SYS(exec_sync(fd, NULL, &sync));
	CHECK_SYS(exec_sync(fd, &sync, NULL));
	CHECK_EQ(syncobj_wait(fd, sync.handle, 0, 10000000000), 0);
	sync.flags = VIRTGPU_EXECBUF_SYNCOBJ_RESET;
	CHECK_SYS(exec_sync(fd, &sync, NULL));
	CHECK_EQ(syncobj_wait(fd, sync.handle, 0, 0), EINVAL);
	syncobj_destroy(fd, sync.handle);
}

TEST(refused, .name = "virtio/syncobj-refused",
     .about = "a bad syncobj handle or flag, or one without fence, is refused")
{
	GPU(fd);
	struct drm_virtgpu_execbuffer_syncobj sync = {.handle = 1000};

	CHECK_ERRNO(exec_sync(fd, NULL, &sync), EINVAL);
	CHECK_ERRNO(exec_sync(fd, &sync, NULL), ENOENT);
	sync.handle = syncobj_create(fd);
	CHECK_ERRNO(exec_sync(fd, &sync, NULL), EINVAL);
	sync.flags = 0x100;
	CHECK_ERRNO(exec_sync(fd, NULL, &sync), EINVAL);
	CHECK_ERRNO(exec_sync(fd, &sync, NULL), EINVAL);
	syncobj_destroy(fd, sync.handle);
}
