// SPDX-License-Identifier: GPL-2.0-or-later
/* Advice that several processes change often, at the same time. */
#include <sys/mman.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"

#define ROUNDS 1000
#define RECYCLED 200

/**
 * struct toggler - the work of one process
 * @own: its own BO, of another file than the other process's
 * @shared: BO of a file that both processes have
 */
struct toggler {
	struct pan_bo own;
	struct pan_bo shared;
};

/* There are no scans, so no BO is purged. */
static void toggle(void *arg)
{
	const struct toggler *toggler = arg;

	for (int i = 0; i < ROUNDS; i++) {
		uint32_t advice =
			i % 2 ? PANFROST_MADV_DONTNEED : PANFROST_MADV_WILLNEED;

		CHECK(pan_madvise(&toggler->own, advice));
		CHECK(pan_madvise(&toggler->shared, advice));
	}
}

TEST(toggled, .name = "panfrost/toggle-count",
     .about = "the count is right after two processes have changed their mind "
	      "thousands of times, also about the same BO",
     .seconds = 120)
{
	/*
	 * The DRM master's file: for others, DRM records the last process that used
	 * the file, which takes an RCU grace period each time.
	 */
	int fd = drm_open(DRM_PANFROST, DRM_CARD);
	int files[2] = {pan_open(), pan_open()};
	struct pan_bo shared, needed;
	struct toggler toggler[2];
	pid_t pid[2];

	shrink_settle();
	shared = pan_bo_mapped(fd, 32 * PAGE, PANFROST_BO_NOEXEC);
	needed = pan_bo(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	stamp_fill(shared.map, shared.size, 1, 1);
	for (int i = 0; i < 2; i++) {
		toggler[i] = (struct toggler){
			.own = pan_bo(files[i], PAGE << i, PANFROST_BO_NOEXEC),
			.shared = shared,
		};
		pid[i] = child_start(toggle, &toggler[i]);
	}
	for (int i = 0; i < 2; i++)
		child_wait(pid[i]);

	/* In the end, none of them is needed. */
	CHECK_EQ(shrink_count(), shrink_pages(64, 1 + 2 + 32));
	CHECK(pan_madvise(&shared, PANFROST_MADV_WILLNEED));
	CHECK_EQ(shrink_count(), shrink_pages(64 + 32, 1 + 2));
	shrink_all(64 + 32);
	stamp_verify(shared.map, shared.size, 1, 1);
	for (int i = 0; i < 2; i++)
		CHECK(!pan_madvise(&toggler[i].own, PANFROST_MADV_WILLNEED));
	pan_bo_free(&shared);
	CHECK_EQ(shrink_count(), shrink_pages(64, 0));
	pan_bo_free(&needed);
	CHECK_EQ(shrink_count(), 0);
	for (int i = 0; i < 2; i++)
		close(files[i]);
	close(fd);
}

/* A BO cache of one BO, as in user space: if it was purged, create another one. */
static void recycle(void *arg)
{
	uint32_t number = *(uint32_t *)arg, generation = 0;
	int fd = pan_open();
	struct pan_bo bo = pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC);

	stamp_fill(bo.map, bo.size, number, 0);
	for (int i = 0; i < RECYCLED; i++) {
		CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
		if (i % 3 == 0)
			mem_millisecond();
		if (!pan_madvise(&bo, PANFROST_MADV_WILLNEED)) {
			pan_bo_free(&bo);
			bo = pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC);
			stamp_fill(bo.map, bo.size, number, ++generation);
		}
		stamp_verify(bo.map, bo.size, number, generation);
	}
	if (!generation)
		FAIL("nothing was purged");
}

TEST(recycled, .name = "panfrost/toggle-scan",
     .about = "while memory is wanted back all the time, each process has the "
	      "content of what it needs, and the count is right in the end",
     .virtual_time = true, .seconds = 120)
{
	enum { CHILDREN = 3 };
	uint32_t number[CHILDREN];
	pid_t pid[CHILDREN], scanner;
	int fd = pan_open();
	struct pan_bo needed;

	shrink_settle();
	needed = pan_bo(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	for (uint32_t i = 0; i < CHILDREN; i++) {
		number[i] = i;
		pid[i] = child_start(recycle, &number[i]);
	}
	scanner = CHECK_SYS(fork());
	if (!scanner)
		for (;;) {
			shrink_scan(100000);
			mem_millisecond();
		}
	for (int i = 0; i < CHILDREN; i++)
		child_wait(pid[i]);
	child_kill(scanner);
	WAIT_UNTIL(shrink_count() == shrink_pages(64, 0));
	CHECK(pan_madvise(&needed, PANFROST_MADV_WILLNEED));
	close(fd);
	CHECK_EQ(shrink_count(), 0);
}
