// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handles that a process guesses: GEM numbers them from 1. Until a BO is complete, no
 * call finds its handle.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "lib/caller.h"
#include "lib/virtio-gallium.h"
#include "lib/virtio-reclaim.h"
#include "lib/violations.h"

/* Commands that the control queue can hold, each in one (indirect) descriptor. */
#define SLOTS 256
#define ROUNDS 50
#define GUESSES (20 * ROUNDS)
/* Above the numbers of resources, below what fills freed memory. */
#define RES_MAX (1u << 24)
/* The handle of a file's first BO. */
#define FIRST 1

static struct drm_virtgpu_resource_create create_arg(void)
{
	return (struct drm_virtgpu_resource_create){
		.target = TARGET_BUFFER,
		.format = FORMAT_R8,
		.bind = BIND_VERTEX_BUFFER,
		.width = PAGE,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.size = PAGE,
	};
}

/* Each call that takes a handle, with @handle; -1 and errno, or 0. */
static int use(int fd, uint32_t handle, unsigned int call)
{
	struct sb_exec nop = exec_nop();
	struct drm_prime_handle export = {.handle = handle, .flags = O_CLOEXEC};
	struct drm_virtgpu_map map = {.handle = handle};
	struct drm_virtgpu_execbuffer exec = {
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.bo_handles = (uintptr_t)&handle,
		.num_bo_handles = 1,
	};
	struct drm_virtgpu_resource_info info = {.bo_handle = handle};
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = handle, .box = {.w = 1, .h = 1, .d = 1}};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = handle, .box = {.w = 1, .h = 1, .d = 1}};
	struct drm_virtgpu_3d_wait wait = {.handle = handle,
					   .flags = VIRTGPU_WAIT_NOWAIT};
	struct drm_virtgpu_madvise advice = {.bo_handle = handle};
	struct drm_gem_close close_arg = {.handle = handle};
	int ret;

	switch (call) {
	case 0:
		ret = drm_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &export);
		if (!ret)
			CHECK_SYS(close(export.fd));
		return ret;
	case 1:
		return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map);
	case 2:
		return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
	case 3:
		return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	case 4:
		return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
	case 5:
		return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST,
				 &from);
	case 6:
		return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
	case 7:
		return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_MADVISE, &advice);
	default:
		return drm_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close_arg);
	}
}

#define CALLS 9
#define CLOSE (CALLS - 1)

TEST(early, .name = "virtio/guess-early",
     .about = "while a BO is still being created, no call finds its handle")
{
	GPU(fd);
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer submit = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
	};
	struct drm_virtgpu_resource_create arg = create_arg();
	struct caller creator;
	struct bo bo;

	gpu_exec(fd, &exec, 1, NULL, 0);
	/* There is room for one more command; creating a BO takes two. */
	cmd_hold("SUBMIT_3D");
	cmd_hold("RESOURCE_CREATE_3D");
	for (int i = 0; i < SLOTS - 1; i++)
		CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &submit));
	creator = caller_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg);
	caller_asleep(&creator, false);
	CHECK(cmd_pending("RESOURCE_CREATE_3D"));
	for (unsigned int call = 0; call < CALLS; call++) {
		test_note("call %u", call);
		CHECK_EQ(use(fd, FIRST, call), -1);
		/* A kernel without MADVISE says EINVAL, too. */
		if (call == CLOSE)
			CHECK_EQ(errno, EINVAL);
		else
			CHECK(errno == ENOENT ||
			      (call == 7 && errno == EINVAL));
	}
	cmd_release("RESOURCE_CREATE_3D");
	cmd_release("SUBMIT_3D");
	CHECK_EQ(caller_end(&creator), 0);
	bo = bo_of_handle(fd, FIRST);
	bo.size = PAGE;
	for (unsigned int call = 0; call < CLOSE; call++) {
		bo_wait(&bo);
		if (call != 7)
			CHECK_SYS(use(fd, FIRST, call));
	}
	bo_wait(&bo);
	bo_close_wait(&bo);
}

static void create_all(void *arg)
{
	int fd = *(int *)arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct drm_virtgpu_resource_create create = create_arg();
		struct drm_virtgpu_resource_create_blob blob = {
			.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
			.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
				      VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
			.size = PAGE,
		};

		/* They succeed, whoever has closed the handle by then. */
		if (i % 2)
			CHECK_SYS(drm_ioctl(fd,
					    DRM_IOCTL_VIRTGPU_RESOURCE_CREATE,
					    &create));
		else
			CHECK_SYS(drm_ioctl(
				fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB,
				&blob));
		/* Not what is left of a BO that somebody has closed. */
		CHECK((i % 2 ? create.res_handle : blob.res_handle) < RES_MAX);
		use(fd, i % 2 ? create.bo_handle : blob.bo_handle, CLOSE);
	}
}

static void guess_all(void *arg)
{
	int fd = *(int *)arg;

	for (unsigned int i = 0; i < GUESSES; i++) {
		use(fd, FIRST + i / CALLS % 3, i % CALLS);
		sched_yield();
	}
}

TEST(race, .name = "virtio/guess-race", .seconds = 60,
     .about = "processes that create BOs and guess each other's handles in one "
	      "file leave nothing behind")
{
	unsigned int before = res_count();
	int fd = gpu_render();
	pid_t creator = child_start(create_all, &fd);
	pid_t guesser = child_start(guess_all, &fd);
	pid_t other = child_start(create_all, &fd);

	child_wait(creator);
	child_wait(other);
	child_wait(guesser);
	CHECK_SYS(close(fd));
	WAIT_UNTIL(res_count() == before);
	/* A close overtakes a transfer: a bug of the plain kernel (KERNEL-BUGS.md). */
	violations_take("not attached to the context");
}
