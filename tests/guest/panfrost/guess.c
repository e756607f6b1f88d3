// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handles that a process guesses: GEM numbers them from 1. Until a BO is complete, no
 * call finds its handle.
 */
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "lib/caller.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/virtio-lock.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"

#define SIZE (4 * PAGE)
#define ROUNDS 50
/* The handle of a file's first BO. */
#define FIRST 1
/* Handles that are guessed. */
#define GUESSED 3

/* Each call that takes a handle, with @handle; -1 and errno, or 0. */
static int use(int fd, uint32_t handle, unsigned int call)
{
	struct drm_panfrost_mmap_bo map = {.handle = handle};
	struct drm_panfrost_get_bo_offset offset = {.handle = handle};
	struct drm_panfrost_madvise advice = {.handle = handle,
					      .madv = PANFROST_MADV_WILLNEED};
	struct drm_panfrost_wait_bo wait = {.handle = handle};
	/* Nobody executes a chain at 0, but the BO is looked up. */
	struct drm_panfrost_submit submit = {
		.jc = 0,
		.bo_handles = (uintptr_t)&handle,
		.bo_handle_count = 1,
	};
	struct drm_gem_close close_arg = {.handle = handle};
	struct drm_prime_handle export = {.handle = handle, .flags = O_CLOEXEC};
	int ret;

	switch (call) {
	case 0:
		return drm_ioctl(fd, DRM_IOCTL_PANFROST_MMAP_BO, &map);
	case 1:
		return drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &offset);
	case 2:
		return drm_ioctl(fd, DRM_IOCTL_PANFROST_MADVISE, &advice);
	case 3:
		return drm_ioctl(fd, DRM_IOCTL_PANFROST_WAIT_BO, &wait);
	case 4:
		submit.jc = PAGE;
		return drm_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &submit);
	case 5:
		return drm_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close_arg);
	default:
		ret = drm_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &export);
		if (!ret)
			CHECK_SYS(close(export.fd));
		return ret;
	}
}

#define SUBMIT 4
#define CLOSE 5
#define CALLS 7

TEST(early, .name = "panfrost/guess-early", .needs = "panfrost-shrinker",
     .about = "while a BO is still being opened, no call finds its handle")
{
	int virtio = gpu_render();
	int first = drm_open(DRM_PANFROST, DRM_CARD);
	int fd = drm_open(DRM_PANFROST, DRM_CARD);
	struct bo theirs = bo_buffer(virtio, SIZE);
	struct drm_gem_open arg = {0};
	struct drm_gem_flink flink;
	struct caller opener;
	struct pan_bo ours;
	struct lock lock;
	int dmabuf;

	bo_to_host(&theirs);
	dmabuf = drm_export(virtio, theirs.handle);
	ours = pan_bo_import(first, dmabuf);
	CHECK_SYS(close(dmabuf));
	flink.handle = ours.handle;
	CHECK_SYS(drm_ioctl(first, DRM_IOCTL_GEM_FLINK, &flink));
	arg.name = flink.name;
	/* Mapping it for the GPU waits for the lock. */
	lock = bo_lock(&theirs);
	opener = caller_ioctl(fd, DRM_IOCTL_GEM_OPEN, &arg);
	caller_asleep(&opener, true);
	for (unsigned int call = 0; call < CALLS; call++) {
		test_note("call %u", call);
		CHECK_ERRNO(use(fd, FIRST, call),
			    call == CLOSE ? EINVAL : ENOENT);
	}
	bo_unlock(&lock);
	CHECK_EQ(caller_end(&opener), 0);
	CHECK_SYS(use(fd, FIRST, 1));
	CHECK_SYS(use(fd, FIRST, CLOSE));
	CHECK_SYS(close(fd));
	CHECK_SYS(close(first));
	bo_close(&theirs);
	CHECK_SYS(close(virtio));
}

static void create_all(void *arg)
{
	int fd = *(int *)arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct drm_panfrost_create_bo create = {
			.size = i % 5 ? PAGE : 2 * MIB,
			.flags = PANFROST_BO_NOEXEC |
				 (i % 5 ? 0 : PANFROST_BO_HEAP),
		};

		/* EINVAL: somebody has closed the handle already. */
		if (drm_ioctl(fd, DRM_IOCTL_PANFROST_CREATE_BO, &create))
			CHECK_EQ(errno, EINVAL);
		else
			use(fd, create.handle, CLOSE);
	}
}

/* Until it is killed. */
static void guess_all(void *arg)
{
	int fd = *(int *)arg;

	for (unsigned int i = 0;; i++) {
		if (i % CALLS != SUBMIT)
			use(fd, FIRST + i % GUESSED, i % CALLS);
		sched_yield();
	}
}

/* A chain of its own, with a handle that it guesses. */
static void submit_all(void *arg)
{
	struct chain chain = *(struct chain *)arg;
	int err;

	chain.bo_count = 2;
	for (unsigned int i = 0; i < ROUNDS / 5; i++) {
		chain.bos[1] = FIRST + i % GUESSED;
		err = chain_try_submit(&chain);
		if (err && err != ENOENT && err != EINVAL)
			FAIL("submit: errno %d", err);
	}
}

TEST(race, .name = "panfrost/guess-race", .seconds = 60,
     .about = "processes that create BOs and guess each other's handles in one "
	      "file leave nothing behind")
{
	int fd = pan_open();
	pid_t creator, other, guesser, submitter;
	struct pan_bo first[GUESSED];
	struct chain chain;

	/* Nobody guesses the handle of the chain. */
	for (unsigned int i = 0; i < GUESSED; i++)
		first[i] = pan_bo(fd, PAGE, PANFROST_BO_NOEXEC);
	chain = chain_null(fd);
	for (unsigned int i = 0; i < GUESSED; i++)
		pan_bo_free(&first[i]);
	creator = child_start(create_all, &fd);
	other = child_start(create_all, &fd);
	guesser = child_start(guess_all, &fd);
	submitter = child_start(submit_all, &chain);
	child_wait(creator);
	child_wait(other);
	child_kill(guesser);
	child_wait(submitter);
	chain_free(&chain);
	CHECK_SYS(close(fd));
	shrink_settle();
}
