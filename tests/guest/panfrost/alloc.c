// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * panfrost when memory runs out half-way: the Nth allocation of a call fails,
 * for each N until the call gets by without it. What fails must leave the BO as
 * it was, unlocked and idle; the next try must succeed.
 */
#include <errno.h>
#include <unistd.h>

#include "../drm.h"
#include "../inject.h"
#include "../mem.h"
#include "../stamp.h"
#include "../test.h"
#include "chain.h"
#include "shrink.h"

#define INJECT_MOST 300

#define PAGES 8

/* What the calls are about. */
struct scene {
	int fd;
	struct pan_bo bo;
	struct chain chain;
	uint32_t syncobj;
	int scan_fd; /* opened while there is memory */
};

static int try_submit(struct scene *scene)
{
	return chain_try_submit(&scene->chain, .out_sync = scene->syncobj,
				.in_syncs = &scene->syncobj,
				.in_sync_count = 1);
}

static int try_madvise(struct scene *scene)
{
	struct drm_panfrost_madvise arg = {
		.handle = scene->bo.handle,
		.madv = PANFROST_MADV_WILLNEED,
	};

	return drm_ioctl(scene->fd, DRM_IOCTL_PANFROST_MADVISE, &arg) ? errno
								      : 0;
}

static int try_unneeded(struct scene *scene)
{
	struct drm_panfrost_madvise arg = {
		.handle = scene->bo.handle,
		.madv = PANFROST_MADV_DONTNEED,
	};

	return drm_ioctl(scene->fd, DRM_IOCTL_PANFROST_MADVISE, &arg) ? errno
								      : 0;
}

/* Whatever it can have; of BOs that are needed that is nothing. */
static int try_scan(struct scene *scene)
{
	shrinker_scan_fd(scene->scan_fd, 10 * PAGES);
	return 0;
}

/* A fault that gets no memory is taken again; a mapping can be refused. */
static int try_map(struct scene *scene)
{
	pan_bo_unmap(&scene->bo);
	if (!pan_bo_try_map(&scene->bo))
		return errno;
	stamp_verify(scene->bo.map, scene->bo.size, 1, 1);
	return 0;
}

static void fail_each(struct scene *scene, const char *name,
		      int (*call)(struct scene *scene), bool must_refuse)
{
	unsigned long count = shrink_count();
	unsigned int refused = 0, n;
	bool hit = true;

	test_note("%s", name);
	for (n = 1; hit && n < INJECT_MOST; n++) {
		int err;

		inject_nth(n);
		err = call(scene);
		hit = inject_hit();
		if (err) {
			CHECK(hit);
			refused++;
		}
		pan_bo_wait(&scene->bo);
		CHECK(pan_madvise(&scene->bo, PANFROST_MADV_WILLNEED));
		CHECK_EQ(shrink_count(), count);
		CHECK_EQ(call(scene), 0);
		CHECK(pan_madvise(&scene->bo, PANFROST_MADV_WILLNEED));
		CHECK_EQ(chain_result(&scene->chain), 1);
		chain_check_done(&scene->chain);
		CHECK_EQ(shrink_count(), count);
		stamp_verify(scene->bo.map, scene->bo.size, 1, 1);
	}
	CHECK(!hit);
	if (must_refuse)
		CHECK_CMP(refused, >, 0);
}

TEST(fail, .name = "panfrost/fail-nth", .needs = "panfrost-shrinker",
     .seconds = 120,
     .about = "whichever allocation of a call fails, the BO stays usable, with "
	      "its content, and the next try succeeds")
{
	struct scene scene;

	inject_begin();
	shrink_settle();
	scene.scan_fd = shrinker_open(shrink_name());
	scene.fd = pan_open();
	scene.bo = pan_bo_mapped(scene.fd, PAGES * PAGE, PANFROST_BO_NOEXEC);
	stamp_fill(scene.bo.map, scene.bo.size, 1, 1);
	scene.chain = chain_null(scene.fd);
	chain_use(&scene.chain, &scene.bo);
	scene.syncobj = syncobj_new(scene.fd);
	CHECK_EQ(chain_try_submit(&scene.chain, .out_sync = scene.syncobj), 0);
	fail_each(&scene, "submit", try_submit, true);
	fail_each(&scene, "needed", try_madvise, false);
	fail_each(&scene, "not needed", try_unneeded, false);
	fail_each(&scene, "map", try_map, false);
	fail_each(&scene, "scan", try_scan, false);
	syncobj_free(scene.fd, scene.syncobj);
	chain_free(&scene.chain);
	pan_bo_free(&scene.bo);
	close(scene.scan_fd);
	close(scene.fd);
	shrink_settle();
}

/*
 * Of BOs that grow: for others the driver warns when their pages or page
 * tables cannot be had (tests/README.md).
 */
TEST(fail_create, .name = "panfrost/fail-nth-create", .seconds = 60,
     .about = "whichever allocation of a growing BO's creation fails, nothing "
	      "is left of it")
{
	unsigned int refused = 0, n;
	bool hit = true;
	int fd;

	inject_begin();
	fd = pan_open();
	for (n = 1; hit && n < INJECT_MOST; n++) {
		struct drm_panfrost_create_bo create = {
			.size = 4 * MIB,
			.flags = PANFROST_BO_HEAP | PANFROST_BO_NOEXEC,
		};
		int ret;

		inject_nth(n);
		ret = drm_ioctl(fd, DRM_IOCTL_PANFROST_CREATE_BO, &create);
		hit = inject_hit();
		if (ret) {
			CHECK(hit);
			refused++;
		} else {
			drm_gem_close(fd, create.handle);
		}
	}
	CHECK(!hit);
	CHECK_CMP(refused, >, 0);
	close(fd);
	shrink_settle();
}
