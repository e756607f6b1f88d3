// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory pressure: v3d has no shrinker, so its BOs stay, whoever else gives memory back. */
#include <unistd.h>

#include "lib/mem.h"
#include "lib/process.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/v3d.h"

#define BOS 6
#define SIZE (64 * PAGE)

/* BOs of a file, some of them mapped. */
struct kept {
	int fd;
	struct gpu_bo bo[BOS];
	struct gpu_bo out;
};

static void make(struct kept *kept)
{
	kept->fd = v3d_open();
	for (unsigned int i = 0; i < BOS; i++) {
		kept->bo[i] = v3d_bo_mapped(kept->fd, SIZE);
		stamp_fill(kept->bo[i].map, SIZE, i, 1);
		if (i % 2)
			gpu_bo_unmap(&kept->bo[i]);
	}
	kept->out = v3d_bo_mapped(kept->fd, SIZE);
}

static void verify(struct kept *kept)
{
	uint64_t *words = kept->out.map;

	for (unsigned int i = 0; i < BOS; i++) {
		V3D_JOB(job, v3d_job(kept->fd, V3D_RENDER));

		v3d_use(&job, &kept->bo[i]);
		v3d_use(&job, &kept->out);
		commands_check_stamps(&job.commands, kept->out.va,
				      kept->bo[i].va, SIZE, i, 1);
		v3d_run(&job);
		CHECK_EQ(words[0], SIZE / PAGE);
		if (!kept->bo[i].map)
			v3d_bo_map(&kept->bo[i]);
		stamp_verify(kept->bo[i].map, SIZE, i, 1);
		if (i % 2)
			gpu_bo_unmap(&kept->bo[i]);
	}
}

static void end(struct kept *kept)
{
	for (unsigned int i = 0; i < BOS; i++)
		gpu_bo_unmap(&kept->bo[i]);
	gpu_bo_unmap(&kept->out);
	CHECK_SYS(close(kept->fd));
}

TEST(idle, .name = "v3d/pressure-idle", V3D, .swap_mib = 32, .seconds = 120,
     .about = "memory pressure takes no page of an idle BO, mapped or not")
{
	struct kept kept;

	make(&kept);
	for (int i = 0; i < 2; i++) {
		mem_pressure(NULL, NULL);
		mem_drop_caches();
		CHECK_CMP(mem_info("Shmem"), >=, (BOS + 1) * SIZE);
		verify(&kept);
	}
	end(&kept);
}

static void press(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++) {
		mem_pressure(NULL, NULL);
		mem_drop_caches();
	}
}

TEST(busy, .name = "v3d/pressure-busy", V3D, .swap_mib = 32, .seconds = 120,
     .about = "memory pressure while jobs run: they find all pages where they "
	      "were")
{
	struct kept kept;
	struct v3d_job job;
	pid_t pid;

	make(&kept);
	stamp_expect_va("v3d", kept.bo[0].va, SIZE / PAGE, 0, 1);
	job = v3d_job(kept.fd, V3D_RENDER);
	v3d_use(&job, &kept.bo[0]);
	v3d_use(&job, &kept.out);
	commands_copy(&job.commands, kept.out.va, kept.bo[0].va, SIZE);
	pid = child_start(press, NULL);
	do {
		v3d_run(&job);
		stamp_verify(kept.out.map, SIZE, 0, 1);
	} while (!process_ends(pid, 0));
	child_wait(pid);
	v3d_job_free(&job);
	verify(&kept);
	end(&kept);
}
