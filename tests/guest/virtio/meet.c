// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A use of a BO at the same time as its eviction. The use brings the pages back,
 * attaches them and queues its command. An eviction in between would leave the host
 * with pages that the BO does not have.
 */
#include <sched.h>
#include <sys/mman.h>

#include "lib/virtio-reclaim.h"

#define PAGES 8
#define DETACH "RESOURCE_DETACH_BACKING"

static void exec_bo(const struct bo *bo)
{
	struct sb_exec exec = exec_nop();

	gpu_exec(bo->fd, &exec, 1, &bo, 1);
}

static const struct {
	const char *name;
	void (*use)(const struct bo *bo);
} uses[] = {
	{"to host", bo_to_host},
	{"from host", bo_from_host},
	{"execbuffer", exec_bo},
};
enum { USES = sizeof(uses) / sizeof(*uses) };

/* The host has the pages of @bo, the only BO, if and only if the BO has them. */
static void check_agreed(const struct bo *bo)
{
	bo_wait(bo);
	CHECK_EQ(res_pages(bo->res), gpu_count());
	CHECK(res_pages(bo->res) == 0 || res_pages(bo->res) == PAGES);
}

/**
 * struct meeting - shared by the processes that use the BO
 * @bo: the BO
 * @use: how it is used
 * @begun: number of processes that are about to make their call
 */
struct meeting {
	struct bo bo;
	unsigned int use;
	volatile unsigned int begun;
};

static struct meeting *meeting_new(void)
{
	return CHECK_SYS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

static void use_child(void *arg)
{
	struct meeting *meeting = arg;

	meeting->begun++;
	uses[meeting->use].use(&meeting->bo);
}

/*
 * Scans as soon as the reservation lock is free for a moment: this process waits
 * for that with the highest priority.
 */
static void scan_next_child(void *arg)
{
	struct meeting *meeting = arg;
	struct sched_param first = {.sched_priority = 1};
	char *name = drm_shrinker(DRM_VIRTIO);
	int shrinker = shrinker_open(name);

	CHECK_SYS(sched_setscheduler(0, SCHED_FIFO, &first));
	meeting->begun++;
	CHECK(bo_willneed(&meeting->bo));
	shrinker_scan_fd(shrinker, PAGES);
	CHECK_SYS(close(shrinker));
	free(name);
}

/*
 * Wait until @begun processes have begun, and process @pid sleeps: it does so only
 * in its call.
 */
static void wait_for_lock(const struct meeting *meeting, unsigned int begun,
			  pid_t pid)
{
	WAIT_UNTIL(meeting->begun == begun);
	WAIT_UNTIL(process_state(pid) == 'S');
}

TEST(next, .name = "virtio/evict-next-in-line", EVICTS, .seconds = 60,
     .about = "a use that waits behind another use of a BO finds it attached")
{
	struct meeting *meeting = meeting_new();
	GPU(fd);

	for (meeting->use = 0; meeting->use < USES; meeting->use++) {
		pid_t evict, use, scan;

		test_note("%s", uses[meeting->use].name);
		meeting->bo = bo_used(fd, PAGES, 1);
		meeting->begun = 0;
		cmd_hold(DETACH);
		evict = gpu_scan_start(PAGES);
		WAIT_UNTIL(cmd_pending(DETACH));
		/* Both find the BO locked; the first wakes the second. */
		use = child_start(use_child, meeting);
		wait_for_lock(meeting, 1, use);
		scan = child_start(scan_next_child, meeting);
		wait_for_lock(meeting, 2, scan);
		cmd_release(DETACH);
		child_wait(evict);
		child_wait(use);
		child_wait(scan);
		check_agreed(&meeting->bo);
		bo_verify(&meeting->bo, 1);
		bo_close_wait(&meeting->bo);
	}
}
