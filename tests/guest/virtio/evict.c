// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Eviction and purge as the host sees them: the host detaches the pages first, then
 * answers, and only then the kernel frees them, whatever else happens.
 */
#include <errno.h>
#include <linux/virtio_gpu.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/virtio-reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)
/* Longer than any wait for the host takes, in ms. */
#define PATIENCE 60000
/* More commands than the control queue can hold. */
#define MANY 400

/* A child that uses a BO while it is being evicted. */
static void use_child(void *arg)
{
	bo_verify(arg, 1);
}

TEST(purge_waits, .name = "virtio/purge-waits", EVICTS,
     .about = "the pages of a purged BO stay until the host has let go of them")
{
	GPU(fd);
	size_t before;
	struct bo bo;
	pid_t scan;

	mem_settle();
	before = mem_info("Shmem");
	bo = bo_used(fd, 1024, 1);
	CHECK(bo_dontneed(&bo));
	/* A device that has not answered may still access the pages. */
	res_expect(&bo, 1, 1);
	scan = scan_held(1);
	CHECK_CMP(mem_info("Shmem"), >, before + bo.size / 8 * 7);
	CHECK_EQ(res_pages(bo.res), 1024);
	scan_release(scan);
	CHECK_CMP(mem_info("Shmem"), <, before + bo.size / 8);
	bo_verify_purged(&bo);
	bo_close_wait(&bo);
}

TEST(purge_dirty, .name = "virtio/purge-evicted-before", EVICTS,
     .about = "a purged BO gives back its memory, and the swap space that it "
	      "had, also when it was evicted before")
{
	GPU(fd);
	size_t before = mem_info("Shmem");
	BO(bo, bo_used(fd, 1024, 1));

	gpu_scan_all();
	bo_verify(&bo, 1);
	CHECK(bo_dontneed(&bo));
	gpu_scan_all();
	CHECK_CMP(mem_info("Shmem"), <, before + bo.size / 8);
	bo_verify_purged(&bo);
}

TEST(evict_waits, .name = "virtio/evict-waits", EVICTS,
     .about = "the pages of an evicted BO stay until the host has let go of "
	      "them")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	pid_t scan;

	res_expect(&bo, 1, 1);
	scan = scan_held(1);
	CHECK_EQ(res_pages(bo.res), PAGES);
	CHECK_CMP(process_state(scan), !=, 'Z');
	/* Let the kernel reuse pages that were freed too early. */
	mem_drop_caches();
	scan_release(scan);
	CHECK_EQ(gpu_count(), 0);
	CHECK_EQ(res_pages(bo.res), 0);
	bo_verify(&bo, 1);
}

TEST(others_work, .name = "virtio/evict-others-work", EVICTS,
     .about = "reclaim does not wait for jobs on other BOs")
{
	GPU(fd);
	BO(busy, bo_used(fd, PAGES, 1));
	BO(bo, bo_used(fd, PAGES, 2));
	BO(gone, bo_used(fd, PAGES, 3));
	const struct bo *bos[] = {&busy};
	struct sb_exec exec = exec_nop();
	pid_t scan;

	CHECK(bo_dontneed(&gone));
	cmd_hold("SUBMIT_3D");
	CHECK_SYS(close(gpu_exec_fence(fd, &exec, 1, bos, 1, -1)));
	scan = gpu_scan_start(1000);
	WAIT_UNTIL(!bo_attached(&bo) && !bo_attached(&gone));
	child_wait(scan);
	CHECK(bo_busy(&busy));
	CHECK_EQ(res_pages(busy.res), PAGES);
	cmd_release("SUBMIT_3D");
	bo_wait(&busy);
	bo_verify(&busy, 1);
	bo_verify(&bo, 2);
	bo_verify_purged(&gone);
}

static bool little_free(void *arg)
{
	(void)arg;
	return mem_info("SwapFree") < 8 * KIB * KIB;
}

TEST(evict_waits_pressure, .name = "virtio/evict-waits-pressure", EVICTS,
     .seconds = 120,
     .about = "no page of a BO is swapped out before the host has let go of it")
{
	GPU(fd);
	BO(bo, bo_used(fd, 1024, 1));
	pid_t scan;

	res_expect(&bo, 1, 1);
	scan = scan_held(1);
	CHECK(mem_pressure(little_free, NULL));
	scan_release(scan);
	bo_verify(&bo, 1);
}

TEST(delayed, .name = "virtio/evict-delayed", EVICTS,
     .about = "an eviction waits for a host that is slow to detach")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	BO(gone, bo_used(fd, PAGES, 2));

	CHECK(bo_dontneed(&gone));
	res_expect(&bo, 1, 1);
	res_expect(&gone, 2, 1);
	device_write("faults", "delay virtio-gpu " DETACH " %u\n", 20000000);
	gpu_scan_all();
	CHECK_EQ(res_pages(bo.res), 0);
	bo_verify_purged(&gone);
	bo_verify(&bo, 1);
	device_write("faults", "clear\n");
}

/* Nothing blocks reclaim any more: reclaim the BO, and close it. */
static void reclaim_at_last(struct bo *bo, bool purge)
{
	if (purge)
		CHECK(bo_dontneed(bo));
	gpu_scan_all();
	CHECK(!bo_attached(bo));
	if (purge)
		bo_verify_purged(bo);
	else
		bo_verify(bo, 1);
	bo_close_wait(bo);
	WAIT_UNTIL(!gpu_count());
}

/* The host refuses one detach. */
static void detach_fails(bool purge)
{
	int fd = gpu_render();
	struct bo bo = bo_used(fd, PAGES, 1);

	if (purge)
		CHECK(bo_dontneed(&bo));
	cmd_fail(DETACH);
	gpu_scan(PAGES);
	/* The BO is unchanged. */
	CHECK_EQ(res_pages(bo.res), PAGES);
	CHECK_EQ(gpu_count(), PAGES);
	stamp_verify(bo.map, SIZE, 1, 1);
	CHECK(bo_willneed(&bo));
	bo_verify(&bo, 1);
	/* And the next time it works. */
	reclaim_at_last(&bo, purge);
}

TEST(evict_fails, .name = "virtio/evict-detach-fails", EVICTS,
     .about = "a BO that the host refuses to detach stays as it was")
{
	detach_fails(false);
}

/* Without swap space, one detach is sent. */
TEST(purge_fails, .name = "virtio/purge-detach-fails",
     .needs = "virtio-shrinker",
     .about = "a BO that the host refuses to detach is not purged")
{
	detach_fails(true);
}

TEST(evict_errors, .name = "virtio/evict-detach-errors", EVICTS,
     .about = "whichever error the host answers a detach with, the pages stay, "
	      "and the next scan gives them back")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	for (unsigned int error = VIRTIO_GPU_RESP_ERR_UNSPEC;
	     error <= VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER; error++) {
		device_write("faults", "fail virtio-gpu " DETACH " 1 %u\n",
			     error);
		gpu_scan(PAGES);
		CHECK_EQ(res_pages(bo.res), PAGES);
		gpu_scan(PAGES);
		CHECK(!bo_attached(&bo));
		bo_verify(&bo, 1);
	}
}

/*
 * The host answers the detach with garbage: the driver cannot know what it has
 * done.
 */
static void detach_garbage(bool purge)
{
	int fd = gpu_render();
	struct bo bo = bo_used(fd, PAGES, 1);

	if (purge)
		CHECK(bo_dontneed(&bo));
	device_write("faults", "garbage virtio-gpu " DETACH " 1\n");
	gpu_scan(PAGES);
	CHECK(bo_willneed(&bo));
	stamp_verify(bo.map, SIZE, 1, 1);
	gpu_scan(PAGES);
	/* All pages are still mapped. */
	CHECK_EQ(bo_fault_in(&bo), 0);
	bo_verify(&bo, 1);
	/* From here on, driver and host agree again. */
	CHECK_EQ(gpu_count(), PAGES);
	reclaim_at_last(&bo, purge);
}

TEST(evict_garbage, .name = "virtio/evict-detach-garbage", EVICTS,
     .about = "a BO loses nothing if the host's answer to a detach is garbage")
{
	detach_garbage(false);
}

TEST(purge_garbage, .name = "virtio/purge-detach-garbage",
     .needs = "virtio-shrinker",
     .about =
	     "a BO is not purged if the host's answer to the detach is garbage")
{
	detach_garbage(true);
}

TEST(garbage_twice, .name = "virtio/evict-garbage-twice", EVICTS,
     .about = "after garbage for detach and attach, pages that the host may "
	      "have are kept")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	unsigned int detached = cmd_seen(DETACH);

	device_write("faults", "garbage virtio-gpu " DETACH " 1\n");
	gpu_scan(PAGES);
	CHECK_EQ(cmd_seen(DETACH), detached + 1);
	device_write("faults",
		     "garbage virtio-gpu RESOURCE_ATTACH_BACKING 1\n");
	bo_to_host(&bo);
	gpu_scan(PAGES);
	CHECK_EQ(cmd_seen(DETACH), detached + 1);
	CHECK_EQ(bo_fault_in(&bo), 0);
	stamp_verify(bo.map, SIZE, 1, 1);
}

/*
 * The host does not answer at all for a long time. The scan may wait for ever or
 * give up; if it gives up, the BO keeps its content, and the late answer must be
 * handled.
 */
TEST(no_answer, .name = "virtio/evict-no-answer", EVICTS, .virtual_time = true,
     .about = "after a late answer of the host, BO and host agree on the BO's "
	      "state")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	BO(other, bo_used(fd, PAGES, 2));
	pid_t user, scan = scan_held(1);
	bool gave_up;

	res_expect(&bo, 1, 1);
	gave_up = process_ends(scan, PATIENCE);
	CHECK_EQ(res_pages(bo.res), PAGES);
	if (gave_up)
		/* Other BOs still work. */
		bo_verify(&other, 2);
	res_forget_unused(&bo, "the host has not answered");
	user = drm_child_start(fd, use_child, &bo);
	WAIT_UNTIL(process_state(user) != 'R');
	scan_release(scan);
	child_wait(user);
	bo_verify(&bo, 1);
	CHECK_EQ(gpu_count(), 2 * PAGES);
	gpu_scan_all();
	CHECK_EQ(res_pages(bo.res), 0);
	bo_verify(&bo, 1);
	bo_verify(&other, 2);
}

TEST(no_answer_scan, .name = "virtio/evict-no-answer-scan", EVICTS,
     .virtual_time = true,
     .about = "other scans leave a BO alone until the host has answered, and "
	      "take it afterwards")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	pid_t scan = scan_held(1);

	res_expect(&bo, 1, 1);
	if (process_ends(scan, PATIENCE)) {
		gpu_scan(PAGES);
		CHECK_EQ(res_pages(bo.res), PAGES);
		CHECK_EQ(gpu_count(), PAGES);
	}
	scan_release(scan);
	WAIT_UNTIL(!bo_attached(&bo));
	res_forget(&bo);
	gpu_scan_all();
	CHECK(!bo_attached(&bo));
	bo_verify(&bo, 1);
}

/**
 * struct impatient - a use of a BO whose detach is not answered
 * @bo: the BO
 * @result: of the ioctl
 */
struct impatient {
	struct bo bo;
	int result;
};

static void impatient_child(void *arg)
{
	struct impatient *user = arg;
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = user->bo.handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};

	user->result =
		ioctl(user->bo.fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
}

TEST(no_answer_use, .name = "virtio/evict-no-answer-use", EVICTS,
     .virtual_time = true,
     .about = "until the host has answered, a use of the BO waits or fails; "
	      "afterwards it works")
{
	struct impatient *user =
		CHECK_SYS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	GPU(fd);
	unsigned int before;
	pid_t scan, child;

	user->bo = bo_used(fd, PAGES, 1);
	before = cmd_seen("TRANSFER_TO_HOST_3D");
	scan = scan_held(1);
	child = child_start(impatient_child, user);
	if (process_ends(child, PATIENCE))
		CHECK_EQ(user->result, -1);
	CHECK_EQ(cmd_seen("TRANSFER_TO_HOST_3D"), before);
	scan_release(scan);
	child_wait(child);
	bo_verify(&user->bo, 1);
	CHECK_EQ(res_pages(user->bo.res), PAGES);
	gpu_scan_all();
	CHECK_EQ(res_pages(user->bo.res), 0);
	bo_verify(&user->bo, 1);
	bo_close_wait(&user->bo);
}

TEST(no_answer_close, .name = "virtio/evict-no-answer-close", EVICTS,
     .virtual_time = true,
     .about = "a BO that is closed before the host has answered goes when it "
	      "has")
{
	int fd = gpu_render();
	struct bo bo = bo_used(fd, PAGES, 1), gone = bo_used(fd, PAGES, 2);
	pid_t scan = scan_held(1);

	CHECK(bo_dontneed(&gone));
	res_expect(&bo, 1, 1);
	process_ends(scan, PATIENCE);
	bo_close(&bo);
	bo_close(&gone);
	CHECK_SYS(close(fd));
	CHECK(res_exists(bo.res));
	scan_release(scan);
	WAIT_UNTIL(!res_exists(bo.res));
	WAIT_UNTIL(!res_exists(gone.res));
	WAIT_UNTIL(!gpu_count());
}

TEST(fails_others, .name = "virtio/evict-detach-fails-others", EVICTS,
     .about = "one BO that the host refuses to detach does not hold up the "
	      "others")
{
	enum { COUNT = 5 };
	GPU(fd);
	struct bo bo[COUNT];
	unsigned int left = 0;

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, 2, i);
	device_write("faults", "fail virtio-gpu " DETACH " 3\n");
	gpu_scan(2 * COUNT);
	for (unsigned int i = 0; i < COUNT; i++)
		left += bo_attached(&bo[i]);
	CHECK_EQ(left, 1);
	CHECK(bo_attached(&bo[2]));
	CHECK_EQ(gpu_count(), 2);
	gpu_scan_all();
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
}

TEST(contexts, .name = "virtio/evict-contexts", EVICTS,
     .about = "a BO of several contexts is evicted from all, and back in all")
{
	enum { USERS = 4 };
	int fd[USERS];
	struct drm_gem_flink name;
	struct bo bo[USERS];

	fd[0] = gpu_card();
	bo[0] = bo_used_dumb(fd[0], PAGES, 1);
	name.handle = bo[0].handle;
	CHECK_SYS(drm_ioctl(fd[0], DRM_IOCTL_GEM_FLINK, &name));
	for (unsigned int i = 1; i < USERS; i++) {
		struct drm_gem_open opened = {.name = name.name};

		fd[i] = gpu_card();
		CHECK_SYS(drm_ioctl(fd[i], DRM_IOCTL_GEM_OPEN, &opened));
		bo[i] = bo_of_handle(fd[i], opened.handle);
		bo[i].pitch = bo[0].pitch;
		bo_map(&bo[i]);
	}
	CHECK_EQ(gpu_count(), PAGES);
	for (unsigned int i = 0; i < USERS; i++) {
		gpu_scan_all();
		CHECK_EQ(res_pages(bo[0].res), 0);
		bo_verify(&bo[i], 1);
		CHECK_EQ(gpu_count(), PAGES);
	}
	/*
	 * Destroy some contexts while it is evicted; the last one can still use the
	 * BO.
	 */
	gpu_scan_all();
	for (unsigned int i = 0; i < USERS - 1; i++) {
		bo_close(&bo[i]);
		CHECK_SYS(close(fd[i]));
	}
	bo_verify(&bo[USERS - 1], 1);
	bo_close_wait(&bo[USERS - 1]);
	WAIT_UNTIL(!gpu_count());
}

/*
 * Drop the last reference of a BO while it is being evicted. It is a mapping's,
 * since closing a handle may have to wait for the BO's lock.
 */
static void close_held(bool purge)
{
	int fd = gpu_render();
	struct bo bo = bo_used(fd, PAGES, 1), other = bo_used(fd, 2, 2);
	pid_t scan;

	if (purge)
		CHECK(bo_dontneed(&bo));
	drm_gem_close(fd, bo.handle);
	CHECK_SYS(madvise(bo.map, bo.size, MADV_DONTFORK));
	res_expect(&bo, 1, 1);
	scan = scan_held(1);
	bo_unmap(&bo);
	/* Only the scan has a reference now. */
	CHECK(res_exists(bo.res));
	scan_release(scan);
	WAIT_UNTIL(!res_exists(bo.res));
	bo_verify(&other, 2);
	WAIT_UNTIL(gpu_count() == 2);
	gpu_scan_all();
	bo_verify(&other, 2);
	bo_close_wait(&other);
	WAIT_UNTIL(!gpu_count());
}

TEST(evict_closed, .name = "virtio/evict-close-held", EVICTS,
     .about = "a scan frees a BO that is closed while it is evicted")
{
	close_held(false);
}

TEST(purge_closed, .name = "virtio/purge-close-held", EVICTS,
     .about = "a scan frees a BO that is closed while it is purged")
{
	close_held(true);
}

static void close_child(void *arg)
{
	const struct bo *bo = arg;

	drm_gem_close(bo->fd, bo->handle);
}

TEST(handle_closed, .name = "virtio/evict-close-handle-held", EVICTS,
     .about = "the last handle of a BO is closed while it is evicted")
{
	GPU(fd);
	struct bo bo = bo_used(fd, PAGES, 1);
	pid_t scan, user;

	bo_unmap(&bo);
	res_expect(&bo, 1, 1);
	scan = scan_held(1);
	user = drm_child_start(fd, close_child, &bo);
	WAIT_UNTIL(process_state(user) != 'R');
	scan_release(scan);
	child_wait(user);
	WAIT_UNTIL(!res_exists(bo.res));
	WAIT_UNTIL(!gpu_count());
}

static void make_used_and_wait(void *arg)
{
	uint32_t *res = arg;
	struct bo bo = bo_used(gpu_render(), PAGES, 1);

	__atomic_store_n(res, bo.res, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

TEST(killed, .name = "virtio/evict-killed", EVICTS,
     .about = "a process that is killed while its BO is evicted leaves nothing")
{
	uint32_t *res = CHECK_SYS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pid_t owner = child_start(make_used_and_wait, res), scan;

	WAIT_UNTIL(__atomic_load_n(res, __ATOMIC_SEQ_CST));
	scan = scan_held(1);
	CHECK_SYS(kill(owner, SIGKILL));
	WAIT_UNTIL(strchr("DZ", process_state(owner)));
	scan_release(scan);
	CHECK_EQ(CHECK_SYS(waitpid(owner, NULL, 0)), owner);
	WAIT_UNTIL(!res_exists(*res));
	WAIT_UNTIL(!gpu_count());
}

TEST(scan_killed, .name = "virtio/evict-scan-killed", EVICTS,
     .about = "killing the process that evicts a BO does not harm the BO")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	pid_t scan;

	res_expect(&bo, 1, 1);
	scan = scan_held(1);
	CHECK_SYS(kill(scan, SIGKILL));
	/* It ends at once or when the host answers, but must not hang. */
	cmd_release(DETACH);
	CHECK_EQ(CHECK_SYS(waitpid(scan, NULL, 0)), scan);
	res_forget(&bo);
	bo_verify(&bo, 1);
	gpu_scan_all();
	bo_verify(&bo, 1);
}

TEST(used_held, .name = "virtio/evict-use-held", EVICTS,
     .about = "a use of a BO that is being evicted waits and then finds all of "
	      "it")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	pid_t scan, user;

	scan = scan_held(1);
	user = drm_child_start(fd, use_child, &bo);
	WAIT_UNTIL(process_state(user) != 'R');
	scan_release(scan);
	child_wait(user);
	bo_verify(&bo, 1);
	CHECK_EQ(gpu_count(), PAGES);
}

TEST(two_scans, .name = "virtio/evict-two-scans", EVICTS,
     .about = "two scans at once take each BO once")
{
	enum { COUNT = 6 };
	GPU(fd);
	struct bo bo[COUNT];
	pid_t scans[2];

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, 2, i);
	cmd_hold(DETACH);
	for (unsigned int i = 0; i < 2; i++)
		scans[i] = gpu_scan_start(COUNT);
	WAIT_UNTIL(cmd_pending(DETACH));
	cmd_release(DETACH);
	for (unsigned int i = 0; i < 2; i++)
		child_wait(scans[i]);
	CHECK_CMP(gpu_count(), <=, COUNT);
	gpu_scan_all();
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
	WAIT_UNTIL(!gpu_count());
}

static bool unref_pending(const struct bo *bo)
{
	char text[64];

	snprintf(text, sizeof(text), "RESOURCE_UNREF res %u ", bo->res);
	return cmd_pending(text);
}

TEST(dying, .name = "virtio/evict-dying", EVICTS,
     .about = "a scan does not touch a BO that is being freed while the host "
	      "still has it")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	BO(gone, bo_used(fd, PAGES, 2));
	BO(other, bo_used(fd, PAGES, 3));
	unsigned int detached;

	CHECK(bo_dontneed(&gone));
	cmd_hold("RESOURCE_UNREF");
	bo_close(&bo);
	bo_close(&gone);
	WAIT_UNTIL(unref_pending(&bo) && unref_pending(&gone));
	detached = cmd_seen(DETACH);
	for (int i = 0; i < 3; i++)
		gpu_scan(1000);
	CHECK_EQ(cmd_seen(DETACH), detached + 1);
	CHECK_EQ(res_pages(other.res), 0);
	cmd_release("RESOURCE_UNREF");
	WAIT_UNTIL(!res_exists(bo.res));
	WAIT_UNTIL(!res_exists(gone.res));
	WAIT_UNTIL(!gpu_count());
	bo_verify(&other, 3);
}

TEST(detached_once, .name = "virtio/evict-detaches-once", EVICTS,
     .about = "each eviction detaches once, each first use after it attaches "
	      "once")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	unsigned int attached = cmd_seen("RESOURCE_ATTACH_BACKING");
	unsigned int detached = cmd_seen(DETACH);

	for (unsigned int round = 1; round <= 5; round++) {
		gpu_scan_all();
		CHECK_EQ(cmd_seen(DETACH), detached + round);
		CHECK_EQ(cmd_seen("RESOURCE_ATTACH_BACKING"),
			 attached + round - 1);
		for (int i = 0; i < 3; i++)
			bo_to_host(&bo);
		CHECK_EQ(cmd_seen("RESOURCE_ATTACH_BACKING"), attached + round);
		CHECK_EQ(cmd_seen(DETACH), detached + round);
	}
}

/*
 * Direct reclaim, which scans through debugfs and drop_caches do not cover: lockdep
 * checks only there what may be allocated and locked during reclaim.
 */
static bool all_reclaimed(void *arg)
{
	(void)arg;
	return !gpu_count();
}

TEST(pressure, .name = "virtio/reclaim-pressure", EVICTS, .ram_mib = 96,
     .seconds = 120,
     .about = "reclaim purges BOs that are not needed and evicts the rest, "
	      "which keep their content")
{
	enum { COUNT = 8 };
	GPU(fd);
	struct bo bo[COUNT];

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, 256, i);
	for (unsigned int i = 0; i < COUNT; i += 2)
		CHECK(bo_dontneed(&bo[i]));
	CHECK(mem_pressure(all_reclaimed, NULL));
	for (unsigned int i = 0; i < COUNT; i++) {
		if (i % 2)
			bo_verify(&bo[i], i);
		else
			bo_verify_purged(&bo[i]);
		bo_close_wait(&bo[i]);
	}
}

static void press(void *arg)
{
	mem_pressure(all_reclaimed, arg);
}

/*
 * As close_held(), but the last reference is dropped by a process in direct
 * reclaim. The BO is large, so that all other references are gone before the host's
 * answer is handled.
 */
static void close_pressure(bool purge)
{
	int fd = gpu_render();
	struct bo bo = bo_used(fd, 2048, 1);
	pid_t pid;

	if (purge)
		CHECK(bo_dontneed(&bo));
	drm_gem_close(fd, bo.handle);
	CHECK_SYS(madvise(bo.map, bo.size, MADV_DONTFORK));
	cmd_hold(DETACH);
	pid = child_start(press, NULL);
	WAIT_UNTIL(cmd_pending(DETACH));
	bo_unmap(&bo);
	cmd_release(DETACH);
	child_wait(pid);
	WAIT_UNTIL(!res_exists(bo.res));
	WAIT_UNTIL(!gpu_count());
}

TEST(evict_close_pressure, .name = "virtio/reclaim-evict-close",
     .needs = "virtio-shrinker", .swap_mib = 32, .seconds = 120,
     .about = "reclaim may drop the last reference of a BO that it evicts")
{
	close_pressure(false);
}

TEST(purge_close_pressure, .name = "virtio/reclaim-purge-close", EVICTS,
     .seconds = 120,
     .about = "reclaim may drop the last reference of a BO that it purges")
{
	close_pressure(true);
}

/* Takes each space in the queue before anybody else can. */
static void fill_first(void *arg)
{
	const struct sched_param first = {.sched_priority = 1};
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer submit = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
	};

	CHECK_SYS(sched_setscheduler(0, SCHED_FIFO, &first));
	for (int i = 0; i < MANY; i++)
		CHECK_SYS(drm_ioctl(*(int *)arg, DRM_IOCTL_VIRTGPU_EXECBUFFER,
				    &submit));
}

TEST(close_pressure_full, .name = "virtio/reclaim-close-queue-full",
     .needs = "virtio-shrinker", .swap_mib = 32, .seconds = 120,
     .about = "reclaim that drops the last reference of a BO does not wait for "
	      "space in the queue")
{
	int fd = gpu_render();
	struct bo bo = bo_used(fd, 2048, 1);
	pid_t pid, user;

	drm_gem_close(fd, bo.handle);
	CHECK_SYS(madvise(bo.map, bo.size, MADV_DONTFORK));
	cmd_hold(DETACH);
	cmd_hold("SUBMIT_3D");
	pid = child_start(press, NULL);
	WAIT_UNTIL(cmd_pending(DETACH));
	bo_unmap(&bo);
	user = drm_child_start(fd, fill_first, &fd);
	WAIT_UNTIL(process_state(user) == 'D');
	cmd_release(DETACH);
	child_wait(pid);
	mem_wait_kswapd();
	CHECK(res_exists(bo.res));
	cmd_release("SUBMIT_3D");
	child_wait(user);
	WAIT_UNTIL(!res_exists(bo.res));
	WAIT_UNTIL(!gpu_count());
}

TEST(fail_pressure, .name = "virtio/reclaim-detach-fails", EVICTS,
     .seconds = 120,
     .about = "a host that detaches nothing costs memory, but no content")
{
	enum { COUNT = 4 };
	GPU(fd);
	struct bo bo[COUNT];

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, 256, i);
	for (unsigned int i = 1; i <= 20; i++)
		device_write("faults", "fail virtio-gpu " DETACH " %u\n", i);
	mem_pressure(all_reclaimed, NULL);
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
	device_write("faults", "clear\n");
}

/*
 * The driver is unbound while BOs are evicted or purged. As in unbind.c, the BOs
 * have only mappings then, no handles.
 */
static void check_unbound(const char *name)
{
	gpu_unbind(name);
	CHECK_ERRNO(drm_try_open(DRM_VIRTIO, DRM_RENDER), ENODEV);
	CHECK_EQ(res_count(), 0);
	CHECK_EQ(ctx_count(), 0);
}

static void check_works(void)
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 9));

	CHECK_EQ(gpu_count(), PAGES);
	gpu_scan_all();
	bo_verify(&bo, 9);
}

TEST(unbind, .name = "virtio/evict-unbind", EVICTS,
     .about = "evicted and purged BOs outlive their device as any BO does")
{
	char *name = gpu_device();
	int fd = gpu_render();
	struct bo bo[3];

	for (unsigned int i = 0; i < 3; i++)
		bo[i] = bo_used(fd, PAGES, i);
	CHECK(bo_dontneed(&bo[2]));
	gpu_scan_all();
	/* The second BO has pages again, but is not attached. */
	stamp_verify(bo[1].map, SIZE, 1, 1);
	for (unsigned int i = 0; i < 3; i++)
		drm_gem_close(fd, bo[i].handle);
	CHECK_SYS(close(fd));
	check_unbound(name);
	stamp_verify(bo[0].map, SIZE, 0, 1);
	stamp_verify(bo[1].map, SIZE, 1, 1);
	CHECK(mem_bus_error(bo[2].map, false));
	mem_drop_caches();
	stamp_verify(bo[0].map, SIZE, 0, 1);
	for (unsigned int i = 0; i < 3; i++)
		bo_unmap(&bo[i]);
	gpu_bind(name);
	check_works();
	free(name);
}

TEST(unbind_evictable, .name = "virtio/evict-unbound", EVICTS,
     .about = "BOs of a device that has gone do not stop reclaim, and lose "
	      "nothing by it")
{
	char *name = gpu_device();
	int fd = gpu_render();
	struct bo bo = bo_used(fd, PAGES, 1);

	bo_wait(&bo);
	drm_gem_close(fd, bo.handle);
	CHECK_SYS(close(fd));
	check_unbound(name);
	for (int i = 0; i < 3; i++) {
		mem_drop_caches();
		stamp_verify(bo.map, SIZE, 1, 1);
	}
	bo_unmap(&bo);
	gpu_bind(name);
	check_works();
	free(name);
}

TEST(unbind_held, .name = "virtio/evict-unbind-held", EVICTS,
     .virtual_time = true,
     .about = "unbinding ends the wait of a scan for the host")
{
	char *name = gpu_device();
	int fd = gpu_render();
	struct bo bo = bo_used(fd, PAGES, 1);
	pid_t scan;

	drm_gem_close(fd, bo.handle);
	CHECK_SYS(close(fd));
	scan = scan_held(1);
	check_unbound(name);
	child_wait(scan);
	device_write("faults", "clear\n");
	stamp_verify(bo.map, SIZE, 1, 1);
	bo_unmap(&bo);
	gpu_bind(name);
	check_works();
	free(name);
}

static void unbind_child(void *arg)
{
	gpu_unbind(arg);
}

static bool is_gone(int fd)
{
	int value;
	struct drm_virtgpu_getparam arg = {
		.param = VIRTGPU_PARAM_3D_FEATURES,
		.value = (uintptr_t)&value,
	};

	return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &arg) &&
	       errno == ENODEV;
}

TEST(unbind_scan, .name = "virtio/evict-unbind-scan", EVICTS,
     .about = "unbinding waits for the end of a scan, which begins with no "
	      "further BO")
{
	char *name = gpu_device();
	int fd = gpu_render();
	struct bo bo[] = {bo_used(fd, PAGES, 1), bo_used(fd, PAGES, 2)};
	unsigned int detached = cmd_seen(DETACH);
	pid_t scan = scan_held(2 * PAGES);
	pid_t unbind = child_start(unbind_child, name);

	WAIT_UNTIL(is_gone(fd));
	CHECK_CMP(process_state(unbind), !=, 'Z');
	CHECK_EQ(cmd_seen(DETACH), detached + 1);
	scan_release(scan);
	child_wait(unbind);
	for (unsigned int i = 0; i < 2; i++) {
		stamp_verify(bo[i].map, SIZE, i + 1, 1);
		bo_unmap(&bo[i]);
	}
	CHECK_SYS(close(fd));
	gpu_bind(name);
	check_works();
	free(name);
}
