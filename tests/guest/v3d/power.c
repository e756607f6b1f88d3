// SPDX-License-Identifier: GPL-2.0-or-later
/* Unbinding the driver and binding it again; what debugfs and sysfs show. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/bind.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/v3d.h"

#define SIZE (8 * PAGE)

static void copies(int fd, uint32_t generation)
{
	GPU_BO(from, v3d_bo_mapped(fd, SIZE));
	GPU_BO(to, v3d_bo_mapped(fd, SIZE));

	stamp_fill(from.map, SIZE, 1, generation);
	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		V3D_JOB(job, v3d_job(fd, queue));

		v3d_use(&job, &from);
		v3d_use(&job, &to);
		commands_copy(&job.commands, to.va, from.va, SIZE);
		v3d_run(&job);
		stamp_verify(to.map, SIZE, 1, generation);
	}
}

TEST(unbind_bind, .name = "v3d/unbind-bind", V3D, .last = true,
     .about = "the driver can be unbound from its device and bound again")
{
	size_t shmem;

	mem_settle();
	shmem = mem_info("Shmem");
	for (uint32_t round = 1; round <= 3; round++) {
		int fd = v3d_open();

		copies(fd, round);
		CHECK_SYS(close(fd));
		WAIT_UNTIL(mem_info("Shmem") <= shmem);
		WAIT_UNTIL(!v3d_pages());
		platform_bind("v3d", false);
		CHECK_EQ(drm_try_open(DRM_V3D, DRM_RENDER), -1);
		CHECK_EQ(errno, ENODEV);
		platform_bind("v3d", true);
	}
	V3D_FILE(fd);
	copies(fd, 9);
}

TEST(first_job, .name = "v3d/first-job", V3D, .needs = "v3d-first-interrupt",
     .last = true, .virtual_time = true,
     .about = "the first job after the driver has bound ends by its interrupt, "
	      "not by "
	      "a reset")
{
	uint64_t resets;

	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		platform_bind("v3d", false);
		platform_bind("v3d", true);
		resets = v3d_counter("resets");

		V3D_FILE(fd);
		V3D_JOB(job, v3d_job(fd, queue));

		commands_fill(&job.commands, job.list.va + 3 * PAGE, 4, 1);
		CHECK_EQ(v3d_result(&job), 1);
		CHECK_EQ(v3d_counter("resets"), resets);
	}
}

static void makes_bo(void)
{
	V3D_FILE(fd);
	GPU_BO(bo, v3d_bo_mapped(fd, SIZE));

	stamp_fill(bo.map, SIZE, 3, 1);
}

TEST(leaves_nothing, .name = "v3d/unbind-leaves-nothing", V3D, BIND_AGAIN)
{
	bind_again(&(struct bind){PLATFORM_DRIVER("v3d"), platform_name("v3d"),
				  makes_bo, NULL});
}

static void bind_without_memory(const struct bind_step *steps)
{
	bind_each(&(struct bind){PLATFORM_DRIVER("v3d"), platform_name("v3d"),
				 makes_bo, steps});
	V3D_FILE(fd);
	copies(fd, 1);
}

#define BINDS                                                                  \
	V3D, .needs = BIND_NEEDS, .seconds = BIND_SECONDS, .alone = true,      \
	     .about = "a driver that has no memory to bind leaves nothing, "   \
		      "and binds when there is some"

TEST(alloc_fails, .name = "v3d/fail-nth-bind", BINDS)
{
	static const struct bind_step steps[] = {
		{"__devm_drm_dev_alloc", "drm_sysfs_minor_alloc", false},
		{"v3d_gem_init", "v3d_sched_init", false},
		{"v3d_irq_init", NULL, false},
		{"drm_dev_register", NULL, false},
		{NULL, NULL, false},
	};

	bind_without_memory(steps);
}

TEST(queues_fail, .name = "v3d/fail-nth-bind-queues", BINDS, .hidden = true)
{
	static const struct bind_step steps[] = {
		{"v3d_sched_init", NULL, false}, {NULL, NULL, false}};

	bind_without_memory(steps);
}
