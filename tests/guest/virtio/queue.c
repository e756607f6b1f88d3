// SPDX-License-Identifier: GPL-2.0-or-later
/* Full queues, signals, and several processes at once. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/fail-nth.h"
#include "lib/virtio-gpu.h"

/* More than the queue has room for. */
#define MANY 400
#define SIZE (4 * PAGE)

static void submit_many(void *arg)
{
	int fd = gpu_render();
	BO(bo, bo_buffer(fd, PAGE));
	const struct bo *bos[] = {&bo};
	struct sb_exec exec;
	uint32_t *words = bo.map;
	int fence = -1;

	bo_wait(&bo);
	cmd_hold("SUBMIT_3D");
	*(volatile bool *)arg = true;
	for (uint32_t i = 0; i < MANY; i++) {
		if (fence != -1)
			CHECK_SYS(close(fence));
		exec = exec_fill(&bo, 4 * i, 4, i + 1);
		fence = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	}
	CHECK(sync_file_wait(fence, 10000));
	CHECK_SYS(close(fence));
	bo_from_host(&bo);
	for (uint32_t i = 0; i < MANY; i++)
		CHECK_EQ(words[i], i + 1);
}

TEST(full, .name = "virtio/queue-full",
     .about = "a process that finds the queue full waits, and no command is "
	      "lost")
{
	volatile bool *holding =
		CHECK_SYS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pid_t pid = child_start(submit_many, (void *)holding);

	WAIT_UNTIL(*holding);
	/* Only the full queue makes it sleep uninterruptibly. */
	WAIT_UNTIL(process_state(pid) == 'D');
	cmd_release("SUBMIT_3D");
	child_wait(pid);
}

/* A command without a table of its own takes two descriptors, and only one is free. */
static void submit_without_table(void *arg)
{
	struct sb_exec exec = exec_nop();
	int fence;

	inject_begin();
	CHECK(inject_within("virtqueue_add_sgs", NULL));
	inject_nth(1);
	fence = gpu_exec_fence(*(int *)arg, &exec, 1, NULL, 0, -1);
	CHECK(inject_hit());
	CHECK(sync_file_wait(fence, 10000));
	CHECK_SYS(close(fence));
}

TEST(no_table, .name = "virtio/queue-no-table", .hidden = true,
     .needs = INJECT_NEEDS, .seconds = INJECT_SECONDS,
     .about = "no command is lost when the queue is almost full and memory "
	      "runs out")
{
	unsigned int seen = cmd_seen("SUBMIT_3D");
	struct sb_exec exec = exec_nop();
	GPU(fd);
	pid_t pid;

	cmd_hold("SUBMIT_3D");
	for (int i = 0; i < GPU_QUEUE - 1; i++)
		CHECK_SYS(close(gpu_exec_fence(fd, &exec, 1, NULL, 0, -1)));
	CHECK_EQ(cmd_seen("SUBMIT_3D") - seen, GPU_QUEUE - 1);
	pid = drm_child_start(fd, submit_without_table, &fd);
	WAIT_UNTIL(strchr("DSZ", process_state(pid)));
	cmd_release("SUBMIT_3D");
	child_wait(pid);
}

static void wait_for_held(void *arg)
{
	bo_wait(arg);
	FAIL("waited for work that is held");
}

TEST(killed_waiting, .name = "virtio/wait-killed",
     .about = "a process that waits for a BO can be killed")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_nop();
	int status;
	pid_t pid;

	bo_wait(&bo);
	cmd_hold("SUBMIT_3D");
	CHECK_SYS(close(gpu_exec_fence(fd, &exec, 1, bos, 1, -1)));
	pid = child_start(wait_for_held, &bo);
	WAIT_UNTIL(process_state(pid) == 'S');
	CHECK_SYS(kill(pid, SIGKILL));
	CHECK_EQ(CHECK_SYS(waitpid(pid, &status, 0)), pid);
	CHECK(WIFSIGNALED(status));
	CHECK(bo_busy(&bo));
	cmd_release("SUBMIT_3D");
	bo_wait(&bo);
}

TEST(foreign, .name = "virtio/wait-foreign-fence",
     .about = "a BO is busy too while another driver's fence is on it")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	FD(vgem, drm_open(DRM_VGEM, DRM_CARD));
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t fence;

	bo_wait(&bo);
	fence = vgem_fence_attach(vgem, drm_import(vgem, dmabuf));
	CHECK(bo_busy(&bo));
	vgem_fence_signal(vgem, fence);
	bo_wait(&bo);
	CHECK(!bo_busy(&bo));
	CHECK_SYS(close(dmabuf));
}

/* The work of one of many processes; the seed makes each do something else. */
static void work(void *arg)
{
	uint32_t seed = *(uint32_t *)arg;
	int fd = gpu_card();

	for (unsigned int i = 0; i < 20; i++) {
		size_t size = (1 + (seed >> 16) % 20) * PAGE;
		struct bo bo =
			seed >> 8 & 1 ? bo_blob(fd, size) : bo_buffer(fd, size);
		struct bo sum = bo_buffer(fd, PAGE);
		const struct bo *bos[] = {&bo, &sum};
		struct sb_exec exec = exec_checksum(&sum, 0, &bo, 0, size);

		exec.flags = SB_EXEC_SRC_GUEST;
		stamp_fill(bo.map, size, seed, i);
		res_expect(&bo, seed, i);
		if (seed >> 9 & 1)
			CHECK_SYS(close(drm_export(fd, bo.handle)));
		gpu_exec(fd, &exec, 1, bos, 2);
		bo_from_host(&sum);
		CHECK_EQ(*(uint64_t *)sum.map, stamp_fnv(bo.map, size));
		stamp_verify(bo.map, size, seed, i);
		res_forget(&bo);
		bo_close(&bo);
		bo_close(&sum);
		seed = seed * 1664525u + 1013904223u;
	}
}

TEST(crowd, .name = "virtio/crowd", .seconds = 60,
     .about = "processes that create, use and close BOs at once do not disturb "
	      "each other")
{
	enum { PROCESSES = 6 };
	unsigned int before = res_count();
	pid_t pids[PROCESSES];

	for (uint32_t i = 0; i < PROCESSES; i++) {
		uint32_t seed = i * 0x9e3779b1u + 1;

		pids[i] = child_start(work, &seed);
	}
	for (unsigned int i = 0; i < PROCESSES; i++)
		child_wait(pids[i]);
	WAIT_UNTIL(res_count() == before);
}
