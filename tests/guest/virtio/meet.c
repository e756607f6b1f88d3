// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A use of a BO and its eviction that meet. The use brings the pages in, tells
 * the host, and has its own command queued: nobody may come in between, or the
 * host has pages that the BO has not.
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

/* The host has the pages of @bo, the only one, just as long as it has them. */
static void check_agreed(const struct bo *bo)
{
	bo_wait(bo);
	CHECK_EQ(res_pages(bo->res), gpu_count());
	CHECK(res_pages(bo->res) == 0 || res_pages(bo->res) == PAGES);
}

/**
 * struct meeting - shared with the processes that meet
 * @bo: what they meet over
 * @use: how it is used
 * @begun: so many of them are about to make their call
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
 * Has the shrinker asked as soon as there is a moment in which nobody has the
 * reservation lock: it waits for that, at the head of all who want to run.
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

/* It is told of by a process that waits in its call, and nowhere else. */
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
		/* Both find it locked; the second is woken by the first. */
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
