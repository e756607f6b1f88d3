// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Execbuffers when memory runs out half-way. An execbuffer that fails must not have
 * reached the host, made its BOs busy, or changed any fence, syncobj or event.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>

#include "lib/caps.h"
#include "lib/fail-nth.h"
#include "lib/virtio-reclaim.h"

#define PAGES 4
#define SIZE (PAGES * PAGE)
#define BOS 3
/* More than a page, so that it does not come from a slab. */
#define COMMANDS 100

/**
 * struct scene - the state that the calls work on
 * @fd: file with a context that has a ring 1 with events
 * @bos: used, used and not mapped, and fresh; evicted where the driver does it
 * @arg: argument of the execbuffer; kept for the next try
 * @handles: of @bos
 * @fence: out fence of an earlier execbuffer
 * @out: syncobj for its fence
 * @in: syncobj with a fence, which is to be reset
 * @exec: its commands
 * @seen: execbuffers so far
 * @shrinks: does the driver have a shrinker?
 * @advises: does it have the madvise ioctl?
 */
struct scene {
	int fd;
	struct bo bos[BOS];
	struct drm_virtgpu_execbuffer arg;
	uint32_t handles[BOS];
	int fence;
	struct drm_virtgpu_execbuffer_syncobj out[2], in;
	struct sb_exec exec[COMMANDS];
	unsigned int seen;
	bool shrinks, advises;
};

static uint32_t syncobj_create(int fd)
{
	struct drm_syncobj_create create = {0};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create));
	return create.handle;
}

static void syncobj_destroy(int fd, uint32_t handle)
{
	struct drm_syncobj_destroy destroy = {.handle = handle};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy));
}

/* 0, ETIME (pending) or EINVAL (no fence). @ns from now on. */
static int syncobj_wait(int fd,
			const struct drm_virtgpu_execbuffer_syncobj *sync,
			int64_t ns)
{
	struct drm_syncobj_timeline_wait wait = {
		.handles = (uintptr_t)&sync->handle,
		.points = (uintptr_t)&sync->point,
		.count_handles = 1,
	};
	struct timespec now;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &now));
	wait.timeout_nsec = now.tv_sec * 1000000000 + now.tv_nsec + ns;
	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait) ? errno
								     : 0;
}

static bool has_event(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return CHECK_SYS(poll(&poll_fd, 1, 0)) == 1;
}

static void set_out(struct scene *scene, unsigned int commands)
{
	scene->seen = cmd_seen("SUBMIT_3D");
	scene->fence = -1;
	scene->arg = (struct drm_virtgpu_execbuffer){
		.command = (uintptr_t)scene->exec,
		.size = commands * sizeof(*scene->exec),
		.fence_fd = -1,
	};
}

static void plain(void *arg)
{
	set_out(arg, 1);
}

static void large(void *arg)
{
	set_out(arg, COMMANDS);
}

static void fences(void *arg)
{
	struct scene *scene = arg;
	int first = gpu_exec_fence(scene->fd, scene->exec, 1, NULL, 0, -1);

	set_out(scene, 1);
	/* Not descriptor 0, which must stay free. */
	scene->fence = CHECK_SYS(fcntl(first, F_DUPFD_CLOEXEC, 3));
	CHECK_SYS(close(first));
	scene->arg.flags =
		VIRTGPU_EXECBUF_FENCE_FD_OUT | VIRTGPU_EXECBUF_FENCE_FD_IN;
	scene->arg.fence_fd = scene->fence;
}

static void ring(void *arg)
{
	struct scene *scene = arg;

	set_out(scene, 1);
	scene->arg.flags = VIRTGPU_EXECBUF_RING_IDX;
	scene->arg.ring_idx = 1;
}

static void syncobjs(void *arg)
{
	struct scene *scene = arg;
	struct drm_virtgpu_execbuffer first;

	scene->in.handle = syncobj_create(scene->fd);
	scene->in.flags = 0;
	scene->out[0].handle = syncobj_create(scene->fd);
	scene->out[1].handle = syncobj_create(scene->fd);
	scene->out[1].point = 7;
	set_out(scene, 1);
	first = scene->arg;
	first.syncobj_stride = sizeof(scene->in);
	first.num_out_syncobjs = 1;
	first.out_syncobjs = (uintptr_t)&scene->in;
	CHECK_SYS(drm_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &first));
	CHECK_EQ(syncobj_wait(scene->fd, &scene->in, 10000000000), 0);
	set_out(scene, 1);
	scene->in.flags = VIRTGPU_EXECBUF_SYNCOBJ_RESET;
	scene->arg.syncobj_stride = sizeof(scene->in);
	scene->arg.num_in_syncobjs = 1;
	scene->arg.in_syncobjs = (uintptr_t)&scene->in;
	scene->arg.num_out_syncobjs = 2;
	scene->arg.out_syncobjs = (uintptr_t)scene->out;
}

static void bos(void *arg)
{
	struct scene *scene = arg;

	for (unsigned int i = 0; i < BOS; i++) {
		if (i < 2)
			scene->bos[i] = bo_used(scene->fd, PAGES, i + 1);
		else
			scene->bos[i] = bo_buffer_unmapped(scene->fd, SIZE);
		bo_wait(&scene->bos[i]);
		scene->handles[i] = scene->bos[i].handle;
	}
	if (scene->shrinks)
		gpu_scan(PAGES);
	set_out(scene, 1);
	scene->arg.bo_handles = (uintptr_t)scene->handles;
	scene->arg.num_bo_handles = BOS;
}

static int exec(void *arg)
{
	struct scene *scene = arg;

	return inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER,
			    &scene->arg);
}

static void not_run(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(cmd_seen("SUBMIT_3D"), scene->seen);
	CHECK(!has_event(scene->fd));
}

static void run_once(struct scene *scene)
{
	WAIT_UNTIL(!cmd_pending("SUBMIT_3D"));
	CHECK_EQ(cmd_seen("SUBMIT_3D"), scene->seen + 1);
}

static void end(void *arg)
{
	run_once(arg);
	CHECK(!has_event(((struct scene *)arg)->fd));
}

static void end_fences(void *arg)
{
	struct scene *scene = arg;

	CHECK_CMP(scene->arg.fence_fd, !=, scene->fence);
	CHECK(sync_file_wait(scene->arg.fence_fd, 10000));
	CHECK_EQ(sync_file_status(scene->arg.fence_fd), 1);
	CHECK_SYS(close(scene->arg.fence_fd));
	CHECK_SYS(close(scene->fence));
	end(arg);
}

/* There is exactly one event, however often the call failed. */
static void end_ring(void *arg)
{
	struct scene *scene = arg;
	struct pollfd poll_fd = {.fd = scene->fd, .events = POLLIN};
	struct drm_event event;

	CHECK_EQ(CHECK_SYS(poll(&poll_fd, 1, 10000)), 1);
	CHECK_EQ(CHECK_SYS(read(scene->fd, &event, sizeof(event))),
		 (ssize_t)sizeof(event));
	CHECK_EQ(event.type, VIRTGPU_EVENT_FENCE_SIGNALED);
	end(arg);
}

static void syncobjs_kept(void *arg)
{
	struct scene *scene = arg;

	not_run(arg);
	CHECK_EQ(syncobj_wait(scene->fd, &scene->out[0], 0), EINVAL);
	CHECK_EQ(syncobj_wait(scene->fd, &scene->out[1], 0), EINVAL);
}

static void end_syncobjs(void *arg)
{
	struct scene *scene = arg;

	for (unsigned int i = 0; i < 2; i++) {
		CHECK_EQ(syncobj_wait(scene->fd, &scene->out[i], 10000000000),
			 0);
		syncobj_destroy(scene->fd, scene->out[i].handle);
	}
	CHECK_EQ(syncobj_wait(scene->fd, &scene->in, 0), EINVAL);
	syncobj_destroy(scene->fd, scene->in.handle);
	end(arg);
}

static void bos_kept(void *arg)
{
	struct scene *scene = arg;

	not_run(arg);
	for (unsigned int i = 0; i < BOS; i++) {
		CHECK(!bo_busy(&scene->bos[i]));
		if (scene->advises)
			CHECK(bo_willneed(&scene->bos[i]));
	}
}

static void end_bos(void *arg)
{
	struct scene *scene = arg;

	for (unsigned int i = 0; i < BOS; i++) {
		bo_wait(&scene->bos[i]);
		CHECK_EQ(res_pages(scene->bos[i].res), PAGES);
		if (i < 2)
			bo_verify(&scene->bos[i], i + 1);
	}
	run_once(scene);
	for (unsigned int i = 0; i < BOS; i++)
		bo_close_wait(&scene->bos[i]);
	if (scene->shrinks)
		WAIT_UNTIL(!gpu_count());
}

#define CALL(word, before, after_refusal, after, ...)                          \
	{                                                                      \
		.name = word, .setup = before, .call = exec,                   \
		.refused = after_refusal, .done = after, __VA_ARGS__           \
	}

TEST(execbuffer, .name = "virtio/fail-nth-exec", .needs = INJECT_NEEDS,
     .swap_mib = 16, .seconds = INJECT_SECONDS,
     .about = "whichever allocation of an execbuffer fails, it has not "
	      "happened, and the next try succeeds")
{
	static const struct inject_call calls[] = {
		CALL("commands", plain, not_run, end, .refusable = true),
		/*
		 * This allocation falls back to vmalloc(), so the call need not
		 * fail.
		 */
		CALL("many commands", large, not_run, end),
		CALL("fences", fences, not_run, end_fences, .refusable = true),
		CALL("event", ring, not_run, end_ring, .refusable = true),
		CALL("syncobjs", syncobjs, syncobjs_kept, end_syncobjs,
		     .refusable = true),
		/*
		 * The driver returns ENOENT for any array that it cannot allocate.
		 */
		CALL("BOs", bos, bos_kept, end_bos, .also = ENOENT,
		     .refusable = true),
	};
	const struct drm_virtgpu_context_set_param set[] = {
		{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2},
		{VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK, 2},
	};
	struct drm_virtgpu_context_init init = {
		.num_params = 2,
		.ctx_set_params = (uintptr_t)set,
	};
	static struct scene scene;

	inject_begin();
	scene.fd = gpu_render();
	scene.shrinks = caps_has("virtio-shrinker");
	scene.advises = caps_has("virtio-madvise");
	CHECK_SYS(drm_ioctl(scene.fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init));
	for (unsigned int i = 0; i < COMMANDS; i++)
		scene.exec[i] = exec_nop();
	/* Or it may be given back (tests/KERNEL-BUGS.md, 2). */
	if (!caps_has("virtio-exec-descriptor"))
		CHECK_SYS(close(STDIN_FILENO));
	INJECT_EACH(calls, &scene);
}
