// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * v3d when memory runs out half-way through any of its ioctls. A call that fails must
 * leave nothing behind, and the next one is as good as any.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/exporter.h"
#include "lib/fail-nth.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/v3d.h"

#define SIZE (4 * PAGE)

/**
 * struct scene - the state that the calls work on
 * @fd: a file, new for each call
 * @path: to open the device
 * @bo: of a call
 * @job: to be submitted
 * @done, @before: sync objects
 * @dmabuf: of a call
 * @pages: that the GPU has mapped without the BOs of a call
 */
struct scene {
	int fd;
	char path[32];
	struct gpu_bo bo;
	struct v3d_job job;
	uint32_t done, before;
	int dmabuf;
	size_t pages;
};

static void new_file(void *arg)
{
	struct scene *scene = arg;

	scene->fd = v3d_open();
	scene->pages = v3d_pages();
}

static void end_file(struct scene *scene)
{
	CHECK_SYS(close(scene->fd));
}

/* The GPU has all pages of the BO. */
static void works(struct scene *scene)
{
	GPU_BO(out, v3d_bo_mapped(scene->fd, SIZE));
	V3D_JOB(job, v3d_job(scene->fd, V3D_RENDER));

	v3d_use(&job, &scene->bo);
	v3d_use(&job, &out);
	commands_fill(&job.commands, scene->bo.va, SIZE, 77);
	commands_copy(&job.commands, out.va, scene->bo.va, SIZE);
	v3d_run(&job);
	for (size_t i = 0; i < SIZE / 4; i++)
		CHECK_EQ(((uint32_t *)out.map)[i], 77);
}

/* The GPU has nothing of what failed. */
static void nothing(void *arg)
{
	CHECK_EQ(v3d_pages(), ((struct scene *)arg)->pages);
}

static int make_bo(void *arg)
{
	struct scene *scene = arg;
	struct drm_v3d_create_bo create = {.size = SIZE};

	/* One that finds no handle has set the offset. */
	if (drm_ioctl(scene->fd, DRM_IOCTL_V3D_CREATE_BO, &create))
		return errno;
	scene->bo.handle = create.handle;
	return 0;
}

static void end_made(void *arg)
{
	struct scene *scene = arg;

	scene->bo = v3d_bo_of(scene->fd, scene->bo.handle, SIZE);
	works(scene);
	gpu_bo_free(&scene->bo);
	end_file(scene);
	WAIT_UNTIL(v3d_pages() == scene->pages);
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

	scene->bo = v3d_bo(scene->fd, SIZE);
	works(scene);
	end_file(scene);
}

static void used_file(void *arg)
{
	struct scene *scene = arg;

	new_file(arg);
	scene->bo = v3d_bo(scene->fd, SIZE);
	works(scene);
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
	CHECK_SYS(close(((struct scene *)arg)->dmabuf));
	end_made(arg);
}

static int map(void *arg)
{
	struct scene *scene = arg;
	struct drm_v3d_mmap_bo get = {.handle = scene->bo.handle};

	CHECK_SYS(drm_ioctl(scene->fd, DRM_IOCTL_V3D_MMAP_BO, &get));
	scene->bo.map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			     scene->fd, (off_t)get.offset);
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
/* Without memory for the table of handles, the error is ENOSPC. */
#define MAKES .refusable = true, .also = ENOSPC

TEST(make, .name = "v3d/fail-nth-make", V3D, .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails of the creation of a file or BO, "
	      "nothing is left of it")
{
	static const struct inject_call calls[] = {
		CALL("open", NULL, open_file, end_opened, .refusable = true),
		CALL("BO", new_file, make_bo, end_made, MAKES,
		     .refused = nothing),
	};
	struct scene scene = {0};
	V3D_FILE(first);

	inject_begin();
	snprintf(scene.path, sizeof(scene.path), "/proc/self/fd/%d", first);
	INJECT_EACH(calls, &scene);
}

TEST(share, .name = "v3d/fail-nth-share", V3D, .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails of an export, import or mapping, "
	      "nothing is left of it")
{
	static const struct inject_call calls[] = {
		CALL("export", used_file, export_bo, end_exported, MAKES),
		CALL("import", foreign, import, end_imported, MAKES,
		     .refused = nothing),
		CALL("mmap", used_file, map, end_mapped),
	};

	inject_begin();
	INJECT_EACH(calls, &(struct scene){0});
}

/* A job whose in-fence has been signalled. */
static void ready(void *arg, int queue)
{
	struct scene *scene = arg;

	new_file(arg);
	scene->bo = v3d_bo_mapped(scene->fd, SIZE);
	scene->job = v3d_job(scene->fd, queue);
	v3d_use(&scene->job, &scene->bo);
	commands_fill(&scene->job.commands, scene->bo.va, SIZE, 5);
	scene->before = syncobj_new(scene->fd);
	scene->done = syncobj_new(scene->fd);
	v3d_submit(&scene->job, .out = scene->before);
	CHECK(syncobj_wait(scene->fd, scene->before, 20000));
}

static void ready_render(void *arg)
{
	ready(arg, V3D_RENDER);
}

static void ready_bin(void *arg)
{
	ready(arg, V3D_BIN);
}

static void ready_csd(void *arg)
{
	ready(arg, V3D_CSD);
}

static void ready_tfu(void *arg)
{
	ready(arg, V3D_TFU);
}

static int submit(void *arg)
{
	struct scene *scene = arg;
	const struct v3d_sync sync = {.in = scene->before, .out = scene->done};
	struct drm_v3d_submit_tfu tfu;
	struct drm_v3d_submit_csd csd;
	struct drm_v3d_submit_cl cl;

	if (scene->job.queue == V3D_TFU) {
		tfu = v3d_tfu_args(&scene->job, &sync);
		return inject_ioctl(scene->fd, DRM_IOCTL_V3D_SUBMIT_TFU, &tfu);
	}
	if (scene->job.queue == V3D_CSD) {
		csd = v3d_csd_args(&scene->job, &sync);
		return inject_ioctl(scene->fd, DRM_IOCTL_V3D_SUBMIT_CSD, &csd);
	}
	cl = v3d_cl_args(&scene->job, &sync);
	return inject_ioctl(scene->fd, DRM_IOCTL_V3D_SUBMIT_CL, &cl);
}

static void not_submitted(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(v3d_bo_try_wait(&scene->bo, 0), 0);
}

static void end_submitted(void *arg)
{
	struct scene *scene = arg;

	CHECK(syncobj_wait(scene->fd, scene->done, 20000));
	CHECK_EQ(syncobj_status(scene->fd, scene->done), 1);
	CHECK_EQ(*(uint32_t *)scene->bo.map, 5);
	v3d_job_free(&scene->job);
	gpu_bo_free(&scene->bo);
	end_file(scene);
	WAIT_UNTIL(v3d_pages() == scene->pages);
}

TEST(submit_job, .name = "v3d/fail-nth-submit", V3D, .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a submit fails, no job runs and no BO "
	      "is busy")
{
	static const struct inject_call calls[] = {
		CALL("render", ready_render, submit, end_submitted,
		     .refusable = true, .refused = not_submitted),
		CALL("bin", ready_bin, submit, end_submitted, .refusable = true,
		     .refused = not_submitted),
		CALL("CSD", ready_csd, submit, end_submitted, .refusable = true,
		     .refused = not_submitted),
		CALL("TFU", ready_tfu, submit, end_submitted, .refusable = true,
		     .refused = not_submitted),
	};

	inject_begin();
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		inject_each(&calls[i], 1, &(struct scene){0});
}

/* Bin a list that needs more memory, with allocation @n of the kernel's workers failing. */
static bool more_fails_at(unsigned int n, unsigned int *refused)
{
	V3D_FILE(fd);
	GPU_BO(own, v3d_bo(fd, PAGE));
	GPU_BO(out, v3d_bo_mapped(fd, PAGE));
	V3D_JOB(job, v3d_job(fd, V3D_BIN));
	uint64_t resets = v3d_counter("resets");
	bool hit;

	v3d_use(&job, &own);
	v3d_use(&job, &out);
	job.memory = own.va;
	job.memory_size = own.size;
	commands_alloc(&job.commands, job.list.va + 3 * PAGE, 10, 1);
	commands_fill(&job.commands, out.va, 4, 3);
	device_write("faults", "hold v3d BIN");
	v3d_submit(&job, .in = 0);
	WAIT_UNTIL(v3d_runs(V3D_BIN));
	inject_workers(n);
	device_write("faults", "clear");
	v3d_bo_wait(&out);
	hit = inject_workers_hit();
	if (v3d_counter("resets") != resets) {
		CHECK(hit);
		CHECK_EQ(*(uint32_t *)out.map, 0);
		++*refused;
		v3d_run(&job);
	}
	CHECK_EQ(*(uint32_t *)out.map, 3);
	return hit;
}

TEST(more, .name = "v3d/fail-nth-memory", V3D, .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS, .virtual_time = true,
     .about = "whichever allocation fails of more memory for binning, the job "
	      "is cancelled, and the next one works")
{
	unsigned int n = 1, refused = 0;
	size_t pages = v3d_pages(), before;

	inject_begin();
	mem_settle();
	before = mem_info("Shmem");
	while (more_fails_at(n, &refused))
		CHECK_CMP(++n, <, 1000);
	test_note("%u allocations, refused for %u", n - 1, refused);
	/* The pages of the BO, at least */
	CHECK_CMP(refused, >=, 64);
	WAIT_UNTIL(v3d_pages() == pages);
	WAIT_UNTIL(mem_info("Shmem") <= before);
}
