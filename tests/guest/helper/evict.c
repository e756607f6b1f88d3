// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The evict callback: when and in which order it is called, what happens to a BO
 * whose callback refuses or fails, and what other processes can do while a callback
 * is slow.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/virtio-gpu.h"
#include "lib/helper.h"

#define PAGES 4

/* enum dma_resv_usage */
static const char *const usages[] = {"kernel", "write", "read", "bookkeep"};
enum { USAGES = sizeof(usages) / sizeof(*usages) };

TEST(busy, .name = "helper/busy", HELPER_EVICTS,
     .about = "a BO with an unsignalled fence of any usage is neither evicted "
	      "nor purged, and its driver is not asked")
{
	HELPER_DEVICE(fd, 0);

	for (uint64_t usage = 0; usage < USAGES; usage++) {
		for (uint32_t madv = 0; madv < 2; madv++) {
			struct helper_bo bo = helper_bo_used(fd, PAGES, 0, 1);

			test_note("usage %s, advice %u", usages[usage], madv);
			helper_do_arg(&bo, SB_HELPER_BUSY, usage);
			CHECK(helper_madvise(&bo, madv));
			helper_check_stays(&bo, madv);
			helper_do(&bo, SB_HELPER_IDLE);
			helper_scan(fd, 1);
			CHECK_EQ(helper_state(&bo).evict_calls, 1);
			if (madv) {
				helper_verify_purged(&bo);
			} else {
				CHECK_EVICTED(&bo);
				helper_verify_content(&bo, 1);
			}
			helper_bo_close(&bo);
		}
	}
}

TEST(busy_next, .name = "helper/busy-passed-over", HELPER_EVICTS,
     .about = "a scan passes over a busy BO, which keeps its place")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(busy, helper_bo_used(fd, PAGES, 0, 1));
	HELPER_BO(idle, helper_bo_used(fd, PAGES, 0, 2));
	HELPER_BO(last, helper_bo_used(fd, PAGES, 0, 3));

	helper_do_arg(&busy, SB_HELPER_BUSY, 2);
	CHECK_EQ(helper_state(&busy).position, 0);
	helper_scan(fd, 1);
	CHECK_EVICTED(&idle);
	CHECK_EVICTABLE(&last);
	CHECK_EQ(helper_count(fd), 2 * PAGES);
	CHECK_EQ(helper_state(&busy).position, 0);
	CHECK_EQ(helper_state(&last).position, 1);
	helper_do(&busy, SB_HELPER_IDLE);
	helper_scan(fd, 2 * PAGES);
	CHECK_EVICTED(&busy);
	CHECK_EVICTED(&last);
	helper_verify_content(&busy, 1);
}

TEST(refused, .name = "helper/evict-refused", HELPER_EVICTS,
     .about = "a BO whose driver refuses stays as it is, and others go instead")
{
	static const int errors[] = {EBUSY, EIO, ENOMEM, EINVAL};
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	for (unsigned int i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct helper_bo other = helper_bo_used(fd, PAGES, 0, 2);

		helper_do_arg(&bo, SB_HELPER_EVICT_SET, errors[i]);
		CHECK_EQ(helper_try(&bo, SB_HELPER_EVICT, 0), errors[i]);
		CHECK_EVICTABLE(&bo);
		helper_scan(fd, PAGES);
		CHECK_EQ(helper_state(&bo).evict_calls, 2 * (i + 1));
		CHECK_EVICTABLE(&bo);
		CHECK_EVICTED(&other);
		helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
		helper_verify(&bo, SB_HELPER_DEVICE, 1);
		helper_bo_close(&other);
	}
	helper_do_arg(&bo, SB_HELPER_EVICT_SET, 0);
	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
	helper_verify_content(&bo, 1);
}

TEST(purge_refused, .name = "helper/purge-refused", HELPER_EVICTS,
     .about = "a BO whose driver refuses to purge it keeps its content, and "
	      "may still be wanted again")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	CHECK(helper_madvise(&bo, 1));
	helper_do_arg(&bo, SB_HELPER_EVICT_SET, EBUSY);
	helper_scan(fd, 1000);
	mem_drop_caches();
	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 1, .madv = 1,
		    .lru = SB_HELPER_LRU_EVICTABLE);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
	CHECK(helper_madvise(&bo, 0));
	CHECK_EVICTABLE(&bo);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
}

/* BO order[i] must have been evicted as number i. */
static void check_order(const struct helper_bo *bo, const uint32_t *order,
			unsigned int count)
{
	uint32_t before = helper_state(&bo[order[0]]).evict_order - 1;

	for (unsigned int i = 0; i < count; i++)
		CHECK_EQ(helper_state(&bo[order[i]]).evict_order,
			 before + i + 1);
}

TEST(order, .name = "helper/evict-order", HELPER_EVICTS,
     .about = "a scan asks drivers for BOs that are not needed first, then for "
	      "the least recently used")
{
	static const uint32_t first[] = {3, 5, 0, 2, 4, 1};
	static const uint32_t second[] = {4, 2, 0, 1};
	HELPER_DEVICE(fd, 0);
	struct helper_bo bo[6];

	for (unsigned int i = 0; i < 6; i++) {
		bo[i] = helper_bo_used(fd, i + 1, 0, i);
		CHECK_EQ(helper_state(&bo[i]).position, i);
	}
	CHECK(helper_madvise(&bo[3], 1));
	CHECK(helper_madvise(&bo[5], 1));
	helper_do(&bo[1], SB_HELPER_ATTACH);
	helper_scan(fd, 1 + 2 + 3 + 4 + 5 + 6);
	check_order(bo, first, 6);
	/* Bring them back in another order, one of them twice. */
	for (unsigned int i = 0; i < 4; i++)
		helper_verify_content(&bo[second[i]], second[i]);
	helper_do(&bo[4], SB_HELPER_SWAPIN);
	/* 2, 0, 1, 4: one scan for each. */
	for (unsigned int i = 1; i <= 4; i++) {
		const struct helper_bo *next = &bo[second[i % 4]];

		CHECK_EQ(helper_state(next).position, 0);
		helper_scan(fd, 1);
		CHECK_EVICTED(next);
		helper_check_lists(fd);
	}
	for (unsigned int i = 0; i < 6; i++)
		helper_bo_close(&bo[i]);
}

/* Use BO 1 of 4 by @use: then it is the last in order. */
static void used_last(enum sb_helper_op use, enum sb_helper_op after)
{
	int fd = helper_open(0);
	struct helper_bo bo[4];

	for (unsigned int i = 0; i < 4; i++)
		bo[i] = helper_bo_used(fd, 2, 0, i);
	helper_do(&bo[1], use);
	if (after)
		helper_do(&bo[1], after);
	CHECK_EQ(helper_state(&bo[0]).position, 0);
	CHECK_EQ(helper_state(&bo[2]).position, 1);
	CHECK_EQ(helper_state(&bo[3]).position, 2);
	CHECK_EQ(helper_state(&bo[1]).position, 3);
	for (unsigned int i = 0; i < 4; i++)
		helper_bo_close(&bo[i]);
}

#define LAST_TEST(ident, suffix, what, use, after)                             \
	TEST(last_##ident, .name = "helper/last-after-" suffix,                \
	     HELPER_SHRINKS, .about = what " makes a BO the last in order")    \
	{                                                                      \
		used_last(use, after);                                         \
	}

LAST_TEST(attach, "use", "a use", SB_HELPER_ATTACH, 0)
LAST_TEST(swapin, "swapin", "a swap-in that has nothing to do",
	  SB_HELPER_SWAPIN, 0)
LAST_TEST(pin, "pin", "a pin, once it is over,", SB_HELPER_PIN, SB_HELPER_UNPIN)
LAST_TEST(vmap, "vmap", "a kernel mapping, once it is over,", SB_HELPER_VMAP,
	  SB_HELPER_VUNMAP)

TEST(zero, .name = "helper/scan-nothing", HELPER_EVICTS,
     .about = "a scan for nothing, or of nothing, asks no driver")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo bo;

	CHECK_EQ(helper_count(fd), 0);
	helper_scan(fd, 0);
	helper_scan(fd, 1000);
	bo = helper_bo_used(fd, PAGES, 0, 1);
	helper_scan(fd, 0);
	CHECK_EQ(helper_state(&bo).evict_calls, 0);
	CHECK_EVICTABLE(&bo);
	helper_bo_close(&bo);
}

TEST(device, .name = "helper/one-shrinker-per-device", HELPER_EVICTS,
     .about = "each device has a shrinker of its own, for its own BOs")
{
	int fd[2] = {helper_open(0), helper_open(1)};
	struct helper_bo bo[2];

	for (unsigned int i = 0; i < 2; i++)
		bo[i] = helper_bo_used(fd[i], PAGES + i, 0, i);
	CHECK_EQ(helper_count(fd[0]), PAGES);
	CHECK_EQ(helper_count(fd[1]), PAGES + 1);
	helper_scan(fd[1], 1000);
	CHECK_EVICTABLE(&bo[0]);
	CHECK_EVICTED(&bo[1]);
	helper_verify_content(&bo[1], 1);
	helper_bo_close(&bo[0]);
	helper_bo_close(&bo[1]);
}

/*
 * A slow callback: a process scans, and stays in the callback of @bo until
 * helper_go().
 */
static pid_t evict_slowly(const struct helper_bo *bo, uint32_t error)
{
	pid_t scan;

	helper_do_arg(bo, SB_HELPER_EVICT_SET, SB_HELPER_HOLD | error);
	scan = helper_scan_start(bo->fd, 1);
	WAIT_UNTIL(helper_info(bo->fd).evicting);
	CHECK(helper_state(bo).flags & SB_HELPER_EVICTING);
	CHECK(helper_state(bo).flags & SB_HELPER_LOCKED);
	return scan;
}

TEST(slow, .name = "helper/evict-slow", HELPER_EVICTS,
     .about = "until the evict callback returns, the device has the pages and "
	      "the BO its content")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	HELPER_BO(other, helper_bo_used(fd, PAGES, 0, 2));
	pid_t scan = evict_slowly(&bo, 0);

	CHECK_EQ(helper_state(&bo).flags,
		 HELPER_IN_USE | SB_HELPER_LOCKED | SB_HELPER_EVICTING);
	CHECK_EQ(helper_state(&bo).uses, 1);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	/* The eviction blocks neither other BOs nor other scans. */
	helper_check_lists(fd);
	helper_do(&other, SB_HELPER_PIN);
	helper_do(&other, SB_HELPER_UNPIN);
	helper_scan(fd, PAGES);
	CHECK_EVICTED(&other);
	helper_verify_content(&other, 2);
	helper_go(fd, bo.id);
	child_wait(scan);
	CHECK_EVICTED(&bo);
	helper_verify_content(&bo, 1);
}

TEST(slow_failed, .name = "helper/evict-slow-fails", HELPER_EVICTS,
     .about = "a callback that fails after a while leaves the BO as it was")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	pid_t scan;

	helper_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	scan = evict_slowly(&bo, EIO);
	helper_go(fd, bo.id);
	child_wait(scan);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 2,
		    .lru = SB_HELPER_LRU_EVICTABLE);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	stamp_verify(bo.map, bo.size, 1, 1);
}

static void verify_child(void *arg)
{
	const struct helper_bo *bo = arg;

	stamp_verify(bo->map, bo->size, 1, 1);
}

TEST(slow_fault, .name = "helper/evict-slow-fault", HELPER_EVICTS,
     .about = "a page fault during an eviction waits and then gets the content")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	pid_t scan, child;

	helper_bo_map(&bo);
	scan = evict_slowly(&bo, 0);
	child = child_start(verify_child, &bo);
	WAIT_UNTIL(process_state(child) == 'D');
	helper_go(fd, bo.id);
	child_wait(scan);
	child_wait(child);
	CHECK_STATE(&bo, .flags = HELPER_HAS_PAGES, .uses = 2,
		    .lru = SB_HELPER_LRU_EVICTABLE);
	helper_verify_content(&bo, 1);
}

static void bus_error_child(void *arg)
{
	const struct helper_bo *bo = arg;

	CHECK(mem_bus_error(bo->map, false));
}

TEST(slow_purge_fault, .name = "helper/purge-slow-fault", HELPER_EVICTS,
     .about = "a page fault on a BO that is being purged waits and then gives "
	      "SIGBUS")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	pid_t scan, child;

	helper_bo_map(&bo);
	CHECK(helper_madvise(&bo, 1));
	scan = evict_slowly(&bo, 0);
	child = child_start(bus_error_child, &bo);
	WAIT_UNTIL(process_state(child) == 'D');
	helper_go(fd, bo.id);
	child_wait(scan);
	child_wait(child);
	helper_verify_purged(&bo);
}

static void use_child(void *arg)
{
	helper_do((const struct helper_bo *)arg, SB_HELPER_ATTACH);
}

static void pin_child(void *arg)
{
	helper_do((const struct helper_bo *)arg, SB_HELPER_PIN);
}

/* Does the process wait for the lock, interruptibly or not? */
static bool sleeps(pid_t pid)
{
	char path[64], *text, *state;
	bool is;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = file_read(path);
	state = strrchr(text, ')');
	is = state && strchr("DS", state[2]);
	free(text);
	return is;
}

TEST(slow_use, .name = "helper/evict-slow-use", HELPER_EVICTS,
     .about = "a use or pin of a BO that is being evicted waits and brings it "
	      "back")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	pid_t scan = evict_slowly(&bo, 0);
	pid_t use = child_start(use_child, &bo);
	pid_t pin = child_start(pin_child, &bo);

	WAIT_UNTIL(sleeps(use) && sleeps(pin));
	CHECK_EQ(helper_state(&bo).pins, 0);
	helper_go(fd, bo.id);
	child_wait(scan);
	child_wait(use);
	child_wait(pin);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 2, .pins = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	helper_do(&bo, SB_HELPER_UNPIN);
}

/* An empty handler, without SA_RESTART: the call must end. */
static void on_signal(int signal)
{
	(void)signal;
}

static void interrupted_child(void *arg)
{
	const struct helper_bo *bo = arg;
	struct sigaction action = {.sa_handler = on_signal};
	struct sb_helper_do pin = {.handle = bo->handle, .op = SB_HELPER_PIN};
	struct sb_helper_do use = {.handle = bo->handle,
				   .op = SB_HELPER_ATTACH};
	struct sb_helper_madvise advice = {
		.handle = bo->handle,
		.madv = 1,
		.retained = 12345,
	};

	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	CHECK_ERRNO(ioctl(bo->fd, DRM_IOCTL_SB_HELPER_DO, &pin), EINTR);
	CHECK_ERRNO(ioctl(bo->fd, DRM_IOCTL_SB_HELPER_DO, &use), EINTR);
	CHECK_ERRNO(ioctl(bo->fd, DRM_IOCTL_SB_HELPER_MADVISE, &advice), EINTR);
	CHECK_EQ(advice.retained, 12345);
}

/* Send signals until the process has ended, since one may come too early. */
static void signal_until_end(pid_t pid)
{
	int status;

	while (!CHECK_SYS(waitpid(pid, &status, WNOHANG))) {
		CHECK_SYS(kill(pid, SIGUSR1));
		mem_millisecond();
	}
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), TEST_PASS);
}

TEST(slow_signal, .name = "helper/evict-slow-signal", HELPER_EVICTS,
     .about = "a wait for a BO that is being evicted can be interrupted, "
	      "without effect")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct sigaction action = {.sa_handler = on_signal};
	pid_t scan = evict_slowly(&bo, 0);

	/* Inherited by the child: a signal may come before it can set a handler. */
	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	signal_until_end(child_start(interrupted_child, &bo));
	CHECK_EQ(helper_state(&bo).pins, 0);
	CHECK_EQ(helper_state(&bo).madv, 0);
	CHECK_EQ(helper_state(&bo).uses, 1);
	helper_go(fd, bo.id);
	child_wait(scan);
	CHECK_EVICTED(&bo);
}

TEST(slow_close, .name = "helper/evict-slow-close", HELPER_EVICTS,
     .about = "the last handle may be closed during an eviction: the scan then "
	      "frees the BO")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(other, helper_bo_used(fd, 2 * PAGES, 0, 2));

	for (uint32_t madv = 0; madv < 2; madv++) {
		for (uint32_t error = 0; error <= EBUSY; error += EBUSY) {
			struct helper_bo bo = helper_bo_used(fd, PAGES, 0, 1);
			pid_t scan;

			/*
			 * It is later in the list, so that the scan does not take
			 * it first.
			 */
			helper_do(&other, SB_HELPER_ATTACH);
			helper_do_arg(&other, SB_HELPER_EVICT_SET, EBUSY);
			CHECK(helper_madvise(&bo, madv));
			scan = evict_slowly(&bo, error);
			helper_bo_close(&bo);
			CHECK_EQ(helper_info(fd).bos, 2);
			helper_go(fd, bo.id);
			child_wait(scan);
			CHECK_EQ(helper_info(fd).bos, 1);
			helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1,
					  2 * PAGES);
			helper_check_list(fd, SB_HELPER_LRU_EVICTED, 0, 0);
		}
	}
	helper_verify(&other, SB_HELPER_DEVICE, 2);
}

/**
 * struct closing - a scan by a process that does not have the BO's file
 * @fd: any file of the device
 * @own: the BO's file
 */
struct closing {
	int fd;
	int own;
};

static void scan_without_child(void *arg)
{
	const struct closing *closing = arg;

	CHECK_SYS(close(closing->own));
	helper_scan(closing->fd, 1);
}

TEST(slow_exit, .name = "helper/evict-slow-file-closed", HELPER_EVICTS,
     .about = "a file may be closed while one of its BOs is being evicted")
{
	struct closing closing = {helper_open(0), helper_open(0)};
	struct helper_bo bo = helper_bo_used(closing.own, PAGES, 0, 1);
	struct helper_bo other = helper_bo_used(closing.own, PAGES, 0, 2);
	int fd = closing.fd;
	pid_t scan;

	helper_do_arg(&bo, SB_HELPER_EVICT_SET, SB_HELPER_HOLD);
	scan = child_start(scan_without_child, &closing);
	WAIT_UNTIL(helper_info(fd).evicting);
	CHECK_EQ(helper_state(&other).position, 0);
	CHECK_EQ(helper_info(fd).bos, 2);
	/* The last reference of the file. The scan then frees its BOs. */
	CHECK_SYS(close(closing.own));
	child_wait(scan);
	CHECK_EQ(helper_info(fd).bos, 0);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 0, 0);
}

TEST(slow_lockless, .name = "helper/evict-slow-mapping", HELPER, .swap_mib = 16,
     .needs = "shmem-shrinker shmem-lockless",
     .about = "mappings of a BO that has pages come, are copied and go without "
	      "waiting for the lock")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	pid_t scan = evict_slowly(&bo, 0), child;
	char *map;

	helper_bo_map(&bo);
	CHECK_EQ(helper_state(&bo).uses, 2);
	map = drm_mmap(fd, bo.offset, bo.size);
	CHECK_EQ(helper_state(&bo).uses, 3);
	child = child_start(verify_child, &bo);
	WAIT_UNTIL(helper_state(&bo).uses == 5);
	CHECK_SYS(munmap(map, bo.size));
	CHECK_EQ(helper_state(&bo).uses, 4);
	CHECK(helper_state(&bo).flags & SB_HELPER_EVICTING);
	helper_go(fd, bo.id);
	child_wait(scan);
	child_wait(child);
	helper_verify_content(&bo, 1);
	CHECK_EQ(helper_state(&bo).uses, 2);
}

TEST(slow_killed, .name = "helper/evict-slow-killed", HELPER_EVICTS,
     .about = "a scan that is killed in the callback leaves the BO as it was")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	pid_t scan = evict_slowly(&bo, 0);
	int status;

	CHECK_SYS(kill(scan, SIGKILL));
	CHECK_EQ(CHECK_SYS(waitpid(scan, &status, 0)), scan);
	CHECK(WIFSIGNALED(status));
	CHECK_EVICTABLE(&bo);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	helper_go(fd, bo.id);
	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
}

TEST(slow_export, .name = "helper/evict-slow-export", HELPER_EVICTS,
     .about = "a BO that is exported while it is being evicted comes back with "
	      "its content and is not evicted again")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	pid_t scan = evict_slowly(&bo, 0);
	pid_t child = CHECK_SYS(fork());
	int dmabuf;
	char *map;

	if (!child) {
		drm_export(fd, bo.handle);
		_exit(TEST_PASS);
	}
	WAIT_UNTIL(sleeps(child) ||
		   waitid(P_PID, child, NULL, WEXITED | WNOHANG | WNOWAIT));
	helper_go(fd, bo.id);
	child_wait(scan);
	child_wait(child);
	dmabuf = drm_export(fd, bo.handle);
	map = dmabuf_mmap(dmabuf);
	stamp_verify(map, bo.size, 1, 1);
	helper_scan(fd, 1000);
	CHECK_EQ(helper_state(&bo).lru, SB_HELPER_LRU_PINNED);
	stamp_verify(map, bo.size, 1, 1);
	CHECK_SYS(munmap(map, bo.size));
	CHECK_SYS(close(dmabuf));
}
