// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * panfrost when memory runs out half-way through calls on a BO. A call that fails
 * must leave the BO unchanged, unlocked and idle, and start no job.
 */
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/fail-nth.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

#define PAGES 4
#define SIZE (PAGES * PAGE)

/**
 * struct scene - the state that the calls work on
 * @fd: file of the BO
 * @other: another file of the device
 * @bo: the BO, new for each call, with the stamps of BO 1
 * @chain: of @fd, uses the BO
 * @syncobj: of @fd, with the fence of a job that is done
 * @jobs: number of jobs that the GPU has run
 * @kept: the shrinker's count, without the BO of the call
 * @unneeded: pages of the BO that are not needed
 * @scan_fd: file to scan the shrinker, opened while there is memory
 * @drop_fd: file of drop_caches, likewise
 * @dmabuf: of the BO, or -1
 * @handle: handle in @other
 */
struct scene {
	int fd, other;
	struct pan_bo bo;
	struct chain chain;
	uint32_t syncobj;
	uint64_t jobs;
	unsigned long kept;
	unsigned long unneeded;
	int scan_fd, drop_fd;
	int dmabuf;
	uint32_t handle;
};

static void needed(void *arg)
{
	struct scene *scene = arg;

	scene->bo = pan_bo_mapped(scene->fd, SIZE, PANFROST_BO_NOEXEC);
	stamp_fill(scene->bo.map, SIZE, 1, 1);
	scene->chain.bos[1] = scene->bo.handle;
	scene->chain.bo_count = 2;
	scene->jobs = device_counter("chains");
	scene->unneeded = 0;
	scene->dmabuf = -1;
}

static void not_needed(void *arg)
{
	struct scene *scene = arg;

	needed(arg);
	CHECK(pan_madvise(&scene->bo, PANFROST_MADV_DONTNEED));
	scene->unneeded = PAGES;
}

static void exported(void *arg)
{
	struct scene *scene = arg;

	needed(arg);
	scene->dmabuf = drm_export(scene->fd, scene->bo.handle);
}

static unsigned long pages(const struct scene *scene)
{
	return shrink_pages(scene->kept + PAGES - scene->unneeded,
			    scene->unneeded);
}

/* The BO is unchanged and unlocked. */
static void kept(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(pan_bo_try_wait(&scene->bo, 0), 0);
	CHECK_EQ(device_counter("chains"), scene->jobs);
	CHECK_EQ(syncobj_status(scene->fd, scene->syncobj), 1);
	CHECK_EQ(shrink_count(), pages(scene));
	stamp_verify(scene->bo.map, SIZE, 1, 1);
}

/*
 * The content is intact, also for the GPU, and closing the BO leaves nothing
 * behind.
 */
static void end(void *arg)
{
	struct scene *scene = arg;

	CHECK(pan_madvise(&scene->bo, PANFROST_MADV_WILLNEED));
	stamp_verify(scene->bo.map, SIZE, 1, 1);
	scene->unneeded = 0;
	if (scene->dmabuf == -1)
		CHECK_EQ(shrink_count(), pages(scene));
	CHECK_EQ(device_pages(&scene->chain, scene->bo.va, SIZE, NULL), PAGES);
	pan_bo_free(&scene->bo);
	if (scene->dmabuf != -1)
		CHECK_SYS(close(scene->dmabuf));
	scene->chain.bo_count = 1;
	/* A completed chain releases its BOs asynchronously. */
	WAIT_UNTIL(shrink_count() == shrink_pages(scene->kept, 0));
}

static int submit(void *arg)
{
	struct scene *scene = arg;

	return chain_try_submit(&scene->chain, .out_sync = scene->syncobj,
				.in_syncs = &scene->syncobj,
				.in_sync_count = 1);
}

static void end_submitted(void *arg)
{
	struct scene *scene = arg;

	CHECK(syncobj_wait(scene->fd, scene->syncobj, 20000));
	CHECK_EQ(syncobj_status(scene->fd, scene->syncobj), 1);
	pan_bo_wait(&scene->bo);
	chain_check_done(&scene->chain);
	CHECK_EQ(device_counter("chains"), scene->jobs + 1);
	end(arg);
}

static int wait_bo(void *arg)
{
	struct scene *scene = arg;
	struct drm_panfrost_wait_bo wait = {.handle = scene->bo.handle};

	return inject_ioctl(scene->fd, DRM_IOCTL_PANFROST_WAIT_BO, &wait);
}

static int param(void *arg)
{
	struct scene *scene = arg;
	struct drm_panfrost_get_param get = {
		.param = DRM_PANFROST_PARAM_GPU_PROD_ID,
	};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_PANFROST_GET_PARAM, &get);

	if (!err)
		CHECK_EQ(get.value, 0x860);
	return err;
}

static int bo_offset(void *arg)
{
	struct scene *scene = arg;
	struct drm_panfrost_get_bo_offset get = {.handle = scene->bo.handle};
	int err =
		inject_ioctl(scene->fd, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &get);

	if (!err)
		CHECK_EQ(get.offset, scene->bo.va);
	return err;
}

/* Another mapping; the one that the BO has stays. */
static int map(void *arg)
{
	struct scene *scene = arg;
	struct drm_panfrost_mmap_bo mmap_bo = {.handle = scene->bo.handle};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_bo);
	void *at;

	if (err)
		return err;
	at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, scene->fd,
		  (off_t)mmap_bo.offset);
	if (at == MAP_FAILED)
		return errno;
	/* A page fault without memory is retried. */
	stamp_verify(at, SIZE, 1, 1);
	CHECK_SYS(munmap(at, SIZE));
	return 0;
}

static int advise(struct scene *scene, uint32_t madv)
{
	struct drm_panfrost_madvise advice = {
		.handle = scene->bo.handle,
		.madv = madv,
	};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_PANFROST_MADVISE, &advice);

	if (!err)
		CHECK_EQ(advice.retained, 1);
	return err;
}

static int will_need(void *arg)
{
	return advise(arg, PANFROST_MADV_WILLNEED);
}

static int dont_need(void *arg)
{
	return advise(arg, PANFROST_MADV_DONTNEED);
}

/* Into another file of the same device. */
static int import(void *arg)
{
	struct scene *scene = arg;

	return drm_try_import(scene->other, scene->dmabuf, &scene->handle);
}

static void end_imported(void *arg)
{
	struct scene *scene = arg;
	struct drm_panfrost_get_bo_offset get = {.handle = scene->handle};

	CHECK_SYS(drm_ioctl(scene->other, DRM_IOCTL_PANFROST_GET_BO_OFFSET,
			    &get));
	drm_gem_close(scene->other, scene->handle);
	end(arg);
}

/* Closing a BO never fails. */
static int close_bo(void *arg)
{
	struct scene *scene = arg;

	scene->chain.bo_count = 1;
	pan_bo_free(&scene->bo);
	return 0;
}

static void end_closed(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(device_pages(&scene->chain, scene->bo.va, SIZE, NULL), 0);
	WAIT_UNTIL(shrink_count() == shrink_pages(scene->kept, 0));
}

/* The scan takes what it can, but no BO that is needed. */
static int scan(void *arg)
{
	shrinker_scan_fd(((struct scene *)arg)->scan_fd, 100 * PAGES);
	return 0;
}

/* The same as reclaim does it. */
static int drop_caches(void *arg)
{
	return write(((struct scene *)arg)->drop_fd, "2", 1) == 1 ? 0 : errno;
}

static void end_purged(void *arg)
{
	struct scene *scene = arg;
	bool there = shrink_count() > shrink_pages(scene->kept, 0);

	if (there) {
		CHECK_EQ(shrink_count(), pages(scene));
		stamp_verify(scene->bo.map, SIZE, 1, 1);
	}
	CHECK_EQ(pan_madvise(&scene->bo, PANFROST_MADV_DONTNEED), there);
	/* With memory, a scan can take all. */
	shrink_all(scene->kept);
	CHECK(!pan_madvise(&scene->bo, PANFROST_MADV_WILLNEED));
	scene->chain.bo_count = 1;
	CHECK_EQ(device_pages(&scene->chain, scene->bo.va, SIZE, NULL), 0);
	pan_bo_free(&scene->bo);
	CHECK_EQ(shrink_count(), shrink_pages(scene->kept, 0));
}

#define CALL(word, before, how, after, ...)                                    \
	{                                                                      \
		.name = word, .setup = before, .call = how, .done = after,     \
		.refused = kept, __VA_ARGS__                                   \
	}

static void run(const struct inject_call *calls, size_t count)
{
	struct scene scene = {0};
	struct pan_bo first;

	inject_begin();
	shrink_settle();
	scene.scan_fd = shrinker_open(shrink_name());
	scene.drop_fd = CHECK_SYS(
		open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC));
	scene.fd = pan_open();
	scene.other = pan_open();
	/* Gives the file its page tables (alloc-make.c tests those). */
	first = pan_bo(scene.other, MIB, PANFROST_BO_NOEXEC);
	pan_bo_free(&first);
	scene.chain = chain_null(scene.fd);
	scene.syncobj = syncobj_new(scene.fd);
	CHECK_EQ(chain_try_submit(&scene.chain, .out_sync = scene.syncobj), 0);
	CHECK(syncobj_wait(scene.fd, scene.syncobj, 20000));
	device_keep_awake(true);
	scene.kept = CHAIN_PAGES;
	WAIT_UNTIL(shrink_count() == shrink_pages(scene.kept, 0));
	inject_each(calls, count, &scene);
	device_keep_awake(false);
	chain_free(&scene.chain);
	CHECK_SYS(close(scene.fd));
	CHECK_SYS(close(scene.other));
	shrink_settle();
}
#define RUN(calls) run(calls, sizeof(calls) / sizeof(*(calls)))

TEST(use, .name = "panfrost/fail-nth", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about =
	     "whichever allocation of a call on a BO fails, it stays as it is, "
	     "with its content, and the next try succeeds")
{
	static const struct inject_call calls[] = {
		CALL("submit", needed, submit, end_submitted,
		     .refusable = true),
		CALL("wait", needed, wait_bo, end),
		CALL("parameter", needed, param, end),
		CALL("offset", needed, bo_offset, end),
		CALL("map", needed, map, end, .refusable = true),
		CALL("needed", needed, will_need, end),
		CALL("close", needed, close_bo, end_closed),
	};

	RUN(calls);
}

TEST(share, .name = "panfrost/fail-nth-import", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of an import by another file fails, the BO "
	      "stays as it is, and the next try succeeds")
{
	static const struct inject_call calls[] = {
		{.name = "import",
		 .setup = exported,
		 .call = import,
		 .done = end_imported,
		 .refusable = true,
		 .also = ENOSPC},
	};

	RUN(calls);
}

TEST(shrink, .name = "panfrost/fail-nth-scan", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of advice or a scan fails, BOs are purged "
	      "or as they were, and the next scan has them")
{
	static const struct inject_call calls[] = {
		CALL("not needed", needed, dont_need, end),
		CALL("needed again", not_needed, will_need, end),
		CALL("scan for what is needed", needed, scan, end),
		CALL("purge", not_needed, scan, end_purged),
		CALL("purge by drop_caches", not_needed, drop_caches,
		     end_purged),
	};

	RUN(calls);
}
