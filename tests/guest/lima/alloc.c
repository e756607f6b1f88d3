// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lima when memory runs out half-way through any of its ioctls. A call that fails must
 * leave nothing behind, and the next one is as good as any.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/exporter.h"
#include "lib/fail-nth.h"
#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"

#define SIZE (4 * PAGE)

/**
 * struct scene - the state that the calls work on
 * @fd: a file, new for each call
 * @path: to open the device
 * @bo: of a call
 * @task: to be submitted
 * @done, @before: sync objects
 * @dmabuf: of a call
 * @ctx: of a call
 */
struct scene {
	int fd;
	char path[32];
	struct gpu_bo bo;
	struct lima_task task;
	uint32_t done, before;
	int dmabuf;
	uint32_t ctx;
};

static void new_file(void *arg)
{
	((struct scene *)arg)->fd = lima_open();
}

static void end_file(struct scene *scene)
{
	CHECK_SYS(close(scene->fd));
}

/* The GPU has all pages of the BO, and of nothing else. */
static void works(struct scene *scene)
{
	struct gpu_bo out = lima_bo_mapped(scene->fd, SIZE);
	struct lima_task task = lima_task(scene->fd, LIMA_PIPE_PP);

	lima_use(&task, &scene->bo, LIMA_SUBMIT_BO_WRITE);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&task.commands, scene->bo.va, SIZE, 77);
	commands_copy(&task.commands, out.va, scene->bo.va, SIZE);
	lima_run(&task);
	for (size_t i = 0; i < SIZE / 4; i++)
		CHECK_EQ(((uint32_t *)out.map)[i], 77);
	lima_task_free(&task);
	gpu_bo_free(&out);
}

static int create(struct scene *scene, uint32_t flags)
{
	struct drm_lima_gem_create create = {.size = SIZE, .flags = flags};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_LIMA_GEM_CREATE, &create);

	if (!err)
		scene->bo.handle = create.handle;
	return err;
}

static int plain_bo(void *arg)
{
	return create(arg, 0);
}

static int heap_bo(void *arg)
{
	return create(arg, LIMA_BO_FLAG_HEAP);
}

static void end_made(void *arg)
{
	struct scene *scene = arg;

	scene->bo = lima_bo_of(scene->fd, scene->bo.handle, SIZE);
	/* Nothing is left in the address space of one that was not made. */
	CHECK_EQ(scene->bo.va, 0);
	works(scene);
	gpu_bo_free(&scene->bo);
	end_file(scene);
}

static int open_file(void *arg)
{
	struct scene *scene = arg;
	int fd = open(scene->path, O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return errno;
	scene->fd = fd;
	return 0;
}

static void end_opened(void *arg)
{
	struct scene *scene = arg;

	scene->bo = lima_bo(scene->fd, SIZE, 0);
	works(scene);
	end_file(scene);
}

static void used_file(void *arg)
{
	struct scene *scene = arg;

	new_file(arg);
	scene->bo = lima_bo(scene->fd, SIZE, 0);
	works(scene);
}

static int close_file(void *arg)
{
	CHECK_SYS(close(((struct scene *)arg)->fd));
	return 0;
}

static int make_ctx(void *arg)
{
	struct scene *scene = arg;
	struct drm_lima_ctx_create create = {};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_LIMA_CTX_CREATE, &create);

	scene->ctx = create.id;
	return err;
}

static void end_ctx(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(lima_ctx_free(scene->fd, scene->ctx), 0);
	end_file(scene);
}

static int export_bo(void *arg)
{
	struct scene *scene = arg;

	return inject_export(scene->fd, scene->bo.handle, &scene->dmabuf);
}

static void end_exported(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(dmabuf_size(scene->dmabuf), SIZE);
	CHECK_SYS(close(scene->dmabuf));
	works(scene);
	end_file(scene);
}

static void foreign(void *arg)
{
	struct scene *scene = arg;

	new_file(arg);
	scene->dmabuf = exporters[0].create(SIZE);
}

static int import(void *arg)
{
	struct scene *scene = arg;

	return drm_try_import(scene->fd, scene->dmabuf, &scene->bo.handle);
}

static void end_imported(void *arg)
{
	struct scene *scene = arg;

	scene->bo = lima_bo_of(scene->fd, scene->bo.handle, SIZE);
	CHECK_EQ(scene->bo.va, 0);
	CHECK_SYS(close(scene->dmabuf));
	works(scene);
	end_file(scene);
}

static int map(void *arg)
{
	struct scene *scene = arg;

	scene->bo.map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			     scene->fd, (off_t)lima_bo_offset(&scene->bo));
	return scene->bo.map == MAP_FAILED ? errno : 0;
}

static void end_mapped(void *arg)
{
	struct scene *scene = arg;

	stamp_fill(scene->bo.map, SIZE, 1, 1);
	stamp_verify(scene->bo.map, SIZE, 1, 1);
	gpu_bo_free(&scene->bo);
	end_file(scene);
}

#define CALL(word, before, how, after, ...)                                    \
	{                                                                      \
		.name = word, .setup = before, .call = how, .done = after,     \
		__VA_ARGS__                                                    \
	}
/* Without memory for the tables of handles or addresses, the error is ENOSPC. */
#define MAKES .refusable = true, .also = ENOSPC

TEST(make, .name = "lima/fail-nth-make", LIMA, .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails of the creation of a file, BO, heap "
	      "or context, nothing is left of it")
{
	static const struct inject_call calls[] = {
		CALL("open", NULL, open_file, end_opened, .refusable = true),
		CALL("close", used_file, close_file, NULL),
		CALL("BO", new_file, plain_bo, end_made, MAKES),
		CALL("heap", new_file, heap_bo, end_made, MAKES),
		CALL("context", new_file, make_ctx, end_ctx, MAKES),
	};
	struct scene scene = {0};
	LIMA_FILE(first);

	inject_begin();
	snprintf(scene.path, sizeof(scene.path), "/proc/self/fd/%d", first);
	INJECT_EACH(calls, &scene);
}

TEST(share, .name = "lima/fail-nth-share", LIMA, .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails of an export, import or mapping, "
	      "nothing is left of it")
{
	static const struct inject_call calls[] = {
		CALL("export", used_file, export_bo, end_exported, MAKES),
		CALL("import", foreign, import, end_imported, MAKES),
		CALL("mmap", used_file, map, end_mapped),
	};

	inject_begin();
	INJECT_EACH(calls, &(struct scene){0});
}

/* A task whose in-fence has been signalled. */
static void ready(void *arg, uint32_t pipe)
{
	struct scene *scene = arg;

	new_file(arg);
	scene->bo = lima_bo_mapped(scene->fd, SIZE);
	scene->task = lima_task(scene->fd, pipe);
	lima_use(&scene->task, &scene->bo, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&scene->task.commands, scene->bo.va, SIZE, 5);
	scene->before = syncobj_new(scene->fd);
	scene->done = syncobj_new(scene->fd);
	lima_submit(&scene->task, .out = scene->before);
	CHECK(syncobj_wait(scene->fd, scene->before, 20000));
}

static void ready_gp(void *arg)
{
	ready(arg, LIMA_PIPE_GP);
}

static void ready_pp(void *arg)
{
	ready(arg, LIMA_PIPE_PP);
}

static int submit(void *arg)
{
	struct scene *scene = arg;
	union lima_frame frame = lima_frame(&scene->task);
	struct drm_lima_gem_submit args = lima_submit_args(
		&scene->task, &frame,
		&(struct lima_sync){.out = scene->done, .in = {scene->before}});

	return inject_ioctl(scene->fd, DRM_IOCTL_LIMA_GEM_SUBMIT, &args);
}

static void not_submitted(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(lima_bo_try_wait(&scene->bo, LIMA_GEM_WAIT_WRITE, 0), 0);
}

static void end_submitted(void *arg)
{
	struct scene *scene = arg;

	CHECK(syncobj_wait(scene->fd, scene->done, 20000));
	CHECK_EQ(syncobj_status(scene->fd, scene->done), 1);
	CHECK_EQ(*(uint32_t *)scene->bo.map, 5);
	lima_task_free(&scene->task);
	gpu_bo_free(&scene->bo);
	end_file(scene);
}

static int wait(void *arg)
{
	struct scene *scene = arg;

	return lima_bo_try_wait(&scene->bo, LIMA_GEM_WAIT_WRITE, 10000);
}

static int info(void *arg)
{
	struct scene *scene = arg;
	struct drm_lima_gem_info info = {.handle = scene->bo.handle};

	return inject_ioctl(scene->fd, DRM_IOCTL_LIMA_GEM_INFO, &info);
}

static void end_used(void *arg)
{
	gpu_bo_free(&((struct scene *)arg)->bo);
	end_file(arg);
}

TEST(submit_task, .name = "lima/fail-nth-submit", LIMA,
     .needs = INJECT_NEEDS " fail-within", .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a submit fails, no task runs and no BO "
	      "is busy; waits and queries need none")
{
	static const struct inject_call calls[] = {
		CALL("GP", ready_gp, submit, end_submitted, .refusable = true,
		     .refused = not_submitted),
		CALL("PP", ready_pp, submit, end_submitted, .refusable = true,
		     .refused = not_submitted),
		CALL("wait", used_file, wait, end_used),
		CALL("info", used_file, info, end_used),
	};

	size_t before;

	inject_begin();
	mem_settle();
	before = mem_info("Shmem");
	/* lima loses the BOs if this one fails (tests/KERNEL-BUGS.md, 40). */
	CHECK(inject_within(NULL, "drm_sched_job_init"));
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		inject_each(&calls[i], 1, &(struct scene){0});
	inject_within(NULL, NULL);
	WAIT_UNTIL(mem_info("Shmem") <= before);
}

/* tests/KERNEL-BUGS.md */
TEST(submit_fence, .name = "lima/fail-submit-fence", LIMA,
     .needs = INJECT_NEEDS, .hidden = true,
     .about = "a submit without memory for its fence lets go of its BOs")
{
	struct scene scene = {0};
	size_t before;

	mem_settle();
	before = mem_info("Shmem");
	ready_gp(&scene);
	inject_cache("drm_sched_fence", true);
	CHECK_EQ(submit(&scene), ENOMEM);
	inject_cache("drm_sched_fence", false);
	lima_task_free(&scene.task);
	gpu_bo_free(&scene.bo);
	CHECK_SYS(close(scene.fd));
	WAIT_UNTIL(mem_info("Shmem") <= before);
}
