// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One BO in two processes, one of which gives advice. The driver accepts "not
 * needed" only if a single file has the BO.
 */
#include <drm/drm.h>
#include <errno.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

#define SIZE (16 * PAGE)

/* Mark a BO as not needed: 0 or an errno. */
static int try_give_up(const struct pan_bo *bo)
{
	struct drm_panfrost_madvise madvise = {
		.handle = bo->handle,
		.madv = PANFROST_MADV_DONTNEED,
	};

	return drm_ioctl(bo->fd, DRM_IOCTL_PANFROST_MADVISE, &madvise) ? errno
								       : 0;
}

/* The GPU must find stamps of @generation through this file's mapping of @bo. */
static void gpu_verify(const struct pan_bo *bo, uint32_t generation)
{
	PAN_BO(out, pan_bo_mapped(bo->fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(bo->fd));

	chain_use(&chain, bo);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, bo->va, bo->size, 1, generation);
	chain_run(&chain);
	CHECK_EQ(*(uint64_t *)out.map, bo->size / PAGE);
}

/**
 * struct peer - a process that has a BO of its parent's in a file of its own
 * @dmabuf: the BO
 * @go: pipe on which the parent tells the child to continue
 * @done: pipe on which the child tells the parent that it is done
 */
struct peer {
	int dmabuf;
	int go[2];
	int done[2];
};

static void tell(int pipe)
{
	CHECK_EQ(write(pipe, "", 1), 1);
}

static void hear(int pipe)
{
	char byte;

	CHECK_EQ(read(pipe, &byte, 1), 1);
}

static void peer_main(void *arg)
{
	const struct peer *peer = arg;
	PAN(fd);
	struct pan_bo bo = pan_bo_import(fd, peer->dmabuf);

	gpu_verify(&bo, 1);
	CHECK_EQ(try_give_up(&bo), EINVAL);
	tell(peer->done[1]);
	/*
	 * Wait for the parent, which tries to give the BO up and reclaims memory.
	 */
	hear(peer->go[0]);
	gpu_verify(&bo, 1);
	pan_bo_map(&bo);
	stamp_verify(bo.map, SIZE, 1, 1);
	pan_bo_unmap(&bo);
}

TEST(two_processes, .name = "panfrost/share-dmabuf",
     .about =
	     "two processes have a BO, by its dma-buf: neither can give it up, "
	     "and it keeps its content")
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC));
	struct peer peer = {.dmabuf = drm_export(fd, bo.handle)};
	pid_t pid;

	stamp_fill(bo.map, SIZE, 1, 1);
	CHECK_SYS(pipe(peer.go));
	CHECK_SYS(pipe(peer.done));
	pid = child_start(peer_main, &peer);
	hear(peer.done[0]);
	CHECK_EQ(try_give_up(&bo), EINVAL);
	shrink_scan(100000);
	mem_drop_caches();
	tell(peer.go[1]);
	child_wait(pid);

	/* This file is the only user again, although the dma-buf still exists. */
	CHECK_EQ(try_give_up(&bo), 0);
	shrink_scan(100000);
	mem_drop_caches();
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	stamp_verify(bo.map, SIZE, 1, 1);
	gpu_verify(&bo, 1);
	close(peer.dmabuf);
}

/* Open @bo in a second file by its global name. Both files are cards. */
static struct pan_bo open_by_name(int fd, const struct pan_bo *bo)
{
	struct drm_gem_flink flink = {.handle = bo->handle};
	struct drm_gem_open open = {};
	struct drm_panfrost_get_bo_offset where = {};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_GEM_FLINK, &flink));
	open.name = flink.name;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GEM_OPEN, &open));
	where.handle = open.handle;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &where));
	return (struct pan_bo){
		.fd = fd,
		.handle = open.handle,
		.va = where.offset,
		.size = bo->size,
	};
}

/*
 * A BO that is shared by name is not exported. It could be purged if the other file
 * did not have it.
 */
TEST(two_files, .name = "panfrost/share-name",
     .about = "two files have a BO: neither can give it up; the one that is "
	      "left can, and then no page table has it")
{
	for (int left = 0; left < 2; left++) {
		int fd[2] = {drm_open(DRM_PANFROST, DRM_CARD),
			     drm_open(DRM_PANFROST, DRM_CARD)};
		struct pan_bo filler, bo[2], closed;
		struct chain look[2];

		shrink_settle();
		/* Makes the GPU addresses differ. */
		filler = pan_bo(fd[1], 64 * PAGE, PANFROST_BO_NOEXEC);
		bo[0] = pan_bo_mapped(fd[0], SIZE, PANFROST_BO_NOEXEC);
		bo[1] = open_by_name(fd[1], &bo[0]);
		stamp_fill(bo[0].map, SIZE, 1, 1);
		pan_bo_unmap(&bo[0]);
		device_keep_awake(true);
		for (int i = 0; i < 2; i++) {
			look[i] = chain_null(fd[i]);
			CHECK_EQ(try_give_up(&bo[i]), EINVAL);
			gpu_verify(&bo[i], 1);
		}
		/* Completed chains release their BOs asynchronously. */
		WAIT_UNTIL(shrink_count() ==
			   shrink_pages(64 + 16 + 2 * CHAIN_PAGES, 0));
		shrink_scan(100000);
		for (int i = 0; i < 2; i++)
			gpu_verify(&bo[i], 1);

		closed = bo[!left];
		drm_gem_close(fd[!left], closed.handle);
		CHECK_EQ(device_pages(&look[!left], closed.va, SIZE, NULL), 0);
		gpu_verify(&bo[left], 1);
		CHECK_EQ(try_give_up(&bo[left]), 0);
		CHECK_EQ(device_pages(&look[left], bo[left].va, SIZE, NULL),
			 16);
		shrink_all(64 + 2 * CHAIN_PAGES);
		CHECK_EQ(device_pages(&look[left], bo[left].va, SIZE, NULL), 0);
		CHECK_EQ(device_pages(&look[1], filler.va, filler.size, NULL),
			 64);
		CHECK(!pan_madvise(&bo[left], PANFROST_MADV_WILLNEED));
		device_keep_awake(false);
		for (int i = 0; i < 2; i++) {
			pan_bo_unmap(&look[i].bo);
			close(fd[i]);
		}
	}
}

static void advise(void *arg)
{
	const struct pan_bo *bo = arg;

	CHECK(pan_madvise(bo, PANFROST_MADV_DONTNEED));
}

TEST(one_file, .name = "panfrost/share-file",
     .about = "advice belongs to the BO: a child that has inherited the file "
	      "gives it for its parent as well, and it outlives the child")
{
	PAN(fd);
	struct pan_bo bo;

	shrink_settle();
	bo = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	stamp_fill(bo.map, SIZE, 1, 1);
	child_wait(child_start(advise, &bo));
	CHECK_EQ(shrink_count(), 16);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	shrink_scan(100000);
	stamp_verify(bo.map, SIZE, 1, 1);
	child_wait(child_start(advise, &bo));
	shrink_all(0);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK(mem_bus_error(bo.map, false));
}

/* Without the capability, see tests/KERNEL-BUGS.md, 19. */
TEST(open_unneeded, .name = "panfrost/share-not-needed",
     .about = "a file may open a BO that another file does not need",
     .needs = "panfrost-open-unneeded")
{
	int fd[2] = {drm_open(DRM_PANFROST, DRM_CARD),
		     drm_open(DRM_PANFROST, DRM_CARD)};
	struct pan_bo bo = pan_bo_mapped(fd[0], SIZE, PANFROST_BO_NOEXEC);
	struct pan_bo theirs;

	stamp_fill(bo.map, SIZE, 1, 1);
	pan_bo_unmap(&bo);
	CHECK_EQ(try_give_up(&bo), 0);
	theirs = open_by_name(fd[1], &bo);
	CHECK_EQ(try_give_up(&theirs), EINVAL);
	CHECK(pan_madvise(&theirs, PANFROST_MADV_WILLNEED));
	close(fd[0]);
	gpu_verify(&theirs, 1);
	close(fd[1]);
}

TEST(open_purged, .name = "panfrost/share-purged",
     .about = "a purged BO that is opened by another file takes no memory, and "
	      "is not mapped for the GPU",
     .needs = "panfrost-shrinker")
{
	int fd[2] = {drm_open(DRM_PANFROST, DRM_CARD),
		     drm_open(DRM_PANFROST, DRM_CARD)};
	struct drm_gem_flink flink = {};
	struct drm_gem_open open = {};
	struct chain look = chain_null(fd[1]);
	struct pan_bo bo;
	size_t before;

	WAIT_UNTIL(shrink_count() == CHAIN_PAGES);
	bo = pan_bo(fd[0], SIZE, PANFROST_BO_NOEXEC);
	flink.handle = bo.handle;
	CHECK_SYS(drm_ioctl(fd[0], DRM_IOCTL_GEM_FLINK, &flink));
	CHECK_EQ(try_give_up(&bo), 0);
	shrink_all(CHAIN_PAGES);
	before = mem_info("Shmem");
	open.name = flink.name;
	if (!drm_ioctl(fd[1], DRM_IOCTL_GEM_OPEN, &open)) {
		struct pan_bo theirs = {.fd = fd[1], .handle = open.handle};

		CHECK(!pan_madvise(&theirs, PANFROST_MADV_WILLNEED));
	}
	CHECK_CMP(mem_info("Shmem"), <=, before);
	CHECK_EQ(shrink_count(), CHAIN_PAGES);
	/* This file has only the chain mapped. */
	device_keep_awake(true);
	CHECK_EQ(device_pages(&look, 0, 1ull << 40, NULL), CHAIN_PAGES);
	device_keep_awake(false);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	close(fd[0]);
	close(fd[1]);
}

TEST(closed_busy, .name = "panfrost/share-closed-busy",
     .about =
	     "a file closes a BO that its chain still uses, and the other file "
	     "gives it up: it is purged after the chain, from both page tables",
     .virtual_time = true)
{
	int fd[2] = {drm_open(DRM_PANFROST, DRM_CARD),
		     drm_open(DRM_PANFROST, DRM_CARD)};
	struct pan_bo bo[2], out;
	struct chain chain, look[2];
	uint64_t *words;

	shrink_settle();
	bo[1] = pan_bo_mapped(fd[1], SIZE, PANFROST_BO_NOEXEC);
	out = pan_bo_mapped(fd[0], PAGE, PANFROST_BO_NOEXEC);
	words = out.map;
	chain = chain_new(fd[0]);
	for (int i = 0; i < 2; i++)
		look[i] = chain_null(fd[i]);
	bo[0] = open_by_name(fd[0], &bo[1]);
	stamp_fill(bo[1].map, SIZE, 1, 1);
	chain_use(&chain, &bo[0]);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, bo[0].va, SIZE, 1, 1);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	WAIT_UNTIL(device_job_in_slot(1));
	drm_gem_close(fd[0], bo[0].handle);
	/* Except for the chain, this file is the only user now. */
	CHECK_EQ(try_give_up(&bo[1]), 0);
	shrink_scan(100000);
	CHECK(!mem_bus_error(bo[1].map, false));
	stamp_verify(bo[1].map, SIZE, 1, 1);
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&chain.bo);
	chain_check_done(&chain);
	CHECK_EQ(words[0], 16);

	shrink_all(1 + 3 * CHAIN_PAGES);
	CHECK(mem_bus_error(bo[1].map, false));
	device_keep_awake(true);
	for (int i = 0; i < 2; i++)
		CHECK_EQ(device_pages(&look[i], bo[i].va, SIZE, NULL), 0);
	device_keep_awake(false);
	close(fd[0]);
	close(fd[1]);
}

TEST(closed_again, .name = "panfrost/share-closed-again",
     .about =
	     "a file closes a BO that its chain still uses, opens it again and "
	     "closes that: the chain keeps the first place, and the other goes",
     .virtual_time = true)
{
	int fd[2] = {drm_open(DRM_PANFROST, DRM_CARD),
		     drm_open(DRM_PANFROST, DRM_CARD)};
	struct pan_bo bo = pan_bo_mapped(fd[1], SIZE, PANFROST_BO_NOEXEC);
	struct pan_bo out = pan_bo_mapped(fd[0], PAGE, PANFROST_BO_NOEXEC);
	struct pan_bo first = open_by_name(fd[0], &bo), again;
	struct chain chain = chain_new(fd[0]), look = chain_null(fd[0]);

	stamp_fill(bo.map, SIZE, 1, 1);
	chain_use(&chain, &first);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, first.va, SIZE, 1, 1);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	WAIT_UNTIL(device_job_in_slot(1));
	drm_gem_close(fd[0], first.handle);
	again = open_by_name(fd[0], &bo);
	CHECK_CMP(again.va, !=, first.va);
	drm_gem_close(fd[0], again.handle);
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&chain.bo);
	chain_check_done(&chain);
	CHECK_EQ(*(uint64_t *)out.map, SIZE / PAGE);
	device_keep_awake(true);
	WAIT_UNTIL(!device_pages(&look, first.va, SIZE, NULL));
	CHECK_EQ(device_pages(&look, again.va, SIZE, NULL), 0);
	device_keep_awake(false);
	close(fd[0]);
	close(fd[1]);
}

TEST(two_handles, .name = "panfrost/share-two-handles",
     .about = "a file that has a BO twice may be told that it cannot give it "
	      "up; if it can, both places are unmapped")
{
	int fd = drm_open(DRM_PANFROST, DRM_CARD);
	unsigned long all = 2 * 16 + CHAIN_PAGES;
	struct pan_bo bo[2];
	struct chain look;

	shrink_settle();
	bo[0] = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	stamp_fill(bo[0].map, SIZE, 1, 1);
	bo[1] = open_by_name(fd, &bo[0]);
	CHECK_CMP(bo[1].handle, !=, bo[0].handle);
	look = chain_null(fd);
	device_keep_awake(true);
	CHECK_EQ(device_pages(&look, 0, 1ull << 40, NULL), all);
	if (try_give_up(&bo[1])) {
		shrink_scan(100000);
		stamp_verify(bo[0].map, SIZE, 1, 1);
		CHECK_EQ(device_pages(&look, 0, 1ull << 40, NULL), all);
		drm_gem_close(fd, bo[1].handle);
		CHECK_EQ(device_pages(&look, 0, 1ull << 40, NULL),
			 16 + CHAIN_PAGES);
		CHECK_EQ(try_give_up(&bo[0]), 0);
	}
	shrink_all(CHAIN_PAGES);
	CHECK_EQ(device_pages(&look, 0, 1ull << 40, NULL), CHAIN_PAGES);
	CHECK(!pan_madvise(&bo[0], PANFROST_MADV_WILLNEED));
	device_keep_awake(false);
	close(fd);
}

TEST(reopened_busy, .name = "panfrost/share-reopened-busy",
     .about = "a file that closes a BO while its chain uses it, and opens it "
	      "again, has it at an address that outlives the chain",
     .virtual_time = true)
{
	PAN(fd);
	int dmabuf;
	PAN_BO(bo, pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC));
	struct pan_bo again;
	PAN_BO(out, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(busy, chain_new(fd));
	CHAIN(chain, chain_new(fd));
	CHAIN(look, chain_null(fd));
	volatile uint64_t *words = out.map;

	stamp_fill(bo.map, SIZE, 1, 1);
	dmabuf = drm_export(fd, bo.handle);
	chain_use(&busy, &bo);
	chain_use(&busy, &out);
	chain_check_stamps(&busy, out.va, bo.va, SIZE, 1, 1);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&busy);
	WAIT_UNTIL(device_job_in_slot(1));
	drm_gem_close(fd, bo.handle);
	again = pan_bo_import(fd, dmabuf);
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&busy.bo);
	chain_check_done(&busy);
	CHECK_EQ(words[0], SIZE / PAGE);
	/*
	 * Freeing the chain removes the last reference of the first handle's
	 * mapping.
	 */
	device_keep_awake(true);
	WAIT_UNTIL(!device_pages(&look, bo.va, SIZE, NULL));
	device_keep_awake(false);
	words[0] = 0;
	chain_use(&chain, &again);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, again.va, SIZE, 1, 1);
	chain_run(&chain);
	CHECK_EQ(words[0], SIZE / PAGE);
	CHECK_SYS(close(dmabuf));
}
