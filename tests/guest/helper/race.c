// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Short races of the helpers, in which no order is said: for make races, which runs them
 * under many schedules. Each has few steps, so that a schedule may hit each.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/helper.h"
#include "lib/process.h"
#include "lib/thread.h"

#define PAGES 2
#define ALL 1000
#define ROUNDS 3

static void scan_on(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		helper_scan(((struct helper_bo *)arg)->fd, ALL);
}

static void read_on(void *arg)
{
	const struct helper_bo *bo = arg;

	for (int i = 0; i < ROUNDS; i++)
		stamp_verify(bo->map, bo->size, 1, 1);
}

TEST(fault_scan, .name = "helper/race-fault-scan", HELPER_EVICTS,
     .about = "a process reads a BO that is evicted again and again: it finds "
	      "the content")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct thread *scanner;
	pid_t pid;

	helper_bo_map(&bo);
	pid = child_start(read_on, &bo);
	scanner = thread_start("scanner", scan_on, &bo);
	thread_join(scanner);
	child_wait(pid);
	helper_check_legal(&bo);
	helper_verify_content(&bo, 1);
}

/* Once a page is gone, all are, for good. */
static void read_until_purged(void *arg)
{
	const struct helper_bo *bo = arg;
	bool gone = false;

	for (int i = 0; i < ROUNDS; i++)
		for (size_t at = 0; at < bo->size; at += PAGE) {
			bool error = mem_bus_error(bo->map + at, false);

			CHECK(error || !gone);
			gone = error;
		}
}

static void give_up(void *arg)
{
	struct helper_bo *bo = arg;

	helper_madvise(bo, 1);
	helper_scan(bo->fd, ALL);
}

TEST(fault_purge, .name = "helper/race-fault-purge", HELPER_EVICTS,
     .about = "a process reads a BO that is given up and purged: it finds "
	      "pages, or SIGBUS")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct thread *other;
	pid_t pid;

	helper_bo_map(&bo);
	pid = child_start(read_until_purged, &bo);
	other = thread_start("adviser", give_up, &bo);
	thread_join(other);
	child_wait(pid);
	helper_check_legal(&bo);
	helper_scan(fd, ALL);
	helper_verify_purged(&bo);
}

static void map_on(void *arg)
{
	struct helper_bo bo = *(struct helper_bo *)arg;

	for (int i = 0; i < ROUNDS; i++) {
		helper_bo_map(&bo);
		stamp_verify(bo.map, bo.size, 1, 1);
		helper_bo_unmap(&bo);
	}
}

TEST(map_unmap, .name = "helper/race-map-unmap", HELPER_SHRINKS,
     .about = "processes map and unmap a BO that nothing else keeps pages of: "
	      "each finds the "
	      "content, and at the end the pages are given back")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));
	pid_t pid[2];

	helper_bo_map(&bo);
	stamp_fill(bo.map, bo.size, 1, 1);
	helper_bo_unmap(&bo);
	for (int i = 0; i < 2; i++)
		pid[i] = child_start(map_on, &bo);
	for (int i = 0; i < 2; i++)
		child_wait(pid[i]);
	CHECK_STATE(&bo, 0);
}

static void close_on(void *arg)
{
	struct helper_bo *bos = arg;

	for (int i = 0; i < ROUNDS; i++)
		helper_bo_close(&bos[i]);
}

TEST(free_scan, .name = "helper/race-free-scan", HELPER_EVICTS,
     .about = "BOs are closed while there are scans: each goes once, and none "
	      "is left in a list")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo bos[ROUNDS];
	struct thread *closer, *scanner;

	for (int i = 0; i < ROUNDS; i++)
		bos[i] = helper_bo_used(fd, PAGES, 0, 1);
	scanner =
		thread_start("scanner", scan_on, &(struct helper_bo){.fd = fd});
	closer = thread_start("closer", close_on, bos);
	thread_join(scanner);
	thread_join(closer);
	WAIT_UNTIL(!helper_info(fd).bos);
	for (int lru = SB_HELPER_LRU_EVICTABLE; lru <= SB_HELPER_LRU_EVICTED;
	     lru++)
		helper_check_list(fd, lru, 0, 0);
}

static void pin_on(void *arg)
{
	struct helper_bo *bo = arg;

	for (int i = 0; i < ROUNDS; i++) {
		helper_do(bo, SB_HELPER_PIN);
		helper_do(bo, SB_HELPER_UNPIN);
	}
}

static void attach_on(void *arg)
{
	struct helper_bo *bo = arg;

	for (int i = 0; i < ROUNDS; i++)
		helper_do(bo, SB_HELPER_ATTACH);
}

TEST(pin_scan, .name = "helper/race-pin-scan", HELPER_EVICTS,
     .about = "two threads of a file pin and attach a BO while there are "
	      "scans: it keeps its "
	      "content, and no pin is lost")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct thread *threads[] = {
		thread_start("pinner", pin_on, &bo),
		thread_start("attacher", attach_on, &bo),
		thread_start("scanner", scan_on, &bo),
	};

	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
	CHECK_EQ(helper_state(&bo).pins, 0);
	helper_check_legal(&bo);
	helper_verify_content(&bo, 1);
}

/**
 * struct share - a BO that is exported and closed
 * @bo: the BO
 * @dmabuf: of the BO, or -1
 */
struct share {
	struct helper_bo bo;
	int dmabuf;
};

static void export(void *arg)
{
	struct share *share = arg;
	struct drm_prime_handle prime = {.handle = share->bo.handle, .fd = -1};

	if (drm_ioctl(share->bo.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		CHECK_EQ(errno, ENOENT);
	share->dmabuf = prime.fd;
}

static void close_one(void *arg)
{
	struct share *share = arg;

	drm_gem_close(share->bo.fd, share->bo.handle);
}

TEST(export_close, .name = "helper/race-export-close", HELPER_EVICTS,
     .about = "a BO is exported while its handle is closed: there is no such "
	      "handle, or the "
	      "dma-buf has the content")
{
	HELPER_DEVICE(fd, 0);
	struct share share = {.bo = helper_bo_used(fd, PAGES, 0, 1)};
	struct thread *threads[] = {
		thread_start("exporter", export, &share),
		thread_start("closer", close_one, &share),
		thread_start("scanner", scan_on, &share.bo),
	};

	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
	if (share.dmabuf >= 0) {
		struct helper_bo bo = {
			.fd = fd,
			.handle = drm_import(fd, share.dmabuf),
			.size = PAGES * PAGE,
		};

		helper_verify_content(&bo, 1);
		drm_gem_close(fd, bo.handle);
		CHECK_SYS(close(share.dmabuf));
	}
	WAIT_UNTIL(!helper_info(fd).bos);
}
