// SPDX-License-Identifier: GPL-2.0-or-later
/* Contexts: one for each file that needs one, for as long as it is open. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/virtio-gpu.h"

static int context_init(int fd, const struct drm_virtgpu_context_set_param *set,
			uint32_t count)
{
	struct drm_virtgpu_context_init arg = {
		.num_params = count,
		.ctx_set_params = (uintptr_t)set,
	};

	return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &arg);
}

/* Lowest ID of a capset that the device has. */
static uint64_t any_capset(int fd)
{
	int mask = gpu_param(fd, VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs);

	CHECK_CMP(mask, !=, 0);
	return (uint64_t)__builtin_ctz((unsigned int)mask);
}

TEST(implicit, .name = "virtio/context-implicit",
     .about = "a file has a context from its first BO on until it is closed")
{
	unsigned int before = ctx_count();
	int fd = gpu_render();
	struct bo bo;

	CHECK_EQ(ctx_count(), before);
	bo = bo_buffer(fd, PAGE);
	CHECK_EQ(ctx_count(), before + 1);
	bo_close(&bo);
	CHECK_EQ(ctx_count(), before + 1);
	CHECK_SYS(close(fd));
	WAIT_UNTIL(ctx_count() == before);
}

TEST(per_file, .name = "virtio/context-per-file",
     .about = "each open file has a context of its own")
{
	enum { COUNT = 5 };
	unsigned int before = ctx_count();
	int fd[COUNT];
	struct bo bo[COUNT];

	for (unsigned int i = 0; i < COUNT; i++) {
		fd[i] = gpu_render();
		bo[i] = bo_buffer(fd[i], PAGE);
		CHECK_EQ(ctx_count(), before + i + 1);
	}
	for (unsigned int i = 0; i < COUNT; i++) {
		CHECK_SYS(close(fd[i]));
		/* A mapping keeps its file open, and so the context. */
		CHECK_EQ(ctx_count(), before + COUNT - i);
		bo_unmap(&bo[i]);
		WAIT_UNTIL(ctx_count() == before + COUNT - 1 - i);
		WAIT_UNTIL(!res_exists(bo[i].res));
	}
}

TEST(init, .name = "virtio/context-init",
     .about = "CONTEXT_INIT makes the context at once, and only one per file")
{
	unsigned int before = ctx_count();
	int fd = gpu_render();
	struct drm_virtgpu_context_set_param set[] = {
		{VIRTGPU_CONTEXT_PARAM_CAPSET_ID, any_capset(fd)},
		{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2},
	};

	CHECK_SYS(context_init(fd, set, 2));
	CHECK_EQ(ctx_count(), before + 1);
	CHECK_ERRNO(context_init(fd, set, 2), EEXIST);
	CHECK_EQ(ctx_count(), before + 1);
	CHECK_SYS(close(fd));
	WAIT_UNTIL(ctx_count() == before);

	/* It is also refused after the file got its context by creating a BO. */
	fd = gpu_render();
	bo_buffer(fd, PAGE);
	CHECK_ERRNO(context_init(fd, set, 1), EEXIST);
}

TEST(debug_name, .name = "virtio/context-name",
     .about = "the device knows a context by the name that it was given")
{
	static const char name[] = "name-of-a-context";
	GPU(fd);
	struct drm_virtgpu_context_set_param set = {
		VIRTGPU_CONTEXT_PARAM_DEBUG_NAME, (uintptr_t)name};
	char *text;

	if (!gpu_param(fd, VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME))
		test_skip("contexts have no names");
	CHECK_SYS(context_init(fd, &set, 1));
	text = device_read("leaks");
	CHECK(text);
	if (!strstr(text, name))
		FAIL("no context of this name at the device: %s", text);
	free(text);
}

TEST(init_refused, .name = "virtio/context-init-refused",
     .about = "bad context parameters are refused, and make no context")
{
	unsigned int before = ctx_count();
	int probe = gpu_render();
	uint64_t capset = any_capset(probe);
	const struct {
		struct drm_virtgpu_context_set_param set[2];
		uint32_t count;
		int err;
	} bad[] = {
		{{{0, 0}}, 1, EINVAL},
		{{{1000, 0}}, 1, EINVAL},
		{{{VIRTGPU_CONTEXT_PARAM_CAPSET_ID, 64}}, 1, EINVAL},
		{{{VIRTGPU_CONTEXT_PARAM_CAPSET_ID, 63}}, 1, EINVAL},
		{{{VIRTGPU_CONTEXT_PARAM_CAPSET_ID, capset},
		  {VIRTGPU_CONTEXT_PARAM_CAPSET_ID, capset}},
		 2,
		 EINVAL},
		{{{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 65}}, 1, EINVAL},
		{{{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 1},
		  {VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 1}},
		 2,
		 EINVAL},
		/* Ring 1, when only ring 0 exists. */
		{{{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 1},
		  {VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK, 2}},
		 2,
		 EINVAL},
		{{{VIRTGPU_CONTEXT_PARAM_DEBUG_NAME, 8}}, 1, EFAULT},
		{{{0, 0}}, 1000, EINVAL},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int fd = gpu_render();

		CHECK_ERRNO(context_init(fd, bad[i].set, bad[i].count),
			    bad[i].err);
		CHECK_EQ(ctx_count(), before);
		CHECK_SYS(close(fd));
	}
	CHECK_ERRNO(context_init(probe, NULL, 1), EFAULT);
}

TEST(rings, .name = "virtio/context-rings",
     .about = "a fence on a polled ring sends an event to the file")
{
	GPU(fd);
	struct drm_virtgpu_context_set_param set[] = {
		{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2},
		{VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK, 2},
	};
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer arg = {
		.flags = VIRTGPU_EXECBUF_RING_IDX,
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.fence_fd = -1,
		.ring_idx = 1,
	};
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	struct drm_event event;

	CHECK_SYS(context_init(fd, set, 2));
	cmd_hold("SUBMIT_3D");
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
	CHECK_EQ(CHECK_SYS(poll(&poll_fd, 1, 0)), 0);
	cmd_release("SUBMIT_3D");
	CHECK_EQ(CHECK_SYS(poll(&poll_fd, 1, 10000)), 1);
	CHECK_EQ(CHECK_SYS(read(fd, &event, sizeof(event))),
		 (ssize_t)sizeof(event));
	CHECK_EQ(event.type, VIRTGPU_EVENT_FENCE_SIGNALED);

	/* Ring 0 is not polled, and there is no ring 2. */
	arg.ring_idx = 0;
	arg.flags |= VIRTGPU_EXECBUF_FENCE_FD_OUT;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
	CHECK(sync_file_wait(arg.fence_fd, 10000));
	CHECK_SYS(close(arg.fence_fd));
	CHECK_EQ(CHECK_SYS(poll(&poll_fd, 1, 0)), 0);
	arg.ring_idx = 2;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), EINVAL);
}

TEST(ring_order, .name = "virtio/context-ring-fences",
     .about = "fences of two rings are two timelines: none signals the other's")
{
	GPU(fd);
	struct drm_virtgpu_context_set_param set = {
		VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2};
	struct sb_exec exec = exec_nop();
	int fences[2];

	CHECK_SYS(context_init(fd, &set, 1));
	cmd_hold("SUBMIT_3D");
	for (uint32_t ring = 0; ring < 2; ring++) {
		struct drm_virtgpu_execbuffer arg = {
			.flags = VIRTGPU_EXECBUF_RING_IDX |
				 VIRTGPU_EXECBUF_FENCE_FD_OUT,
			.size = sizeof(exec),
			.command = (uintptr_t)&exec,
			.ring_idx = ring,
		};

		CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
		fences[ring] = arg.fence_fd;
	}
	CHECK_EQ(sync_file_status(fences[0]), 0);
	CHECK_EQ(sync_file_status(fences[1]), 0);
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(fences[0], 10000));
	CHECK(sync_file_wait(fences[1], 10000));
	CHECK_SYS(close(fences[0]));
	CHECK_SYS(close(fences[1]));
}

static void killed_child(void *arg)
{
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, PAGE);
	uint32_t *report = arg;

	/* Tells the parent that the setup is complete. */
	__atomic_store_n(report, bo.res, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

TEST(killed, .name = "virtio/context-killed",
     .about = "a killed process leaves neither context nor resource")
{
	unsigned int before = ctx_count();
	GPU_CARD(card);
	BO(shared, bo_dumb(card, 32, 32));
	unsigned int with_card = ctx_count();
	uint32_t *res = shared.map;
	pid_t pid = child_start(killed_child, res);

	/* With CONTEXT_INIT, 7.3 makes no context for a dumb buffer. */
	CHECK(with_card == before || with_card == before + 1);
	WAIT_UNTIL(__atomic_load_n(res, __ATOMIC_SEQ_CST));
	CHECK_EQ(ctx_count(), with_card + 1);
	CHECK(res_exists(*res));
	CHECK_SYS(kill(pid, SIGKILL));
	CHECK_EQ(CHECK_SYS(waitpid(pid, NULL, 0)), pid);
	WAIT_UNTIL(ctx_count() == with_card);
	WAIT_UNTIL(!res_exists(*res));
}

/* 6.12 and 7.3 have bugs here (tests/KERNEL-BUGS.md, 34 and 46). */
TEST(init_dumb, .name = "virtio/context-init-dumb",
     .fixed_with = "virtio-dumb-no-context",
     .boot_needs = "virtio-late-context",
     .about = "CONTEXT_INIT makes the context that was asked for, also after "
	      "CREATE_DUMB, which needs none")
{
	/* gpu_card() may make a context. */
	FD(fd, drm_open(DRM_VIRTIO, DRM_CARD));
	BO(bo, bo_dumb(fd, 32, 32));
	struct drm_virtgpu_context_set_param set[] = {
		{VIRTGPU_CONTEXT_PARAM_CAPSET_ID, any_capset(fd)},
		{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2},
	};
	struct sb_exec exec = exec_nop();

	CHECK_SYS(context_init(fd, set, 2));
	CHECK_ERRNO(context_init(fd, set, 2), EEXIST);
	gpu_exec(fd, &exec, 1, NULL, 0);
}
