// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Short races of panfrost, in which no order is said: for make races, which runs them under
 * many schedules. Those of race.c have many rounds.
 */
#include <errno.h>

#include "lib/drm.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/thread.h"

#define SIZE (2 * PAGE)
#define ALL 100000

static void submit(void *arg)
{
	struct chain *chain = arg;
	int err = chain_try_submit(chain);

	/* The driver refuses a BO that is not needed. */
	CHECK(!err || err == EINVAL);
}

static void give_up(void *arg)
{
	pan_madvise(arg, PANFROST_MADV_DONTNEED);
	shrink_scan(ALL);
}

static void scan(void *arg)
{
	(void)arg;
	shrink_scan(ALL);
}

TEST(submit_scan, .name = "panfrost/race-submit-scan",
     .needs = "panfrost-shrinker",
     .about = "a BO is submitted, given up and scanned for: the job is "
	      "refused, or finds the "
	      "content")
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC));
	PAN_BO(out, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	volatile uint64_t *good = out.map;
	struct thread *threads[3];

	stamp_fill(bo.map, bo.size, 1, 1);
	*good = UINT64_MAX;
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, bo.va, bo.size, 1, 1);
	threads[0] = thread_start("submitter", submit, &chain);
	threads[1] = thread_start("adviser", give_up, &bo);
	threads[2] = thread_start("scanner", scan, NULL);
	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
	pan_bo_wait(&chain.bo);
	/* If it was refused, nothing was written. */
	CHECK(*good == SIZE / PAGE || *good == UINT64_MAX);
}

static void close_bo(void *arg)
{
	const struct pan_bo *bo = arg;

	drm_gem_close(bo->fd, bo->handle);
}

static void ask(void *arg)
{
	const struct pan_bo *bo = arg;
	struct drm_panfrost_get_bo_offset offset = {.handle = bo->handle};
	struct drm_panfrost_mmap_bo map = {.handle = bo->handle};

	if (drm_ioctl(bo->fd, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &offset))
		CHECK(errno == ENOENT || errno == EINVAL);
	if (drm_ioctl(bo->fd, DRM_IOCTL_PANFROST_MMAP_BO, &map))
		CHECK_EQ(errno, ENOENT);
}

TEST(close_ask, .name = "panfrost/race-close-ask",
     .about = "a handle is closed while another thread of the file asks for "
	      "its offsets, and "
	      "there is a scan: it goes once")
{
	PAN(fd);
	struct pan_bo bo = pan_bo(fd, SIZE, PANFROST_BO_NOEXEC);
	struct thread *threads[3];

	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	threads[0] = thread_start("asker", ask, &bo);
	threads[1] = thread_start("closer", close_bo, &bo);
	threads[2] = thread_start("scanner", scan, NULL);
	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
	shrink_settle();
	CHECK_EQ(shrink_count(), 0);
}
