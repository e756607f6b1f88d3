// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SIGKILL during an eviction or a swap-in. Everything of the killed process must be
 * freed: init checks what is left in the device.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/virtio-reclaim.h"
#include "content.h"
#include "load.h"
#include "virtio-bos.h"

#define BOS 6
#define BO_SIZE (64 * PAGE)

/**
 * struct shared - shared by tests and the processes that they kill
 * @ready: the BOs exist
 * @progress: how far the killed process has come
 */
struct shared {
	volatile bool ready;
	volatile unsigned int progress;
};

static struct shared *shared_new(void)
{
	return CHECK_SYS(mmap(NULL, sizeof(struct shared),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

static void make_bos(int fd, struct bo bo[BOS])
{
	struct virtio_stage stage = virtio_stage(fd, BO_SIZE);

	for (unsigned int i = 0; i < BOS; i++) {
		bo[i] = bo_buffer(fd, BO_SIZE);
		virtio_stage_fill(&stage, &bo[i], i, 1);
	}
	virtio_stage_close(&stage);
}

static void close_bos(int fd, struct bo bo[BOS])
{
	for (unsigned int i = 0; i < BOS; i++)
		bo_close(&bo[i]);
	CHECK_SYS(close(fd));
}

static void kill_it(pid_t pid)
{
	CHECK_SYS(kill(pid, SIGKILL));
}

static void wait_killed(pid_t pid)
{
	int status;

	CHECK_EQ(CHECK_SYS(waitpid(pid, &status, 0)), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGKILL);
}

/* Nothing is left, and another process can use and evict BOs. */
static void all_is_well(void)
{
	struct bo bo[BOS];
	int fd;

	WAIT_UNTIL(!res_count());
	WAIT_UNTIL(!gpu_count());
	fd = gpu_render();
	make_bos(fd, bo);
	virtio_evict_all();
	for (unsigned int i = 0; i < BOS; i++)
		content_verify(bo[i].map, bo[i].size, i, 1);
	close_bos(fd, bo);
	WAIT_UNTIL(!res_count());
	WAIT_UNTIL(!gpu_count());
}

static void own_bos(void *arg)
{
	struct shared *shared = arg;
	struct bo bo[BOS];

	make_bos(gpu_render(), bo);
	shared->ready = true;
	for (;;)
		pause();
}

TEST(owner, .name = "pressure/virtio-kill-owner",
     .about = "BOs whose process is killed during their eviction are freed "
	      "when it is over",
     .needs = "virtio-shrinker", .swap_mib = 16)
{
	struct shared *shared = shared_new();
	pid_t owner = child_start(own_bos, shared), scan;

	WAIT_UNTIL(shared->ready);
	cmd_hold("RESOURCE_DETACH_BACKING");
	scan = gpu_scan_start(BOS * BO_SIZE / PAGE);
	WAIT_UNTIL(cmd_pending("RESOURCE_DETACH_BACKING"));
	kill_it(owner);
	CHECK(cmd_pending("RESOURCE_DETACH_BACKING"));
	cmd_release("RESOURCE_DETACH_BACKING");
	wait_killed(owner);
	child_wait(scan);
	all_is_well();
}

TEST(scanner, .name = "pressure/virtio-kill-scanner",
     .about = "a process that is killed while it evicts others' BOs leaves "
	      "them whole",
     .needs = "virtio-shrinker", .swap_mib = 16)
{
	int fd = gpu_render();
	struct bo bo[BOS];
	int status;
	pid_t scan;

	make_bos(fd, bo);
	cmd_hold("RESOURCE_DETACH_BACKING");
	scan = gpu_scan_start(BOS * BO_SIZE / PAGE);
	WAIT_UNTIL(cmd_pending("RESOURCE_DETACH_BACKING"));
	kill_it(scan);
	cmd_release("RESOURCE_DETACH_BACKING");
	/* It may have completed before it got the signal. */
	CHECK_SYS(waitpid(scan, &status, 0));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		CHECK_EQ(status, TEST_PASS);
	for (unsigned int i = 0; i < BOS; i++)
		content_verify(bo[i].map, bo[i].size, i, 1);
	virtio_evict_all();
	for (unsigned int i = 0; i < BOS; i++)
		content_verify(bo[i].map, bo[i].size, i, 1);
	close_bos(fd, bo);
	all_is_well();
}

static void swap_in(void *arg)
{
	struct shared *shared = arg;
	int fd = gpu_render();
	struct bo bo[BOS];

	make_bos(fd, bo);
	virtio_evict_all();
	cmd_hold("RESOURCE_ATTACH_BACKING");
	cmd_hold("TRANSFER_TO_HOST_3D");
	shared->ready = true;
	for (unsigned int i = 0; i < BOS; i++)
		bo_to_host(&bo[i]);
	FAIL("the transfers were not held up");
}

TEST(user, .name = "pressure/virtio-kill-swap-in",
     .about = "a process that is killed while a transfer brings back its "
	      "evicted BO leaves nothing behind",
     .needs = "virtio-shrinker", .swap_mib = 16)
{
	struct shared *shared = shared_new();
	pid_t user = child_start(swap_in, shared);

	WAIT_UNTIL(shared->ready);
	WAIT_UNTIL(cmd_pending("RESOURCE_ATTACH_BACKING"));
	kill_it(user);
	cmd_release("RESOURCE_ATTACH_BACKING");
	cmd_release("TRANSFER_TO_HOST_3D");
	wait_killed(user);
	all_is_well();
}

/* Page faults on evicted BOs and transfers of them, in a loop. */
static void use_for_ever(void *arg)
{
	struct shared *shared = arg;
	int fd = gpu_render();
	struct bo bo[BOS];

	make_bos(fd, bo);
	shared->ready = true;
	for (unsigned int i = 0;; i = (i + 1) % BOS) {
		if (shared->progress % 2)
			content_verify(bo[i].map, bo[i].size, i, 1);
		else
			bo_to_host(&bo[i]);
		shared->progress++;
	}
}

TEST(any_time, .name = "pressure/virtio-kill-any-time",
     .about = "killing a process at any time while its BOs are evicted leaves "
	      "nothing behind",
     .needs = "virtio-shrinker", .swap_mib = 16)
{
	enum { ROUNDS = 8 };
	struct shared *shared = shared_new();

	for (unsigned int round = 1; round <= ROUNDS; round++) {
		pid_t user;

		*shared = (struct shared){0};
		user = child_start(use_for_ever, shared);
		WAIT_UNTIL(shared->ready);
		while (shared->progress < 3 * round) {
			gpu_scan(round * 32);
			mem_millisecond();
		}
		kill_it(user);
		gpu_scan(gpu_count());
		wait_killed(user);
		WAIT_UNTIL(!res_count());
		WAIT_UNTIL(!gpu_count());
	}
	all_is_well();
}

/* Two processes do this with the same BOs. */
static void fault_for_a_while(void *arg)
{
	const struct bo *bo = arg;

	for (unsigned int round = 0; round < 6; round++)
		for (unsigned int i = 0; i < BOS; i++)
			content_verify(bo[i].map, bo[i].size, i, 1);
}

TEST(both_fault, .name = "pressure/virtio-fault-together",
     .about = "two processes that touch the same BOs while memory is short and "
	      "these are evicted both find their content",
     .needs = "virtio-shrinker", .swap_mib = 96)
{
	int fd = gpu_render();
	struct bo bo[BOS];
	pid_t pid[2], load;
	int ended = 0, status;
	unsigned int scans = 0;

	make_bos(fd, bo);
	load = load_start(4 * 1024 * KIB);
	for (int i = 0; i < 2; i++)
		pid[i] = child_start(fault_for_a_while, bo);
	while (ended < 2) {
		gpu_scan(gpu_count() / 2 + 1);
		scans++;
		for (int i = 0; i < 2; i++) {
			if (!pid[i] || !waitpid(pid[i], &status, WNOHANG))
				continue;
			CHECK_EQ(status, TEST_PASS);
			pid[i] = 0;
			ended++;
		}
		mem_millisecond();
	}
	load_stop(load);
	test_note("%u scans", scans);
	for (unsigned int i = 0; i < BOS; i++)
		content_verify(bo[i].map, bo[i].size, i, 1);
	close_bos(fd, bo);
	WAIT_UNTIL(!res_count());
	WAIT_UNTIL(!gpu_count());
}
