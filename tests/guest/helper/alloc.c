// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocations that fail in the middle of the helpers' functions. Afterwards, the BO
 * must be in one of the five legal states.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/fail-nth.h"
#include "lib/helper.h"

#define PAGES 20

/**
 * struct scene - the state that the calls work on
 * @bo: the BO, new for each call
 * @used: does it have the stamps of BO 1?
 * @bos: number of BOs of the device, without this one
 * @importer: file of the other device
 * @dmabuf: of the BO, or -1
 * @theirs: handle in @importer
 */
struct scene {
	struct helper_bo bo;
	bool used;
	uint32_t bos;
	int importer;
	int dmabuf;
	uint32_t theirs;
};

static void fresh(void *arg)
{
	struct scene *scene = arg;

	scene->bo = helper_bo(scene->bo.fd, PAGES, 0);
	scene->used = false;
	scene->dmabuf = -1;
}

static void used(void *arg)
{
	struct scene *scene = arg;

	scene->bo = helper_bo_used(scene->bo.fd, PAGES, 0, 1);
	scene->used = true;
	scene->dmabuf = -1;
}

static void evicted(void *arg)
{
	used(arg);
	helper_do(&((struct scene *)arg)->bo, SB_HELPER_EVICT);
}

static void exported(void *arg)
{
	struct scene *scene = arg;

	used(arg);
	scene->dmabuf = drm_export(scene->bo.fd, scene->bo.handle);
}

static void legal(void *arg)
{
	struct scene *scene = arg;

	helper_check_legal(&scene->bo);
	helper_check_lists(scene->bo.fd);
}

/* The BO is unchanged; close it. */
static void end(void *arg)
{
	struct scene *scene = arg;

	legal(arg);
	if (scene->used && !helper_state(&scene->bo).pins)
		helper_verify_content(&scene->bo, 1);
	helper_bo_close(&scene->bo);
	if (scene->dmabuf != -1)
		CHECK_SYS(close(scene->dmabuf));
	WAIT_UNTIL(helper_info(scene->bo.fd).bos == scene->bos);
	CHECK_EQ(helper_info(scene->importer).bos, 0);
}

static int op(struct scene *scene, enum sb_helper_op op, uint64_t arg)
{
	return helper_try(&scene->bo, op, arg);
}

static int attach(void *arg)
{
	return op(arg, SB_HELPER_ATTACH, 0);
}

static int swapin(void *arg)
{
	return op(arg, SB_HELPER_SWAPIN, 0);
}

static int pin(void *arg)
{
	return op(arg, SB_HELPER_PIN, 0);
}

static void end_pinned(void *arg)
{
	legal(arg);
	CHECK_EQ(op(arg, SB_HELPER_UNPIN, 0), 0);
	end(arg);
}

static int vmap(void *arg)
{
	return op(arg, SB_HELPER_VMAP, 0);
}

static void end_mapped(void *arg)
{
	legal(arg);
	CHECK_EQ(op(arg, SB_HELPER_VUNMAP, 0), 0);
	end(arg);
}

static int map(void *arg)
{
	struct helper_bo *bo = &((struct scene *)arg)->bo;
	void *at = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			bo->fd, (off_t)bo->offset);

	if (at == MAP_FAILED)
		return errno;
	bo->map = at;
	return 0;
}

static void end_mmapped(void *arg)
{
	legal(arg);
	helper_bo_unmap(&((struct scene *)arg)->bo);
	end(arg);
}

static int busy(void *arg)
{
	return op(arg, SB_HELPER_BUSY, 3);
}

static void end_busy(void *arg)
{
	legal(arg);
	CHECK_EQ(op(arg, SB_HELPER_IDLE, 0), 0);
	end(arg);
}

static int job(void *arg)
{
	return op(arg, SB_HELPER_JOB, 3);
}

static void end_job(void *arg)
{
	struct scene *scene = arg;

	legal(arg);
	WAIT_UNTIL(!helper_is_busy(&scene->bo));
	end(arg);
}

static int evict(void *arg)
{
	return op(arg, SB_HELPER_EVICT, 0);
}

static int advise(void *arg)
{
	struct scene *scene = arg;
	struct sb_helper_madvise advice = {.handle = scene->bo.handle};

	return inject_ioctl(scene->bo.fd, DRM_IOCTL_SB_HELPER_MADVISE, &advice);
}

static int export(void *arg)
{
	struct scene *scene = arg;

	return inject_export(scene->bo.fd, scene->bo.handle, &scene->dmabuf);
}

/* The other device imports it. */
static int import(void *arg)
{
	struct scene *scene = arg;

	return drm_try_import(scene->importer, scene->dmabuf, &scene->theirs);
}

static void end_imported(void *arg)
{
	struct scene *scene = arg;

	legal(arg);
	drm_gem_close(scene->importer, scene->theirs);
	end(arg);
}

static int create(void *arg)
{
	struct scene *scene = arg;
	struct sb_helper_create create = {.size = PAGES * PAGE};

	if (drm_ioctl(scene->bo.fd, DRM_IOCTL_SB_HELPER_CREATE, &create))
		return errno;
	drm_gem_close(scene->bo.fd, create.handle);
	return 0;
}

#define CALL(word, before, how, after, ...)                                    \
	{                                                                      \
		.name = word, .setup = before, .call = how, .refused = legal,  \
		.done = after, __VA_ARGS__                                     \
	}

static void run(const struct inject_call *calls, size_t count)
{
	struct scene scene = {
		.bo.fd = helper_open(0),
		.importer = helper_open(1),
	};

	inject_begin();
	scene.bos = helper_info(scene.bo.fd).bos;
	inject_each(calls, count, &scene);
}
#define RUN(calls) run(calls, sizeof(calls) / sizeof(*(calls)))

TEST(any, .name = "helper/alloc-fails", HELPER, .needs = INJECT_NEEDS,
     .last = true, .seconds = INJECT_SECONDS,
     .about =
	     "whichever allocation of a call fails, the BO is in a legal state "
	     "and the same call succeeds with memory")
{
	static const struct inject_call calls[] = {
		/* Without memory for the table of handles, the error is ENOSPC. */
		CALL("create", fresh, create, end, .refusable = true,
		     .also = ENOSPC),
		CALL("attach", fresh, attach, end, .refusable = true),
		CALL("pin", fresh, pin, end_pinned, .refusable = true),
		CALL("vmap", fresh, vmap, end_mapped, .refusable = true),
		CALL("vmap of a used BO", used, vmap, end_mapped,
		     .refusable = true),
		CALL("mmap", fresh, map, end_mmapped, .refusable = true),
		CALL("mmap of a used BO", used, map, end_mmapped,
		     .refusable = true),
		CALL("busy", used, busy, end_busy, .refusable = true),
		CALL("job", used, job, end_job, .refusable = true),
		CALL("advice", used, advise, end),
		CALL("export", used, export, end, .refusable = true),
		CALL("import", exported, import, end_imported,
		     .refusable = true),
	};

	RUN(calls);
}

TEST(reclaimed, .name = "helper/alloc-fails-evicted", HELPER, .swap_mib = 16,
     .needs = INJECT_NEEDS " shmem-shrinker", .last = true,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a call on an evicted BO fails, it keeps "
	      "its content; eviction itself needs no memory")
{
	static const struct inject_call calls[] = {
		CALL("swapin", evicted, swapin, end, .refusable = true),
		CALL("attach", evicted, attach, end, .refusable = true),
		CALL("pin", evicted, pin, end_pinned, .refusable = true),
		CALL("vmap", evicted, vmap, end_mapped, .refusable = true),
		CALL("mmap", evicted, map, end_mmapped, .refusable = true),
		CALL("advice", evicted, advise, end),
		CALL("export", evicted, export, end, .refusable = true),
	};
	struct helper_bo bo = {.fd = helper_open(0)};

	RUN(calls);
	bo = helper_bo_used(bo.fd, PAGES, 0, 1);
	inject_nth(1);
	CHECK_EQ(evict(&(struct scene){.bo = bo}), 0);
	inject_hit();
	CHECK_EVICTED(&bo);
	helper_bo_close(&bo);
}

TEST(init, .name = "helper/alloc-fails-init", HELPER,
     .needs = INJECT_NEEDS " shmem-shrinker",
     .about = "whichever allocation of the set-up of a shrinker fails, the "
	      "device goes without one, and nothing is left")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo none = {.fd = fd};
	unsigned int fails = 0;

	inject_begin();
	/* More than there are; some may fail without harm. */
	for (unsigned int n = 1; n <= 64; n++) {
		int err = helper_try(&none, SB_HELPER_INIT_NEW, n);

		if (err)
			CHECK_EQ(err, ENOMEM);
		fails += !!err;
	}
	/* The shrinker's ID does not always need memory. */
	CHECK_CMP(fails, >=, 3);
	CHECK_EQ(helper_count(fd), 0);
}
