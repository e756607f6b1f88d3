// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's workers reclaim memory while BOs are idle, as an allocation in them may. The
 * one that handles the host's answers cannot wait for an answer. Others can.
 */
#include <errno.h>
#include <string.h>

#include "display.h"
#include "lib/hold.h"
#include "lib/virtio-gpu.h"
#include "lib/virtio-reclaim.h"

#define PAGES 4
#define COUNT 3

/* Make the driver ask for the EDID. */
static void change(int fd)
{
	(void)fd;
	WAIT_UNTIL(display_handled());
	display_change();
}

/* Make the host signal a fence. */
static void submit(int fd)
{
	struct sb_exec exec = exec_nop();
	int fence = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);

	CHECK_SYS(close(fence));
}

/* Make the driver put a BO after an answer. */
static void close_bo(int fd)
{
	drm_gem_close(fd, bo_buffer_unmapped(fd, PAGE).handle);
}

/* @ask makes a worker get to @point, where it reclaims; does that evict the BOs? */
static void reclaim_at(const char *point, void (*ask)(int fd), bool evicts)
{
	GPU(fd);
	struct bo bo[COUNT];
	unsigned int detached;

	test_note("%s", point);
	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, PAGES, i);
	WAIT_UNTIL(!cmd_pending(""));
	detached = cmd_seen(DETACH);

	HOLD(hold, "%s reclaim", point);
	ask(fd);
	hold_wait(hold);
	CHECK_EQ(gpu_count(), COUNT * PAGES);
	hold_release(hold);
	if (evicts)
		WAIT_UNTIL(!gpu_count());
	/* The worker goes on: it handles the answer to this. */
	submit(fd);
	bo_to_host(&bo[0]);
	if (!evicts) {
		CHECK_EQ(cmd_seen(DETACH), detached);
		CHECK_EQ(gpu_count(), COUNT * PAGES);
		gpu_scan_all();
	}
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
}

TEST(answers, .name = "virtio/hold-reclaim-answer",
     .needs = "race virtio-shrinker", .swap_mib = 16,
     .about = "the worker that handles answers evicts nothing when it reclaims "
	      "memory: it would wait for itself")
{
	reclaim_at("virtio_gpu_dequeue_ctrl_func", submit, false);
	reclaim_at("virtio_gpu_fence_event_process", submit, false);
	reclaim_at("virtio_gpu_cmd_get_edid_cb", change, false);
	reclaim_at("virtio_gpu_cmd_get_display_info_cb", change, false);
}

TEST(others, .name = "virtio/hold-reclaim-worker",
     .needs = "race virtio-shrinker", .swap_mib = 16,
     .about = "other workers of the driver evict idle BOs when they reclaim "
	      "memory, and keep all content")
{
	/* Unplugged, and plugged in again */
	for (int i = 0; i < 2; i++)
		reclaim_at("virtio_gpu_config_changed_work_func", change, true);
	reclaim_at("virtio_gpu_array_put_free_work", close_bo, true);
}
