// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The evict callback: when it is called, in which order, what becomes of a BO
 * whose callback refuses or fails, and what goes on while one takes its time.
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

#include "../virtio/gpu.h"
#include "stub.h"

#define PAGES 4

/* enum dma_resv_usage */
static const char *const usages[] = {"kernel", "write", "read", "bookkeep"};
enum { USAGES = sizeof(usages) / sizeof(*usages) };

TEST(busy, .name = "stub/busy", STUB_EVICTS,
     .about = "while a fence of whatever usage is unsignalled, a BO is neither "
	      "evicted nor purged, nor is its driver asked")
{
	int fd = stub_open(0);

	for (uint64_t usage = 0; usage < USAGES; usage++) {
		for (uint32_t madv = 0; madv < 2; madv++) {
			struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

			test_note("usage %s, advice %u", usages[usage], madv);
			stub_do_arg(&bo, SB_STUB_BUSY, usage);
			CHECK(stub_madvise(&bo, madv));
			stub_check_stays(&bo, madv);
			stub_do(&bo, SB_STUB_IDLE);
			stub_scan(fd, 1);
			CHECK_EQ(stub_state(&bo).evict_calls, 1);
			if (madv) {
				stub_verify_purged(&bo);
			} else {
				CHECK_EVICTED(&bo);
				stub_verify_content(&bo, 1);
			}
			stub_bo_close(&bo);
		}
	}
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(busy_next, .name = "stub/busy-passed-over", STUB_EVICTS,
     .about = "a scan passes over a busy BO, which keeps its place")
{
	int fd = stub_open(0);
	struct stub_bo busy = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo idle = stub_bo_used(fd, PAGES, 0, 2);
	struct stub_bo last = stub_bo_used(fd, PAGES, 0, 3);

	stub_do_arg(&busy, SB_STUB_BUSY, 2);
	CHECK_EQ(stub_state(&busy).position, 0);
	stub_scan(fd, 1);
	CHECK_EVICTED(&idle);
	CHECK_EVICTABLE(&last);
	CHECK_EQ(stub_count(fd), 2 * PAGES);
	CHECK_EQ(stub_state(&busy).position, 0);
	CHECK_EQ(stub_state(&last).position, 1);
	stub_do(&busy, SB_STUB_IDLE);
	stub_scan(fd, 2 * PAGES);
	CHECK_EVICTED(&busy);
	CHECK_EVICTED(&last);
	stub_verify_content(&busy, 1);
	stub_bo_close(&busy);
	stub_bo_close(&idle);
	stub_bo_close(&last);
}

TEST(refused, .name = "stub/evict-refused", STUB_EVICTS,
     .about = "a BO whose driver refuses stays as it is, and others go instead")
{
	static const int errors[] = {EBUSY, EIO, ENOMEM, EINVAL};
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	for (unsigned int i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct stub_bo other = stub_bo_used(fd, PAGES, 0, 2);

		stub_do_arg(&bo, SB_STUB_EVICT_SET, errors[i]);
		CHECK_EQ(stub_try(&bo, SB_STUB_EVICT, 0), errors[i]);
		CHECK_EVICTABLE(&bo);
		stub_scan(fd, PAGES);
		CHECK_EQ(stub_state(&bo).evict_calls, 2 * (i + 1));
		CHECK_EVICTABLE(&bo);
		CHECK_EVICTED(&other);
		stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
		stub_verify(&bo, SB_STUB_DEVICE, 1);
		stub_bo_close(&other);
	}
	stub_do_arg(&bo, SB_STUB_EVICT_SET, 0);
	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
}

TEST(purge_refused, .name = "stub/purge-refused", STUB_EVICTS,
     .about = "a BO whose driver refuses to purge it keeps its content, and "
	      "may still be wanted again")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	CHECK(stub_madvise(&bo, 1));
	stub_do_arg(&bo, SB_STUB_EVICT_SET, EBUSY);
	stub_scan(fd, 1000);
	mem_drop_caches();
	CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 1, .madv = 1,
		    .lru = SB_STUB_LRU_EVICTABLE);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
	CHECK(stub_madvise(&bo, 0));
	CHECK_EVICTABLE(&bo);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_bo_close(&bo);
}

/* BO order[i] must have gone as number i of them. */
static void check_order(const struct stub_bo *bo, const uint32_t *order,
			unsigned int count)
{
	uint32_t before = stub_state(&bo[order[0]]).evict_order - 1;

	for (unsigned int i = 0; i < count; i++)
		CHECK_EQ(stub_state(&bo[order[i]]).evict_order, before + i + 1);
}

TEST(order, .name = "stub/evict-order", STUB_EVICTS,
     .about = "drivers are asked for what is not needed first, then for what "
	      "was used the longest ago; one scan takes all of it in order")
{
	static const uint32_t first[] = {3, 5, 0, 2, 4, 1};
	static const uint32_t second[] = {4, 2, 0, 1};
	int fd = stub_open(0);
	struct stub_bo bo[6];

	for (unsigned int i = 0; i < 6; i++) {
		bo[i] = stub_bo_used(fd, i + 1, 0, i);
		CHECK_EQ(stub_state(&bo[i]).position, i);
	}
	CHECK(stub_madvise(&bo[3], 1));
	CHECK(stub_madvise(&bo[5], 1));
	stub_do(&bo[1], SB_STUB_ATTACH);
	stub_scan(fd, 1 + 2 + 3 + 4 + 5 + 6);
	check_order(bo, first, 6);
	/* Back in another order, one of them twice. */
	for (unsigned int i = 0; i < 4; i++)
		stub_verify_content(&bo[second[i]], second[i]);
	stub_do(&bo[4], SB_STUB_SWAPIN);
	/* 2, 0, 1, 4: one at a time. */
	for (unsigned int i = 1; i <= 4; i++) {
		const struct stub_bo *next = &bo[second[i % 4]];

		CHECK_EQ(stub_state(next).position, 0);
		stub_scan(fd, 1);
		CHECK_EVICTED(next);
		stub_check_lists(fd);
	}
	for (unsigned int i = 0; i < 6; i++)
		stub_bo_close(&bo[i]);
	CHECK_EQ(stub_info(fd).bos, 0);
}

/* BO 1 of 4 is used in this way: then it is the last in order. */
static void used_last(enum sb_stub_op use, enum sb_stub_op after)
{
	int fd = stub_open(0);
	struct stub_bo bo[4];

	for (unsigned int i = 0; i < 4; i++)
		bo[i] = stub_bo_used(fd, 2, 0, i);
	stub_do(&bo[1], use);
	if (after)
		stub_do(&bo[1], after);
	CHECK_EQ(stub_state(&bo[0]).position, 0);
	CHECK_EQ(stub_state(&bo[2]).position, 1);
	CHECK_EQ(stub_state(&bo[3]).position, 2);
	CHECK_EQ(stub_state(&bo[1]).position, 3);
	for (unsigned int i = 0; i < 4; i++)
		stub_bo_close(&bo[i]);
}

#define LAST_TEST(ident, suffix, what, use, after)                             \
	TEST(last_##ident, .name = "stub/last-after-" suffix, STUB_SHRINKS,    \
	     .about = what " makes a BO the last in order")                    \
	{                                                                      \
		used_last(use, after);                                         \
	}

LAST_TEST(attach, "use", "a use", SB_STUB_ATTACH, 0)
LAST_TEST(swapin, "swapin", "a swap-in that has nothing to do", SB_STUB_SWAPIN,
	  0)
LAST_TEST(pin, "pin", "a pin, once it is over,", SB_STUB_PIN, SB_STUB_UNPIN)
LAST_TEST(vmap, "vmap", "a kernel mapping, once it is over,", SB_STUB_VMAP,
	  SB_STUB_VUNMAP)

TEST(zero, .name = "stub/scan-nothing", STUB_EVICTS,
     .about = "a scan for nothing, or of nothing, asks no driver")
{
	int fd = stub_open(0);
	struct stub_bo bo;

	CHECK_EQ(stub_count(fd), 0);
	stub_scan(fd, 0);
	stub_scan(fd, 1000);
	bo = stub_bo_used(fd, PAGES, 0, 1);
	stub_scan(fd, 0);
	CHECK_EQ(stub_state(&bo).evict_calls, 0);
	CHECK_EVICTABLE(&bo);
	stub_bo_close(&bo);
}

TEST(device, .name = "stub/one-shrinker-per-device", STUB_EVICTS,
     .about = "each device has a shrinker of its own, for its own BOs")
{
	int fd[2] = {stub_open(0), stub_open(1)};
	struct stub_bo bo[2];

	for (unsigned int i = 0; i < 2; i++)
		bo[i] = stub_bo_used(fd[i], PAGES + i, 0, i);
	CHECK_EQ(stub_count(fd[0]), PAGES);
	CHECK_EQ(stub_count(fd[1]), PAGES + 1);
	stub_scan(fd[1], 1000);
	CHECK_EVICTABLE(&bo[0]);
	CHECK_EVICTED(&bo[1]);
	stub_verify_content(&bo[1], 1);
	stub_bo_close(&bo[0]);
	stub_bo_close(&bo[1]);
}

/*
 * A callback that takes its time. A process scans, and is somewhere in the
 * callback of @bo until stub_go().
 */
static pid_t evict_slowly(const struct stub_bo *bo, uint32_t error)
{
	pid_t scan;

	stub_do_arg(bo, SB_STUB_EVICT_SET, SB_STUB_HOLD | error);
	scan = stub_scan_start(bo->fd, 1);
	WAIT_UNTIL(stub_info(bo->fd).evicting);
	CHECK(stub_state(bo).flags & SB_STUB_EVICTING);
	CHECK(stub_state(bo).flags & SB_STUB_LOCKED);
	return scan;
}

/* Is the process asleep in the kernel, not to be woken by a signal? */
static bool waits(pid_t pid)
{
	char path[64], *text, *state;
	bool is;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = file_read(path);
	state = strrchr(text, ')');
	is = state && state[2] == 'D';
	free(text);
	return is;
}

TEST(slow, .name = "stub/evict-slow", STUB_EVICTS,
     .about = "until the callback is through, the device has the pages and "
	      "the BO its content")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo other = stub_bo_used(fd, PAGES, 0, 2);
	pid_t scan = evict_slowly(&bo, 0);

	CHECK_EQ(stub_state(&bo).flags,
		 STUB_IN_USE | SB_STUB_LOCKED | SB_STUB_EVICTING);
	CHECK_EQ(stub_state(&bo).uses, 1);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	/* It is in nobody's way: neither of other BOs nor of other scans. */
	stub_check_lists(fd);
	stub_do(&other, SB_STUB_PIN);
	stub_do(&other, SB_STUB_UNPIN);
	stub_scan(fd, PAGES);
	CHECK_EVICTED(&other);
	stub_verify_content(&other, 2);
	stub_go(fd, bo.id);
	child_wait(scan);
	CHECK_EVICTED(&bo);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
	stub_bo_close(&other);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(slow_failed, .name = "stub/evict-slow-fails", STUB_EVICTS,
     .about = "a callback that fails after a while leaves the BO as it was")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	pid_t scan;

	stub_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	scan = evict_slowly(&bo, EIO);
	stub_go(fd, bo.id);
	child_wait(scan);
	CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 2,
		    .lru = SB_STUB_LRU_EVICTABLE);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stamp_verify(bo.map, bo.size, 1, 1);
	stub_bo_close(&bo);
}

static void verify_child(void *arg)
{
	const struct stub_bo *bo = arg;

	stamp_verify(bo->map, bo->size, 1, 1);
}

TEST(slow_fault, .name = "stub/evict-slow-fault", STUB_EVICTS,
     .about = "who touches a BO that is being evicted gets its content, "
	      "afterwards")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	pid_t scan, child;

	stub_bo_map(&bo);
	scan = evict_slowly(&bo, 0);
	child = child_start(verify_child, &bo);
	WAIT_UNTIL(waits(child));
	stub_go(fd, bo.id);
	child_wait(scan);
	child_wait(child);
	CHECK_STATE(&bo, .flags = STUB_HAS_PAGES, .uses = 2,
		    .lru = SB_STUB_LRU_EVICTABLE);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
}

static void bus_error_child(void *arg)
{
	const struct stub_bo *bo = arg;

	CHECK(mem_bus_error(bo->map, false));
}

TEST(slow_purge_fault, .name = "stub/purge-slow-fault", STUB_EVICTS,
     .about = "who touches a BO that is being purged gets SIGBUS, afterwards")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	pid_t scan, child;

	stub_bo_map(&bo);
	CHECK(stub_madvise(&bo, 1));
	scan = evict_slowly(&bo, 0);
	child = child_start(bus_error_child, &bo);
	WAIT_UNTIL(waits(child));
	stub_go(fd, bo.id);
	child_wait(scan);
	child_wait(child);
	stub_verify_purged(&bo);
	stub_bo_close(&bo);
}

static void use_child(void *arg)
{
	stub_do((const struct stub_bo *)arg, SB_STUB_ATTACH);
}

static void pin_child(void *arg)
{
	stub_do((const struct stub_bo *)arg, SB_STUB_PIN);
}

/* It waits for the lock, so it may sleep in a way that signals interrupt. */
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

TEST(slow_use, .name = "stub/evict-slow-use", STUB_EVICTS,
     .about = "who uses or pins a BO that is being evicted waits, and has it "
	      "back then")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	pid_t scan = evict_slowly(&bo, 0);
	pid_t use = child_start(use_child, &bo);
	pid_t pin = child_start(pin_child, &bo);

	WAIT_UNTIL(sleeps(use) && sleeps(pin));
	CHECK_EQ(stub_state(&bo).pins, 0);
	stub_go(fd, bo.id);
	child_wait(scan);
	child_wait(use);
	child_wait(pin);
	CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 2, .pins = 1,
		    .lru = SB_STUB_LRU_PINNED);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_do(&bo, SB_STUB_UNPIN);
	stub_bo_close(&bo);
}

/* A caught signal, no handler to speak of: the call must end. */
static void on_signal(int signal)
{
	(void)signal;
}

static void interrupted_child(void *arg)
{
	const struct stub_bo *bo = arg;
	struct sigaction action = {.sa_handler = on_signal};
	struct sb_stub_do pin = {.handle = bo->handle, .op = SB_STUB_PIN};
	struct sb_stub_do use = {.handle = bo->handle, .op = SB_STUB_ATTACH};
	struct sb_stub_madvise advice = {
		.handle = bo->handle,
		.madv = 1,
		.retained = 12345,
	};

	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	CHECK_ERRNO(ioctl(bo->fd, DRM_IOCTL_SB_STUB_DO, &pin), EINTR);
	CHECK_ERRNO(ioctl(bo->fd, DRM_IOCTL_SB_STUB_DO, &use), EINTR);
	CHECK_ERRNO(ioctl(bo->fd, DRM_IOCTL_SB_STUB_MADVISE, &advice), EINTR);
	CHECK_EQ(advice.retained, 12345);
}

/* Signals until it has ended: none is lost, whenever they come. */
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

TEST(slow_signal, .name = "stub/evict-slow-signal", STUB_EVICTS,
     .about = "who waits for a BO that is being evicted can be interrupted, "
	      "and has done nothing then")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	struct sigaction action = {.sa_handler = on_signal};
	pid_t scan = evict_slowly(&bo, 0);

	/* Inherited: a signal may come before the child has got that far. */
	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	signal_until_end(child_start(interrupted_child, &bo));
	CHECK_EQ(stub_state(&bo).pins, 0);
	CHECK_EQ(stub_state(&bo).madv, 0);
	CHECK_EQ(stub_state(&bo).uses, 1);
	stub_go(fd, bo.id);
	child_wait(scan);
	CHECK_EVICTED(&bo);
	stub_bo_close(&bo);
}

TEST(slow_close, .name = "stub/evict-slow-close", STUB_EVICTS,
     .about = "the last handle may go while its BO is being evicted: the scan "
	      "has the last reference, and frees it")
{
	int fd = stub_open(0);
	struct stub_bo other = stub_bo_used(fd, 2 * PAGES, 0, 2);

	for (uint32_t madv = 0; madv < 2; madv++) {
		for (uint32_t error = 0; error <= EBUSY; error += EBUSY) {
			struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
			pid_t scan;

			/* Behind, so that it is not taken in its stead. */
			stub_do(&other, SB_STUB_ATTACH);
			stub_do_arg(&other, SB_STUB_EVICT_SET, EBUSY);
			CHECK(stub_madvise(&bo, madv));
			scan = evict_slowly(&bo, error);
			stub_bo_close(&bo);
			CHECK_EQ(stub_info(fd).bos, 2);
			stub_go(fd, bo.id);
			child_wait(scan);
			CHECK_EQ(stub_info(fd).bos, 1);
			stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1,
					2 * PAGES);
			stub_check_list(fd, SB_STUB_LRU_EVICTED, 0, 0);
		}
	}
	stub_verify(&other, SB_STUB_DEVICE, 2);
	stub_bo_close(&other);
	CHECK_EQ(stub_info(fd).bos, 0);
}

/**
 * struct closing - a scan by a process that has not got the BO's file
 * @fd: any file of the device
 * @own: the BO's
 */
struct closing {
	int fd;
	int own;
};

static void scan_without_child(void *arg)
{
	const struct closing *closing = arg;

	CHECK_SYS(close(closing->own));
	stub_scan(closing->fd, 1);
}

TEST(slow_exit, .name = "stub/evict-slow-file-closed", STUB_EVICTS,
     .about = "a file may be closed while one of its BOs is being evicted")
{
	struct closing closing = {stub_open(0), stub_open(0)};
	struct stub_bo bo = stub_bo_used(closing.own, PAGES, 0, 1);
	struct stub_bo other = stub_bo_used(closing.own, PAGES, 0, 2);
	int fd = closing.fd;
	pid_t scan;

	stub_do_arg(&bo, SB_STUB_EVICT_SET, SB_STUB_HOLD);
	scan = child_start(scan_without_child, &closing);
	WAIT_UNTIL(stub_info(fd).evicting);
	CHECK_EQ(stub_state(&other).position, 0);
	CHECK_EQ(stub_info(fd).bos, 2);
	/* The last of it: what it held goes on when its BOs are gone. */
	CHECK_SYS(close(closing.own));
	child_wait(scan);
	CHECK_EQ(stub_info(fd).bos, 0);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 0, 0);
	stub_check_list(fd, SB_STUB_LRU_EVICTED, 0, 0);
}

TEST(slow_lockless, .name = "stub/evict-slow-mapping", STUB, .swap_mib = 16,
     .needs = "shmem-shrinker shmem-lockless",
     .about = "mappings of a BO that has pages come, are copied and go without "
	      "waiting for the lock")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	pid_t scan = evict_slowly(&bo, 0), child;
	char *map;

	stub_bo_map(&bo);
	CHECK_EQ(stub_state(&bo).uses, 2);
	map = drm_mmap(fd, bo.offset, bo.size);
	CHECK_EQ(stub_state(&bo).uses, 3);
	child = child_start(verify_child, &bo);
	WAIT_UNTIL(stub_state(&bo).uses == 5);
	CHECK_SYS(munmap(map, bo.size));
	CHECK_EQ(stub_state(&bo).uses, 4);
	CHECK(stub_state(&bo).flags & SB_STUB_EVICTING);
	stub_go(fd, bo.id);
	child_wait(scan);
	child_wait(child);
	stub_verify_content(&bo, 1);
	CHECK_EQ(stub_state(&bo).uses, 2);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(slow_killed, .name = "stub/evict-slow-killed", STUB_EVICTS,
     .about = "a scan that is killed in the callback leaves the BO as it was")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	pid_t scan = evict_slowly(&bo, 0);
	int status;

	CHECK_SYS(kill(scan, SIGKILL));
	CHECK_EQ(CHECK_SYS(waitpid(scan, &status, 0)), scan);
	CHECK(WIFSIGNALED(status));
	CHECK_EVICTABLE(&bo);
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_go(fd, bo.id);
	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	stub_bo_close(&bo);
}

TEST(slow_export, .name = "stub/evict-slow-export", STUB_EVICTS,
     .about = "a BO that is exported while it is being evicted comes back with "
	      "its content and is not evicted again")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
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
	stub_go(fd, bo.id);
	child_wait(scan);
	child_wait(child);
	dmabuf = drm_export(fd, bo.handle);
	map = dmabuf_mmap(dmabuf);
	stamp_verify(map, bo.size, 1, 1);
	stub_scan(fd, 1000);
	CHECK_EQ(stub_state(&bo).lru, SB_STUB_LRU_PINNED);
	stamp_verify(map, bo.size, 1, 1);
	CHECK_SYS(munmap(map, bo.size));
	CHECK_SYS(close(dmabuf));
	stub_bo_close(&bo);
}
