// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory pressure: lima has no shrinker, so its BOs stay, whoever else gives memory back. */
#include <unistd.h>

#include "lib/helper.h"
#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/panfrost.h"
#include "lib/process.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/v3d.h"
#include "lib/virtio-gpu.h"
#include "load.h"

#define BOS 6
#define SIZE (64 * PAGE)
#define HEAP_PAGES 64
#define KEPT (BOS * SIZE + 2 * HEAP_PAGES * PAGE)

/* BOs of a file, and a heap that has grown. */
struct kept {
	int fd;
	struct gpu_bo bo[BOS];
	struct gpu_bo heap, out;
};

static void make(struct kept *kept)
{
	struct lima_task task;

	kept->fd = lima_open();
	for (unsigned int i = 0; i < BOS; i++) {
		kept->bo[i] = lima_bo_mapped(kept->fd, SIZE);
		stamp_fill(kept->bo[i].map, SIZE, i, 1);
		/* Some are mapped, some are not. */
		if (i % 2)
			gpu_bo_unmap(&kept->bo[i]);
	}
	kept->heap = lima_bo(kept->fd, HEAP_PAGES * PAGE, LIMA_BO_FLAG_HEAP);
	kept->out = lima_bo_mapped(kept->fd, HEAP_PAGES * PAGE);
	task = lima_task(kept->fd, LIMA_PIPE_GP);
	lima_use_heap(&task, &kept->heap);
	commands_alloc(&task.commands,
		       task.list.va + LIMA_TASK_PAGES * PAGE - 4, HEAP_PAGES,
		       500);
	lima_run(&task);
	lima_task_free(&task);
}

static void verify(struct kept *kept)
{
	struct lima_task task = lima_task(kept->fd, LIMA_PIPE_PP);
	uint32_t *words = kept->out.map;

	lima_use(&task, &kept->heap, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &kept->out, LIMA_SUBMIT_BO_WRITE);
	commands_copy(&task.commands, kept->out.va, kept->heap.va,
		      kept->out.size);
	lima_run(&task);
	for (unsigned int i = 0; i < HEAP_PAGES; i++)
		CHECK_EQ(words[i * PAGE / 4 + 7], 500 + i);
	for (unsigned int i = 0; i < BOS; i++) {
		task.commands.count = 0;
		task.bo_count = 1;
		lima_use(&task, &kept->bo[i], LIMA_SUBMIT_BO_READ);
		lima_use(&task, &kept->out, LIMA_SUBMIT_BO_WRITE);
		commands_check_stamps(&task.commands, kept->out.va,
				      kept->bo[i].va, SIZE, i, 1);
		lima_run(&task);
		CHECK_EQ(*(uint64_t *)words, SIZE / PAGE);
		if (!kept->bo[i].map)
			lima_bo_map(&kept->bo[i]);
		stamp_verify(kept->bo[i].map, SIZE, i, 1);
		if (i % 2)
			gpu_bo_unmap(&kept->bo[i]);
	}
	lima_task_free(&task);
}

static void end(struct kept *kept)
{
	for (unsigned int i = 0; i < BOS; i++)
		gpu_bo_unmap(&kept->bo[i]);
	gpu_bo_unmap(&kept->out);
	CHECK_SYS(close(kept->fd));
}

TEST(idle, .name = "pressure/lima-idle", LIMA, .swap_mib = 32, .seconds = 120,
     .about = "memory pressure takes no page of an idle BO, mapped or not, nor "
	      "of a heap")
{
	struct kept kept;

	make(&kept);
	for (int i = 0; i < 2; i++) {
		mem_pressure(NULL, NULL);
		mem_drop_caches();
		CHECK_CMP(mem_info("Shmem"), >=, KEPT);
		verify(&kept);
	}
	end(&kept);
}

TEST(busy, .name = "pressure/lima-busy", LIMA, .swap_mib = 32, .seconds = 120,
     .about = "memory pressure while tasks run: they find all pages where they "
	      "were")
{
	struct kept kept;
	struct lima_task task;

	make(&kept);
	stamp_expect_va("lima", kept.bo[0].va, SIZE / PAGE, 0, 1);
	task = lima_task(kept.fd, LIMA_PIPE_GP);
	lima_use(&task, &kept.bo[0], LIMA_SUBMIT_BO_READ);
	lima_use(&task, &kept.out, LIMA_SUBMIT_BO_WRITE);
	commands_copy(&task.commands, kept.out.va, kept.bo[0].va, SIZE);
	device_write("faults", "hold lima GP");
	lima_submit(&task);
	mem_pressure(NULL, NULL);
	device_write("faults", "clear");
	lima_bo_wait(&kept.out);
	stamp_verify(kept.out.map, SIZE, 0, 1);
	lima_task_free(&task);
	verify(&kept);
	end(&kept);
}

#define ROUNDS 8

static void helper_works(void *arg)
{
	HELPER_DEVICE(fd, 0);

	(void)arg;
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		HELPER_BO(bo, helper_bo(fd, 64, 0));

		/* It may be evicted at any time; a page fault brings it back. */
		helper_bo_map(&bo);
		stamp_fill(bo.map, bo.size, i, 1);
		helper_do(&bo, SB_HELPER_ATTACH);
		helper_scan(fd, 64);
		stamp_verify(bo.map, bo.size, i, 1);
	}
}

static void lima_works(void *arg)
{
	struct kept kept;

	(void)arg;
	for (unsigned int i = 0; i < ROUNDS / 4; i++) {
		make(&kept);
		for (unsigned int j = 0; j < 4; j++) {
			verify(&kept);
			mem_drop_caches();
		}
		end(&kept);
	}
}

static void v3d_works(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		V3D_FILE(fd);
		GPU_BO(from, v3d_bo_mapped(fd, SIZE));
		GPU_BO(to, v3d_bo_mapped(fd, SIZE));
		V3D_JOB(job, v3d_job(fd, i % 2 ? V3D_TFU : V3D_RENDER));

		stamp_fill(from.map, SIZE, 3, i);
		v3d_use(&job, &to);
		v3d_use(&job, &from);
		commands_copy(&job.commands, to.va, from.va, SIZE);
		mem_drop_caches();
		v3d_run(&job);
		mem_drop_caches();
		stamp_verify(from.map, SIZE, 3, i);
		stamp_verify(to.map, SIZE, 3, i);
	}
}

static void others_work(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		PAN(pan);
		GPU(gpu);
		PAN_BO(a, pan_bo_mapped(pan, SIZE, PANFROST_BO_NOEXEC));
		BO(b, bo_buffer(gpu, SIZE));

		stamp_fill(a.map, SIZE, 1, i);
		stamp_fill(b.map, SIZE, 2, i);
		bo_to_host(&b);
		mem_drop_caches();
		stamp_verify(a.map, SIZE, 1, i);
		stamp_verify(b.map, SIZE, 2, i);
	}
}

TEST(mix, .name = "pressure/mix-all", .swap_mib = 96, .seconds = 300,
     .needs = "shmem-shrinker", .alone = true,
     .kernel_args = "shrinkbench.gpus=lima,v3d shrinkbench.helpers=2",
     .about =
	     "lima, v3d, panfrost, virtio-gpu and the helper-level driver work "
	     "side by side while memory is short and the helpers' shrinker "
	     "works")
{
	void (*const processes[])(void *) = {helper_works, lima_works,
					     v3d_works, others_work};
	enum { COUNT = sizeof(processes) / sizeof(*processes) };
	unsigned long out = mem_vmstat("pswpout");
	pid_t pid[COUNT], load = load_start(6 * MIB);

	for (int i = 0; i < COUNT; i++)
		pid[i] = child_start(processes[i], NULL);
	for (int i = 0; i < COUNT; i++)
		child_wait(pid[i]);
	load_stop(load);
	CHECK_CMP(mem_vmstat("pswpout"), >, out);
}
